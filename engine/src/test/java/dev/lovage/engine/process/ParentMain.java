package dev.lovage.engine.process;

import dev.lovage.engine.Lovage;
import dev.lovage.engine.process.ChildTasks.Harm;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.worker.Pool;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.concurrent.CountDownLatch;

/// A worker of its own process, to be killed. Its child notes its process id in the file that is named.
final class ParentMain {
    private ParentMain() {}

    public static void main(String[] arguments) throws InterruptedException {
        var note = Path.of(arguments[0]);
        var settings = Settings.embedded(note.resolveSibling("parent")).with(Setting.BROKER_URL, "memory:");
        try (var lovage = Lovage.open(settings, InstantSource.system());
                var _ = lovage.worker()
                        .tasks(new ChildTasks())
                        .pool(Pool.processes(1))
                        .start()) {
            lovage.send(ChildTasks.HARM.with(new Harm("orphan and wait", note)));
            new CountDownLatch(1).await();
        }
    }
}
