package dev.lovage.engine.process;

import dev.lovage.engine.task.TaskProvider;
import dev.lovage.engine.task.Tasks;
import java.util.concurrent.atomic.AtomicInteger;

/// A task without limits of its own. What its provider counts in this process shows where the work was done.
final class LooseTasks implements TaskProvider {
    private final AtomicInteger ranHere;

    LooseTasks(AtomicInteger ranHere) {
        this.ranHere = ranHere;
    }

    @Override
    public void register(Tasks tasks) {
        tasks.handle(ChildTasks.HARM, _ -> {
            ranHere.incrementAndGet();
            return "here";
        });
    }

    @Override
    public Class<? extends TaskProvider> inChild() {
        return ChildTasks.class;
    }
}
