package dev.lovage.rabbitmq;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Shares one bound on unacknowledged deliveries among the consumers of several queues, where the broker has no
/// bound over all of them (quorum queues, RabbitMQ 4). A consumer's credit is its prefetch count and never
/// changes; a queue has several consumers, of one credit each unless the bound is above [#CONSUMERS_MAX].
///
/// A consumer is cancelled when it holds nothing, or as much as it may: a quorum queue forgets to deliver what
/// is on its way to a consumer while that is cancelled, and such a message comes back when the channel is
/// closed, which has to wait for what the consumer holds.
///
/// A queue starts with an even share. One whose credit is used up, or that has none, is *watched*: whoever asks
/// here looks how many messages are ready in it. Once there are some, it is given credit of an idle queue, to
/// the last; or, if it has less than its share, of one that has had more for [#SLICE_NANOS]. So it is too where
/// there are more queues than credit.
///
/// Invariants:
/// 1. The credit of the consumers, and what cancelled consumers have left unacknowledged, is never more than
///    the bound; when the bound is lowered, no consumer is started until it is so again.
/// 2. Each queue with messages has a consumer again and again, however busy the others are.
///
/// It decides and does nothing; whoever asks carries out the changes and tells what was delivered and settled.
/// Not for several threads at once.
final class Credits {
    /// So long nothing came and nothing is unacknowledged: the consumer is idle.
    static final long IDLE_NANOS = 300_000_000L;

    /// So long a busy consumer is left alone.
    static final long SLICE_NANOS = 1_000_000_000L;

    /// About as many consumers share the bound at most.
    private static final int CONSUMERS_MAX = 32;

    sealed interface Change {
        record Start(String tag, String queue, int credit) implements Change {}

        record Cancel(String tag) implements Change {}
    }

    private static final class Consuming {
        final String tag;
        final String queue;
        final int credit;
        final long since;
        long lastDelivery;
        int unacknowledged;
        boolean cancelled;
        boolean ended;

        Consuming(String tag, String queue, int credit, long now) {
            this.tag = tag;
            this.queue = queue;
            this.credit = credit;
            this.since = now;
            this.lastDelivery = now;
        }

        boolean idle(long now) {
            return unacknowledged == 0 && now - lastDelivery >= IDLE_NANOS;
        }

        boolean used() {
            return unacknowledged >= credit;
        }
    }

    private final Map<String, Consuming> consumers = new LinkedHashMap<>();
    private final Map<String, Long> lastServed = new HashMap<>();
    private final Set<String> needy = new HashSet<>();
    private Set<String> queues = Set.of();
    private int max;
    private long numbered;

    void want(Set<String> wanted, int bound) {
        queues = new LinkedHashSet<>(wanted);
        max = bound;
        lastServed.keySet().retainAll(queues);
        needy.retainAll(queues);
    }

    /// The queues without a consumer that could be delivered to; their [#ready] messages are to be told again
    /// and again.
    List<String> watched() {
        return max > 0 && queues.size() > 1
                ? queues.stream().filter(queue -> !waits(queue)).toList()
                : List.of();
    }

    void ready(String queue, long messages) {
        if (messages > 0) {
            needy.add(queue);
        } else {
            needy.remove(queue);
        }
    }

    void delivered(String tag, long now) {
        var consumer = consumers.get(tag);
        if (consumer != null) {
            consumer.unacknowledged++;
            consumer.lastDelivery = now;
        }
    }

    /// A delivery that is unacknowledged already, of a consumer that is not one of these.
    void inherit(String tag) {
        var consumer = consumers.computeIfAbsent(tag, _ -> {
            var ended = new Consuming(tag, "", 0, 0);
            ended.cancelled = true;
            ended.ended = true;
            return ended;
        });
        consumer.unacknowledged++;
    }

    /// Acknowledged or given back.
    void settled(String tag) {
        var consumer = consumers.get(tag);
        if (consumer != null) {
            consumer.unacknowledged--;
            forgetIfDone(consumer);
        }
    }

    /// The consumer gets no more deliveries: it was cancelled, and all that was on its way has been told; or it
    /// is gone without having been asked to.
    void ended(String tag) {
        var consumer = consumers.get(tag);
        if (consumer != null) {
            consumer.cancelled = true;
            consumer.ended = true;
            forgetIfDone(consumer);
        }
    }

    private void forgetIfDone(Consuming consumer) {
        if (consumer.ended && consumer.unacknowledged == 0) {
            consumers.remove(consumer.tag);
        }
    }

    /// Whether a consumer of this queue waits for a delivery, and since when nothing came.
    boolean waits(String queue) {
        return active(queue).stream().anyMatch(one -> !one.used());
    }

    /// The consumers of this queue, for [#ended].
    List<String> tags(String queue) {
        return active(queue).stream().map(one -> one.tag).toList();
    }

