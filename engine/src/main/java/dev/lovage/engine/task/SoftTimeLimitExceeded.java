package dev.lovage.engine.task;

/// The soft time limit of the running task has passed. A handler may catch it to tidy up.
public final class SoftTimeLimitExceeded extends RuntimeException {
    public SoftTimeLimitExceeded(java.time.Duration limit) {
        super("The soft time limit of " + limit + " has passed.");
    }
}
