package dev.lovage.engine.transport;

import dev.lovage.engine.broker.Binding;
import dev.lovage.engine.broker.Broker;
import dev.lovage.engine.broker.Busy;
import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.broker.Delivery;
import dev.lovage.engine.broker.Export;
import dev.lovage.engine.broker.Lease;
import dev.lovage.engine.broker.LeaseLost;
import dev.lovage.engine.broker.QueueState;
import dev.lovage.engine.canvas.Plan;
import dev.lovage.engine.message.Message;
import dev.lovage.engine.store.Backbone;
import dev.lovage.engine.store.Store;
import dev.lovage.engine.tx.Tx;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Publishes into the store, from where the relay carries on, and claims from the transport.
final class BridgeBroker implements Broker {
    private static final int LOOKS_MAX = 30;

    /// Of a queue that the broker does not have.
    private static final QueueState.Elsewhere ABSENT = new QueueState.Elsewhere(OptionalLong.of(0), OptionalLong.of(0));

    /// A worker that was seen so recently serves its queues.
    private static final Duration SERVED_WITHIN = Duration.ofMinutes(1);
    /// Of a worker that always has something to do.
    private static final int LOST_LOOKED_FOR_EACH = 64;

    private final Broker base;
    private final Store store;
    private final Staging staging;
    private final Transport transport;
    private final Reserved reserved;
    private final AtomicLong claims = new AtomicLong();
    private final Set<String> known = ConcurrentHashMap.newKeySet();

    BridgeBroker(Backbone base, Staging staging, Transport transport, Reserved reserved) {
        this.base = base.broker();
        this.store = base.store();
        this.staging = staging;
        this.transport = transport;
        this.reserved = reserved;
    }

    @Override
    public void publish(Plan plan) {
        base.publish(withoutWaits(plan));
    }

    /// What is not due waits in the store, where it can be seen and revoked, and where a running process has to
    /// hand it over. Of a queue that no worker with this store serves there may be no such process at its time:
    /// if the broker can hold it back, it leaves at once.
    private Plan withoutWaits(Plan plan) {
        var now = store.now();
        var leaving = plan.messages().stream()
                .filter(message -> heldBack(message, now))
                .map(Message::queue)
                .collect(Collectors.toSet());
        if (!leaving.isEmpty()) {
            leaving.removeAll(served(now));
        }
        return leaving.isEmpty()
                ? plan
                : new Plan(
                        plan.messages().stream()
                                .map(message -> leaving.contains(message.queue()) && heldBack(message, now)
                                        ? message.ready()
                                        : message)
                                .toList(),
                        plan.joins(),
                        plan.ends(),
                        plan.results());
    }

    private boolean heldBack(Message message, Instant now) {
        return message.eta()
                .filter(now::isBefore)
                .filter(eta -> Duration.between(now, eta).compareTo(transport.holdsBack(message)) <= 0)
                .isPresent();
    }

    private Set<String> served(Instant now) {
        return store.workers().stream()
                .filter(worker -> Duration.between(worker.seen(), now).compareTo(SERVED_WITHIN) < 0)
                .flatMap(worker -> worker.queues().stream())
                .collect(Collectors.toSet());
    }

    @Override
    public void bind(String queue, Binding binding) {
        transport.bind(queue, binding);
    }

    @Override
    public void publish(Tx tx, Plan plan) {
        base.publish(tx, plan);
    }

    /// Takes into the store what has arrived: what is claimed is unacknowledged until it is settled, unless its task is
    /// acknowledged early; what the store knows already is acknowledged.
    @Override
    public List<Delivery> claim(Lease lease, Set<String> queues, Set<String> earlyTasks, int max) {
        if (max < 1) {
            return List.of();
        }
        known.addAll(queues);
        var open = new HashSet<>(queues);
        open.removeAll(staging.paused());
        if (!reserved.knows(lease)) {
            staging.take(lease, List.of(), Set.of()); // which only looks whether it may claim
        }
        if (claims.incrementAndGet() % LOST_LOOKED_FOR_EACH == 0) {
            var lost = staging.lost(lease, open, max);
            if (!lost.isEmpty()) {
                return lost;
            }
        }
        var untaken = reserved.untaken(lease, open, max);
        var arrivals = untaken.isEmpty() ? reserved.receive(lease, open, max) : untaken;
        if (arrivals.isEmpty()) {
            return staging.lost(lease, open, max);
        }
        List<Staging.Taken> taken;
        try {
            taken = staging.take(
                    lease, arrivals.stream().map(BridgeBroker::arrived).toList(), earlyTasks);
        } catch (LeaseLost e) {
            reserved.close(lease.incarnation());
            throw e;
        } catch (RuntimeException e) {
            // Not given back: brokers count that, and after a few times a message is gone.
            reserved.notTaken(lease, arrivals);
            throw e;
        }
        var claimed = new ArrayList<Delivery>();
        var done = new ArrayList<Arrival>();
        for (int i = 0; i < arrivals.size(); i++) {
            switch (taken.get(i)) {
                case Staging.Taken.Claimed(var delivery, var early) -> {
                    if (early) {
                        done.add(arrivals.get(i));
                    } else {
                        reserved.hold(lease, delivery, arrivals.get(i));
                    }
                    claimed.add(delivery);
                }
                case Staging.Taken.Kept() -> done.add(arrivals.get(i));
            }
        }
        reserved.acknowledge(lease, done);
        return claimed;
    }

