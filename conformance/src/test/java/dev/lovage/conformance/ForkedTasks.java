package dev.lovage.conformance;

import dev.lovage.engine.task.SoftTimeLimitExceeded;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.task.TaskContext;
import dev.lovage.engine.task.TaskProvider;
import dev.lovage.engine.task.Tasks;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// Tasks for child processes.
public final class ForkedTasks implements TaskProvider {
    private static final int MIB = 1024 * 1024;

    /// Waits until its soft limit, and makes the best of it.
    static final Task<String, String> J_CATCHES = Task.named("j.catches", String.class, String.class);

    /// Waits until its soft limit, and fails.
    static final Task<String, String> J_WAITS = Task.named("j.waits", String.class, String.class);

    /// Hears nothing of soft limits.
    static final Task<String, String> J_STUBBORN = Task.named("j.stubborn", String.class, String.class);

    /// The process that it runs in.
    static final Task<String, Long> J_PID = Task.named("j.pid", String.class, Long.class);

    /// Uses so many MiB.
    static final Task<Integer, Integer> J_HOG = Task.named("j.hog", Integer.class, Integer.class);

    /// Tells how far it is, and waits for a file.
    static final Task<String, String> J_TELLS = Task.named("j.tells", String.class, String.class);

    @Override
    public void register(Tasks tasks) {
        tasks.handle(J_CATCHES, text -> {
            try {
                return waits(text);
            } catch (SoftTimeLimitExceeded e) {
                return text + " was caught";
            }
        });
        tasks.handle(J_WAITS, ForkedTasks::waits);
        tasks.handle(J_STUBBORN, text -> {
            while (text.length() < Integer.MAX_VALUE) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
                var _ = Thread.interrupted();
            }
            return text;
        });
        tasks.handle(J_PID, _ -> ProcessHandle.current().pid());
        tasks.handle(J_HOG, count -> {
            var held = new ArrayList<byte[]>();
            for (int i = 0; i < count; i++) {
                held.add(new byte[MIB]);
            }
            return held.size();
        });
        tasks.handle(J_TELLS, file -> {
            TaskContext.current()
                    .state("PROGRESS", Map.of("pid", ProcessHandle.current().pid()));
            while (!Files.exists(Path.of(file))) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
            }
            return "told";
        });
    }

    private static String waits(String text) {
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            TaskContext.current().checkDeadline();
        }
        return text;
    }
}
