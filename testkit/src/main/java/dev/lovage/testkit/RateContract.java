package dev.lovage.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.engine.Lovage;
import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.message.ExecutionKey;
import dev.lovage.engine.rate.RateLimit;
import dev.lovage.engine.result.TaskState;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.store.Store;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.worker.Pool;
import dev.lovage.engine.worker.Worker;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

/// Rate limits that all workers of one store share.
abstract class RateContract extends PayloadContract {
    private static final Duration STEP = Duration.ofMillis(500);
    private static final Task<String, String> LIMITED = Task.named("contract.limited", String.class, String.class)
            .rateLimit(RateLimit.of("2/s").cluster());
    private static final Task<String, String> ANNOTATED =
            Task.named("contract.annotated", String.class, String.class).rateLimit("1/h");

    /// What was started, and when.
    private final List<String> started = Collections.synchronizedList(new ArrayList<>());

    private final List<Instant> starts = Collections.synchronizedList(new ArrayList<>());

    @Test
    protected void two_workers_share_one_budget_in_order_and_what_waits_holds_no_slot() {
        for (int i = 0; i < 6; i++) {
            lovage.send(LIMITED.with("t" + i).taskId("t" + i));
        }
        try (var _ = limited(lovage, "first@test")) {
            awaitStarts(1, 5);
            lovage.send(ECHO.with("free").taskId("free"));
            awaitState("free", TaskState.SUCCESS);
            // Opened once all have a place: of what two relays hand over at once, either may arrive first.
            try (var other = other();
                    var _ = limited(other.lovage, "second@test")) {
                for (int i = 1; i < 6; i++) {
                    clock.advance(STEP);
                    awaitStarts(i + 1, 5 - i);
                }
            }
        }
        assertThat(started).containsExactly("t0", "t1", "t2", "t3", "t4", "t5");
        for (int i = 0; i < 6; i++) {
            assertThat(starts.get(i)).isEqualTo(START.plus(STEP.multipliedBy(i)));
        }
        assertThat(inventory()).isEmpty();
    }

    @Test
    protected void of_many_who_ask_two_stores_at_once_one_may_start() throws Exception {
        try (var other = other();
                var threads = Executors.newFixedThreadPool(4)) {
            for (int round = 0; round < 10; round++) {
                var asks = new ArrayList<Callable<Optional<Instant>>>();
                for (int i = 0; i < 8; i++) {
                    var store = i % 2 == 0 ? store() : other.store();
                    var key = new ExecutionKey("r" + round + "-" + i, 0, 0);
                    asks.add(() -> store.admit("contract.asked", key, STEP));
                }
                var admitted = 0;
                for (var answer : threads.invokeAll(asks)) {
                    admitted += answer.get().isEmpty() ? 1 : 0;
                }
                assertThat(admitted).as("round %d", round).isEqualTo(1);
                clock.advance(Duration.ofMinutes(10));
            }
        }
    }

    @Test
    protected void never_more_than_the_budget_starts_in_any_window_and_nobody_waits_for_ever() {
        var random = Seeds.random("who asks for a start, where and when");
        try (var other = other()) {
            var waiting = new HashMap<ExecutionKey, Instant>();
            for (int i = 0; i < 40; i++) {
                waiting.put(new ExecutionKey("k" + i, 0, 0), clock.instant());
            }
            var gone = new ExecutionKey("k0", 0, 0); // purged, after it has got a place
            var admitted = new ArrayList<Instant>();
            for (int look = 0; !waiting.isEmpty(); look++) {
                assertThat(look).as("looks").isLessThan(5_000);
                for (var key : List.copyOf(waiting.keySet())) {
                    if (waiting.getOrDefault(key, Instant.MAX).isAfter(clock.instant())) {
                        continue;
                    }
                    var store = random.nextBoolean() ? store() : other.store();
                    var turn = store.admit("contract.asked", key, STEP);
                    if (turn.isEmpty()) {
                        admitted.add(clock.instant());
                        waiting.remove(key);
                    } else if (key.equals(gone)) {
                        waiting.remove(key);
                    } else {
                        assertThat(turn.get()).isAfter(clock.instant());
                        waiting.put(key, turn.get());
                    }
                }
                clock.advance(Duration.ofMillis(1 + random.nextInt(400)));
            }
            for (int i = 1; i < admitted.size(); i++) {
                assertThat(Duration.between(admitted.get(i - 1), admitted.get(i)))
                        .as("between start %d and the next", i - 1)
                        .isGreaterThanOrEqualTo(STEP);
            }
        }
    }

    @Test
    protected void a_worker_that_dies_with_its_turn_costs_that_turn_and_the_budget_outlives_all_processes() {
        assertThat(store().admit(LIMITED.name().value(), new ExecutionKey("dead", 0, 0), STEP))
                .isEmpty();
        if (durable()) {
            reopen();
        }
        lovage.send(LIMITED.with("next").taskId("next"));
        try (var _ = limited(lovage, "first@test")) {
            awaitStarts(0, 1);
            clock.advance(STEP);
            awaitStarts(1, 0);
        }
        assertThat(started).containsExactly("next");
    }

    @Test
    protected void a_limit_is_set_by_an_annotation_in_place_of_the_task_s_own() {
        restart(settings -> settings.with(
                Setting.TASK_ANNOTATIONS, "{\"contract.annotated\": {\"rate_limit\": \"120/m\", \"cluster\": true}}"));
        for (int i = 0; i < 2; i++) {
            lovage.send(ANNOTATED.with("a" + i).taskId("a" + i));
        }
        try (var worker = limited(lovage, "first@test")) {
            assertThat(worker.rate(ANNOTATED.name().value()))
                    .contains(RateLimit.of("2/s").cluster());
            assertThat(worker.rate(LIMITED.name().value()))
                    .contains(RateLimit.of("2/s").cluster());
            awaitStarts(1, 1);
            worker.rate(ANNOTATED.name().value(), 1);
            assertThat(worker.rate(ANNOTATED.name().value()))
                    .contains(RateLimit.of("1/s").cluster());
            worker.rate(ANNOTATED.name().value(), 0);
            assertThat(worker.rate(ANNOTATED.name().value())).isEmpty();
            clock.advance(STEP);
            awaitStarts(2, 0);
        }
    }

    private Worker limited(Lovage at, String name) {
        return at.worker()
                .name(name)
                .pool(Pool.solo())
                .tasks(tasks -> {
                    tasks.handle(ECHO, text -> text);
                    tasks.handle(LIMITED, this::start);
                    tasks.handle(ANNOTATED, this::start);
                })
                .start();
    }

    private String start(String name) {
        starts.add(clock.instant());
        started.add(name);
        return name;
    }

    /// Nothing else happens then until the clock is moved.
    private void awaitStarts(int count, int waiting) {
        Eventually.until(
                count + " are started, " + waiting + " wait",
                () -> started.size() == count
                        && inventory().size() == waiting
                        && inventory().values().stream().allMatch(Custody.TIMER::equals),
                () -> started + " " + inventory());
    }

    /// The same installation, opened by another process; the same one where what it holds is in this one.
    private Other other() {
        return durable() ? new Other(Lovage.open(settings, clock), true) : new Other(lovage, false);
    }

    private record Other(Lovage lovage, boolean own) implements AutoCloseable {
        Store store() {
            return lovage.backbone().store();
        }

        @Override
        public void close() {
            if (own) {
                lovage.close();
            }
        }
    }
}
