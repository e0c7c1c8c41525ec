package dev.lovage.testkit;

import dev.lovage.engine.task.Task;
import dev.lovage.engine.task.TaskContext;
import dev.lovage.engine.task.TaskProvider;
import dev.lovage.engine.task.Tasks;

/// A task that kills its process, for workers with child processes.
public final class FragileTasks implements TaskProvider {
    /// Kills its process as often as it is told, and then returns how often it was started.
    static final Task<Integer, Long> FRAGILE = Task.named("contract.fragile", Integer.class, Long.class);

    private static final int EXIT = 9;

    @Override
    public void register(Tasks tasks) {
        tasks.handle(FRAGILE, deaths -> {
            var start = TaskContext.current().epoch();
            if (start <= deaths) {
                Runtime.getRuntime().halt(EXIT);
            }
            return start;
        });
    }
}
