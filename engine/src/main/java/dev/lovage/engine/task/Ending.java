package dev.lovage.engine.task;

import dev.lovage.engine.canvas.Canvas;

/// How a task's work leads on.
public sealed interface Ending<O> {
    /// The task's result is `value`.
    record Returns<O>(O value) implements Ending<O> {}

    /// Another canvas runs under the task's id, with its callbacks, its chain and its place in a chord.
    record ReplacedBy<O>(Canvas<?> canvas) implements Ending<O> {}

    static <O> Ending<O> returns(O value) {
        return new Returns<>(value);
    }

    static <O> Ending<O> replacedBy(Canvas<?> canvas) {
        return new ReplacedBy<>(canvas);
    }
}
