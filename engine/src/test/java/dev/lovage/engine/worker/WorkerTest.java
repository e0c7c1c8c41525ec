package dev.lovage.engine.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.lovage.engine.AsyncResult;
import dev.lovage.engine.Lovage;
import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.broker.Lease;
import dev.lovage.engine.message.Request;
import dev.lovage.engine.result.Failures;
import dev.lovage.engine.result.TaskFailed;
import dev.lovage.engine.result.TaskState;
import dev.lovage.engine.retry.RetryRule;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.store.Held;
import dev.lovage.engine.store.WorkerState;
import dev.lovage.engine.task.IgnoreTask;
import dev.lovage.engine.task.RejectTask;
import dev.lovage.engine.task.ReplaceTask;
import dev.lovage.engine.task.RetryTask;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.task.TaskContext;
import dev.lovage.engine.task.Tasks;
import dev.lovage.engine.task.TimeLimit;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WorkerTest {
    private static final Task<String, String> ECHO = Task.named("t.echo", String.class, String.class);
    private static final Duration LONG = Duration.ofSeconds(20);

    private final Lovage lovage = Lovage.open(
            Settings.embedded(Path.of("lovage-data"))
                    .with(Setting.BROKER_URL, "memory:")
                    .with(Setting.WORKER_LEASE, "1")
                    .with(Setting.WORKER_SHUTDOWN_GRACE, "0.3"),
            InstantSource.system());

    @AfterEach
    void close() {
        lovage.close();
    }

    @Test
    void a_task_runs_and_its_result_comes_back() throws Exception {
        try (var worker = worker(tasks -> tasks.handle(ECHO, text -> text + "!"))) {
            assertThat(worker.ready()).isTrue();
            assertThat(lovage.send(ECHO.with("x")).await(LONG)).isEqualTo("x!");
        }
    }

    @Test
    void what_a_worker_sends_and_writes_is_compressed_and_typed_as_the_settings_say() throws Exception {
        var at = Task.named("t.at", String.class, Instant.class);
        var later = Task.named("t.later", Instant.class, Void.class).queue("later");
        var settings = lovage.settings().with(Setting.TASK_COMPRESSION, "zlib").with(Setting.TASK_JSON_TYPES, "typed");
        try (var typed = Lovage.open(settings, InstantSource.system())) {
            try (var _ = typed.worker()
                    .tasks(tasks -> tasks.handle(at, _ -> Instant.EPOCH))
                    .queues("celery")
                    .start()) {
                typed.send(at.with("x").taskId("first").then(later.partial()));
                typed.backbone().results().await("first", LONG);
            }
            var sent = typed.backbone()
                    .store()
                    .held(Set.of(Custody.READY), 10)
                    .getFirst()
                    .message();
            assertThat(sent.task()).isEqualTo("t.later");
            assertThat(sent.headers()).contains("\"compression\":\"application/x-gzip\"");
            assertThat(sent.body()[0]).as("a zlib stream").isEqualTo((byte) 0x78);
            assertThat(Request.read(sent).args().toString()).contains("__type__");
            assertThat(typed.backbone()
                            .results()
                            .result("first")
                            .orElseThrow()
                            .result()
                            .toString())
                    .contains("__type__");
        }
    }

    @Test
    void a_soft_limit_interrupts_what_blocks() {
        var limited = ECHO.timeLimit(TimeLimit.soft(Duration.ofMillis(50)));
        try (var _ = worker(tasks -> tasks.handle(limited, text -> {
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                throw new IllegalStateException("wrapped", new IOException(e));
            }
            return text;
        }))) {
            assertThat(failure(lovage.send(limited.with("x")))).startsWith("SoftTimeLimitExceeded");
        }
    }

    @Test
    void a_soft_limit_reaches_what_computes_at_its_next_check_and_nothing_is_interrupted_afterwards() throws Exception {
        try (var _ = worker(tasks -> tasks.handle(ECHO, text -> {
            while (text.equals("slow")) {
                TaskContext.current().checkDeadline();
            }
            return text;
        }))) {
            var slow = lovage.send(ECHO.with("slow").timeLimit(Optional.of(Duration.ofMillis(50)), Optional.empty()));
            assertThat(failure(slow)).startsWith("SoftTimeLimitExceeded");
            assertThat(lovage.send(ECHO.with("quick")).await(LONG)).isEqualTo("quick");
        }
    }

    @Test
    void a_limit_or_a_commit_that_can_not_be_kept_is_refused_at_the_start() {
        assertThatThrownBy(() -> worker(tasks -> tasks.handle(ECHO.timeLimit(TimeLimit.hard(LONG)), text -> text)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("hard time limit");
        assertThatThrownBy(
                        () -> worker(tasks -> tasks.handle(ECHO, text -> text).commit((_, _) -> {})))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("no transactions");
        assertThat(lovage.backbone().store().workers()).isEmpty();
    }

    @Test
    void a_message_that_asks_for_a_hard_limit_fails_unrun_with_a_dead_letter() {
        var ran = new AtomicInteger();
        try (var _ = worker(tasks -> tasks.handle(ECHO, text -> text + ran.incrementAndGet()))) {
            var sent = lovage.send(ECHO.with("x").timeLimit(Optional.empty(), Optional.of(LONG)));
            assertThat(failure(sent)).contains("hard time limit");
        }
        assertThat(ran).hasValue(0);
        assertThat(held(Custody.DEAD)).hasSize(1);
    }

    @Test
    void a_revoke_with_termination_stops_what_runs() throws Exception {
        var running = new CountDownLatch(1);
        try (var _ = worker(tasks -> tasks.handle(ECHO, text -> {
            running.countDown();
            new CountDownLatch(1).await();
            return text;
        }))) {
            var sent = lovage.send(ECHO.with("x"));
            assertThat(running.await(10, TimeUnit.SECONDS)).isTrue();
            lovage.backbone().store().revoke(sent.id(), true);
            assertThat(failure(sent)).contains("terminated");
            assertThat(sent.state()).isEqualTo(TaskState.REVOKED);
        }
        assertThat(lovage.backbone().store().inventory()).isEmpty();
    }

    @Test
    void what_was_acknowledged_early_fails_when_its_worker_is_lost_and_never_runs_again() {
        var ran = new AtomicInteger();
        var early = ECHO.acksLate(false);
        var sent = lovage.send(early.with("x"));
        crash(Set.of("t.echo"));
        try (var _ = worker(tasks -> tasks.handle(early, text -> text + ran.incrementAndGet()))) {
            assertThat(failure(sent)).startsWith("WorkerLostError");
        }
        assertThat(ran).hasValue(0);
    }

    @Test
    void what_was_acknowledged_early_and_does_not_stop_with_its_worker_is_lost_and_never_runs_again() throws Exception {
        var ran = new AtomicInteger();
        var begun = new CountDownLatch(1);
        var end = new CountDownLatch(1);
        var early = ECHO.acksLate(false);
        var sent = lovage.send(early.with("x"));
        try (var stubborn = worker(tasks -> tasks.handle(early, text -> {
            begun.countDown();
            awaitWhateverComes(end);
            return text + ran.incrementAndGet();
        }))) {
            assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
            stubborn.close();
            assertThat(failure(sent)).startsWith("WorkerLostError").contains("did not stop it");
        } finally {
            end.countDown();
        }
        try (var _ = worker(tasks -> tasks.handle(early, text -> text + ran.incrementAndGet()))) {
            assertThat(lovage.send(early.with("y")).await(LONG)).startsWith("y");
        }
        assertThat(held(Custody.DEAD)).hasSize(1);
        assertThat(failure(sent)).as("what the first one made at last").startsWith("WorkerLostError");
    }

    /// As work does that hears no interrupt.
    private static void awaitWhateverComes(CountDownLatch latch) {
        while (true) {
            try {
                latch.await();
                return;
            } catch (InterruptedException e) {
                // It goes on.
            }
        }
    }

    @Test
    void what_was_acknowledged_late_runs_again_and_is_quarantined_after_three_crashes() throws Exception {
        var sent = lovage.send(ECHO.with("x"));
        crash(Set.of());
        crash(Set.of());
        try (var _ = worker(tasks -> tasks.handle(ECHO, text -> text))) {
            assertThat(sent.await(LONG)).isEqualTo("x");
        }
        var killer = lovage.send(ECHO.with("y"));
        for (int i = 0; i < 3; i++) {
            crash(Set.of());
        }
        try (var _ = worker(tasks -> tasks.handle(ECHO, text -> text))) {
            assertThat(failure(killer)).contains("3 times", "the test killed it");
        }
        assertThat(held(Custody.QUARANTINED)).hasSize(1);
    }

    @Test
    void the_first_rule_that_names_a_failure_decides_about_its_retries() throws Exception {
        var retried = ECHO.retry(RetryRule.on(IOException.class)
                .maxRetries(2)
                .backoff(Duration.ofMillis(1), Duration.ofMillis(2))
                .fullJitter());
        var runs = new AtomicInteger();
        try (var _ = worker(tasks -> tasks.handle(retried, text -> {
            if (text.equals("no")) {
                runs.incrementAndGet();
                throw new IllegalStateException("not named");
            }
            if (text.equals("always") || TaskContext.current().retries() < 2) {
                throw new IOException("again");
            }
            return text + TaskContext.current().retries();
        }))) {
            assertThat(lovage.send(retried.with("x")).await(LONG)).isEqualTo("x2");
            var always = lovage.send(retried.with("always"));
            assertThat(failure(always)).isEqualTo("IOException('again')");
            assertThat(failure(lovage.send(retried.with("no")))).isEqualTo("IllegalStateException('not named')");
            assertThat(runs).hasValue(1);
            var history =
                    lovage.backbone().store().findTask(always.id()).getFirst().history();
            assertThat(history).extracting(one -> one.what()).containsExactly("retry", "retry", "failure");
        }
    }

    @Test
    void a_handler_retries_until_its_retries_are_used_up() {
        var few = ECHO.maxRetries(1, Duration.ofMillis(1));
        var runs = new AtomicInteger();
        try (var _ = worker(tasks -> tasks.handle(few, _ -> {
            runs.incrementAndGet();
            throw new RetryTask(new IOException("down"), Duration.ofMillis(1));
        }))) {
            assertThat(failure(lovage.send(few.with("x")))).isEqualTo("IOException('down')");
        }
        assertThat(runs).hasValue(2);
    }

    @Test
    void ignore_reject_and_replace_do_what_they_say() throws Exception {
        var rejected = new AtomicInteger();
        try (var _ = worker(tasks -> tasks.handle(ECHO, text -> {
            switch (text) {
                case "ignore" -> throw new IgnoreTask("no matter");
                case "reject" -> throw new RejectTask("not mine", false);
                case "requeue" -> {
                    if (rejected.incrementAndGet() < 3) {
                        throw new RejectTask("later", true);
                    }
                }
                case "replace" -> throw new ReplaceTask(ECHO.with("a").then(ECHO.partial()));
                default -> {}
            }
            return text;
        }))) {
            var ignored = lovage.send(ECHO.with("ignore"));
            assertThat(lovage.send(ECHO.with("requeue")).await(LONG)).isEqualTo("requeue");
            assertThat(rejected).hasValue(3);
            assertThat(lovage.send(ECHO.with("replace")).await(LONG)).isEqualTo("a");
            assertThat(failure(lovage.send(ECHO.with("reject")))).isEqualTo("Reject('not mine')");
            until(() -> lovage.backbone().store().findTask(ignored.id()).isEmpty());
            assertThat(ignored.state()).isEqualTo(TaskState.PENDING);
        }
        assertThat(held(Custody.DEAD)).hasSize(1);
    }

    @Test
    void three_unknown_names_in_a_row_stop_a_queue() throws Exception {
        var unknown = Task.named("t.unknown", String.class, String.class).queue("mixed");
        try (var _ = lovage.worker()
                .pool(Pool.solo())
                .queues("mixed", "celery")
                .tasks(tasks -> tasks.handle(ECHO, text -> text))
                .start()) {
            for (int i = 0; i < 5; i++) {
                lovage.send(unknown.with("x"));
            }
            until(() -> held(Custody.PARKED).size() == 3);
            assertThat(lovage.send(ECHO.with("other queue")).await(LONG)).isEqualTo("other queue");
            assertThat(held(Custody.READY)).hasSize(2);
        }
    }

    @Test
    void celery_s_way_with_unknown_names_can_be_chosen() {
        try (var celery = Lovage.open(lovage.settings().with(Setting.TASK_UNKNOWN, "celery"), InstantSource.system());
                var _ = celery.worker().start()) {
            assertThat(failure(celery.send(ECHO.with("x")))).isEqualTo("NotRegistered('t.echo')");
        }
    }

    @Test
    void what_runs_may_finish_within_the_grace_and_the_rest_is_given_back() throws Exception {
        var running = new CountDownLatch(2);
        var stop = new CountDownLatch(1);
        var worker = lovage.worker()
                .pool(Pool.threads(2))
                .tasks(tasks -> tasks.handle(ECHO, text -> {
                    running.countDown();
                    if (text.equals("long")) {
                        new CountDownLatch(1).await();
                    }
                    stop.await();
                    return text;
                }))
                .start();
        var quick = lovage.send(ECHO.with("quick"));
        var slow = lovage.send(ECHO.with("long"));
        assertThat(running.await(10, TimeUnit.SECONDS)).isTrue();
        lovage.send(ECHO.with("waits"));
        stop.countDown();
        worker.close();
        worker.close();
        assertThat(worker.ready()).isFalse();
        assertThat(quick.await(LONG)).isEqualTo("quick");
        assertThat(slow.state()).isEqualTo(TaskState.PENDING);
        assertThat(held(Custody.LEASED)).isEmpty();
        assertThat(lovage.backbone().store().workers()).isEmpty();
        var back = lovage.backbone().store().findTask(slow.id()).getFirst();
        assertThat(back.custody()).isEqualTo(Custody.READY);
        assertThat(back.crashes()).isZero();
    }

    @Test
    void a_result_that_json_can_not_carry_is_a_failure_and_not_a_lost_delivery() {
        var odd = Task.named("t.odd", String.class, Object.class);
        try (var _ = worker(tasks -> tasks.handle(odd, _ -> new Object()))) {
            assertThat(failure(lovage.send(odd.with("x")))).contains("java.lang.Object");
        }
        assertThat(held(Custody.DEAD)).hasSize(1);
    }

    @Test
    void a_link_gets_the_result_and_an_errback_the_id() throws Exception {
        var heard = new java.util.concurrent.LinkedBlockingQueue<String>();
        var hear = Task.named("t.hear", String.class, String.class);
        try (var _ = worker(tasks -> {
            tasks.handle(ECHO, text -> {
                if (text.equals("bad")) {
                    throw new IllegalStateException("bad");
                }
                return text;
            });
            tasks.handle(hear, text -> {
                heard.add(text);
                return text;
            });
        })) {
            lovage.send(ECHO.with("good").link(hear.partial()));
            assertThat(heard.poll(10, TimeUnit.SECONDS)).isEqualTo("good");
            var bad = lovage.send(ECHO.with("bad").linkError(hear.partial()));
            assertThat(heard.poll(10, TimeUnit.SECONDS)).isEqualTo(bad.id());
        }
    }

    @Test
    void a_task_must_not_wait_for_another() {
        try (var _ = worker(tasks ->
                tasks.handle(ECHO, text -> lovage.send(ECHO.with("inner")).await(LONG)))) {
            assertThat(failure(lovage.send(ECHO.with("outer")))).contains("must not wait");
        }
    }

    @Test
    void started_is_recorded_when_it_is_asked_for() throws Exception {
        var running = new CountDownLatch(1);
        var stop = new CountDownLatch(1);
        try (var tracked = Lovage.open(
                        lovage.settings().with(Setting.TASK_TRACK_STARTED, "true"), InstantSource.system());
                var _ = tracked.worker()
                        .tasks(tasks -> tasks.handle(ECHO, text -> {
                            running.countDown();
                            stop.await();
                            return text;
                        }))
                        .start()) {
            var sent = tracked.send(ECHO.with("x"));
            assertThat(running.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(sent.state()).isEqualTo(TaskState.STARTED);
            stop.countDown();
            assertThat(sent.await(LONG)).isEqualTo("x");
        }
    }

    private Worker worker(Consumer<Tasks> tasks) {
        return lovage.worker().tasks(tasks::accept).start();
    }

    /// A worker claims everything and its process dies.
    private void crash(Set<String> early) {
        var store = lovage.backbone().store();
        var lease = new Lease("lost" + System.nanoTime(), "lost@test");
        store.register(
                lease,
                new WorkerState(
                        lease.incarnation(),
                        lease.worker(),
                        1,
                        store.now(),
                        store.now(),
                        0,
                        List.of("celery"),
                        List.of(),
                        "solo",
                        1,
                        0));
        assertThat(lovage.backbone().broker().claim(lease, Set.of("celery"), early, 10))
                .isNotEmpty();
        assertThat(store.bury(lease.incarnation(), 0, "the test killed it")).isPositive();
    }

    private List<Held> held(Custody custody) {
        return lovage.backbone().store().held(Set.of(custody), 1000);
    }

    private static String failure(AsyncResult<?> sent) {
        return Failures.line(catchThrowableOfType(TaskFailed.class, () -> sent.await(LONG))
                .meta()
                .result());
    }

    private void until(BooleanSupplier condition) {
        var deadline = System.nanoTime() + LONG.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime())
                    .as("within %s: %s", LONG, lovage.backbone().store().inventory())
                    .isLessThan(deadline);
            LockSupport.parkNanos(2_000_000);
        }
    }
}
