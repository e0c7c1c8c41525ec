package dev.lovage.engine.direct;

import dev.lovage.engine.broker.Delivery;
import dev.lovage.engine.broker.Lease;
import dev.lovage.engine.broker.LeaseLost;
import dev.lovage.engine.message.ExecutionKey;
import dev.lovage.engine.message.Message;
import dev.lovage.engine.store.Transition;
import dev.lovage.engine.transport.Arrival;
import dev.lovage.engine.transport.Transport;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What the workers of this process have received and not acknowledged yet: their leases are in its memory, and go
/// with it.
final class Hands {
    private static final Logger LOG = LoggerFactory.getLogger(Direct.class);

    /// A delivery in somebody's hands, and how far its settlement has come. Settled by one thread.
    static final class Taken {
        private final Delivery delivery;

        /// At the broker: the last one, and those of lost connections; none if it was acknowledged early. Guarded by
        /// the lock.
        private final List<String> tags = new ArrayList<>();

        /// Whether its settlement has begun. Guarded by the lock.
        private boolean ends;

        private Optional<Transition> settling = Optional.empty();
        private final Set<Message> sent = new HashSet<>();
        private boolean told;

        Taken(Delivery delivery) {
            this.delivery = delivery;
        }

        Delivery delivery() {
            return delivery;
        }

        /// What was done of another settlement does not count for this one.
        void settles(Transition transition) {
            if (settling.filter(one -> one == transition).isEmpty()) {
                settling = Optional.of(transition);
                sent.clear();
                told = false;
            }
        }

        /// The messages of this settlement that the broker has confirmed.
        Set<Message> sent() {
            return sent;
        }

        boolean told() {
            return told;
        }

        void isTold() {
            told = true;
        }
    }

    private static final class Hand {
        private final Lease lease;
        private final Transport.Consumer consumer;
        private final Map<Long, Taken> taken = new HashMap<>();
        private final List<Arrival> kept = new ArrayList<>();
        private volatile String refused = "";

        Hand(Lease lease, Transport.Consumer consumer) {
            this.lease = lease;
            this.consumer = consumer;
        }
    }

    /// What a worker leaves behind.
    ///
    /// @param untaken received, and not handed out
    record Left(Transport.Consumer consumer, List<Arrival> untaken, List<Unsettled> taken) {}

    record Unsettled(Delivery delivery, List<String> tags) {}

    private final Transport transport;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, Hand> byIncarnation = new HashMap<>();
    private final Map<ExecutionKey, Taken> byExecution = new HashMap<>();

    Hands(Transport transport) {
        this.transport = transport;
    }

    void open(Lease lease) {
        lock.lock();
        try {
            byIncarnation.computeIfAbsent(
                    lease.incarnation(), _ -> new Hand(lease, transport.consumer(lease.worker(), lease.incarnation())));
        } finally {
            lock.unlock();
        }
    }

    boolean has(String incarnation) {
        lock.lock();
        try {
            return byIncarnation.containsKey(incarnation);
        } finally {
            lock.unlock();
        }
    }

    /// Receives as many as there are free slots for, beside those that are in hand.
    ///
    /// @throws LeaseLost if the incarnation is not registered any more
    List<Arrival> receive(Lease lease, Set<String> queues, int free) {
        Hand hand;
        int held;
        List<Arrival> kept;
        lock.lock();
        try {
            hand = hand(lease);
            // What was acknowledged early is none of the broker's any more.
            held = (int) hand.taken.values().stream()
                            .filter(one -> !one.tags.isEmpty())
                            .count()
                    + hand.kept.size();
            kept = List.copyOf(hand.kept);
            hand.kept.clear();
        } finally {
            lock.unlock();
        }
        try {
            hand.consumer.consume(queues, held + free);
            hand.refused = "";
        } catch (RuntimeException e) {
            // One queue that can't be had is no reason to leave the others.
            if (!e.toString().equals(hand.refused)) {
                hand.refused = e.toString();
                LOG.warn("{} does not receive from every queue: {}", lease.worker(), e.getMessage());
            }
        }
        if (!kept.isEmpty()) {
            return kept;
        }
        return queues.isEmpty() ? List.of() : hand.consumer.receive(free);
    }

