package dev.lovage.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lovage.engine.Lovage;
import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.canvas.Plan;
import dev.lovage.engine.message.Message;
import dev.lovage.engine.result.TaskFailed;
import dev.lovage.engine.result.TaskState;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.store.WorkerState;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.worker.Pool;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/// Invariants 5, 6, 8 and 9, with a whole worker.
abstract class WorkerContract extends JoinContract {
    record Pair(int left, int right) {}

    private static final Task<Pair, Integer> SUM = Task.named("contract.sum", Pair.class, Integer.class);

    @Test
    protected void what_has_expired_is_settled_and_not_run() {
        lovage.send(ECHO.with("x").taskId("a").expires(clock.instant().plusSeconds(10)));
        clock.advance(seconds(11));
        var ran = new AtomicInteger();
        try (var _ = worker(tasks -> tasks.handle(ECHO, text -> {
            ran.incrementAndGet();
            return text;
        }))) {
            awaitState("a", TaskState.REVOKED);
        }
        assertThat(ran).hasValue(0);
        assertThat(inventory()).isEmpty();
    }

    @Test
    protected void a_task_longer_than_its_lease_runs_once_while_its_worker_lives_whatever_the_wall_clock_does() {
        var ran = new AtomicInteger();
        lovage.send(ECHO.with("x").taskId("a"));
        try (var first = longWorker("first@test", ran);
                var second = longWorker("second@test", ran)) {
            Eventually.until("one runs it", () -> ran.get() > 0, this::inventory);
            clock.advance(Duration.ofHours(1));
            var beats = beats();
            Eventually.until("a lease has passed", () -> beats() > beats + 15, this::inventory);
            clock.advance(Duration.ofHours(-2));
            awaitState("a", TaskState.SUCCESS);
            assertThat(first.ready() && second.ready()).isTrue();
        }
        assertThat(ran).hasValue(1);
        assertThat(inventory()).isEmpty();
    }

    private dev.lovage.engine.worker.Worker longWorker(String name, AtomicInteger ran) {
        return lovage.worker()
                .name(name)
                .tasks(tasks -> tasks.handle(ECHO, text -> {
                    ran.incrementAndGet();
                    var beats = beats();
                    Eventually.until("three leases have passed", () -> beats() > beats + 30, this::inventory);
                    return text;
                }))
                .start();
    }

    private long beats() {
        return store().workers().stream().mapToLong(WorkerState::beats).min().orElse(0);
    }

    @Test
    protected void a_worker_reserves_no_more_than_its_slots_and_leaves_nothing_leased() {
        restart(settings -> settings.with(Setting.WORKER_SHUTDOWN_GRACE, "0.2"));
        for (int i = 0; i < 10; i++) {
            lovage.send(ECHO.with("x"));
        }
        var forever = new CountDownLatch(1);
        var started = new CountDownLatch(2);
        try (var _ = lovage.worker()
                .pool(Pool.threads(2))
                .tasks(tasks -> tasks.handle(ECHO, text -> {
                    started.countDown();
                    forever.await();
                    return text;
                }))
                .start()) {
            Eventually.until("two run", () -> started.getCount() == 0, this::inventory);
            assertThat(held(Custody.LEASED)).hasSize(2);
            var other = step("other");
            assertThat(other.claim(10, QUEUE)).hasSize(8);
            other.leave();
        }
        assertThat(inventory()).hasSize(10).doesNotContainValue(Custody.LEASED);
        var next = step("next").claim(10, QUEUE);
        assertThat(next).hasSize(10).allSatisfy(one -> assertThat(one.crashes()).isZero());
    }

    @Test
    protected void a_paused_queue_takes_no_slot_and_no_delivery_count() {
        lovage.backbone().broker().pause(Set.of("slow"));
        lovage.send(ECHO.with("x").taskId("paused").queue("slow"));
        try (var _ = lovage.worker()
                .pool(Pool.solo())
                .queues("slow", QUEUE)
                .tasks(tasks -> tasks.handle(ECHO, text -> text))
                .start()) {
            lovage.send(ECHO.with("x").taskId("free"));
            awaitState("free", TaskState.SUCCESS);
            var paused = store().findTask("paused").getFirst();
            assertThat(paused.custody()).isEqualTo(Custody.READY);
            assertThat(paused.redelivered()).isZero();
            lovage.backbone().broker().resume(Set.of("slow"));
            awaitState("paused", TaskState.SUCCESS);
        }
    }

