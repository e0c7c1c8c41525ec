package dev.lovage.cli.sample;

import dev.lovage.engine.retry.RetryRule;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.task.TaskContext;
import dev.lovage.engine.task.TaskProvider;
import dev.lovage.engine.task.Tasks;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.LoggerFactory;

/// Somebody's tasks.
public final class SampleTasks implements TaskProvider {
    static final Task<String, String> GREET = Task.named("sample.greet", String.class, String.class);
    static final Task<String, String> WHERE = Task.named("sample.where", String.class, String.class);
    static final Task<String, String> STUBBORN = Task.named("sample.stubborn", String.class, String.class)
            .retry(RetryRule.on(IOException.class).maxRetries(1).backoff(Duration.ofMillis(1), Duration.ofMillis(1)));
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
        tasks.handle(STUBBORN, name -> {
            var start = TaskContext.current().retries() + 1;
            LoggerFactory.getLogger(SampleTasks.class).info("Start {} for {}", start, name);
            if (start == 1) {
                throw new IOException("the disk is away");
            }
            LoggerFactory.getLogger(SampleTasks.class).warn("It was hard");
            return "done";
        });
        tasks.handle(TAKE_TIME, millis -> {
            boolean woken = new CountDownLatch(1).await(millis, TimeUnit.MILLISECONDS);
            return woken ? "woken" : "done";
        });
    }
}
