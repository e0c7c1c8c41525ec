package dev.lovage.engine.memory;

import dev.lovage.engine.broker.Broker;
import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.broker.Delivery;
import dev.lovage.engine.broker.Export;
import dev.lovage.engine.broker.Lease;
import dev.lovage.engine.broker.QueueState;
import dev.lovage.engine.canvas.Plan;
import dev.lovage.engine.tx.Tx;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

final class MemoryBroker implements Broker {
    private final Memory memory;

    MemoryBroker(Memory memory) {
        this.memory = memory;
    }

    @Override
    public void publish(Plan plan) {
        memory.locked(() -> memory.write(plan));
    }

    @Override
    public void publish(Tx tx, Plan plan) {
        throw MemoryBackbone.noTransactions();
    }

    @Override
    public List<Delivery> claim(Lease lease, Set<String> queues, Set<String> earlyTasks, int max) {
        return memory.locked(() -> {
            memory.alive(lease, "A claim of " + lease.worker());
            memory.promote();
            var now = memory.now();
            return memory.entries().values().stream()
                    .filter(entry -> entry.custody() == Custody.READY
                            && queues.contains(entry.message.queue())
                            && !memory.paused().contains(entry.message.queue()))
                    .sorted(Kept.URGENT_FIRST)
                    .limit(max)
                    .toList()
                    .stream()
                    .map(entry -> entry.claim(
                            lease.incarnation(), lease.worker(), earlyTasks.contains(entry.message.task()), now))
                    .toList();
        });
    }

    @Override
    public long mark() {
        return memory.locked(memory::version);
    }

    @Override
    public void awaitWork(long mark, Duration wait) throws InterruptedException {
        memory.awaitWork(mark, wait);
    }

    @Override
    public Map<String, QueueState> queues() {
        return memory.locked(() -> {
            memory.promote();
            var names = new TreeSet<>(memory.paused());
            memory.entries().values().forEach(entry -> names.add(entry.message.queue()));
            var states = new TreeMap<String, QueueState>();
            names.forEach(name -> states.put(name, state(name)));
            return states;
        });
    }

    private QueueState state(String queue) {
        var counts = new HashMap<Custody, Long>();
        Optional<Instant> oldest = Optional.empty();
        for (var entry : memory.entries().values()) {
            if (entry.message.queue().equals(queue)) {
                counts.merge(entry.custody(), 1L, Long::sum);
                if (entry.custody() == Custody.READY && oldest.isEmpty()) {
                    oldest = Optional.of(entry.sent); // entries are in the order of sending
                }
            }
        }
        return new QueueState(queue, counts, oldest, memory.paused().contains(queue));
    }

    @Override
    public void pause(Set<String> queues) {
        memory.locked(() -> {
            memory.paused().addAll(queues);
        });
    }

    @Override
    public void resume(Set<String> queues) {
        memory.locked(() -> {
            memory.paused().removeAll(queues);
            memory.wake();
        });
    }

    @Override
    public void pause(Tx tx, Set<String> queues) {
        throw MemoryBackbone.noTransactions();
    }

    @Override
    public void resume(Tx tx, Set<String> queues) {
        throw MemoryBackbone.noTransactions();
    }

    @Override
    public int purge(String queue, String reason, String by, Export export) {
        var tags = memory.locked(() -> waiting(queue).map(entry -> entry.tag).toList());
        if (!tags.isEmpty()) {
            export.keep(tags);
        }
        return memory.locked(() -> {
            var still = waiting(queue).filter(entry -> tags.contains(entry.tag)).toList();
            still.forEach(entry -> memory.dispose(entry, reason, by));
            return still.size();
        });
    }

    private Stream<Kept> waiting(String queue) {
        return memory.entries().values().stream()
                .filter(entry -> entry.message.queue().equals(queue)
                        && (entry.custody() == Custody.READY || entry.custody() == Custody.TIMER));
    }
}
