package dev.lovage.engine.task;

/// Thrown by a handler: the delivery goes back to the broker, or to the dead letters.
public final class RejectTask extends RuntimeException {
    private final boolean requeue;

    public RejectTask(String reason, boolean requeue) {
        super(reason);
        this.requeue = requeue;
    }

    public boolean requeue() {
        return requeue;
    }
}
