package dev.lovage.engine.task;

import dev.lovage.engine.result.KnownToCelery;
import java.time.Duration;

/// The soft time limit of the running task has passed. A handler may catch it to tidy up.
public final class SoftTimeLimitExceeded extends RuntimeException implements KnownToCelery {
    private final Duration limit;

    public SoftTimeLimitExceeded(Duration limit) {
        super("The soft time limit of " + limit + " has passed.");
        this.limit = limit;
    }

    public Duration limit() {
        return limit;
    }

    @Override
    public String module() {
        return "billiard.exceptions";
    }

    @Override
    public String type() {
        return "SoftTimeLimitExceeded";
    }
}
