package dev.lovage.engine.rate;

import dev.lovage.engine.json.Json;
import java.time.Duration;

/// How often tasks of one name are started, at most.
///
/// @param perSecond more than 0
/// @param shared whether all workers of one store share it; else each worker has it for itself, as in Celery
public record RateLimit(double perSecond, boolean shared) {
    public RateLimit {
        if (!(perSecond > 0) || Double.isInfinite(perSecond)) {
            throw new IllegalArgumentException("A rate limit is more than 0 per second, but is " + perSecond + ".");
        }
    }

    /// @param text in Celery's words: `10/s`, `100/m`, `100/h`, or a number, which is per second
    /// @throws IllegalArgumentException if it is none, or 0
    public static RateLimit of(String text) {
        double perSecond;
        try {
            perSecond = Rates.perSecond(Json.tree(text));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "A rate limit is such as 10/s, 100/m or 100/h, but is '" + text + "': " + e.getMessage() + ".", e);
        }
        return new RateLimit(perSecond, false);
    }

    /// The same for all workers of one store together.
    public RateLimit cluster() {
        return new RateLimit(perSecond, true);
    }

    /// The time between two starts.
    public Duration step() {
        return Duration.ofNanos(Math.max(1, (long) Math.min(1e9 / perSecond, 1e17)));
    }

    /// Such as `100/m`.
    @Override
    public String toString() {
        return Rates.text(perSecond) + (shared ? " of all workers" : "");
    }
}
