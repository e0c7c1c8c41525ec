package dev.lovage.engine.broker;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/// What lies in one queue.
///
/// @param counts entries by custody; a custody without entries is absent
/// @param oldestReady when the longest waiting ready entry was sent
/// @param paused whether nothing is claimed from it
/// @param elsewhere where another broker moves the messages, what that one says
public record QueueState(
        String queue,
        Map<Custody, Long> counts,
        Optional<Instant> oldestReady,
        boolean paused,
        Optional<Elsewhere> elsewhere) {
    /// What a broker tells of a queue beside what lies ready in it; what it can't tell is empty.
    ///
    /// @param unacknowledged messages that anyone has received and not acknowledged
    /// @param consumers who would be delivered to
    public record Elsewhere(OptionalLong unacknowledged, OptionalLong consumers) {
        public static final Elsewhere UNKNOWN = new Elsewhere(OptionalLong.empty(), OptionalLong.empty());
    }

    public QueueState {
        counts = Map.copyOf(counts);
    }

    /// Of a broker that is its own store.
    public QueueState(String queue, Map<Custody, Long> counts, Optional<Instant> oldestReady, boolean paused) {
        this(queue, counts, oldestReady, paused, Optional.empty());
    }

    /// Messages that somebody works at; empty where that can't be known.
    public OptionalLong unacknowledged() {
        return elsewhere.map(Elsewhere::unacknowledged).orElseGet(() -> OptionalLong.of(count(Custody.LEASED)));
    }

    public long count(Custody custody) {
        return counts.getOrDefault(custody, 0L);
    }
}