    @Test
    protected void what_has_one_crash_left_runs_alone() {
        for (int i = 0; i < 3; i++) {
            lovage.send(ECHO.with("suspect"));
        }
        for (int i = 0; i < 2; i++) {
            var dying = step("dying");
            assertThat(dying.claim(3, QUEUE)).hasSize(3);
            dying.dies();
        }
        for (int i = 0; i < 12; i++) {
            lovage.send(ECHO.with("fresh"));
        }
        var running = new AtomicInteger();
        var together = new AtomicInteger();
        var done = new CountDownLatch(15);
        try (var _ = worker(tasks -> tasks.handle(ECHO, text -> {
            running.incrementAndGet();
            for (int look = 0; look < 1_000; look++) {
                Thread.yield();
                if (text.equals("suspect") && running.get() > 1) {
                    together.incrementAndGet();
                }
            }
            running.decrementAndGet();
            done.countDown();
            return text;
        }))) {
            Eventually.until("all have run", () -> done.getCount() == 0, () -> inventory());
        }
        assertThat(together).hasValue(0);
        assertThat(store().inventory()).isEmpty();
    }

    @Test
    protected void the_death_of_a_child_process_is_counted_by_the_store_and_the_worker_lives() throws Exception {
        try (var worker = lovage.worker()
                .tasks(new FragileTasks())
                .pool(Pool.processes(1))
                .start()) {
            var survives = lovage.send(FragileTasks.FRAGILE.with(2));
            assertThat(survives.await(seconds(60))).isEqualTo(3);
            var deadly = lovage.send(FragileTasks.FRAGILE.with(100));
            assertThatThrownBy(() -> deadly.await(seconds(60)))
                    .isInstanceOf(TaskFailed.class)
                    .hasMessageContaining("9: exit 9");
            var quarantined = held(Custody.QUARANTINED).getFirst();
            assertThat(quarantined.crashes()).isEqualTo(3);
            assertThat(quarantined.history())
                    .extracting(one -> one.what())
                    .containsExactly("crash", "crash", "crash", "quarantined");
            assertThat(lovage.send(FragileTasks.FRAGILE.with(0)).await(seconds(60)))
                    .isEqualTo(1);
            assertThat(worker.ready()).isTrue();
        }
    }

    @Test
    protected void what_is_made_in_a_child_process_is_written_by_the_worker() throws Exception {
        assumeTrue(store().transactional(), "this store writes no effects");
        lovage.transaction(tx -> {
            try (var create = tx.connection().createStatement()) {
                return create.execute(
                        "CREATE TABLE contract_note (text varchar(100), made_by bigint, written_by bigint)");
            }
        });
        try (var _ = lovage.worker()
                .name("writer@test")
                .tasks(new FragileTasks.WithEffects())
                .pool(Pool.processes(1))
                .start()) {
            assertThat(lovage.send(FragileTasks.NOTE.with("made")).await(seconds(60)))
                    .isEqualTo("made");
        }
        var own = ProcessHandle.current().pid();
        var rows = lovage.transaction(tx -> {
            try (var select = tx.connection().createStatement();
                    var row = select.executeQuery("SELECT text, made_by, written_by FROM contract_note")) {
                var found = new ArrayList<String>();
                while (row.next()) {
                    assertThat(row.getLong(2)).isNotEqualTo(own);
                    assertThat(row.getLong(3)).isEqualTo(own);
                    found.add(row.getString(1));
                }
                return found;
            }
        });
        assertThat(rows).containsExactly("made by writer@test");
    }

    @Test
    protected void a_released_dead_letter_is_pending_until_it_has_run_again() throws Exception {
        var broken = new AtomicBoolean(true);
        try (var _ = worker(tasks -> tasks.handle(ECHO, text -> {
            if (broken.get()) {
                throw new IllegalStateException("not yet");
            }
            return text;
        }))) {
            var sent = lovage.send(ECHO.with("x"));
            assertThatThrownBy(() -> sent.await(Duration.ofSeconds(30))).isInstanceOf(TaskFailed.class);
            Eventually.until(
                    "the dead letter is there",
                    () -> !store().held(Set.of(Custody.DEAD), 1).isEmpty(),
                    () -> store().inventory());
            broken.set(false);
            var dead = store().held(Set.of(Custody.DEAD), 1).getFirst();
            assertThat(store().release(dead.tag(), "mended", "tester")).isTrue();
            assertThat(sent.await(Duration.ofSeconds(30))).isEqualTo("x");
        }
    }

    @Test
    protected void what_was_revoked_ends_without_a_run() {
        store().revoke("a", false);
        lovage.send(ECHO.with("x").taskId("a"));
        if (durable()) {
            reopen();
        }
        try (var _ = worker(tasks -> tasks.handle(ECHO, _ -> {
            throw new AssertionError("it ran");
        }))) {
            awaitState("a", TaskState.REVOKED);
        }
        assertThat(inventory()).isEmpty();
    }