    private static Staging.Arrived arrived(Arrival arrival) {
        return new Staging.Arrived(
                arrival.tag(),
                Message.received(arrival.queue(), arrival.headers(), arrival.properties(), arrival.body()),
                arrival.redelivered());
    }

    @Override
    public long mark() {
        return transport.mark();
    }

    @Override
    public void awaitWork(long mark, Duration wait) throws InterruptedException {
        transport.awaitArrival(mark, wait);
    }

    /// Those of the store, and those that this process has claimed from or that are named in the store, as the
    /// broker counts them.
    @Override
    public Map<String, QueueState> queues() {
        return queues(Set.of(), transport::depths);
    }

    @Override
    public Map<String, QueueState> queues(Set<String> also) {
        var names = new HashSet<>(also);
        names.addAll(staging.sentTo());
        return queues(names, transport::depthsForPeople);
    }

    private Map<String, QueueState> queues(Set<String> also, Function<Set<String>, Map<String, Depth>> look) {
        var stored = base.queues();
        var names = new HashSet<>(stored.keySet());
        names.addAll(known);
        names.addAll(also);
        Map<String, Depth> depths;
        var states = new HashMap<String, QueueState>();
        try {
            depths = look.apply(names);
        } catch (Busy e) {
            stored.forEach((queue, state) ->
                    states.put(queue, with(state, Map.of(), Optional.empty(), QueueState.Elsewhere.UNKNOWN)));
            return states;
        }
        for (var queue : names) {
            var depth = Optional.ofNullable(depths.get(queue));
            if (depth.isPresent() || stored.containsKey(queue)) {
                var state = stored.getOrDefault(queue, new QueueState(queue, Map.of(), Optional.empty(), false));
                states.put(
                        queue,
                        depth.map(one -> both(state, one))
                                .orElseGet(() -> with(state, Map.of(), Optional.empty(), ABSENT)));
            }
        }
        return states;
    }

    private QueueState both(QueueState stored, Depth depth) {
        var ready = depth.ready();
        var oldest = ready == 0
                ? Optional.<Instant>empty()
                : depth.oldest().or(() -> staging.oldestSent(stored.queue(), ready));
        return with(
                stored,
                ready == 0 ? Map.of() : Map.of(Custody.READY, ready),
                oldest,
                new QueueState.Elsewhere(depth.unacknowledged(), depth.consumers()));
    }

    private static QueueState with(
            QueueState stored, Map<Custody, Long> more, Optional<Instant> oldest, QueueState.Elsewhere elsewhere) {
        var counts = new HashMap<>(stored.counts());
        more.forEach((custody, count) -> counts.merge(custody, count, Long::sum));
        return new QueueState(
                stored.queue(),
                counts,
                Stream.of(oldest, stored.oldestReady())
                        .flatMap(Optional::stream)
                        .min(Comparator.naturalOrder()),
                stored.paused(),
                Optional.of(elsewhere));
    }

    private long lying(String queue) {
        var depth = transport.depths(Set.of(queue)).get(queue);
        return depth == null ? 0 : depth.ready();
    }

    @Override
    public void pause(Set<String> queues) {
        base.pause(queues);
    }

    @Override
    public void resume(Set<String> queues) {
        base.resume(queues);
    }

    @Override
    public void pause(Tx tx, Set<String> queues) {
        base.pause(tx, queues);
    }

    @Override
    public void resume(Tx tx, Set<String> queues) {
        base.resume(tx, queues);
    }

    /// First what lies at the broker is taken into the store, and only then acknowledged there: whoever sent it, it is
    /// exported and recorded with its bytes.
    @Override
    public int purge(String queue, String reason, String by, Export export) {
        var paused = staging.paused().contains(queue);
        base.pause(Set.of(queue));
        try {
            // What is on its way while the queue is emptied lies there afterwards.
            for (int look = 0; look < LOOKS_MAX && (look == 0 || staging.onTheirWay(queue)); look++) {
                Reserved.drain(
                        transport,
                        "purge of " + queue,
                        queue,
                        lying(queue),
                        arrivals -> staging.absorb(arrivals.stream()
                                .map(one -> arrived(one).message())
                                .toList()));
            }
            return base.purge(queue, reason, by, export);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Busy("The purge of " + queue + " was interrupted. What it had taken lies in the store.");
        } finally {
            if (!paused) {
                base.resume(Set.of(queue));
            }
        }
    }
}
