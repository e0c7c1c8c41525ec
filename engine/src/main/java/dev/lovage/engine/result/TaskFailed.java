package dev.lovage.engine.result;

/// The task whose result was awaited has not succeeded.
public final class TaskFailed extends RuntimeException {
    private final ResultMeta meta;

    public TaskFailed(ResultMeta meta) {
        super("The task " + meta.task() + "[" + meta.taskId() + "] ended as " + meta.state() + ": "
                + Failures.line(meta.result()) + ".");
        this.meta = meta;
    }

    public ResultMeta meta() {
        return meta;
    }
}
