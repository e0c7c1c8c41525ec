package dev.lovage.engine.transport;

import dev.lovage.engine.broker.Delivery;
import dev.lovage.engine.broker.Lease;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What the workers of this process have taken from the broker and not acknowledged yet.
final class Reserved {
    private static final Logger LOG = LoggerFactory.getLogger(Reserved.class);

    /// A delivery at the broker.
    private record Held(String tag, long sinceNanos) {}

    private static final class Claims {
        private final Lease lease;
        private final Transport.Consumer consumer;
        private final Map<Long, Held> held = new HashMap<>();
        private volatile String refused = "";

        /// Received, but the store could not take them yet.
        private final List<Arrival> untaken = new ArrayList<>();

        Claims(Lease lease, Transport.Consumer consumer) {
            this.lease = lease;
            this.consumer = consumer;
        }
    }

    private final Transport transport;
    private final Staging staging;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, Claims> byIncarnation = new HashMap<>();

    Reserved(Transport transport, Staging staging) {
        this.transport = transport;
        this.staging = staging;
    }

    /// Receives as many as there are free slots for, beside those that are held.
    ///
    /// @param queues none stops receiving
    List<Arrival> receive(Lease lease, Set<String> queues, int free) {
        var claims = claims(lease);
        try {
            claims.consumer.consume(queues, held(claims) + free);
            claims.refused = "";
        } catch (RuntimeException e) {
            // One queue that can't be had is no reason to leave the others.
            if (!e.toString().equals(claims.refused)) {
                claims.refused = e.toString();
                LOG.warn("{} does not receive from every queue: {}", lease.worker(), e.getMessage());
            }
        }
        return queues.isEmpty() ? List.of() : claims.consumer.receive(free);
    }

    boolean knows(Lease lease) {
        lock.lock();
        try {
            return byIncarnation.containsKey(lease.incarnation());
        } finally {
            lock.unlock();
        }
    }

    private Claims claims(Lease lease) {
        lock.lock();
        try {
            return byIncarnation.computeIfAbsent(
                    lease.incarnation(),
                    _ -> new Claims(lease, transport.consumer(lease.worker(), lease.incarnation())));
        } finally {
            lock.unlock();
        }
    }

    private int held(Claims claims) {
        lock.lock();
        try {
            return claims.held.size() + claims.untaken.size();
        } finally {
            lock.unlock();
        }
    }

    void hold(Lease lease, Delivery delivery, Arrival arrival) {
        lock.lock();
        try {
            claims(lease).held.put(delivery.tag(), new Held(arrival.tag(), System.nanoTime()));
        } finally {
            lock.unlock();
        }
    }

    void acknowledge(Lease lease, List<Arrival> arrivals) {
        if (!arrivals.isEmpty()) {
            forget(lease, arrivals.stream().map(Arrival::tag).toList());
        }
    }

    /// They are kept for the next attempt, and go back to the broker when the incarnation ends.
    void notTaken(Lease lease, List<Arrival> arrivals) {
        lock.lock();
        try {
            claims(lease).untaken.addAll(arrivals);
        } finally {
            lock.unlock();
        }
    }

    /// Hands out what the store could not take before, at most `max`. What came from other queues is given back:
    /// from those nothing is claimed any more.
    List<Arrival> untaken(Lease lease, Set<String> queues, int max) {
        List<Arrival> again;
        List<Arrival> others;
        lock.lock();
        try {
            var untaken = claims(lease).untaken;
            others = untaken.stream()
                    .filter(one -> !queues.contains(one.queue()))
                    .toList();
            untaken.removeAll(others);
            var first = untaken.subList(0, Math.min(max, untaken.size()));
            again = List.copyOf(first);
            first.clear();
        } finally {
            lock.unlock();
        }
        if (!others.isEmpty()) {
            giveBackTags(lease, others.stream().map(Arrival::tag).toList());
        }
        return again;
    }

    private void giveBackTags(Lease lease, List<String> tags) {
        try {
            claims(lease).consumer.giveBack(tags);
        } catch (RuntimeException e) {
            LOG.debug("Giving back {} deliveries is left to their consumer: {}", tags.size(), e.toString());
        }
    }

