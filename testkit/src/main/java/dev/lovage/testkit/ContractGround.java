package dev.lovage.testkit;

import dev.lovage.engine.Lovage;
import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.broker.Delivery;
import dev.lovage.engine.message.ExecutionKey;
import dev.lovage.engine.result.TaskState;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.store.Held;
import dev.lovage.engine.store.Store;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.task.Tasks;
import dev.lovage.engine.task.TypeRef;
import dev.lovage.engine.worker.Worker;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/// What the parts of the contract stand on: an empty installation for each test, on a clock that the test
/// moves.
abstract class ContractGround {
    static final Task<String, String> ECHO = Task.named("contract.echo", String.class, String.class);
    static final Task<List<String>, List<String>> COLLECT =
            Task.named("contract.collect", new TypeRef<List<String>>() {}, new TypeRef<List<String>>() {});
    static final String QUEUE = "celery";
    static final Instant START = Instant.parse("2026-11-20T08:00:00Z");

    @TempDir
    Path folder;

    SettableClock clock = new SettableClock(START);
    Settings settings = Settings.embedded(Path.of("lovage-data"));
    Lovage lovage = Lovage.inMemory(clock);

    /// The settings of an installation that is empty, and the test's own.
    ///
    /// @param data an empty folder
    protected abstract Settings settings(Path data);

    /// Whether what is accepted outlives the process.
    protected boolean durable() {
        return true;
    }

    /// How long nothing has to come before it is taken that there is no more; zero where what was written can
    /// be claimed at once.
    protected Duration quiet() {
        return Duration.ZERO;
    }

    @BeforeEach
    void open() {
        settings = settings(folder.resolve("data"))
                .with(Setting.WORKER_LEASE, "1")
                .with(Setting.WORKER_SHUTDOWN_GRACE, "5");
        lovage = Lovage.open(settings, clock);
    }

    @AfterEach
    void close() {
        lovage.close();
    }

    /// The installation of this test.
    protected Lovage lovage() {
        return lovage;
    }

    void reopen() {
        lovage.close();
        lovage = Lovage.open(settings, clock);
    }

    Store store() {
        return lovage.backbone().store();
    }

    StepWorker step(String name) {
        return new StepWorker(lovage, name, quiet());
    }

    Worker worker(Consumer<Tasks> tasks) {
        return lovage.worker().tasks(tasks::accept).start();
    }

    static Delivery one(List<Delivery> claimed) {
        if (claimed.size() != 1) {
            throw new AssertionError("One delivery was expected, but claimed were " + claimed.size() + ".");
        }
        return claimed.getFirst();
    }

    Map<ExecutionKey, Custody> inventory() {
        var found = new TreeMap<ExecutionKey, Custody>(java.util.Comparator.comparing(ExecutionKey::toString));
        for (var entry : store().inventory()) {
            if (found.put(entry.execution(), entry.custody()) != null) {
                throw new AssertionError("The execution " + entry.execution() + " is there twice.");
            }
        }
        return found;
    }

    List<Held> held(Custody custody) {
        return store().held(EnumSet.of(custody), 100_000);
    }

    void awaitState(String taskId, TaskState state) {
        Eventually.until(
                taskId + " is " + state,
                () -> lovage.backbone()
                        .results()
                        .result(taskId)
                        .filter(meta -> meta.state() == state)
                        .isPresent(),
                () -> lovage.backbone().results().result(taskId) + " " + store().inventory());
    }

    static Duration seconds(long count) {
        return Duration.ofSeconds(count);
    }
}