    private Hand hand(Lease lease) {
        return Optional.ofNullable(byIncarnation.get(lease.incarnation()))
                .orElseThrow(() -> new LeaseLost("A claim of " + lease.worker()));
    }

    /// The connection was lost while its task runs here: what comes again is the same delivery. Once it is being
    /// settled that is no longer certain, for a copy of it may be on its way.
    ///
    /// @return whether it runs here
    boolean handOver(ExecutionKey execution, Lease lease, Arrival arrival) {
        lock.lock();
        try {
            var taken = byExecution.get(execution);
            if (!arrival.redelivered()
                    || taken == null
                    || taken.ends
                    || hand(lease).taken.get(taken.delivery.tag()) != taken) {
                return false;
            }
            taken.tags.add(arrival.tag());
            return true;
        } finally {
            lock.unlock();
        }
    }

    /// @param tag at the broker; empty if it was acknowledged already
    void take(Lease lease, Delivery delivery, Optional<String> tag) {
        lock.lock();
        try {
            var taken = new Taken(delivery);
            tag.ifPresent(taken.tags::add);
            hand(lease).taken.put(delivery.tag(), taken);
            byExecution.put(delivery.message().execution(), taken);
        } finally {
            lock.unlock();
        }
    }

    /// To be settled.
    ///
    /// @throws LeaseLost if it is not in the hands of this incarnation
    Taken taken(Lease lease, Delivery delivery) {
        lock.lock();
        try {
            var taken = find(lease, delivery.tag())
                    .orElseThrow(() ->
                            new LeaseLost("The outcome of " + delivery.message().execution()));
            taken.ends = true;
            return taken;
        } finally {
            lock.unlock();
        }
    }

    Optional<Taken> find(Lease lease, long tag) {
        lock.lock();
        try {
            return Optional.ofNullable(byIncarnation.get(lease.incarnation()))
                    .flatMap(hand -> Optional.ofNullable(hand.taken.get(tag)));
        } finally {
            lock.unlock();
        }
    }

    /// All is sent that follows: the broker may forget it.
    void settled(Lease lease, Taken taken) {
        List<String> tags;
        lock.lock();
        try {
            hand(lease).taken.remove(taken.delivery.tag());
            byExecution.remove(taken.delivery.message().execution(), taken);
            tags = List.copyOf(taken.tags);
        } finally {
            lock.unlock();
        }
        acknowledge(lease, tags);
    }

    /// What can't be acknowledged now is delivered again, and runs again.
    void acknowledge(Lease lease, List<String> tags) {
        Transport.Consumer consumer;
        lock.lock();
        try {
            consumer = hand(lease).consumer;
        } finally {
            lock.unlock();
        }
        try {
            if (!tags.isEmpty()) {
                consumer.acknowledge(tags);
            }
        } catch (RuntimeException e) {
            LOG.warn("{} deliveries could not be acknowledged, and may run again: {}", tags.size(), e.getMessage());
        }
    }

    /// They could not be sent on just now, and are handed out again by the next [#receive]: who gives them back has
    /// them counted.
    void keep(Lease lease, List<Arrival> arrivals) {
        lock.lock();
        try {
            hand(lease).kept.addAll(arrivals);
        } finally {
            lock.unlock();
        }
    }

    /// The consumer is for the caller to close.
    Optional<Left> leave(String incarnation) {
        Hand hand;
        List<Unsettled> taken = new ArrayList<>();
        List<Arrival> untaken = new ArrayList<>();
        lock.lock();
        try {
            hand = byIncarnation.remove(incarnation);
            if (hand == null) {
                return Optional.empty();
            }
            for (var one : hand.taken.values()) {
                byExecution.remove(one.delivery.message().execution(), one);
                taken.add(new Unsettled(one.delivery, List.copyOf(one.tags)));
            }
            untaken.addAll(hand.kept);
        } finally {
            lock.unlock();
        }
        try {
            untaken.addAll(hand.consumer.receiveLast());
        } catch (RuntimeException e) {
            LOG.debug("The broker has what {} was to receive: {}", hand.lease.worker(), e.toString());
        }
        return Optional.of(new Left(hand.consumer, untaken, taken));
    }

    List<Lease> leases() {
        lock.lock();
        try {
            return byIncarnation.values().stream().map(hand -> hand.lease).toList();
        } finally {
            lock.unlock();
        }
    }
}