    /// What to do now, in this order. Starts count as done; of a cancelled consumer [#ended] has to be told,
    /// and its credit is given to others by the next call.
    ///
    /// @param now of a monotonic clock
    List<Change> changes(long now) {
        var changes = new ArrayList<Change>();
        for (var consumer : List.copyOf(consumers.values())) {
            if (!consumer.cancelled && (!queues.contains(consumer.queue) || max <= 0)) {
                changes.add(stop(consumer, now));
            }
        }
        while (coming() > max && consumers.values().stream().anyMatch(one -> !one.cancelled)) {
            changes.add(stop(
                    consumers.values().stream()
                            .filter(one -> !one.cancelled)
                            .max(Comparator.<Consuming, Boolean>comparing(one -> one.unacknowledged == 0 || one.used())
                                    .thenComparingInt(one -> one.credit - one.unacknowledged))
                            .orElseThrow(),
                    now));
        }
        if (max > 0 && !queues.isEmpty()) {
            reclaim(now, changes);
            grant(now, changes);
        }
        return changes;
    }

    private void reclaim(long now, List<Change> changes) {
        if (free() > 0) {
            return;
        }
        var idle = consumers.values().stream()
                .filter(one -> !one.cancelled && one.idle(now))
                .max(Comparator.comparingInt(one -> one.credit));
        if (!lacking(true).isEmpty()) {
            idle.or(() -> consumers.values().stream()
                            .filter(one -> !one.cancelled && one.used() && now - one.since >= SLICE_NANOS)
                            .max(Comparator.<Consuming>comparingInt(one -> credit(one.queue))
                                    .thenComparingLong(one -> now - one.since)))
                    .ifPresent(one -> changes.add(stop(one, now)));
            return;
        }
        if (hungry().isEmpty()) {
            return;
        }
        if (idle.isPresent()) {
            changes.add(stop(idle.get(), now));
            return;
        }
        var share = max / queues.size();
        if (hungry().stream().anyMatch(queue -> credit(queue) < share)) {
            queues.stream()
                    .filter(queue -> credit(queue) > share + 1)
                    .max(Comparator.comparingInt(this::credit))
                    .flatMap(queue -> active(queue).stream()
                            .filter(one -> one.used() && now - one.since >= SLICE_NANOS)
                            .max(Comparator.comparingInt(one -> one.credit)))
                    .ifPresent(one -> changes.add(stop(one, now)));
        }
    }

    private void grant(long now, List<Change> changes) {
        var needing = lacking(true);
        var hungry = new ArrayList<>(hungry());
        hungry.sort(Comparator.comparingInt(this::credit));
        var all = needing.size() + hungry.size();
        var share = all == 0 ? max : Math.max(1, max / all);
        for (int i = 0; i < needing.size() && free() > 0; i++) {
            startAll(needing.get(i), Math.min(share, Math.ceilDiv(free(), all - i)), now, changes);
        }
        for (int i = 0; i < hungry.size() && free() > 0; i++) {
            startAll(hungry.get(i), Math.ceilDiv(free(), hungry.size() - i), now, changes);
        }
        var idle = lacking(false);
        for (int i = 0; i < idle.size() && free() > 0; i++) {
            startAll(idle.get(i), Math.ceilDiv(free(), idle.size() - i), now, changes);
        }
    }

    private void startAll(String queue, int credit, long now, List<Change> changes) {
        var each = Math.ceilDiv(max, CONSUMERS_MAX);
        for (int left = credit; left > 0; left -= each) {
            changes.add(start(queue, Math.min(left, each), now));
        }
    }

    /// Queues without a consumer, the one that waits longest first.
    private List<String> lacking(boolean inNeed) {
        var lacking = new ArrayList<>(queues.stream()
                .filter(queue -> active(queue).isEmpty() && needy.contains(queue) == inNeed)
                .toList());
        lacking.sort(Comparator.comparingLong(queue -> lastServed.getOrDefault(queue, Long.MIN_VALUE)));
        return lacking;
    }

    private Change start(String queue, int credit, long now) {
        var consumer = new Consuming("lovage-credit-" + ++numbered, queue, credit, now);
        consumers.put(consumer.tag, consumer);
        // What was seen there may be on its way to this consumer.
        needy.remove(queue);
        return new Change.Start(consumer.tag, queue, credit);
    }

    private Change stop(Consuming consumer, long now) {
        consumer.cancelled = true;
        lastServed.put(consumer.queue, now);
        if (consumer.unacknowledged == 0) {
            needy.remove(consumer.queue);
        }
        return new Change.Cancel(consumer.tag);
    }

    private List<String> hungry() {
        return queues.stream()
                .filter(queue -> {
                    var all = active(queue);
                    return !all.isEmpty()
                            && all.stream().allMatch(Consuming::used)
                            && (queues.size() == 1 || needy.contains(queue));
                })
                .toList();
    }

    private List<Consuming> active(String queue) {
        return consumers.values().stream()
                .filter(one -> !one.cancelled && one.queue.equals(queue))
                .toList();
    }

    private int credit(String queue) {
        return active(queue).stream().mapToInt(one -> one.credit).sum();
    }

    private int free() {
        return max - granted();
    }

    /// The same when all that is being cancelled has ended with what is known of.
    private int coming() {
        return consumers.values().stream()
                .mapToInt(one -> one.cancelled ? one.unacknowledged : one.credit)
                .sum();
    }

    /// What may be unacknowledged at most, if nothing is started.
    int granted() {
        return consumers.values().stream()
                .mapToInt(one -> one.ended ? one.unacknowledged : one.credit)
                .sum();
    }
}
