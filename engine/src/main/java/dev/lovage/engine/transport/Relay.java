package dev.lovage.engine.transport;

import dev.lovage.engine.broker.Busy;
import dev.lovage.engine.broker.SendUnknown;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Hands to the broker what the store has ready.
///
/// Invariants:
/// 1. A step that fails is repeated: each is safe to do twice.
/// 2. A queue that takes nothing delays no other one: each is published to by itself, and rests for a while
///    after it has failed.
/// 3. What was handed out for long is not published any more: it may be another process's by now.
final class Relay {
    private static final Logger LOG = LoggerFactory.getLogger(Relay.class);
    private static final int AT_ONCE = 500;
    private static final long BYTES_AT_ONCE = 16 * 1024 * 1024;

    /// Half of the time after which what was not handed over is handed out to others.
    private static final Duration TIMELY = Duration.ofSeconds(5);

    /// How often it is looked for what has been held for long.
    private static final Duration LOOKED_FOR_EACH = Duration.ofMinutes(1);

    private final Staging staging;
    private final Transport transport;
    private final Reserved reserved;
    private final Duration heldLongest;
    private final Resting queues = new Resting();
    private long lookedForNanos = System.nanoTime();

    /// @param heldLongest after which the store keeps alone what a worker still holds
    Relay(Staging staging, Transport transport, Reserved reserved, Duration heldLongest) {
        this.staging = staging;
        this.transport = transport;
        this.reserved = reserved;
        this.heldLongest = heldLongest;
    }

    /// @return whether there was anything
    boolean round() {
        keepLongHeld();
        var asked = System.nanoTime();
        var outgoing = staging.outgoing(new Staging.Wanted(AT_ONCE, BYTES_AT_ONCE, queues.now()));
        try {
            recover(outgoing.orphans());
        } finally {
            publish(outgoing.messages(), asked);
        }
        return !outgoing.isEmpty();
    }

    /// By time, however much there is to do.
    private void keepLongHeld() {
        var now = System.nanoTime();
        var each = heldLongest.compareTo(LOOKED_FOR_EACH) < 0 ? heldLongest : LOOKED_FOR_EACH;
        if (now - lookedForNanos >= each.toNanos()) {
            lookedForNanos = now;
            try {
                reserved.keepLongHeld(heldLongest);
            } catch (RuntimeException e) {
                LOG.warn("What is held for long is not kept by the store alone yet: {}", e.toString());
            }
        }
    }

    private void recover(List<String> orphans) {
        if (!orphans.isEmpty()) {
            transport.recover(orphans);
            staging.recovered(orphans);
        }
    }

    private void publish(List<Staging.Ready> ready, long askedNanos) {
        var byQueue = new LinkedHashMap<String, List<Staging.Ready>>();
        for (var one : ready) {
            byQueue.computeIfAbsent(one.message().queue(), _ -> new ArrayList<>())
                    .add(one);
        }
        while (!byQueue.isEmpty()) {
            if (System.nanoTime() - askedNanos > TIMELY.toNanos()) {
                notSent(byQueue);
                return;
            }
            var queue = byQueue.firstEntry();
            Optional<List<Transport.Unroutable>> refused;
            try {
                refused = publish(queue.getKey(), queue.getValue());
            } catch (Busy e) {
                notSent(byQueue);
                throw e;
            }
            byQueue.pollFirstEntry();
            if (refused.isPresent()) {
                written(queue.getKey(), queue.getValue(), refused.get());
            }
        }
    }

    private void notSent(LinkedHashMap<String, List<Staging.Ready>> left) {
        staging.notSent(left.values().stream().flatMap(List::stream).toList());
    }

    /// @return those that the broker did not take; empty if it isn't known that it has the others
    /// @throws Busy if nothing can be sent to any queue
    private Optional<List<Transport.Unroutable>> publish(String queue, List<Staging.Ready> some) {
        try {
            var refused =
                    transport.publish(some.stream().map(Staging.Ready::message).toList());
            if (refused.stream().noneMatch(Transport.Unroutable::passing)) {
                queues.worked(queue);
            }
            return Optional.of(refused);
        } catch (SendUnknown e) {
            LOG.warn(
                    "The broker did not answer for all of {} messages to {}; they are handed over again. {}",
                    some.size(),
                    queue,
                    String.valueOf(e.getCause()));
            queues.failed(queue);
            return Optional.empty();
        } catch (RuntimeException e) {
            if (e instanceof Busy busy && !transport.connected()) {
                throw busy;
            }
            LOG.warn(
                    "{} messages to the queue {} could not be sent ({} times in a row), and stay in the store: {}",
                    some.size(),
                    queue,
                    queues.failed(queue),
                    e.getMessage());
            staging.notSent(some);
            return Optional.empty();
        }
    }

    private void written(String queue, List<Staging.Ready> some, List<Transport.Unroutable> refused) {
        var taken = new ArrayList<>(some);
        var later = new ArrayList<Staging.Ready>();
        var nowhere = new LinkedHashMap<Staging.Ready, String>();
        for (var one : refused) {
            var found = taken.stream()
                    .filter(each -> each.message().equals(one.message()))
                    .findFirst();
            if (found.isPresent()) {
                taken.remove(found.get());
                if (one.passing()) {
                    later.add(found.get());
                } else {
                    nowhere.put(found.get(), one.reason());
                }
            }
        }
        staging.sent(taken);
        if (!later.isEmpty()) {
            LOG.warn(
                    "The queue {} did not take {} of {} messages ({} times in a row), which stay in the store.",
                    queue,
                    later.size(),
                    some.size(),
                    queues.failed(queue));
            staging.notSent(later);
        }
        nowhere.forEach(staging::refused);
    }
}
