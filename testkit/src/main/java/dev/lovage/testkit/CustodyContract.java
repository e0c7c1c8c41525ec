package dev.lovage.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.broker.Delivery;
import dev.lovage.engine.broker.LeaseLost;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.message.ExecutionKey;
import dev.lovage.engine.result.TaskState;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Invariants 1, 2, 3, 5 and 7: what a broker and its store owe whoever claims by hand.
abstract class CustodyContract extends ContractGround {
    @Test
    protected void the_same_signature_sent_again_is_one_execution() {
        lovage.send(ECHO.with("x").taskId("a"));
        lovage.send(ECHO.with("x").taskId("a"));
        var worker = step("w");
        var delivery = one(worker.claim(10, QUEUE));
        lovage.send(ECHO.with("x").taskId("a"));
        worker.succeed(delivery, Json.tree("x"));
        lovage.send(ECHO.with("x").taskId("a"));
        assertThat(worker.claim(10, QUEUE)).isEmpty();
        assertThat(inventory()).isEmpty();
    }

    @Test
    protected void every_accepted_execution_is_in_one_custody_after_any_schedule() {
        var random = Seeds.random("one custody");
        var model = new LinkedHashMap<ExecutionKey, Custody>();
        var leased = new ArrayList<Delivery>();
        var worker = step("w0");
        for (int i = 0; i < 300; i++) {
            switch (random.nextInt(10)) {
                case 0, 1, 2 -> {
                    lovage.send(ECHO.with("x").taskId("t" + i).priority(random.nextInt(3)));
                    model.put(new ExecutionKey("t" + i, 0, 0), Custody.READY);
                }
                case 3 -> {
                    lovage.send(
                            ECHO.with("x").taskId("t" + i).eta(clock.instant().plusSeconds(30)));
                    model.put(new ExecutionKey("t" + i, 0, 0), Custody.TIMER);
                }
                case 4, 5 -> {
                    var claimed = worker.claim(3, QUEUE);
                    claimed.forEach(one -> model.put(one.message().execution(), Custody.LEASED));
                    leased.addAll(claimed);
                }
                case 6 -> {
                    if (!leased.isEmpty()) {
                        var one = leased.removeLast();
                        worker.succeed(one, Json.tree("x"));
                        model.remove(one.message().execution());
                    }
                }
                case 7 -> {
                    if (!leased.isEmpty()) {
                        var one = leased.removeFirst();
                        var key = one.message().execution();
                        switch (random.nextInt(5)) {
                            case 0 -> {
                                worker.fail(one, "no");
                                model.put(key, Custody.DEAD);
                            }
                            case 1 -> {
                                worker.move(one, Custody.PARKED);
                                model.put(key, Custody.PARKED);
                            }
                            case 2 -> {
                                worker.move(one, Custody.READY);
                                model.put(key, Custody.READY);
                            }
                            case 3 -> {
                                worker.crash(one, "its child process died");
                                model.put(key, Custody.READY);
                            }
                            default -> {
                                worker.retry(one, clock.instant().plusSeconds(10));
                                model.remove(key);
                                model.put(
                                        new ExecutionKey(key.taskId(), key.retries() + 1, key.nesting()),
                                        Custody.TIMER);
                            }
                        }
                    }
                }
                case 8 -> {
                    for (var custody : Set.of(Custody.DEAD, Custody.PARKED)) {
                        held(custody).stream().limit(1).forEach(one -> {
                            assertThat(store().release(one.tag(), "again", "tester"))
                                    .isTrue();
                            model.put(one.message().execution(), Custody.READY);
                        });
                    }
                }
                default -> {
                    if (random.nextBoolean()) {
                        worker.dies();
                    } else {
                        worker.leave();
                    }
                    leased.forEach(one -> model.put(one.message().execution(), Custody.READY));
                    leased.clear();
                    worker = step("w" + i);
                    lovage.backbone().broker().pause(Set.of(QUEUE));
                    assertThat(worker.claim(3, QUEUE)).isEmpty();
                    lovage.backbone().broker().resume(Set.of(QUEUE));
                }
            }
            assertThat(inventory()).as("after step %d", i).isEqualTo(model);
        }
        Eventually.until("queues count the same", () -> counted() == model.size(), this::counted);
    }

