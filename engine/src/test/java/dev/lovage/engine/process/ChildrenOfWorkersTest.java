package dev.lovage.engine.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.lovage.engine.AsyncResult;
import dev.lovage.engine.Lovage;
import dev.lovage.engine.WorkerBuilder;
import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.process.ChildTasks.Harm;
import dev.lovage.engine.result.Failures;
import dev.lovage.engine.result.TaskFailed;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.task.TaskProvider;
import dev.lovage.engine.task.Tasks;
import dev.lovage.engine.worker.Pool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// When workers have children, and what becomes of them.
class ChildrenOfWorkersTest {
    private static final Duration LONG = Duration.ofSeconds(40);

    @TempDir
    Path folder;

    private Lovage lovage = Lovage.inMemory(InstantSource.system());

    /// A provider that no child can make.
    public static final class Closed implements TaskProvider {
        private final String word;

        Closed(String word) {
            this.word = word;
        }

        @Override
        public void register(Tasks tasks) {
            tasks.handle(ChildTasks.ECHO, text -> text + word);
        }
    }

    /// A provider that fails in a child.
    public static final class Broken implements TaskProvider {
        @Override
        public void register(Tasks tasks) {
            if (System.getenv(Session.VARIABLE) != null) {
                throw new IllegalStateException("no licence file");
            }
            tasks.handle(ChildTasks.ECHO, text -> text);
        }
    }

    @AfterEach
    void close() {
        lovage.close();
    }

    private WorkerBuilder worker(UnaryOperator<Settings> change) {
        lovage.close();
        lovage = Lovage.open(
                change.apply(Settings.embedded(folder)
                        .with(Setting.BROKER_URL, "memory:")
                        .with(Setting.WORKER_SHUTDOWN_GRACE, "0.3")),
                InstantSource.system());
        return lovage.worker();
    }

    private WorkerBuilder worker() {
        return worker(same -> same);
    }

    @Test
    void a_provider_that_no_child_can_make_is_refused_at_the_start() {
        assertThatThrownBy(() ->
                        worker().tasks(new Closed("!")).pool(Pool.processes(1)).start())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("child.echo")
                .hasMessageContaining(Closed.class.getName())
                .hasMessageContaining("Nothing was started");
        TaskProvider lambda = tasks -> tasks.handle(ChildTasks.ECHO, text -> text);
        assertThatThrownBy(() -> worker().tasks(lambda).pool(Pool.processes(1)).start())
                .hasMessageContaining("lambda");
        assertThatThrownBy(() ->
                        worker().tasks(new Broken()).pool(Pool.processes(1)).start())
                .hasMessageContaining("no licence file")
                .hasMessageContaining("Nothing was started");
        assertThat(lovage.backbone().store().workers()).isEmpty();
    }

    @Test
    void a_child_that_does_not_get_ready_in_time_is_said_at_the_start() {
        assertThatThrownBy(() -> worker(settings -> settings.with(Setting.WORKER_PROC_ALIVE_TIMEOUT, "0.001"))
                        .tasks(new ChildTasks())
                        .pool(Pool.processes(1))
                        .start())
                .hasMessageContaining("it was not ready within PT0.001S");
    }

    @Test
    void a_memory_limit_too_small_for_any_child_is_refused() {
        assertThatThrownBy(() -> worker(settings -> settings.with(Setting.WORKER_MAX_MEMORY_PER_CHILD, "50000"))
                        .tasks(new ChildTasks())
                        .pool(Pool.processes(1))
                        .start())
                .hasMessageContaining("49 MiB")
                .hasMessageContaining("KiB");
    }

    @Test
    void a_limit_that_comes_in_a_message_is_enforced_in_a_child_made_on_demand() throws Exception {
        var ranHere = new AtomicInteger();
        try (var _ = worker().tasks(new LooseTasks(ranHere)).start()) {
            var note = folder.resolve("lane.pid");
            assertThat(lovage.send(ChildTasks.HARM.with(new Harm("loop", note))).await(LONG))
                    .isEqualTo("here");
            assertThat(note).doesNotExist();
            var sent = lovage.send(limited(new Harm("loop", note), Duration.ofSeconds(5)));
            assertThat(failure(sent)).startsWith("TimeLimitExceeded");
            assertThat(ChildTasks.session(note).living()).isEmpty();
            assertThat(lovage.send(limited(new Harm("print", note), LONG)).await(LONG))
                    .isEqualTo("done");
            assertThat(ranHere).hasValue(1);
        }
    }

