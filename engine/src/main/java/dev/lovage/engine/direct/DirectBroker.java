package dev.lovage.engine.direct;

import dev.lovage.engine.broker.Broker;
import dev.lovage.engine.broker.Busy;
import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.broker.Delivery;
import dev.lovage.engine.broker.Export;
import dev.lovage.engine.broker.Lease;
import dev.lovage.engine.broker.QueueState;
import dev.lovage.engine.broker.SendUnknown;
import dev.lovage.engine.canvas.Plan;
import dev.lovage.engine.message.Message;
import dev.lovage.engine.transport.Arrival;
import dev.lovage.engine.transport.Aside;
import dev.lovage.engine.transport.Depth;
import dev.lovage.engine.transport.Transport;
import dev.lovage.engine.tx.Tx;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/// Publishes to the transport, and claims what arrives from it.
final class DirectBroker implements Broker {
    private final Transport transport;
    private final Sending sending;
    private final Hands hands;
    private final InstantSource clock;
    private final AtomicLong tags = new AtomicLong();
    private final Set<String> known = ConcurrentHashMap.newKeySet();

    DirectBroker(Transport transport, Sending sending, Hands hands, InstantSource clock) {
        this.transport = transport;
        this.sending = sending;
        this.hands = hands;
        this.clock = clock;
    }

    @Override
    public void publish(Plan plan) {
        sending.publish(plan);
    }

    @Override
    public void publish(Tx tx, Plan plan) {
        throw Direct.noTransactions();
    }

    /// What is not due goes back to the broker, which holds it. What came back and is not counted by the broker is
    /// counted in a copy of it first: that is what arrives next, however the process ends.
    @Override
    public List<Delivery> claim(Lease lease, Set<String> queues, Set<String> earlyTasks, int max) {
        if (max < 1) {
            return List.of();
        }
        known.addAll(queues);
        var now = clock.instant();
        var claimed = new ArrayList<Delivery>();
        var again = new ArrayList<Message>();
        var replaced = new ArrayList<Arrival>();
        for (var arrival : hands.receive(lease, queues, max)) {
            var read = Marks.read(arrival);
            var due = read.message().eta().filter(now::isBefore);
            if (hands.handOver(read.message().execution(), lease, arrival)) {
                continue;
            }
            if (read.uncounted() || due.isPresent()) {
                again.add(
                        Marks.again(read.message(), read.returns() + (read.uncounted() ? 1 : 0), read.evidence(), due));
                replaced.add(arrival);
            } else {
                claimed.add(taken(lease, arrival, read, earlyTasks, now));
            }
        }
        replace(lease, again, replaced, !claimed.isEmpty());
        return claimed;
    }

    private Delivery taken(Lease lease, Arrival arrival, Marks.Read read, Set<String> earlyTasks, Instant now) {
        var message = read.message();
        var delivery = new Delivery(
                tags.incrementAndGet(),
                message,
                1L + read.returns(),
                read.returns(),
                read.returns(),
                read.returns() == 0
                        ? Optional.empty()
                        : read.evidence()
                                .or(() ->
                                        Optional.of("It came back " + read.returns() + " times: whoever had it died or"
                                                + " lost the connection. Without a store nobody knows which.")),
                false,
                now);
        var early = earlyTasks.contains(message.task());
        hands.take(lease, delivery, early ? Optional.empty() : Optional.of(arrival.tag()));
        if (early) {
            hands.acknowledge(lease, List.of(arrival.tag()));
        }
        return delivery;
    }