    private long counted() {
        return lovage.backbone().broker().queues().values().stream()
                .flatMap(state -> state.counts().values().stream())
                .mapToLong(Long::longValue)
                .sum();
    }

    @Test
    protected void purge_ends_what_waits_and_nothing_else() {
        var worker = step("w");
        lovage.send(ECHO.with("x").taskId("leased"));
        var leased = one(worker.claim(1, QUEUE));
        lovage.send(ECHO.with("x").taskId("dead"));
        worker.fail(one(worker.claim(1, QUEUE)), "no");
        lovage.send(ECHO.with("x").taskId("ready"));
        lovage.send(ECHO.with("x").taskId("timer").countdown(seconds(60)));
        lovage.send(ECHO.with("x").taskId("other").queue("other"));
        assertThat(lovage.backbone().broker().purge(QUEUE, "test data", "tester"))
                .isEqualTo(2);
        assertThat(inventory().keySet().stream().map(ExecutionKey::taskId))
                .containsExactlyInAnyOrder("leased", "dead", "other");
        worker.succeed(leased, Json.tree("x"));
        lovage.send(ECHO.with("x").taskId("ready"));
        assertThat(worker.claim(10, QUEUE)).isEmpty();
    }

    @Test
    protected void a_crash_of_a_child_process_is_counted_with_its_evidence_and_the_entry_is_ready_again() {
        lovage.send(ECHO.with("x").taskId("a"));
        var worker = step("w");
        var first = one(worker.claim(1, QUEUE));
        worker.crash(first, "137: SIGKILL");
        assertThat(inventory()).containsValue(Custody.READY);
        assertThatThrownBy(() -> worker.crash(first, "again")).isInstanceOf(LeaseLost.class);
        reopenIfDurable();
        var other = step("v");
        var second = one(other.claim(1, QUEUE));
        assertThat(second.crashes()).isEqualTo(1);
        assertThat(second.evidence()).contains("137: SIGKILL");
        assertThat(second.failOnLoss()).isFalse();
        assertThat(other.dies()).isEqualTo(1);
        var third = one(step("u").claim(1, QUEUE));
        assertThat(third.crashes()).isEqualTo(2);
        assertThat(store().findTask("a").getFirst().history())
                .extracting(one -> one.what())
                .containsExactly("crash", "crash");
    }

    @Test
    protected void a_crash_of_what_was_acknowledged_early_ends_it() {
        lovage.send(ECHO.with("x"));
        var worker = step("w");
        worker.crash(one(worker.claim(1, Set.of("contract.echo"), QUEUE)), "gone");
        assertThat(one(worker.claim(1, QUEUE)).failOnLoss()).isTrue();
    }

