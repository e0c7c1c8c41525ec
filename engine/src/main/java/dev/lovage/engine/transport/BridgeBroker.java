package dev.lovage.engine.transport;

import dev.lovage.engine.broker.Broker;
import dev.lovage.engine.broker.Busy;
import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.broker.Delivery;
import dev.lovage.engine.broker.Lease;
import dev.lovage.engine.broker.LeaseLost;
import dev.lovage.engine.broker.QueueState;
import dev.lovage.engine.canvas.Plan;
import dev.lovage.engine.message.Message;
import dev.lovage.engine.tx.Tx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/// Publishes into the store, from where the relay carries on, and claims from the transport.
final class BridgeBroker implements Broker {
    private static final int LOOKS_MAX = 30;

    /// Of a worker that always has something to do.
    private static final int LOST_LOOKED_FOR_EACH = 64;

    private final Broker base;
    private final Staging staging;
    private final Transport transport;
    private final Reserved reserved;
    private final AtomicLong claims = new AtomicLong();
    private final Set<String> known = ConcurrentHashMap.newKeySet();

    BridgeBroker(Broker base, Staging staging, Transport transport, Reserved reserved) {
        this.base = base;
        this.staging = staging;
        this.transport = transport;
        this.reserved = reserved;
    }

    @Override
    public void publish(Plan plan) {
        base.publish(plan);
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
        var states = new HashMap<>(base.queues());
        var names = new HashSet<>(states.keySet());
        names.addAll(known);
        Map<String, Depth> depths;
        try {
            depths = transport.depths(names);
        } catch (Busy e) {
            return states;
        }
        depths.forEach((queue, depth) -> states.merge(
                queue,
                new QueueState(
                        queue,
                        depth.ready() > 0 ? Map.of(Custody.READY, depth.ready()) : Map.of(),
                        depth.oldest(),
                        false),
                BridgeBroker::both));
        return states;
    }

    private static QueueState both(QueueState stored, QueueState lying) {
        var counts = new HashMap<>(stored.counts());
        lying.counts().forEach((custody, count) -> counts.merge(custody, count, Long::sum));
        return new QueueState(stored.queue(), counts, lying.oldestReady().or(stored::oldestReady), stored.paused());
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

    /// First what lies at the broker is taken into the store, so that it is recorded with its bytes.
    @Override
    public int purge(String queue, String reason, String by) {
        var paused = staging.paused().contains(queue);
        base.pause(Set.of(queue));
        try {
            // What is on its way while the queue is emptied lies there afterwards.
            for (int look = 0; look < LOOKS_MAX && (look == 0 || staging.onTheirWay(queue)); look++) {
                Reserved.drain(
                        transport,
                        "purge of " + queue,
                        queue,
                        arrivals -> staging.absorb(arrivals.stream()
                                .map(one -> arrived(one).message())
                                .toList()));
            }
            return base.purge(queue, reason, by);
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
