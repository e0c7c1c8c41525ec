package dev.lovage.engine.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.lovage.engine.AsyncResult;
import dev.lovage.engine.Lovage;
import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.process.ChildTasks.Harm;
import dev.lovage.engine.result.Failures;
import dev.lovage.engine.result.TaskFailed;
import dev.lovage.engine.result.TaskState;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.store.Held;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.worker.Pool;
import dev.lovage.engine.worker.Worker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Real children, and what tasks do to them. One worker serves all tests, whatever the ones before have done.
class ProcessPoolTest {
    private static final Duration LONG = Duration.ofSeconds(40);
    private static final Task<String, String> BESIDE =
            Task.named("child.beside", String.class, String.class).queue("beside");

    @TempDir
    private static Path folder;

    private static Settings settings = Settings.embedded(Path.of("lovage-data"));
    private static Lovage lovage = Lovage.inMemory(InstantSource.system());
    private static Worker worker;

    @BeforeAll
    static void open() {
        settings = Settings.embedded(folder)
                .with(Setting.BROKER_URL, "memory:")
                .with(Setting.WORKER_LEASE, "1")
                .with(Setting.TASK_CRASHES_MAX, "1")
                .with(Setting.TASK_PAYLOAD_REFERENCE_MAX, "100000")
                .with(Setting.WORKER_MAX_MEMORY_PER_CHILD, "256MiB");
        lovage = Lovage.open(settings, InstantSource.system());
        worker = lovage.worker()
                .name("children@test")
                .tasks(new ChildTasks())
                .pool(Pool.processes(2))
                .start();
    }

    @AfterAll
    static void close() {
        worker.close();
        lovage.close();
    }

