package dev.lovage.engine.retry;

import java.time.Duration;
import java.util.random.RandomGenerator;

/// How often, and after which waits, a failed execution is tried again.
///
/// @param retriesMax how many executions may follow the first; 0 is none
/// @param delayBase wait before the first retry; each later wait is twice the one before
/// @param delayMax no wait is longer than this, jitter included
/// @param jitter how a computed wait is spread
public record RetryPolicy(int retriesMax, Duration delayBase, Duration delayMax, Jitter jitter) {
    /// How waits are spread so that many failures do not come back together.
    public enum Jitter {
        /// The computed wait itself.
        NONE,
        /// Anything from nothing to the computed wait, each as likely.
        FULL
    }

    /// Celery's defaults, `max_retries` and `default_retry_delay`: three retries, three minutes apart.
    public static final RetryPolicy CELERY =
            new RetryPolicy(3, Duration.ofMinutes(3), Duration.ofMinutes(3), Jitter.NONE);

    /// @throws IllegalArgumentException if the parts contradict each other
    public RetryPolicy {
        if (retriesMax < 0) {
            throw new IllegalArgumentException(
                    "A task is retried 0 times or more, but retriesMax is " + retriesMax + ".");
        }
        if (delayBase.isNegative() || delayMax.compareTo(delayBase) < 0) {
            throw new IllegalArgumentException(
                    "The waits of a retry run from delayBase, 0 or more, up to delayMax, but are " + delayBase + " and "
                            + delayMax + ".");
        }
    }

    /// The wait before retry number `retry`.
    ///
    /// @param retry 1 for the first
    public Duration delay(int retry, RandomGenerator random) {
        var wait = delayBase.toMillis();
        for (int i = 1; i < retry && wait < delayMax.toMillis(); i++) {
            wait *= 2;
        }
        wait = Math.min(wait, delayMax.toMillis());
        return Duration.ofMillis(jitter == Jitter.FULL ? random.nextLong(wait + 1) : wait);
    }
}
