package dev.lovage.cli.sample;

import dev.lovage.engine.task.Task;
import dev.lovage.engine.task.TaskProvider;
import dev.lovage.engine.task.Tasks;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.LoggerFactory;

/// Somebody's tasks.
public final class SampleTasks implements TaskProvider {
    static final Task<String, String> GREET = Task.named("sample.greet", String.class, String.class);
    static final Task<String, String> WHERE = Task.named("sample.where", String.class, String.class);
    static final Task<Integer, String> TAKE_TIME = Task.named("sample.take_time", Integer.class, String.class);

    @Override
    public void register(Tasks tasks) {
        tasks.handle(GREET, name -> {
            LoggerFactory.getLogger(SampleTasks.class).info("Greeting {}", name);
            return "Hello, " + name;
        });
        tasks.handle(WHERE, name -> {
            LoggerFactory.getLogger(SampleTasks.class).info("Looking for {}", name);
            return name + " in " + ProcessHandle.current().pid();
        });
        tasks.handle(TAKE_TIME, millis -> {
            boolean woken = new CountDownLatch(1).await(millis, TimeUnit.MILLISECONDS);
            return woken ? "woken" : "done";
        });
    }
}
