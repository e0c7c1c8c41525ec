package dev.lovage.engine.worker;

import dev.lovage.engine.message.ExecutionKey;
import dev.lovage.engine.rate.MemoryLine;
import dev.lovage.engine.rate.RateLimit;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The rate limits that hold in this worker, and the lines of those that are its own. Lines of limits that all
/// workers share are the store's.
final class RateLimits {
    private final Map<String, Limit> limits = new HashMap<>();
    private final Set<String> shared = new HashSet<>();

    private record Limit(RateLimit rate, MemoryLine line) {}

    /// What the task's descriptor or a setting says.
    synchronized void configure(String task, RateLimit rate) {
        if (rate.shared()) {
            shared.add(task);
        }
        limits.put(task, new Limit(rate, new MemoryLine()));
    }

    /// In place of what was configured; a limit that all workers share stays one, with this rate here.
    ///
    /// @param perSecond 0 lifts the limit
    synchronized void set(String task, double perSecond) {
        if (perSecond > 0) {
            limits.put(task, new Limit(new RateLimit(perSecond, shared.contains(task)), new MemoryLine()));
        } else {
            limits.remove(task);
        }
    }

    synchronized Optional<RateLimit> of(String task) {
        return Optional.ofNullable(limits.get(task)).map(Limit::rate);
    }

    /// By this worker's own line.
    ///
    /// @return empty when it may start now, or when it is to ask again
    synchronized Optional<Instant> admit(String task, ExecutionKey execution, Instant now) {
        var limit = limits.get(task);
        return limit == null
                ? Optional.empty()
                : limit.line().admit(execution, limit.rate().step(), now);
    }
}