    /// It has been settled in the store.
    void settled(Lease lease, long delivery) {
        take(lease, delivery).ifPresent(held -> forget(lease, List.of(held.tag)));
    }

    /// The claim was lost: the broker is to deliver it again, and the store will know what it is.
    void lost(Lease lease, long delivery) {
        take(lease, delivery).ifPresent(held -> giveBackTags(lease, List.of(held.tag)));
    }

    private Optional<Held> take(Lease lease, long delivery) {
        lock.lock();
        try {
            var claims = byIncarnation.get(lease.incarnation());
            return claims == null ? Optional.empty() : Optional.ofNullable(claims.held.remove(delivery));
        } finally {
            lock.unlock();
        }
    }

    /// What can't be sent is delivered again, and the store knows it.
    private void forget(Lease lease, List<String> tags) {
        try {
            claims(lease).consumer.acknowledge(tags);
        } catch (RuntimeException e) {
            LOG.debug("Acknowledging {} deliveries is left to their next arrival: {}", tags.size(), e.toString());
        }
    }

    /// Takes into the store alone what has been held for long: brokers give up on those who hold too long.
    void keepLongHeld(Duration longest) {
        var before = System.nanoTime() - longest.toNanos();
        for (var claims : all()) {
            List<Long> old;
            lock.lock();
            try {
                old = claims.held.entrySet().stream()
                        .filter(one -> one.getValue().sinceNanos - before < 0)
                        .map(Map.Entry::getKey)
                        .toList();
            } finally {
                lock.unlock();
            }
            if (!old.isEmpty()) {
                staging.keep(claims.lease, old).forEach(delivery -> settled(claims.lease, delivery));
            }
        }
    }

    private List<Claims> all() {
        lock.lock();
        try {
            return new ArrayList<>(byIncarnation.values());
        } finally {
            lock.unlock();
        }
    }

    /// The incarnation holds nothing any more; the broker delivers again what it had.
    void close(String incarnation) {
        Optional<Claims> claims;
        lock.lock();
        try {
            claims = Optional.ofNullable(byIncarnation.remove(incarnation));
        } finally {
            lock.unlock();
        }
        claims.ifPresent(one -> one.consumer.close());
    }

    /// Another process has died with what it had received.
    void buried(String incarnation) {
        close(incarnation); // where it was this process's own, and stood still
        transport.recoverFrom(incarnation);
    }

    void close() {
        all().forEach(one -> close(one.lease.incarnation()));
    }

    /// For a queue that is to be emptied: what comes after this has begun may stay, so that it ends however much is
    /// sent.
    ///
    /// @param lying how many are known to lie there, for which it waits longer; a broker may count late
    static void drain(Transport transport, String name, String queue, long lying, DrainTo to)
            throws InterruptedException {
        long most = Math.max(lying, DrainTo.AT_ONCE);
        try (var consumer = transport.consumer(name)) {
            consumer.consume(Set.of(queue), (int) Math.min(most, DrainTo.AT_ONCE));
            long drained = 0;
            for (int idle = 0; drained < most && idle < (drained < lying ? DrainTo.LOOKS_IF_KNOWN : DrainTo.LOOKS); ) {
                var mark = transport.mark();
                var arrivals = consumer.receive((int) Math.min(most - drained, DrainTo.AT_ONCE));
                if (arrivals.isEmpty()) {
                    idle++;
                    transport.awaitArrival(mark, Duration.ofMillis(200));
                } else {
                    idle = 0;
                    drained += arrivals.size();
                    to.accept(arrivals);
                    consumer.acknowledge(arrivals.stream().map(Arrival::tag).toList());
                }
            }
        }
    }

    /// Takes what was drained; it is acknowledged afterwards.
    @FunctionalInterface
    interface DrainTo {
        int AT_ONCE = 200;
        int LOOKS = 3;
        int LOOKS_IF_KNOWN = 75;

        void accept(List<Arrival> arrivals);
    }
}