    /// Whatever has happened, it goes on.
    @AfterEach
    void the_worker_lives() throws Exception {
        assertThat(lovage.send(ChildTasks.ECHO.with("still")).await(LONG)).isEqualTo("still");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "halt; 7: exit 7",
                "exit; 0: exit 0",
                "heap; OutOfMemoryError",
                "error; 3: exit 3",
                "native crash; 134: SIGABRT or exit 134 (#  SIGSEGV",
                "garbage; the watchdog killed it: there were bytes on the pipe that are no frame",
                "answer twice; the watchdog killed it: it sent an answer that is none",
                "close pipe; the watchdog killed it: it closed its pipe",
                "orphan and halt; 7: exit 7",
                "daemon and halt; 7: exit 7",
                "hopper and halt; 7: exit 7",
                "native memory; 137: SIGKILL or exit 137 (the watchdog killed it: it and its subprocesses used",
                "hungry orphans; 137: SIGKILL or exit 137 (the watchdog killed it: it and its subprocesses used",
                "hungry subprocess; 137: SIGKILL or exit 137 (the watchdog killed it: it and its subprocesses used",
            })
    void what_kills_a_child_costs_an_attempt_and_is_recorded_with_evidence(String kind, String evidence)
            throws Exception {
        var note = note(kind);
        var sent = lovage.send(ChildTasks.HARM.with(new Harm(kind, note)));
        assertThat(failure(sent)).startsWith("WorkerLostError").contains(evidence);
        var held = held(sent);
        assertThat(held.custody()).isEqualTo(Custody.QUARANTINED);
        assertThat(held.crashes()).isEqualTo(1);
        assertThat(held.history()).extracting(one -> one.what()).containsExactly("crash", "quarantined");
        assertThat(held.history().getFirst().detail())
                .contains(evidence, "child process " + ChildTasks.session(note).id());
        nothingIsLeftOf(note);
    }

    @Test
    void what_kills_its_child_each_time_is_quarantined_on_the_third() throws Exception {
        var patient = settings.with(Setting.TASK_CRASHES_MAX, "3");
        try (var other = Lovage.open(patient, InstantSource.system());
                var _ = other.worker()
                        .tasks(new ChildTasks())
                        .pool(Pool.processes(2))
                        .start()) {
            var sent = new LinkedHashMap<Path, AsyncResult<String>>();
            for (var kind : List.of("native crash", "exit", "heap", "native memory", "hungry orphans")) {
                var note = note("third " + kind);
                sent.put(note, other.send(ChildTasks.HARM.with(new Harm(kind, note))));
            }
            for (var one : sent.entrySet()) {
                assertThat(failure(one.getValue()))
                        .startsWith("WorkerLostError")
                        .contains("3 times");
                var held =
                        other.backbone().store().findTask(one.getValue().id()).getFirst();
                assertThat(held.custody()).isEqualTo(Custody.QUARANTINED);
                assertThat(held.history())
                        .extracting(each -> each.what())
                        .containsExactly("crash", "crash", "crash", "quarantined");
                nothingIsLeftOf(one.getKey());
            }
            assertThat(other.send(ChildTasks.ECHO.with("still")).await(LONG)).isEqualTo("still");
        }
    }

    @Test
    void other_lanes_go_on_while_every_child_is_stuck() throws Exception {
        var stuck = new ArrayList<AsyncResult<String>>();
        for (int i = 0; i < 3; i++) {
            stuck.add(lovage.send(ChildTasks.HARM.with(new Harm("loop", note("stuck " + i)))));
        }
        until(
                "two run",
                () -> noted("stuck ", 3) == 2,
                () -> lovage.backbone().store().inventory());
        try (var _ = lovage.worker()
                .tasks(registry -> registry.handle(BESIDE, text -> text))
                .queues("beside")
                .pool(Pool.virtual(4))
                .start()) {
            var beside = new ArrayList<AsyncResult<String>>();
            for (int i = 0; i < 100; i++) {
                beside.add(lovage.send(BESIDE.with("x")));
            }
            for (var one : beside) {
                assertThat(one.await(LONG)).isEqualTo("x");
            }
        }
        assertThat(noted("stuck ", 3)).isEqualTo(2);
        for (var one : stuck) {
            assertThat(one.state().ready()).isFalse();
            lovage.backbone().store().revoke(one.id(), true);
        }
        for (var one : stuck) {
            assertThat(failure(one)).startsWith("TaskRevokedError");
        }
    }

    private static long noted(String name, int count) {
        return IntStream.range(0, count)
                .filter(i -> Files.exists(note(name + i)))
                .count();
    }

    @Test
    void kill_minus_nine_costs_one_attempt_each_time_and_the_third_is_the_last() throws Exception {
        var patient = settings.with(Setting.TASK_CRASHES_MAX, "3").with(Setting.WORKER_SHUTDOWN_GRACE, "0.3");
        try (var other = Lovage.open(patient, InstantSource.system());
                var _ = other.worker()
                        .tasks(new ChildTasks())
                        .pool(Pool.processes(1))
                        .start()) {
            var note = note("killed");
            var sent = other.send(ChildTasks.HARM.with(new Harm("wait", note)));
            for (int i = 0; i < 3; i++) {
                until(
                        "it runs",
                        () -> Files.exists(note),
                        () -> other.backbone().store().inventory());
                var pid = ChildTasks.session(note).id();
                Files.delete(note);
                ProcessHandle.of(pid).orElseThrow().destroyForcibly();
            }
            assertThat(failure(sent)).contains("137: SIGKILL or exit 137", "3 times");
            var held = other.backbone().store().findTask(sent.id()).getFirst();
            assertThat(held.custody()).isEqualTo(Custody.QUARANTINED);
            assertThat(held.crashes()).isEqualTo(3);
            assertThat(held.history())
                    .extracting(one -> one.what())
                    .containsExactly("crash", "crash", "crash", "quarantined");
            assertThat(other.backbone().store().release(held.tag(), "again", "tester"))
                    .isTrue();
            until(
                    "it runs again",
                    () -> Files.exists(note),
                    () -> other.backbone().store().inventory());
        }
    }

    @Test
    void what_is_acknowledged_early_is_lost_at_once() throws IOException {
        var sent = lovage.send(ChildTasks.EARLY.with(new Harm("halt", note("early"))));
        assertThat(failure(sent)).startsWith("WorkerLostError").contains("7: exit 7");
        var held = held(sent);
        assertThat(held.custody()).isEqualTo(Custody.DEAD);
        assertThat(held.crashes()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"loop", "wait", "orphan and wait", "daemon and wait", "hopper and wait"})
    void a_hard_limit_kills_the_tree_and_is_a_failure(String kind) throws Exception {
        var note = note("limited " + kind);
        var sent = lovage.send(ChildTasks.LIMITED.with(new Harm(kind, note)));
        assertThat(failure(sent)).startsWith("TimeLimitExceeded").contains("PT3S", "hard time limit");
        assertThat(held(sent).custody()).isEqualTo(Custody.DEAD);
        nothingIsLeftOf(note);
    }

    @Test
    void a_soft_limit_is_an_interrupt_that_the_task_may_use() throws Exception {
        assertThat(lovage.send(ChildTasks.SOFT.with(new Harm("tidy", note("tidy"))))
                        .await(LONG))
                .isEqualTo("tidied");
        for (var kind : List.of("wait", "ask")) {
            assertThat(failure(lovage.send(ChildTasks.SOFT.with(new Harm(kind, note("soft " + kind))))))
                    .startsWith("SoftTimeLimitExceeded")
                    .contains("PT0.2S");
        }
    }

    @Test
    void revoking_with_termination_kills_the_tree() throws Exception {
        var note = note("revoked");
        var sent = lovage.send(ChildTasks.HARM.with(new Harm("orphan and wait", note)));
        until("it runs", () -> Files.exists(note), sent::state);
        lovage.backbone().store().revoke(sent.id(), true);
        assertThat(failure(sent)).contains("terminated");
        assertThat(sent.state()).isEqualTo(TaskState.REVOKED);
        nothingIsLeftOf(note);
    }

    @Test
    void an_exception_comes_back_with_its_name_message_and_trace() throws Exception {
        var sent = lovage.send(ChildTasks.HARM.with(new Harm("throw", note("throw"))));
        assertThat(failure(sent)).isEqualTo("FileNotFoundException('no such file')");
        var result = lovage.backbone().results().result(sent.id()).orElseThrow();
        assertThat(result.result().path("exc_module").asString("")).isEqualTo("java.io");
        assertThat(result.traceback().orElse(""))
                .contains("java.io.FileNotFoundException: no such file", "ChildTasks.harm");
    }

    @Test
    void what_no_rule_names_is_not_retried() {
        assertThat(failure(lovage.send(ChildTasks.HARM.with(new Harm("throw first", note("no rule"))))))
                .contains("a broken disk");
        assertThat(failure(lovage.send(ChildTasks.RETRIED.with(new Harm("nothing known", note("other type"))))))
                .contains("IllegalArgumentException");
    }

    @ParameterizedTest
    @CsvSource({"throw first, child.retried", "retry, child.harm"})
    void what_is_retried_runs_again(String kind, String task) throws Exception {
        Task<Harm, String> which = task.equals("child.harm") ? ChildTasks.HARM : ChildTasks.RETRIED;
        assertThat(lovage.send(which.with(new Harm(kind, note("again " + kind))))
                        .await(LONG))
                .isEqualTo("done");
    }

    @Test
    void a_task_may_be_replaced_rejected_or_ignored() throws Exception {
        assertThat(lovage.send(ChildTasks.HARM.with(new Harm("replace", note("replace"))))
                        .await(LONG))
                .isEqualTo("replaced");
        var rejected = lovage.send(ChildTasks.HARM.with(new Harm("reject", note("reject"))));
        assertThat(failure(rejected)).contains("not mine");
        var ignored = lovage.send(ChildTasks.HARM.with(new Harm("ignore", note("ignore"))));
        until(
                "it has ended",
                () -> lovage.backbone().store().findTask(ignored.id()).isEmpty(),
                ignored::state);
        assertThat(lovage.backbone().results().result(ignored.id())).isEmpty();
    }

    @Test
    void what_is_printed_and_read_there_is_no_frame() throws Exception {
        assertThat(lovage.send(ChildTasks.HARM.with(new Harm("print", note("print"))))
                        .await(LONG))
                .isEqualTo("done");
        assertThat(lovage.send(ChildTasks.HARM.with(new Harm("read stdin", note("stdin"))))
                        .await(LONG))
                .isEqualTo("read -1");
    }

    @Test
    @SuppressWarnings("NullAway") // the input of a task on Void is null
    void the_context_and_the_settings_are_there() throws Exception {
        var sent = lovage.send(ChildTasks.CONTEXT.with(null).header("mine", dev.lovage.engine.json.Json.tree("kept")));
        var seen = sent.await(LONG);
        assertThat(seen)
                .isEqualTo(new ChildTasks.Seen(sent.id(), 0, "children@test", false, 1, "kept", sent.id(), folder));
    }

    @Test
    void what_was_made_is_ended_in_the_worker() throws Exception {
        assertThat(lovage.send(ChildTasks.SPLIT.with("shown")).await(LONG)).isEqualTo("shown and kept");
        assertThat(lovage.send(ChildTasks.NOTHING.with("x")).await(LONG)).isNull();
    }

    @Test
    void a_result_that_is_too_long_is_a_failure() throws Exception {
        assertThat(failure(lovage.send(ChildTasks.LONG.with(2_000_000))))
                .startsWith("FrameTooLarge")
                .contains("2000011 bytes");
    }

    private static Path note(String name) {
        return folder.resolve(name.replace(' ', '-') + ".pid");
    }

    private static void nothingIsLeftOf(Path note) throws Exception {
        assertThat(ChildTasks.session(note).living()).isEmpty();
        var lock =
                new ProcessBuilder("flock", "--nonblock", ChildTasks.held(note).toString(), "true");
        assertThat(lock.start().waitFor()).as("nobody holds the lock").isZero();
    }

    private static Held held(AsyncResult<?> sent) {
        var all = lovage.backbone().store().held(Set.of(Custody.DEAD, Custody.QUARANTINED), 1000);
        return all.stream()
                .filter(one -> one.message().execution().taskId().equals(sent.id()))
                .findFirst()
                .orElseThrow(() -> new AssertionError(sent.id() + " is not held, but " + all));
    }

    private static String failure(AsyncResult<?> sent) {
        return Failures.line(catchThrowableOfType(TaskFailed.class, () -> sent.await(LONG))
                .meta()
                .result());
    }

    private static void until(String what, BooleanSupplier condition, java.util.function.Supplier<?> state) {
        var deadline = System.nanoTime() + LONG.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("Not within " + LONG + ": " + what + ". The state was: " + state.get());
            }
            LockSupport.parkNanos(5_000_000);
        }
    }
}