    @Test
    protected void what_is_written_under_an_older_epoch_changes_nothing() {
        lovage.send(ECHO.with("x").taskId("a"));
        var first = step("first");
        var stale = one(first.claim(1, QUEUE));
        assertThat(first.dies()).isEqualTo(1);
        var second = step("second");
        var live = one(second.claim(1, QUEUE));
        assertThat(live.epoch()).isGreaterThan(stale.epoch());
        assertThat(live.crashes()).isEqualTo(1);
        assertThat(live.redelivered()).isEqualTo(1);

        assertThatThrownBy(() -> first.succeed(stale, Json.tree("stale"))).isInstanceOf(LeaseLost.class);
        assertThatThrownBy(() -> second.succeed(stale, Json.tree("stale"))).isInstanceOf(LeaseLost.class);
        assertThatThrownBy(() -> first.fail(live, "stale")).isInstanceOf(LeaseLost.class);
        assertThatThrownBy(() -> store().beat(first.lease(), 0)).isInstanceOf(LeaseLost.class);
        assertThatThrownBy(() -> first.claim(1, QUEUE)).isInstanceOf(LeaseLost.class);
        store().state(first.lease(), stale.tag(), "STARTED", Json.nothing());
        first.leave();

        assertThat(inventory()).containsEntry(live.message().execution(), Custody.LEASED);
        assertThat(lovage.backbone().results().result("a")).isEmpty();
        second.succeed(live, Json.tree("live"));
        assertThat(lovage.backbone().results().result("a").orElseThrow().result())
                .isEqualTo(Json.tree("live"));
        assertThatThrownBy(() -> second.succeed(live, Json.tree("twice"))).isInstanceOf(LeaseLost.class);
    }

    @Test
    protected void one_whose_counter_moved_is_not_buried() {
        lovage.send(ECHO.with("x"));
        var worker = step("w");
        var delivery = one(worker.claim(1, QUEUE));
        store().beat(worker.lease(), 1);
        assertThat(store().bury(worker.lease().incarnation(), 0, "looked too late"))
                .isZero();
        worker.succeed(delivery, Json.tree("x"));
        assertThat(inventory()).isEmpty();
    }

    @Test
    protected void a_success_is_never_overwritten() {
        lovage.send(ECHO.with("x").taskId("a"));
        var worker = step("w");
        worker.succeed(one(worker.claim(1, QUEUE)), Json.tree("x"));
        var broker = lovage.backbone().broker();
        var before = lovage.backbone().results().result("a").orElseThrow();
        broker.publish(new dev.lovage.engine.canvas.Plan(
                List.of(),
                List.of(),
                List.of(),
                List.of(new dev.lovage.engine.result.ResultMeta(
                        "a",
                        "contract.echo",
                        TaskState.FAILURE,
                        Json.tree("late"),
                        java.util.Optional.empty(),
                        java.util.Optional.of(clock.instant()),
                        Json.array(),
                        java.util.Optional.empty(),
                        java.util.Optional.empty(),
                        0,
                        java.util.Optional.empty()))));
        assertThat(lovage.backbone().results().result("a")).contains(before);
    }

    @Test
    protected void nothing_is_claimed_before_its_time() {
        lovage.send(ECHO.with("x").countdown(seconds(60)));
        var worker = step("w");
        assertThat(worker.claim(1, QUEUE)).isEmpty();
        assertThat(inventory()).containsValue(Custody.TIMER);
        clock.advance(seconds(59));
        assertThat(worker.claim(1, QUEUE)).isEmpty();
        clock.advance(seconds(1));
        assertThat(worker.claim(1, QUEUE)).hasSize(1);
    }

    @Test
    protected void timers_survive_a_restart_of_everything() {
        assumeTrue(durable(), "what is in memory ends with its process");
        lovage.send(ECHO.with("x").taskId("late").countdown(seconds(60)));
        lovage.send(ECHO.with("x").taskId("now"));
        reopen();
        var worker = step("w");
        assertThat(one(worker.claim(10, QUEUE)).message().execution().taskId()).isEqualTo("now");
        clock.advance(seconds(60));
        assertThat(one(worker.claim(10, QUEUE)).message().execution().taskId()).isEqualTo("late");
    }

    @Test
    protected void the_more_urgent_is_claimed_first_and_equals_in_order_of_sending() {
        for (int i = 0; i < 20; i++) {
            lovage.send(ECHO.with("x").taskId("low" + i).priority(1));
            lovage.send(ECHO.with("x").taskId("high" + i).priority(9));
            lovage.send(ECHO.with("x").taskId("first" + i).priority(5).order(1));
            lovage.send(ECHO.with("x").taskId("second" + i).priority(5).order(2));
        }
        assertThat(claimedInOrder()).isEqualTo(named(20, "high", "first", "second", "low"));
    }

