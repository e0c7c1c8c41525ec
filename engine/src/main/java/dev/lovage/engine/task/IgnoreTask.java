package dev.lovage.engine.task;

/// Thrown by a handler: the execution ends, and nothing is recorded of its result.
public final class IgnoreTask extends RuntimeException {
    public IgnoreTask(String reason) {
        super(reason);
    }
}
