package dev.lovage.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.engine.broker.Busy;
import dev.lovage.engine.canvas.Chord;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.log.AttemptLog;
import dev.lovage.engine.log.LogLine;
import dev.lovage.engine.result.TaskState;
import dev.lovage.engine.retry.RetryRule;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.store.Backbone;
import dev.lovage.engine.store.Happening;
import dev.lovage.engine.task.TaskContext;
import dev.lovage.engine.worker.Pool;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What is left of attempts: how they ended, and what they logged.
abstract class TraceContract extends RateContract {
    private static final Duration DAY = Duration.ofDays(1);

    @Test
    protected void how_attempts_ended_is_known_after_a_success_until_its_result_is_forgotten() {
        lovage.send(ECHO.with("x").taskId("a"));
        lovage.send(ECHO.with("x").taskId("disposed"));
        var worker = step("w");
        var both = worker.claim(2, QUEUE);
        worker.crash(both.get(0), "137: SIGKILL");
        worker.fail(both.get(1), "no");
        clock.advance(DAY);
        var other = step("v");
        other.fail(one(other.claim(1, QUEUE)), "no");
        for (var dead : store().findTask("a")) {
            store().release(dead.tag(), "mended", "tester");
        }
        var last = one(other.claim(1, QUEUE));
        other.succeed(last, Json.tree("x"));
        assertThat(store().findTask("a")).isEmpty();
        assertThat(store().history("a")).extracting(Happening::what).containsExactly("crash", "failure", "released");
        assertThat(store().history("a")).extracting(Happening::by).containsExactly("w", "v", "tester");
        assertThat(store().history("disposed")).hasSize(1);
        assertThat(store().history("nobody")).isEmpty();

        clock.advance(DAY.minusSeconds(1));
        store().forget(DAY);
        assertThat(store().history("a")).as("the result is there").hasSize(3);
        clock.advance(seconds(2));
        store().forget(DAY);
        assertThat(lovage.backbone().results().result("a")).isEmpty();
        assertThat(store().history("a")).isEmpty();
        assertThat(store().history("disposed"))
                .as("it lies in the dead letters")
                .hasSize(1);
    }

    @Test
    protected void the_newest_lines_of_tasks_come_back_in_order_until_the_results_are_forgotten() {
        lovage.send(ECHO.with("x").taskId("a"));
        var worker = step("w");
        worker.succeed(one(worker.claim(1, QUEUE)), Json.tree("x"));
        store().keep(List.of(line("a", 2, "second"), line("b", 1, "first \u0000"), line("a", 3, "third")));
        store().keep(List.of(line("a", 3, "fourth"), line("c", 0, "not asked for")));
        var all = store().log(Set.of("a", "b", "nobody"), 10);
        assertThat(all.earlier()).isZero();
        var messages = all.lines().stream().map(LogLine::message).toList();
        assertThat(messages.getFirst()).startsWith("first ");
        assertThat(messages.subList(1, 4)).containsExactly("second", "third", "fourth");
        assertThat(all.lines().get(1)).isEqualTo(line("a", 2, "second"));
        var newest = store().log(Set.of("a", "b"), 2);
        assertThat(newest.earlier()).isEqualTo(2);
        assertThat(newest.lines()).extracting(LogLine::message).containsExactly("third", "fourth");
        assertThat(store().log(Set.of(), 5).lines()).isEmpty();
        assertThat(store().tasksOf(Set.of("root", "another"))).containsExactlyInAnyOrder("a", "b", "c");
        assertThat(store().tasksOf(Set.of("another"))).isEmpty();
        assertThat(store().tasksOf(Set.of())).isEmpty();

        clock.advance(DAY.plusSeconds(10));
        store().forget(DAY);
        assertThat(store().log(Set.of("a", "b", "c"), 10).lines()).isEmpty();
        assertThat(store().tasksOf(Set.of("root"))).isEmpty();
    }

    @Test
    protected void members_and_body_of_a_chord_are_known_by_their_workflow_before_and_after_it_closed() {
        var chord = Chord.of(
                List.of(ECHO.with("x").taskId("m0"), ECHO.with("x").taskId("m1")),
                COLLECT.partial().taskId("body"));
        lovage.send(ECHO.with("x")
                .taskId("root")
                .then(chord)
                .then(ECHO.with("x").immutable().taskId("last")));
        var worker = step("w");
        assertThat(store().tasksOf(Set.of("root"))).isEmpty();
        worker.succeed(one(worker.claim(1, QUEUE)), Json.tree("x"));
        assertThat(store().tasksOf(Set.of("root", "m0"))).contains("m0", "m1", "body");
        worker.claim(2, QUEUE).forEach(member -> worker.succeed(member, Json.tree("x")));
        worker.succeed(one(worker.claim(1, QUEUE)), Json.tree(List.of("x", "x")));
        worker.succeed(one(worker.claim(1, QUEUE)), Json.tree("x"));
        assertThat(inventory()).isEmpty();
        assertThat(store().tasksOf(Set.of("root"))).contains("m0", "m1", "body", "last");
        assertThat(store().tasksOf(Set.of("m0"))).isEmpty();
    }

    @Test
    protected void very_many_tasks_are_asked_for_their_lines_at_once() {
        var lines = IntStream.range(0, 1_300)
                .mapToObj(i -> line("t" + i, i, "of t" + i))
                .toList();
        store().keep(lines);
        var newest = store().log(
                        IntStream.range(0, 1_300).mapToObj(i -> "t" + i).collect(java.util.stream.Collectors.toSet()),
                        1_000);
        assertThat(newest.lines()).isEqualTo(lines.subList(300, 1_300));
        assertThat(newest.earlier()).isEqualTo(300);
    }