    /// Twenty of each, one after the other: `low` with priority 1, `high` with 9, `middle` with 5.
    protected void sendInThreePriorities() {
        for (int i = 0; i < 20; i++) {
            lovage.send(ECHO.with("x").taskId("low" + i).priority(1));
            lovage.send(ECHO.with("x").taskId("high" + i).priority(9));
            lovage.send(ECHO.with("x").taskId("middle" + i).priority(5));
        }
    }

    /// The ids of all that can be claimed, a few at a time.
    protected List<String> claimedInOrder() {
        var worker = step("w");
        var claimed = new ArrayList<String>();
        for (var batch = worker.claim(7, QUEUE); !batch.isEmpty(); batch = worker.claim(7, QUEUE)) {
            batch.forEach(one -> claimed.add(one.message().execution().taskId()));
        }
        return claimed;
    }

    /// `a0, a1, …, b0, b1, …`
    protected static List<String> named(int each, String... names) {
        var all = new ArrayList<String>();
        for (var name : names) {
            IntStream.range(0, each).forEach(i -> all.add(name + i));
        }
        return all;
    }

    @Test
    protected void what_was_held_does_not_overtake_what_was_sent_before_it() {
        lovage.send(ECHO.with("x").taskId("a"));
        lovage.send(ECHO.with("x").taskId("b"));
        var worker = step("w");
        var both = worker.claim(2, QUEUE);
        worker.move(both.get(1), Custody.PARKED);
        worker.move(both.get(0), Custody.READY);
        store().release(held(Custody.PARKED).getFirst().tag(), "again", "tester");
        lovage.send(ECHO.with("x").taskId("c"));
        assertThat(worker.claim(10, QUEUE).stream()
                        .map(one -> one.message().execution().taskId()))
                .containsExactly("a", "b", "c");
    }

    @Test
    protected void a_worker_that_leaves_gives_everything_back_without_a_crash() {
        var sent = new HashSet<String>();
        for (int i = 0; i < 5; i++) {
            sent.add(lovage.send(ECHO.with("x")).id());
        }
        var worker = step("w");
        assertThat(worker.claim(5, QUEUE)).hasSize(5);
        worker.leave();
        assertThat(inventory()).hasSize(5).containsValue(Custody.READY).doesNotContainValue(Custody.LEASED);
        var again = step("v").claim(5, QUEUE);
        assertThat(again.stream().map(one -> one.message().execution().taskId()))
                .containsExactlyInAnyOrderElementsOf(sent);
        assertThat(again).allSatisfy(one -> assertThat(one.crashes()).isZero());
    }

    @Test
    protected void bytes_are_the_same_after_hold_death_and_release() {
        lovage.send(ECHO.with("ünïcode 𝄞")
                .taskId("a")
                .header("mine", Json.tree("kept"))
                .countdown(seconds(5)));
        var sent = store().findTask("a").getFirst().message();
        clock.advance(seconds(5));
        var worker = step("w");
        worker.fail(one(worker.claim(1, QUEUE)), "no");
        store().release(held(Custody.DEAD).getFirst().tag(), "again", "tester");
        worker.move(one(worker.claim(1, QUEUE)), Custody.PARKED);
        reopenIfDurable();
        var parked = held(Custody.PARKED).getFirst();
        assertThat(parked.history()).extracting(one -> one.what()).contains("failure", "released", "moved");
        store().release(parked.tag(), "again", "tester");
        var last = one(step("v").claim(1, QUEUE)).message();
        assertThat(last.body()).isEqualTo(sent.body());
        assertThat(last.headers()).isEqualTo(sent.headers());
        assertThat(last.properties()).isEqualTo(sent.properties());
    }

    private void reopenIfDurable() {
        if (durable()) {
            reopen();
        }
    }
}
