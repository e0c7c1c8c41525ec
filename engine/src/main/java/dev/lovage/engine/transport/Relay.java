package dev.lovage.engine.transport;

import dev.lovage.engine.broker.Busy;
import dev.lovage.engine.broker.SendUnknown;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Hands to the broker what the store has ready.
///
/// Invariants:
/// 1. A step that fails is repeated: each is safe to do twice.
/// 2. A queue that takes nothing delays no other one: each is published to by itself, and rests for a while
///    after it has failed.
/// 3. What was handed out for long is not published any more: it may be another process's by now.
/// 4. What the store could not be told is told first thing in the next round.
/// 5. Those for which the broker did not answer are handed over again with half as many others, down to each by
///    itself: one that it can't take keeps no other one back.
final class Relay {
    private static final Logger LOG = LoggerFactory.getLogger(Relay.class);
    private static final int AT_ONCE = 500;
    private static final long BYTES_AT_ONCE = 16 * 1024 * 1024;

    /// Half of the time after which what was not handed over is handed out to others.
    private static final Duration TIMELY = Duration.ofSeconds(5);

    /// How often it is looked for what has been held for long.
    private static final Duration LOOKED_FOR_EACH = Duration.ofMinutes(1);

    /// More than these are not remembered: others may have handed them over meanwhile.
    private static final int DOUBTFUL_MAX = 20 * AT_ONCE;

    private final Staging staging;
    private final Transport transport;
    private final Reserved reserved;
    private final Duration heldLongest;
    private final Resting queues = new Resting();
    private final List<Staging.Ready> taken = new ArrayList<>();
    private final List<Staging.Ready> left = new ArrayList<>();
    private final List<Staging.Ready> early = new ArrayList<>();
    private final List<Staging.Orphan> orphaned = new ArrayList<>();

    /// By tag, with how many at most each is handed over.
    private final Map<Long, Integer> doubtful = new HashMap<>();

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
        tell();
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

    /// What became of what was handed out. Each is safe to tell late, and twice: the store compares marks.
    private void tell() {
        if (!taken.isEmpty()) {
            staging.sent(taken);
            taken.clear();
        }
        if (!left.isEmpty()) {
            staging.notSent(left);
            left.clear();
        }
        if (!early.isEmpty()) {
            staging.notDue(early);
            early.clear();
        }
        if (!orphaned.isEmpty()) {
            staging.notRecovered(orphaned);
            orphaned.clear();
        }
    }

    private void recover(List<Staging.Orphan> orphans) {
        if (!orphans.isEmpty()) {
            orphaned.addAll(orphans);
            transport.recover(orphans.stream().map(Staging.Orphan::brokerTag).toList());
            orphaned.clear();
        }
    }

    private void publish(List<Staging.Ready> ready, long askedNanos) {
        var byQueue = new LinkedHashMap<String, List<Staging.Ready>>();
        for (var one : ready) {
            byQueue.computeIfAbsent(one.message().queue(), _ -> new ArrayList<>())
                    .add(one);
        }
        try {
            for (var queue = byQueue.firstEntry(); queue != null; queue = byQueue.firstEntry()) {
                if (System.nanoTime() - askedNanos > TIMELY.toNanos()) {
                    return;
                }
                var some = together(queue.getValue());
                if (!publish(queue.getKey(), some) || queue.getValue().isEmpty()) {
                    left.addAll(queue.getValue());
                    byQueue.remove(queue.getKey());
                }
                tell();
            }
        } finally {
            byQueue.values().forEach(left::addAll);
            tell();
        }
    }

    /// Takes the first ones away, as many as may go together.
    private List<Staging.Ready> together(List<Staging.Ready> some) {
        int count = 0;
        for (int most = AT_ONCE; count < some.size(); count++) {
            most = Math.min(most, doubtful.getOrDefault(some.get(count).tag(), AT_ONCE));
            if (count >= most) {
                break;
            }
        }
        var first = some.subList(0, count);
        var batch = List.copyOf(first);
        first.clear();
        return batch;
    }

    /// @return whether the queue takes more
    /// @throws Busy if nothing can be sent to any queue
    private boolean publish(String queue, List<Staging.Ready> some) {
        List<Transport.Unroutable> refused;
        try {
            refused =
                    transport.publish(some.stream().map(Staging.Ready::message).toList());
        } catch (SendUnknown e) {
            unknown(queue, some, e);
            return false;
        } catch (RuntimeException e) {
            left.addAll(some);
            if (e instanceof Busy busy && !transport.connected()) {
                throw busy;
            }
            LOG.warn(
                    "{} messages to the queue {} could not be sent ({} times in a row), and stay in the store: {}",
                    some.size(),
                    queue,
                    queues.failed(queue),
                    e.getMessage());
            return false;
        }
        some.forEach(one -> doubtful.remove(one.tag()));
        return written(queue, some, refused);
    }

    private void unknown(String queue, List<Staging.Ready> some, SendUnknown e) {
        var answered = Set.copyOf(e.taken());
        if (doubtful.size() > DOUBTFUL_MAX) {
            doubtful.clear();
        }
        for (var one : some) {
            if (answered.contains(one.message())) {
                taken.add(one);
                doubtful.remove(one.tag());
            } else {
                doubtful.put(one.tag(), Math.max(1, some.size() / 2));
            }
        }
        LOG.warn(
                "The broker answered for {} of {} messages to {} ({} times in a row); the others are handed over"
                        + " again, fewer at once. {}",
                answered.size(),
                some.size(),
                queue,
                queues.failed(queue),
                String.valueOf(e.getCause()));
    }

    /// @return whether the queue takes more
    private boolean written(String queue, List<Staging.Ready> some, List<Transport.Unroutable> refused) {
        var others = new ArrayList<>(some);
        var later = new ArrayList<Staging.Ready>();
        var nowhere = new LinkedHashMap<Staging.Ready, String>();
        for (var one : refused) {
            var found = others.stream()
                    .filter(each -> each.message().equals(one.message()))
                    .findFirst();
            if (found.isPresent()) {
                others.remove(found.get());
                switch (one.why()) {
                    case NOT_NOW -> later.add(found.get());
                    case NOT_DUE -> early.add(found.get());
                    case NOWHERE -> nowhere.put(found.get(), one.reason());
                }
            }
        }
        taken.addAll(others);
        left.addAll(later);
        tell();
        nowhere.forEach(staging::refused);
        if (later.isEmpty()) {
            queues.worked(queue);
            return true;
        }
        LOG.warn(
                "The queue {} did not take {} of {} messages ({} times in a row), which stay in the store.",
                queue,
                later.size(),
                some.size(),
                queues.failed(queue));
        return false;
    }
}
