package dev.lovage.engine.broker;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/// What lies in one queue.
///
/// @param counts entries by custody; a custody without entries is absent
/// @param oldestReady when the longest waiting ready entry was sent
/// @param paused whether nothing is claimed from it
public record QueueState(String queue, Map<Custody, Long> counts, Optional<Instant> oldestReady, boolean paused) {
    public QueueState {
        counts = Map.copyOf(counts);
    }

    public long count(Custody custody) {
        return counts.getOrDefault(custody, 0L);
    }
}
