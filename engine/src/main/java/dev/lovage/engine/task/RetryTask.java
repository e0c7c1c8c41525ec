package dev.lovage.engine.task;

import java.time.Duration;
import java.util.Optional;

/// Thrown by a handler: this execution is over, and the task is tried again. When its retries are used up, it
/// fails with the cause.
public final class RetryTask extends RuntimeException {
    private final transient Optional<Duration> countdown;

    public RetryTask(Throwable cause) {
        super(cause);
        this.countdown = Optional.empty();
    }

    public RetryTask(Throwable cause, Duration countdown) {
        super(cause);
        this.countdown = Optional.of(countdown);
    }

    public Optional<Duration> countdown() {
        return countdown;
    }
}
