package dev.lovage.engine.task;

/// The running task was revoked with termination.
public final class TaskRevoked extends RuntimeException {
    public TaskRevoked() {
        super("terminated");
    }
}
