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
        FULL,
        /// A whole number of seconds from none to the computed wait, each as likely: Celery's `retry_jitter`.
        SECONDS
    }

    /// For `retriesMax`: Celery's `max_retries=None`.
    public static final int UNLIMITED = Integer.MAX_VALUE;

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

    /// Celery's `retry_backoff`: waits of `factor` seconds, twice that, four times that, up to `max`.
    ///
    /// @param factor Celery's `retry_backoff`, where `True` is 1; of a fraction the whole part counts,
    ///     and less than 1 is 1
    /// @param max `retry_backoff_max`, in Celery 600 s
    /// @param jitter `retry_jitter`, in Celery true
    public static RetryPolicy celeryBackoff(int retriesMax, double factor, Duration max, boolean jitter) {
        var base = Duration.ofSeconds((long) Math.max(1, factor));
        return new RetryPolicy(
                retriesMax, base.compareTo(max) < 0 ? base : max, max, jitter ? Jitter.SECONDS : Jitter.NONE);
    }

    /// The wait before retry number `retry`.
    ///
    /// @param retry 1 for the first
    public Duration delay(int retry, RandomGenerator random) {
        var wait = delayBase.toMillis();
        for (int i = 1; i < retry && wait > 0 && wait < delayMax.toMillis(); i++) {
            wait *= 2;
        }
        wait = Math.min(wait, delayMax.toMillis());
        return switch (jitter) {
            case NONE -> Duration.ofMillis(wait);
            case FULL -> Duration.ofMillis(random.nextLong(wait + 1));
            case SECONDS -> Duration.ofSeconds(random.nextLong(wait / 1000 + 1));
        };
    }
}
