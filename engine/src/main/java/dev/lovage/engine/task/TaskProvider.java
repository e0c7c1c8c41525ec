package dev.lovage.engine.task;

/// Brings handlers to a worker. Named in `META-INF/services`, with a public constructor without parameters, it
/// is found by workers and by child processes.
public interface TaskProvider {
    void register(Tasks tasks);
}
