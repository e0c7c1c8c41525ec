package dev.lovage.conformance;

import dev.lovage.engine.Lovage;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.task.TaskContext;
import dev.lovage.engine.worker.Pool;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;

/// A worker that can be killed. Its task `j.hold` says `holds`, and never ends when it runs for the first time;
/// after that it returns how often it was started.
final class WorkerProgram {
    static final Task<String, Long> J_HOLD = Task.named("j.hold", String.class, Long.class);

    private WorkerProgram() {}

    /// @param arguments data folder, broker, results, queue, and settings as `name=value`
    public static void main(String... arguments) throws InterruptedException {
        var settings = Settings.embedded(Path.of(arguments[0]))
                .with(Setting.BROKER_URL, arguments[1])
                .with(Setting.RESULT_BACKEND, arguments[2]);
        for (var one : Arrays.asList(arguments).subList(4, arguments.length)) {
            var at = one.indexOf('=');
            settings = settings.with(Setting.valueOf(one.substring(0, at)), one.substring(at + 1));
        }
        try (var lovage = Lovage.open(settings, InstantSource.system());
                var worker = lovage.worker()
                        .tasks(tasks -> tasks.handle(J_HOLD, WorkerProgram::hold))
                        .queues(arguments[3])
                        .name("held@java")
                        .pool(Pool.threads(1))
                        .start()) {
            System.out.println("ready");
            worker.awaitEnd();
        }
    }

    static long hold(String text) throws InterruptedException {
        if (TaskContext.current().epoch() == 1) {
            System.out.println("holds " + text);
            new CountDownLatch(1).await();
        }
        return TaskContext.current().epoch();
    }
}
