package dev.lovage.engine.task;

import dev.lovage.engine.canvas.Canvas;

/// Thrown by a handler: another canvas runs under this task's id, with its callbacks, its chain and its place
/// in a chord.
public final class ReplaceTask extends RuntimeException {
    private final transient Canvas<?> by;

    public ReplaceTask(Canvas<?> by) {
        super("replaced by " + by);
        this.by = by;
    }

    public Canvas<?> by() {
        return by;
    }
}
