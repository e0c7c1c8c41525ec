package dev.lovage.engine.worker;

import dev.lovage.engine.message.ExecutionKey;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;

/// How often this worker starts tasks of a name. Each task that comes too early is given its turn and is put
/// off until then; whoever comes back at its turn is let through.
///
/// A turn that is farther away than [#AHEAD] is not given: the task comes back and asks again, so that a limit
/// that was lifted holds nothing back for longer than that.
final class RateLimits {
    static final Duration AHEAD = Duration.ofSeconds(10);

    private static final int TURNS_MAX = 100_000;

    private final Map<String, Limit> limits = new HashMap<>();

    private static final class Limit {
        private final double perSecond;
        private final Duration step;
        private final Map<ExecutionKey, Instant> turns = new HashMap<>();
        private Instant next = Instant.MIN;

        Limit(double perSecond) {
            this.perSecond = perSecond;
            this.step = Duration.ofNanos((long) (1e9 / perSecond));
        }

        Optional<Instant> admit(ExecutionKey execution, Instant now) {
            if (turns.remove(execution) != null || !now.isBefore(next)) {
                if (!now.isBefore(next)) {
                    next = now.plus(step);
                }
                return Optional.empty();
            }
            var farthest = now.plus(AHEAD);
            if (next.isAfter(farthest) || turns.size() >= TURNS_MAX) {
                forget(now);
                return Optional.of(farthest);
            }
            var turn = next;
            next = next.plus(step);
            turns.put(execution, turn);
            return Optional.of(turn);
        }

        /// Those that ran elsewhere, or never will.
        private void forget(Instant now) {
            var longAgo = now.minus(AHEAD.multipliedBy(6));
            for (Iterator<Instant> all = turns.values().iterator(); all.hasNext(); ) {
                if (all.next().isBefore(longAgo)) {
                    all.remove();
                }
            }
        }
    }

    /// @param perSecond 0 lifts the limit
    synchronized void set(String task, double perSecond) {
        if (perSecond > 0) {
            limits.put(task, new Limit(perSecond));
        } else {
            limits.remove(task);
        }
    }

    synchronized Optional<Double> of(String task) {
        return Optional.ofNullable(limits.get(task)).map(limit -> limit.perSecond);
    }

    /// @return empty when it may run now, or when its turn comes
    synchronized Optional<Instant> admit(String task, ExecutionKey execution, Instant now) {
        var limit = limits.get(task);
        return limit == null ? Optional.empty() : limit.admit(execution, now);
    }
}
