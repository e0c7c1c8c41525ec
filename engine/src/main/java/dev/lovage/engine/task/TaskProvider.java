package dev.lovage.engine.task;

/// Brings handlers to a worker. Named in `META-INF/services`, with a public constructor without parameters, it
/// is found by workers and by child processes.
public interface TaskProvider {
    void register(Tasks tasks);

    /// The provider that a child process makes in place of this one: a public class with a public constructor
    /// without parameters. It registers the same tasks with the same types; effects are not asked for there,
    /// because they are written in the worker's own process.
    default Class<? extends TaskProvider> inChild() {
        return getClass();
    }
}
