package dev.lovage.engine.retry;

import dev.lovage.engine.result.RemoteFailure;
import java.time.Duration;
import java.util.List;

/// Which failures of a task are tried again, and how. The first rule of a task that names the failure's type
/// decides.
///
/// Written as `on(IOException.class).maxRetries(3).backoff(ofSeconds(30), ofHours(1)).fullJitter()`.
public record RetryRule(List<Class<? extends Throwable>> types, RetryPolicy policy) {
    public RetryRule {
        types = List.copyOf(types);
    }

    /// A rule for these failures and their subtypes, with Celery's three retries three minutes apart.
    @SafeVarargs
    public static RetryRule on(Class<? extends Throwable>... types) {
        return new RetryRule(List.of(types), RetryPolicy.CELERY);
    }

    public RetryRule maxRetries(int retries) {
        return new RetryRule(types, new RetryPolicy(retries, policy.delayBase(), policy.delayMax(), policy.jitter()));
    }

    /// Waits that double from `base` up to `max`.
    public RetryRule backoff(Duration base, Duration max) {
        return new RetryRule(types, new RetryPolicy(policy.retriesMax(), base, max, policy.jitter()));
    }

    public RetryRule fullJitter() {
        return new RetryRule(
                types,
                new RetryPolicy(policy.retriesMax(), policy.delayBase(), policy.delayMax(), RetryPolicy.Jitter.FULL));
    }

    /// Celery's own formula: see [RetryPolicy#celeryBackoff].
    public RetryRule celeryBackoff(double factor, Duration max, boolean jitter) {
        return new RetryRule(types, RetryPolicy.celeryBackoff(policy.retriesMax(), factor, max, jitter));
    }

    /// Whether the failure, thrown here or in a child process, is of one of the types.
    public boolean covers(Throwable failure) {
        return types.stream()
                .anyMatch(type -> failure instanceof RemoteFailure remote ? remote.is(type) : type.isInstance(failure));
    }
}