    /// @throws Busy if the broker did not take all of them; they are tried again by the next claim, unless others are
    ///     claimed already
    private void replace(Lease lease, List<Message> again, List<Arrival> replaced, boolean others) {
        if (again.isEmpty()) {
            return;
        }
        var taken = new HashSet<Message>();
        var why = "";
        try {
            taken.addAll(again);
            for (var one : transport.publish(again)) {
                taken.remove(one.message());
                why = one.reason();
            }
        } catch (SendUnknown e) {
            taken.retainAll(e.taken());
            why = String.valueOf(e.getMessage());
        } catch (Busy e) {
            taken.clear();
            why = String.valueOf(e.getMessage());
        }
        var done = new ArrayList<String>();
        var left = new ArrayList<Arrival>();
        for (int i = 0; i < again.size(); i++) {
            if (taken.contains(again.get(i))) {
                done.add(replaced.get(i).tag());
            } else {
                left.add(replaced.get(i));
            }
        }
        hands.acknowledge(lease, done);
        hands.keep(lease, left);
        if (!left.isEmpty() && !others) {
            throw new Busy(left.size() + " deliveries are to wait at the broker, and it does not take them: " + why);
        }
    }

    @Override
    public long mark() {
        return transport.mark();
    }

    @Override
    public void awaitWork(long mark, Duration wait) throws InterruptedException {
        transport.awaitArrival(mark, wait);
    }

    /// Those that this process has claimed from, as the broker counts them.
    @Override
    public Map<String, QueueState> queues() {
        var states = new HashMap<String, QueueState>();
        depths(known)
                .forEach((queue, depth) ->
                        states.put(queue, state(queue, Map.of(Custody.READY, depth.ready()), Optional.of(depth))));
        return states;
    }

    /// With what waits for a person beside them.
    @Override
    public Map<String, QueueState> queues(Set<String> also) {
        var names = new HashSet<>(known);
        names.addAll(also);
        names.removeIf(name -> Aside.besideOf(name).isPresent());
        var all = new HashSet<>(names);
        for (var aside : Aside.values()) {
            names.forEach(queue -> all.add(aside.of(queue)));
        }
        var depths = depths(all);
        var states = new HashMap<String, QueueState>();
        for (var queue : names) {
            var depth = Optional.ofNullable(depths.get(queue));
            var counts = new HashMap<Custody, Long>();
            depth.ifPresent(one -> counts.put(Custody.READY, one.ready()));
            Optional.ofNullable(depths.get(Aside.PARKED.of(queue)))
                    .ifPresent(one -> counts.put(Custody.PARKED, one.ready()));
            Optional.ofNullable(depths.get(Aside.DEAD.of(queue)))
                    .ifPresent(one -> counts.put(Custody.DEAD, one.ready()));
            counts.values().removeIf(count -> count == 0);
            if (depth.isPresent() || !counts.isEmpty()) {
                states.put(queue, state(queue, counts, depth));
            }
        }
        return states;
    }

    private Map<String, Depth> depths(Set<String> queues) {
        try {
            return transport.depths(queues);
        } catch (Busy e) {
            return Map.of();
        }
    }

    private static QueueState state(String queue, Map<Custody, Long> counts, Optional<Depth> depth) {
        return new QueueState(
                queue,
                counts,
                depth.flatMap(Depth::oldest),
                false,
                Optional.of(depth.map(one -> new QueueState.Elsewhere(one.unacknowledged(), one.consumers()))
                        .orElseGet(() -> new QueueState.Elsewhere(OptionalLong.of(0), OptionalLong.of(0)))));
    }

    @Override
    public void pause(Set<String> queues) {
        throw noPause();
    }

    @Override
    public void resume(Set<String> queues) {
        throw noPause();
    }

    @Override
    public void pause(Tx tx, Set<String> queues) {
        throw noPause();
    }

    @Override
    public void resume(Tx tx, Set<String> queues) {
        throw noPause();
    }

    private static UnsupportedOperationException noPause() {
        return new UnsupportedOperationException("That a queue is paused is written in a store, and store_url is none."
                + " Nothing was changed. `lovage control cancel_consumer QUEUE` tells the workers that run now.");
    }

    @Override
    public int purge(String queue, String reason, String by, Export export) {
        throw new UnsupportedOperationException("What is purged is first recorded with its bytes in a store, and"
                + " store_url is none. Nothing was purged. `rabbitmqctl purge_queue " + queue
                + "` ends what lies there, without a record.");
    }
}
