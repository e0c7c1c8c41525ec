package dev.lovage.engine.worker;

import dev.lovage.engine.message.ExecutionKey;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// How often this worker starts tasks of a name. Each that comes too early gets a place in a line and is put off; it
/// holds no slot meanwhile.
///
/// Invariants:
/// 1. Two starts of one name are a step apart, which is 1 / rate.
/// 2. Whoever has a place keeps it, and those who come later stand behind.
/// 3. A place that nobody took for [#GRACE], because its task went to another worker, is for whoever asks next.
/// 4. Nobody is put off for longer than [#FAR], so that a limit that was lifted holds nothing back for longer; those
///    who stand far away ask less often than those at the front.
final class RateLimits {
    static final Duration NEAR = Duration.ofSeconds(10);
    static final Duration FAR = Duration.ofMinutes(1);
    static final Duration GRACE = Duration.ofSeconds(2);

    private static final int PLACES_MAX = 100_000;

    private final Map<String, Limit> limits = new HashMap<>();

    private static final class Limit {
        private final double perSecond;
        private final Duration step;
        private final Map<ExecutionKey, Instant> places = new HashMap<>();
        private final TreeMap<Instant, ExecutionKey> line = new TreeMap<>();
        private Instant earliest = Instant.EPOCH;

        Limit(double perSecond) {
            this.perSecond = perSecond;
            this.step = Duration.ofNanos(Math.max(1, (long) Math.min(1e9 / perSecond, 1e17)));
        }

        Optional<Instant> admit(ExecutionKey execution, Instant now) {
            var place = places.get(execution);
            if (!now.isBefore(earliest) && (place == null ? vacant(now) : !place.isAfter(now))) {
                leave(place == null && !line.isEmpty() ? line.firstEntry().getValue() : execution);
                earliest = now.plus(step);
                return Optional.empty();
            }
            if (place == null && places.size() >= PLACES_MAX) {
                return Optional.of(now.plus(FAR));
            }
            if (place == null || !place.isAfter(now)) {
                leave(execution);
                // Who had a place and found another one starting goes in front, behind others of whom that is true.
                place = free(
                        place != null || line.isEmpty()
                                ? earliest
                                : line.lastKey().plus(step));
                places.put(execution, place);
                line.put(place, execution);
            }
            var again = now.plus(wait(place, Duration.between(now, place).dividedBy(2)));
            return Optional.of(place.isBefore(again) ? place : again);
        }

        /// Those who stand far away do not ask all at once.
        private static Duration wait(Instant place, Duration half) {
            if (half.compareTo(FAR) > 0) {
                return FAR.minusMillis(place.toEpochMilli() % (FAR.toMillis() / 2));
            }
            return half.compareTo(NEAR) < 0 ? NEAR : half;
        }

        /// Whether a start is nobody's, or that of a task that is not here any more.
        private boolean vacant(Instant now) {
            return line.isEmpty() || line.firstKey().isBefore(now.minus(GRACE));
        }

        /// The first place from then on that nobody has.
        private Instant free(Instant from) {
            var place = from;
            while (line.containsKey(place)) {
                place = place.plusNanos(1);
            }
            return place;
        }

        private void leave(ExecutionKey execution) {
            var place = places.remove(execution);
            if (place != null) {
                line.remove(place);
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

    /// @return empty when it may start now, or when it is to ask again
    synchronized Optional<Instant> admit(String task, ExecutionKey execution, Instant now) {
        var limit = limits.get(task);
        return limit == null ? Optional.empty() : limit.admit(execution, now);
    }
}