    @Test
    void without_children_such_a_message_fails_unless_its_limit_is_ignored() throws Exception {
        var ranHere = new AtomicInteger();
        try (var _ = worker().tasks(new LooseTasks(ranHere)).withoutChildren().start()) {
            var sent = lovage.send(limited(new Harm("loop", folder.resolve("a")), LONG));
            assertThat(failure(sent)).contains("hard time limit of PT40S", "gevent", "prefork");
            assertThat(ranHere).hasValue(0);
            assertThat(lovage.backbone().store().held(Set.of(Custody.DEAD), 10)).hasSize(1);
        }
        try (var _ = worker(settings -> settings.with(Setting.TASK_UNENFORCEABLE_LIMIT, "ignore"))
                .tasks(new LooseTasks(ranHere))
                .withoutChildren()
                .start()) {
            assertThat(lovage.send(limited(new Harm("loop", folder.resolve("a")), LONG))
                            .await(LONG))
                    .isEqualTo("here");
        }
    }

    private static dev.lovage.engine.canvas.Signature<String> limited(Harm harm, Duration hard) {
        return ChildTasks.HARM.with(harm).timeLimit(Optional.empty(), Optional.of(hard));
    }

    @Test
    void another_child_takes_over_after_so_many_tasks() throws Exception {
        try (var _ = worker(settings -> settings.with(Setting.WORKER_MAX_TASKS_PER_CHILD, "2"))
                .tasks(new ChildTasks())
                .pool(Pool.processes(1))
                .start()) {
            var ran = new java.util.LinkedHashMap<String, Integer>();
            for (int i = 0; i < 6; i++) {
                var note = folder.resolve("note" + i);
                lovage.send(ChildTasks.HARM.with(new Harm("print", note))).await(LONG);
                ran.merge(Files.readString(note), 1, Integer::sum);
            }
            assertThat(ran.values()).allSatisfy(times -> assertThat(times).isLessThanOrEqualTo(2));
            assertThat(ran.values().stream().mapToInt(Integer::intValue).sum()).isEqualTo(6);
        }
    }

    @Test
    void a_worker_that_stops_leaves_no_child_and_gives_back_what_ran() throws Exception {
        var note = folder.resolve("stopped");
        try (var _ = worker().tasks(new ChildTasks()).pool(Pool.processes(1)).start()) {
            var sent = lovage.send(ChildTasks.HARM.with(new Harm("orphan and wait", note)));
            until("it runs", () -> Files.exists(note), sent::state);
        }
        var held = lovage.backbone().store().held(Set.of(Custody.values()), 10);
        assertThat(held).hasSize(1);
        assertThat(held.getFirst().custody()).isEqualTo(Custody.READY);
        assertThat(held.getFirst().crashes()).isZero();
        assertThat(ChildTasks.session(note).living()).isEmpty();
    }

    @Test
    void when_a_worker_is_killed_its_children_kill_what_they_started_and_end() throws Exception {
        var note = folder.resolve("orphaned");
        var parent = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        ParentMain.class.getName(),
                        note.toString())
                .inheritIO()
                .start();
        try {
            until("the child runs", () -> Files.exists(note), parent::isAlive);
            var session = ChildTasks.session(note);
            until("its subprocess runs", () -> session.living().size() == 2, session::living);
            parent.destroyForcibly().waitFor();
            until("nothing of it is left", () -> session.living().isEmpty(), session::living);
        } finally {
            parent.destroyForcibly();
        }
    }

    @Test
    void a_child_that_is_gone_while_it_waits_costs_nobody_an_attempt() throws Exception {
        try (var _ = worker().tasks(new ChildTasks()).pool(Pool.processes(1)).start()) {
            for (int i = 0; i < 3; i++) {
                ProcessHandle.current()
                        .children()
                        .filter(one -> one.info().command().orElse("").endsWith("java"))
                        .forEach(ProcessHandle::destroyForcibly);
                assertThat(lovage.send(ChildTasks.ECHO.with("x")).await(LONG)).isEqualTo("x");
            }
            assertThat(lovage.backbone().store().held(Set.of(Custody.values()), 10))
                    .isEmpty();
        }
    }

    @Test
    void a_password_in_a_setting_does_not_reach_a_child() throws IOException {
        assertThat(Spawner.missing()).isEmpty();
        var url = "postgresql://u:secret@db/lovage?password=secret";
        var settings = Settings.embedded(folder).with(Setting.BROKER_URL, url);
        assertThat(new String(ProcessPool.hello(settings, Set.of(), 1, false), java.nio.charset.StandardCharsets.UTF_8))
                .contains("postgresql://u:**@db/lovage\"")
                .doesNotContain("secret");
    }

    private static String failure(AsyncResult<?> sent) {
        return Failures.line(catchThrowableOfType(TaskFailed.class, () -> sent.await(LONG))
                .meta()
                .result());
    }

    private static void until(String what, BooleanSupplier condition, Supplier<?> state) {
        var deadline = System.nanoTime() + LONG.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("Not within " + LONG + ": " + what + ". The state was: " + state.get());
            }
            LockSupport.parkNanos(5_000_000);
        }
    }
}
