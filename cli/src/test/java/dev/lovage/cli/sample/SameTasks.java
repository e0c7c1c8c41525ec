package dev.lovage.cli.sample;

import dev.lovage.engine.task.TaskProvider;
import dev.lovage.engine.task.Tasks;

/// A second provider of a task that [SampleTasks] has.
public final class SameTasks implements TaskProvider {
    @Override
    public void register(Tasks tasks) {
        tasks.handle(SampleTasks.GREET, name -> "Good day, " + name);
    }
}
