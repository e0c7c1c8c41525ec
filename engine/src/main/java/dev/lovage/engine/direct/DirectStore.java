package dev.lovage.engine.direct;

import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.broker.Lease;
import dev.lovage.engine.broker.LeaseLost;
import dev.lovage.engine.canvas.Join;
import dev.lovage.engine.log.LogLine;
import dev.lovage.engine.message.ExecutionKey;
import dev.lovage.engine.message.Message;
import dev.lovage.engine.payload.Payloads;
import dev.lovage.engine.result.ResultMeta;
import dev.lovage.engine.store.Happening;
import dev.lovage.engine.store.Held;
import dev.lovage.engine.store.Store;
import dev.lovage.engine.store.Transition;
import dev.lovage.engine.store.WorkerState;
import dev.lovage.engine.transport.Transport;
import dev.lovage.engine.tx.Tx;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/// What a worker needs of a store to run, in the memory of its process. It remembers nothing of what has ended.
final class DirectStore implements Store {
    private static final Logger LOG = LoggerFactory.getLogger(Direct.class);

    /// As many as Celery's workers remember.
    private static final int REVOKES_MAX = 50_000;

    private final Transport transport;
    private final Sending sending;
    private final Hands hands;
    private final Shelves shelves;
    private final InstantSource clock;
    private final Map<String, WorkerState> workers = Collections.synchronizedMap(new LinkedHashMap<>());
    private final Map<String, Boolean> revokes = Collections.synchronizedMap(new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
            return size() > REVOKES_MAX;
        }
    });

    DirectStore(Transport transport, Sending sending, Hands hands, Shelves shelves, InstantSource clock) {
        this.transport = transport;
        this.sending = sending;
        this.hands = hands;
        this.shelves = shelves;
        this.clock = clock;
    }

    @Override
    public boolean transactional() {
        return false;
    }

    @Override
    public boolean remembers() {
        return false;
    }

    @Override
    public void settle(Lease lease, Transition transition) {
        var taken = hands.taken(lease, transition.delivery());
        sending.settle(taken, transition, lease.worker());
        hands.settled(lease, taken);
    }

    @Override
    public void settle(Lease lease, Transition transition, Effects effects) {
        throw Direct.noTransactions();
    }

    @Override
    public void state(Lease lease, long tag, String state, JsonNode value) {
        hands.find(lease, tag).ifPresent(taken -> {
            var message = taken.delivery().message();
            sending.write(
                    message,
                    ResultMeta.running(
                            message.execution().taskId(),
                            message.task(),
                            message.execution().retries(),
                            lease.worker(),
                            state,
                            value));
        });
    }

    /// This machine's clock.
    @Override
    public Instant now() {
        return clock.instant();
    }

    @Override
    public void register(Lease lease, WorkerState state) {
        hands.open(lease);
        workers.put(lease.incarnation(), state);
    }

    @Override
    public void beat(Lease lease, int running) {
        var now = now();
        if (workers.computeIfPresent(
                        lease.incarnation(),
                        (_, state) -> new WorkerState(
                                state.incarnation(),
                                state.name(),
                                state.pid(),
                                state.started(),
                                now,
                                state.beats() + 1,
                                state.queues(),
                                state.tasks(),
                                state.homes(),
                                state.pool(),
                                state.slots(),
                                running))
                == null) {
            throw new LeaseLost("A heartbeat of " + lease.worker());
        }
    }

    /// Those of this process.
    @Override
    public List<WorkerState> workers() {
        synchronized (workers) {
            return List.copyOf(workers.values());
        }
    }

    /// Of this process: the broker delivers again, and counts, what it had.
    @Override
    public int bury(String incarnation, long beats, String evidence) {
        synchronized (workers) {
            var state = workers.get(incarnation);
            if (state == null || state.beats() != beats) {
                return 0;
            }
            workers.remove(incarnation);
        }
        return hands.leave(incarnation)
                .map(left -> {
                    left.consumer().close();
                    return left.taken().size() + left.untaken().size();
                })
                .orElse(0);
    }

    /// What was not started or not finished goes back as it came, uncounted. What can't be sent just now the broker
    /// delivers again, and counts.
    @Override
    public void leave(Lease lease) {
        workers.remove(lease.incarnation());
        hands.leave(lease.incarnation()).ifPresent(this::giveBack);
    }

    private void giveBack(Hands.Left left) {
        try (var consumer = left.consumer()) {
            for (var arrival : left.untaken()) {
                var read = Marks.read(arrival);
                giveBack(
                        consumer,
                        Marks.again(read.message(), read.returns(), read.evidence(), Optional.empty()),
                        List.of(arrival.tag()));
            }
            for (var one : left.taken()) {
                var delivery = one.delivery();
                giveBack(
                        consumer,
                        Marks.again(delivery.message(), delivery.crashes(), delivery.evidence(), Optional.empty()),
                        one.tags());
            }
        } catch (RuntimeException e) {
            LOG.warn(
                    "What was in hand could not be given back uncounted; the broker delivers it again: {}",
                    e.toString());
        }
    }

    private void giveBack(Transport.Consumer consumer, Message message, List<String> tags) {
        if (!tags.isEmpty() && transport.publish(List.of(message)).isEmpty()) {
            consumer.acknowledge(tags);
        }
    }

    /// Timers lie at the broker, and can't be looked into.
    @Override
    public List<Held> held(Set<Custody> custodies, int max) {
        return shelves.held(custodies, max);
    }

    @Override
    public Optional<Held> find(long tag) {
        return shelves.find(one -> one.tag() == tag).stream().findFirst();
    }

    @Override
    public List<Held> findTask(String taskId) {
        return shelves.find(one -> one.message().execution().taskId().equals(taskId));
    }

    @Override
    public boolean release(long tag, String reason, String by) {
        return shelves.release(Set.of(tag)) > 0;
    }

    @Override
    public boolean dispose(Tx tx, long tag, String reason, String by) {
        throw Direct.noTransactions();
    }

    @Override
    public List<Happening> history(String taskId) {
        return List.of();
    }

    @Override
    public void keep(List<LogLine> lines) {}

    @Override
    public Log log(Set<String> taskIds, int max) {
        return new Log(List.of(), 0);
    }

    @Override
    public Set<String> tasksOf(Set<String> rootIds) {
        return Set.of();
    }

    /// For the workers of this process, until it ends.
    @Override
    public void revoke(Collection<String> taskIds, boolean terminate) {
        taskIds.forEach(id -> revokes.merge(id, terminate, Boolean::logicalOr));
    }

    @Override
    public Map<String, Boolean> revoked(Set<String> taskIds) {
        var found = new HashMap<String, Boolean>();
        for (var id : taskIds) {
            var terminate = revokes.get(id);
            if (terminate != null) {
                found.put(id, terminate);
            }
        }
        return found;
    }

    @Override
    public List<String> revokes(int max) {
        synchronized (revokes) {
            return new ArrayList<>(revokes.keySet())
                    .reversed().stream().limit(max).toList();
        }
    }

    @Override
    public Optional<Instant> admit(String task, ExecutionKey execution, Duration step) {
        throw new UnsupportedOperationException(
                "A rate that all workers share is kept in a store, and store_url is" + " none.");
    }

    @Override
    public List<Join> stalled(int max) {
        return List.of();
    }

    @Override
    public void closeStalled(String joinId, String reason) {}

    @Override
    public List<Entry> inventory() {
        return List.of();
    }

    @Override
    public int forget(Duration keep) {
        return 0;
    }

    /// Nobody knows which arguments a message names that lies at the broker: none is swept.
    @Override
    public int forget(Duration keep, Payloads payloads) {
        return 0;
    }

    @Override
    public Set<String> payloads() {
        return Set.of();
    }
}