    @Test
    protected void what_a_task_logs_is_kept_with_each_of_its_attempts() {
        var tries = new AtomicInteger();
        var stubborn = ECHO.retry(RetryRule.on(IOException.class).maxRetries(1).backoff(seconds(1), seconds(1)));
        lovage.send(stubborn.with("x").taskId("a"));
        try (var _ = lovage.worker()
                .name("talking@test")
                .tasks(tasks -> tasks.handle(stubborn, text -> {
                    say("INFO", "try " + tries.incrementAndGet());
                    if (tries.get() == 1) {
                        throw new IOException("the disk is away");
                    }
                    clock.advance(seconds(1));
                    say("INFO", "done");
                    return text;
                }))
                .start()) {
            Eventually.until("it has failed once", () -> !store().history("a").isEmpty(), this::inventory);
            clock.advance(seconds(5));
            awaitState("a", TaskState.SUCCESS);
        }
        var lines = logged("a");
        assertThat(lines).extracting(LogLine::message).containsExactly("try 1", "try 2", "done");
        assertThat(lines).extracting(LogLine::attempt).containsExactly(1L, 2L, 2L);
        assertThat(lines).extracting(LogLine::node).containsOnly("talking@test");
        assertThat(lines).extracting(LogLine::rootId).containsOnly("a");
        assertThat(lines).extracting(LogLine::at).containsExactly(START, START.plusSeconds(5), START.plusSeconds(6));
        var retried = store().history("a").getFirst();
        assertThat(retried.what()).isEqualTo("retry");
        assertThat(retried.by()).isEqualTo("talking@test");
        assertThat(retried.at()).isEqualTo(START);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    protected void a_flood_of_lines_is_bounded_and_says_how_many_are_missing(boolean inChild) {
        restart(settings -> settings.with(Setting.TASK_LOG_LINES_MAX, "3"));
        lovage.send(FragileTasks.TALK.with(2).taskId("few"));
        lovage.send(FragileTasks.TALK.with(100_000).taskId("many"));
        try (var _ = lovage.worker()
                .tasks(new FragileTasks())
                .pool(inChild ? Pool.processes(1) : Pool.threads(2))
                .start()) {
            awaitState("few", TaskState.SUCCESS);
            awaitState("many", TaskState.SUCCESS);
        }
        assertThat(logged("few")).extracting(LogLine::message).containsExactly("line 1", "line 2");
        assertThat(logged("many"))
                .extracting(LogLine::message)
                .containsExactly("line 1", "line 2", "line 3", "99997 more lines were not kept.");
    }

    @Test
    protected void nothing_is_kept_where_that_is_chosen() {
        restart(settings -> settings.with(Setting.TASK_LOG_LINES_MAX, "0"));
        lovage.send(FragileTasks.TALK.with(10).taskId("a"));
        try (var _ = lovage.worker().tasks(new FragileTasks()).start()) {
            awaitState("a", TaskState.SUCCESS);
        }
        assertThat(logged("a")).isEmpty();
    }

    @Test
    protected void a_store_that_refuses_lines_fails_no_task_and_the_lines_are_counted() {
        for (var refusal : List.<Supplier<RuntimeException>>of(
                () -> new IllegalStateException("no space for lines"), () -> new Busy("too much is waiting"))) {
            var asked = new AtomicInteger();
            var refusing = lovage.decorated(inner -> refusing(inner, asked, refusal));
            var meters = new SimpleMeterRegistry();
            var ids = new ArrayList<String>();
            try (var _ =
                    refusing.worker().tasks(new FragileTasks()).meters(meters).start()) {
                for (int i = 0; i < 3; i++) {
                    ids.add(lovage.send(FragileTasks.TALK.with(2)).id());
                }
                ids.forEach(id -> awaitState(id, TaskState.SUCCESS));
                Eventually.until("the store was asked", () -> asked.get() > 0, this::inventory);
            }
            assertThat(meters.counter("lovage.log.lines.lost").count()).isEqualTo(6);
            assertThat(store().log(Set.copyOf(ids), 10).lines()).isEmpty();
        }
    }

    @Test
    protected void a_task_that_logs_nothing_costs_no_write() {
        var asked = new AtomicInteger();
        var counting = lovage.decorated(inner -> refusing(inner, asked, IllegalStateException::new));
        lovage.send(ECHO.with("x").taskId("a"));
        try (var _ = counting.worker()
                .tasks(tasks -> tasks.handle(ECHO, text -> text))
                .start()) {
            awaitState("a", TaskState.SUCCESS);
        }
        assertThat(asked).hasValue(0);
    }

    /// A store that takes everything but lines.
    private static Backbone refusing(Backbone inner, AtomicInteger asked, Supplier<RuntimeException> refusal) {
        return WatchedBackbone.store(inner, (method, _, call) -> {
            if (method.getName().equals("keep")) {
                asked.incrementAndGet();
                throw refusal.get();
            }
            return call.run();
        });
    }

    private static void say(String level, String message) {
        TaskContext.current().log().add(level, "contract", message);
    }

    private static LogLine line(String taskId, int second, String message) {
        Instant at = START.plusSeconds(second);
        return new LogLine(at, taskId, "root", 1, 2, "w@test", "WARN", AttemptLog.class.getName(), message);
    }

    /// A worker that has stopped has written all of it.
    private List<LogLine> logged(String taskId) {
        return store().log(Set.of(taskId), 100).lines();
    }
}