    @Test
    protected void bad_input_is_kept_and_comes_back_with_the_same_bytes() {
        var properties = "{\"content_type\": \"application/json\", \"content_encoding\":\"utf-8\"}";
        var echo = "contract.echo";
        var bad = List.of(
                raw(headers("body", echo), properties, "\u0000not json"),
                raw(headers("shape", echo), properties, "{\"a\" : 1}"),
                raw("{}", properties, "[[\"x\"], {}, {}]"),
                raw("{\"id\": 7, \"task\": [], \"eta\": \"soon\"}", properties, "[[\"x\"], {}, {}]"),
                raw(headers("type", echo), "{}", "[[\"x\"], {}, {}]"),
                raw(headers("name", "nobody.knows"), properties, "[[], {}, {}]"),
                raw(headers("args", "contract.sum"), properties, "[[\"l\",\"r\"],{},{}]"),
                raw(headers("newer", echo).replace("}", ", \"lovage_version\": 2}"), properties, "[[\"x\"], {}, {}]"));
        lovage.backbone().broker().publish(new Plan(bad, List.of(), List.of(), List.of()));
        lovage.send(ECHO.with("good").taskId("next"));
        try (var _ = worker(tasks -> {
            tasks.handle(ECHO, text -> text);
            tasks.handle(SUM, pair -> pair.left() + pair.right());
        })) {
            awaitState("next", TaskState.SUCCESS);
            Eventually.until("all are parked", () -> held(Custody.PARKED).size() == bad.size(), this::inventory);
        }
        var reasons = new java.util.HashMap<String, String>();
        for (var one : held(Custody.PARKED)) {
            reasons.put(one.message().execution().taskId(), one.reason().orElse(""));
            assertThat(lovage.backbone()
                            .results()
                            .result(one.message().execution().taskId())
                            .orElseThrow()
                            .state())
                    .isEqualTo(TaskState.PARKED);
            assertThat(store().release(one.tag(), "try again", "tester")).isTrue();
        }
        assertThat(reasons.get("body")).contains("not JSON");
        assertThat(reasons.get(bad.get(2).execution().taskId())).contains("no header task");
        assertThat(reasons.get("name")).contains("nobody.knows");
        assertThat(reasons.get("args")).contains("/0/0", "/0/1");
        assertThat(reasons.get("newer")).contains("version 2");
        var back = new java.util.HashMap<String, Message>();
        step("w")
                .claim(100, QUEUE)
                .forEach(one -> back.put(one.message().execution().taskId(), one.message()));
        for (var sent : bad) {
            var same = Objects.requireNonNull(back.get(sent.execution().taskId()));
            assertThat(same.body()).isEqualTo(sent.body());
            assertThat(same.headers()).isEqualTo(sent.headers());
            assertThat(same.properties()).isEqualTo(sent.properties());
        }
    }

    @Test
    protected void a_chord_on_real_workers_fires_once() throws Exception {
        try (var _ = worker(tasks -> {
                    tasks.handle(ECHO, text -> text);
                    tasks.handle(COLLECT, texts -> texts);
                });
                var _ = lovage.worker()
                        .name("other@test")
                        .tasks(tasks -> {
                            tasks.handle(ECHO, text -> text);
                            tasks.handle(COLLECT, texts -> texts);
                        })
                        .start()) {
            var header = new ArrayList<dev.lovage.engine.canvas.Signature<String>>();
            var expected = new ArrayList<String>();
            for (int i = 0; i < 50; i++) {
                header.add(ECHO.with("m" + i));
                expected.add("m" + i);
            }
            assertThat(lovage.send(dev.lovage.engine.canvas.Chord.of(header, COLLECT.partial()))
                            .await(seconds(30)))
                    .isEqualTo(expected);
        }
        assertThat(inventory()).isEmpty();
    }

    /// As it comes from a stranger, with an id made of its content where it has none.
    private static Message raw(String headers, String properties, String body) {
        return Message.received(QUEUE, headers, properties, body.getBytes(StandardCharsets.UTF_8));
    }

    private static String headers(String id, String task) {
        return "{\"id\":  \"" + id + "\", \"task\": \"" + task + "\"}";
    }

    void restart(java.util.function.UnaryOperator<dev.lovage.engine.settings.Settings> change) {
        lovage.close();
        settings = change.apply(settings);
        lovage = Lovage.open(settings, clock);
    }
}
