package dev.lovage.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lovage.engine.broker.Broker;
import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.broker.Delivery;
import dev.lovage.engine.broker.Lease;
import dev.lovage.engine.broker.LeaseLost;
import dev.lovage.engine.broker.QueueState;
import dev.lovage.engine.canvas.Canvas;
import dev.lovage.engine.canvas.Chord;
import dev.lovage.engine.canvas.Group;
import dev.lovage.engine.canvas.Lineage;
import dev.lovage.engine.canvas.Plan;
import dev.lovage.engine.canvas.Planner;
import dev.lovage.engine.canvas.Routes;
import dev.lovage.engine.canvas.Signature;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.memory.MemoryBackbone;
import dev.lovage.engine.message.Message;
import dev.lovage.engine.message.Request;
import dev.lovage.engine.message.Unreadable;
import dev.lovage.engine.result.CeleryError;
import dev.lovage.engine.result.Failures;
import dev.lovage.engine.result.ResultMeta;
import dev.lovage.engine.result.TaskState;
import dev.lovage.engine.store.Backbone;
import dev.lovage.engine.store.Happening;
import dev.lovage.engine.store.Store;
import dev.lovage.engine.store.Transition;
import dev.lovage.engine.store.WorkerState;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.task.TypeRef;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// What every store that keeps its own results has to do, step by step, on a clock that the test sets.
public abstract class StoreContract {
    protected static final Task<Integer, Integer> STEP = Task.named("t.step", Integer.class, Integer.class);
    protected static final Task<Integer, Integer> OTHER =
            Task.named("t.other", Integer.class, Integer.class).queue("other");
    protected static final Task<List<Integer>, Integer> SUM =
            Task.named("t.sum", new TypeRef<List<Integer>>() {}, new TypeRef<Integer>() {});
    protected static final Set<String> QUEUES = Set.of("celery", "other");
    protected static final Lease A = new Lease("incarnation-a", "celery@a");
    protected static final Lease B = new Lease("incarnation-b", "celery@b");

    protected final SettableClock clock = new SettableClock(Instant.parse("2026-03-02T08:00:00Z"));
    protected final Planner planner = new Planner(Routes.DEFAULT, clock, "gen1@test", 100_000);
    protected Backbone backbone = new MemoryBackbone(planner, clock);
    protected Broker broker = backbone.broker();
    protected Store store = backbone.store();

    /// An empty store on the test's clock, closed with what is returned.
    protected abstract Backbone open(Planner planner, InstantSource clock);

    /// Claims from the queues, where that is not the broker's own to do.
    protected List<Delivery> claim(Lease lease, Set<String> queues, Set<String> earlyTasks, int max) {
        return broker.claim(lease, queues, earlyTasks, max);
    }

    /// What was disposed of, oldest first.
    protected abstract List<Disposed> disposed();

    /// @param history as it is kept
    public record Disposed(String body, String history, String reason, String by) {}

    /// What is left of executions, results and joins, by where it lies.
    protected abstract Map<String, Long> remains();

    @BeforeEach
    void open() {
        backbone = open(planner, clock);
        broker = backbone.broker();
        store = backbone.store();
        register(A);
        register(B);
    }

    @AfterEach
    void close() {
        backbone.close();
    }

    protected void register(Lease lease) {
        store.register(
                lease,
                new WorkerState(
                        lease.incarnation(),
                        lease.worker(),
                        1,
                        clock.instant(),
                        clock.instant(),
                        0,
                        List.of("celery"),
                        List.of("t.step"),
                        "gevent",
                        8,
                        0));
    }

    protected String send(Canvas<?> canvas) {
        var frozen = planner.freeze(canvas.node(), Lineage.CLIENT);
        broker.publish(frozen.plan());
        return frozen.id();
    }

    protected List<Delivery> claim(int max) {
        return claim(A, QUEUES, Set.of(), max);
    }

    protected Delivery claimOne() {
        return claim(1).getFirst();
    }

    protected static Request request(Delivery delivery) {
        try {
            return Request.read(delivery.message());
        } catch (Unreadable e) {
            throw new AssertionError(e);
        }
    }

    protected Transition success(Delivery delivery, JsonNode value) {
        return new Transition(
                delivery,
                Optional.empty(),
                Optional.empty(),
                List.of(meta(delivery, TaskState.SUCCESS, value)),
                planner.afterSuccess(request(delivery), value),
                Optional.empty());
    }

    protected Transition success(Delivery delivery, int value) {
        return success(delivery, Json.tree(value));
    }

    protected Transition failure(Delivery delivery, String why) {
        var failure = Failures.encode(CeleryError.builtin("ValueError", why));
        return new Transition(
                delivery,
                Optional.of(Custody.DEAD),
                Optional.of(why),
                List.of(meta(delivery, TaskState.FAILURE, failure)),
                planner.afterFailure(request(delivery), failure),
                Optional.of(new Happening(clock.instant(), 0, "failure", why, "at line\0 1", "celery@a")));
    }

    protected Transition parked(Delivery delivery) {
        return new Transition(
                delivery,
                Optional.of(Custody.PARKED),
                Optional.of("no handler"),
                List.of(meta(delivery, TaskState.PARKED, Json.nothing())),
                Plan.NOTHING,
                Optional.of(new Happening(clock.instant(), 0, "parked", "no handler", "", "celery@a")));
    }

    protected ResultMeta meta(Delivery delivery, TaskState state, JsonNode value) {
        var key = delivery.message().execution();
        return new ResultMeta(
                key.taskId(),
                delivery.message().task(),
                state,
                value,
                Optional.empty(),
                Optional.of(clock.instant()),
                Json.array(),
                request(delivery).group(),
                request(delivery).parentId(),
                key.retries(),
                Optional.of("celery@a"));
    }

    /// Runs everything that is claimable: steps return their argument plus one, sums add up.
    protected int runAll() {
        var ran = 0;
        for (var some = claim(10); !some.isEmpty(); some = claim(10)) {
            for (var delivery : some) {
                var in = request(delivery).args().get(0);
                var out = 0;
                if (in.isArray()) {
                    for (var one : in) {
                        out += one.intValue();
                    }
                } else {
                    out = in.intValue() + 1;
                }
                store.settle(A, success(delivery, out));
                ran++;
            }
        }
        return ran;
    }

    protected TaskState state(String id) {
        return backbone.results().result(id).map(ResultMeta::state).orElse(TaskState.PENDING);
    }

    @Test
    void what_was_sent_is_claimed_settled_and_its_result_awaited() throws Exception {
        var id = send(STEP.with(41));
        var delivery = claimOne();
        assertThat(delivery.epoch()).isEqualTo(1);
        assertThat(delivery.redelivered()).isZero();
        assertThat(delivery.message().execution().taskId()).isEqualTo(id);
        assertThat(claim(B, QUEUES, Set.of(), 5)).isEmpty();
        store.settle(A, success(delivery, 42));
        var result = backbone.results().await(id, Duration.ofSeconds(5)).orElseThrow();
        assertThat(result.state()).isEqualTo(TaskState.SUCCESS);
        assertThat(result.result().intValue()).isEqualTo(42);
        assertThat(store.inventory()).isEmpty();
    }

    @Test
    void many_wait_for_results_and_each_gets_its_own() throws Exception {
        var ids = IntStream.range(0, 64).mapToObj(i -> send(STEP.with(i))).toList();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var waiting = ids.stream()
                    .map(id -> threads.submit(() -> backbone.results().await(id, Duration.ofSeconds(20))))
                    .toList();
            assertThat(runAll()).isEqualTo(64);
            for (int i = 0; i < 64; i++) {
                assertThat(waiting.get(i).get().orElseThrow().result().intValue())
                        .isEqualTo(i + 1);
            }
        }
        assertThat(backbone.results().await("nobody", Duration.ofMillis(20))).isEmpty();
    }

    @Test
    void the_more_urgent_is_claimed_first_over_all_queues_then_order_then_first_sent() {
        var low = send(STEP.with(1));
        var second = send(OTHER.with(2).priority(5).order(2));
        var third = send(STEP.with(3).priority(5).order(2));
        var first = send(STEP.with(4).priority(5).order(1));
        var top = send(OTHER.with(5).priority(9));
        assertThat(claim(4))
                .extracting(one -> one.message().execution().taskId())
                .containsExactly(top, first, second, third);
        assertThat(claim(4))
                .extracting(one -> one.message().execution().taskId())
                .containsExactly(low);
    }

    @Test
    void nothing_starts_before_its_time_and_waiting_for_work_ends_when_it_is_due() throws Exception {
        send(STEP.with(1).countdown(Duration.ofSeconds(60)));
        assertThat(claim(1)).isEmpty();
        assertThat(store.inventory()).extracting(Store.Entry::custody).containsExactly(Custody.TIMER);
        clock.advance(Duration.ofSeconds(60));
        var before = System.nanoTime();
        broker.awaitWork(broker.mark(), Duration.ofSeconds(30));
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(10));
        assertThat(claim(1)).hasSize(1);
    }

    @Test
    void work_that_arrives_wakes_those_who_wait() throws Exception {
        var mark = broker.mark();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            threads.submit(() -> send(STEP.with(1)));
            var before = System.nanoTime();
            broker.awaitWork(mark, Duration.ofSeconds(30));
            assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(10));
        }
        assertThat(claim(1)).hasSize(1);
    }

    @Test
    void the_same_signature_sent_again_ends_in_one_execution() {
        var signature = STEP.with(1).taskId("once");
        send(signature);
        send(signature);
        assertThat(store.inventory()).hasSize(1);
        assertThat(runAll()).isEqualTo(1);
        send(signature);
        assertThat(store.inventory()).isEmpty();
    }

    @Test
    void the_same_chord_sent_again_is_one_join() {
        var chord = Chord.of(
                List.of(STEP.with(1).taskId("m0"), STEP.with(2).taskId("m1")),
                SUM.partial().taskId("body"));
        send(chord);
        send(chord);
        assertThat(runAll()).isEqualTo(3);
        send(chord);
        assertThat(store.stalled(10)).isEmpty();
        assertThat(store.inventory()).isEmpty();
    }

    @Test
    void a_stale_epoch_changes_nothing_and_is_told_so() {
        var id = send(STEP.with(1));
        var old = claimOne();
        store.settle(
                A,
                new Transition(
                        old,
                        Optional.of(Custody.READY),
                        Optional.of("later"),
                        List.of(),
                        Plan.NOTHING,
                        Optional.empty()));
        var current = claimOne();
        assertThat(current.epoch()).isEqualTo(2);
        assertThat(current.redelivered()).isEqualTo(1);
        assertThatThrownBy(() -> store.settle(A, success(old, 1))).isInstanceOf(LeaseLost.class);
        assertThatThrownBy(() -> store.settle(B, success(current, 1))).isInstanceOf(LeaseLost.class);
        assertThat(state(id)).isEqualTo(TaskState.PENDING);
        store.settle(A, success(current, 2));
        assertThatThrownBy(() -> store.settle(A, success(current, 3))).isInstanceOf(LeaseLost.class);
        assertThat(backbone.results().result(id).orElseThrow().result().intValue())
                .isEqualTo(2);
    }

    @Test
    void a_chain_goes_on_with_each_result() {
        var id = send(STEP.with(1).then(STEP.partial()).then(STEP.partial()));
        assertThat(runAll()).isEqualTo(3);
        assertThat(backbone.results().result(id).orElseThrow().result().intValue())
                .isEqualTo(4);
    }

    @Test
    void a_join_fires_once_with_results_in_the_order_of_their_index() {
        var id = send(Group.<Integer>of(List.of(STEP.with(1), STEP.with(2), STEP.with(3)))
                .then(SUM.partial()));
        var members = new ArrayList<>(claim(10));
        assertThat(members).hasSize(3);
        for (var member : members.reversed()) {
            store.settle(A, success(member, request(member).args().get(0).intValue()));
        }
        var body = claim(10);
        assertThat(body).hasSize(1);
        assertThat(request(body.getFirst()).args().get(0).toString()).isEqualTo("[1,2,3]");
        store.settle(A, success(body.getFirst(), 6));
        assertThat(state(id)).isEqualTo(TaskState.SUCCESS);
        var group = request(members.getFirst()).group().orElseThrow();
        assertThat(backbone.results().group(group))
                .extracting(meta -> meta.result().toString())
                .startsWith("1", "2", "3");
        assertThat(store.stalled(10)).isEmpty();
    }

    @Test
    void nested_joins_close_from_the_inside_out() {
        var inner = Chord.of(List.of(STEP.with(1), STEP.with(2)), SUM.partial());
        var chained = STEP.with(5).then(STEP.partial());
        var id = send(Chord.of(List.of(inner, chained, STEP.with(10)), SUM.partial()));
        assertThat(store.stalled(10)).isEmpty();
        assertThat(runAll()).isEqualTo(7);
        assertThat(backbone.results().result(id).orElseThrow().result().intValue())
                .isEqualTo(2 + 3 + 7 + 11);
    }

    @Test
    void a_member_that_fails_closes_its_join_and_the_one_around_it() {
        var inner = Chord.of(List.of(STEP.with(1), STEP.with(2)), SUM.partial());
        var id = send(Chord.of(List.of(inner, STEP.with(10)), SUM.partial()));
        var first = claimOne();
        store.settle(A, failure(first, "broken"));
        assertThat(state(id)).isEqualTo(TaskState.FAILURE);
        assertThat(backbone.results().result(id).orElseThrow().result().toString())
                .contains("ChordError");
        runAll();
        assertThat(store.inventory()).extracting(Store.Entry::custody).containsExactly(Custody.DEAD);
    }

    @Test
    void a_join_whose_body_is_too_long_to_send_fails_and_says_so() {
        var id = send(Chord.of(List.of(STEP.with(1), STEP.with(2)), SUM.partial()));
        for (var member : claim(2)) {
            store.settle(A, success(member, Json.tree("x".repeat(60_000))));
        }
        assertThat(state(id)).isEqualTo(TaskState.FAILURE);
        assertThat(store.inventory()).isEmpty();
    }

    @Test
    void a_join_without_a_live_member_is_stalled_and_can_be_closed() {
        var id = send(Chord.of(List.of(STEP.with(1).then(STEP.partial()), STEP.with(2)), SUM.partial()));
        var both = claim(2);
        store.settle(A, success(both.get(0), 2));
        store.settle(
                A,
                new Transition(
                        both.get(1), Optional.empty(), Optional.empty(), List.of(), Plan.NOTHING, Optional.empty()));
        assertThat(store.stalled(10)).as("the chain goes on").isEmpty();
        store.settle(A, success(claimOne(), 3));
        var stalled = store.stalled(10);
        assertThat(stalled).hasSize(1);
        store.closeStalled(stalled.getFirst().id(), "no member is left");
        assertThat(state(id)).isEqualTo(TaskState.FAILURE);
        assertThat(backbone.results().result(id).orElseThrow().result().toString())
                .contains("no member is left");
        assertThat(store.stalled(10)).isEmpty();
    }

    @Test
    void claims_of_a_buried_worker_come_back_with_a_crash_and_its_writes_are_refused() {
        send(STEP.with(1));
        var lost = claim(B, QUEUES, Set.of("t.step"), 1).getFirst();
        store.beat(B, 1);
        assertThat(store.bury(B.incarnation(), 0, "it moved since")).isZero();
        assertThat(store.bury(B.incarnation(), 1, "killed")).isEqualTo(1);
        assertThatThrownBy(() -> store.settle(B, success(lost, 1))).isInstanceOf(LeaseLost.class);
        assertThatThrownBy(() -> store.beat(B, 0)).isInstanceOf(LeaseLost.class);
        assertThatThrownBy(() -> claim(B, QUEUES, Set.of(), 1)).isInstanceOf(LeaseLost.class);
        var again = claimOne();
        assertThat(again.crashes()).isEqualTo(1);
        assertThat(again.evidence()).contains("killed");
        assertThat(again.failOnLoss()).isTrue();
        assertThat(store.workers()).extracting(WorkerState::incarnation).containsExactly(A.incarnation());
    }

    @Test
    void a_worker_that_leaves_gives_back_without_a_crash() {
        send(STEP.with(1));
        claim(B, QUEUES, Set.of("t.step"), 1);
        store.leave(B);
        var again = claimOne();
        assertThat(again.crashes()).isZero();
        assertThat(again.failOnLoss()).isFalse();
        assertThat(store.workers()).hasSize(1);
    }

    @Test
    void nothing_is_claimed_from_a_paused_queue() {
        send(STEP.with(1));
        send(OTHER.with(2));
        broker.pause(Set.of("celery", "empty"));
        assertThat(claim(5)).extracting(one -> one.message().queue()).containsExactly("other");
        assertThat(queue("celery").paused()).isTrue();
        assertThat(queue("celery").count(Custody.READY)).isEqualTo(1);
        assertThat(queue("celery").oldestReady()).contains(clock.instant());
        assertThat(queue("other").count(Custody.LEASED)).isEqualTo(1);
        assertThat(queue("empty").paused()).isTrue();
        broker.resume(Set.of("celery"));
        assertThat(claim(5)).hasSize(1);
    }

    @Test
    void revokes_are_remembered_and_termination_is_not_taken_back() {
        store.revoke("a", true);
        store.revoke("a", false);
        store.revoke("b", false);
        assertThat(store.revoked(Set.of("a", "b", "c")))
                .containsEntry("a", true)
                .containsEntry("b", false)
                .hasSize(2);
    }

    @Test
    void a_dead_entry_keeps_bytes_and_history_until_it_is_released_and_succeeds() {
        var id = send(STEP.with(1).subject("FOIA-7"));
        var delivery = claimOne();
        store.settle(A, failure(delivery, "broken"));
        var held = store.held(Set.of(Custody.DEAD), 10).getFirst();
        assertThat(held.message()).isEqualTo(delivery.message());
        assertThat(held.reason()).contains("broken");
        assertThat(held.history()).extracting(Happening::what).containsExactly("failure");
        assertThat(store.release(held.tag(), "mended", "kim")).isTrue();
        assertThat(store.release(held.tag(), "mended", "kim")).isFalse();
        assertThat(store.find(held.tag()).orElseThrow().history())
                .extracting(Happening::by)
                .containsExactly("celery@a", "kim");
        var again = claimOne();
        assertThat(again.message()).isEqualTo(delivery.message());
        store.settle(A, success(again, 2));
        assertThat(state(id)).isEqualTo(TaskState.SUCCESS);
        assertThat(store.findTask(id)).isEmpty();
        assertThat(store.history(id)).extracting(Happening::what).containsExactly("failure", "released");
    }

    @Test
    void what_is_disposed_of_is_kept_with_its_bytes_and_history_and_ends_what_waited_for_it() {
        var id = send(Chord.of(List.of(STEP.with(1), STEP.with(2)), SUM.partial()));
        var delivery = claimOne();
        store.settle(A, parked(delivery));
        assertThat(store.stalled(10)).isEmpty();
        var tag = store.held(Set.of(Custody.PARKED), 10).getFirst().tag();
        assertThat(backbone.<Boolean>transaction(tx -> store.dispose(tx, tag, "no such task", "kim")))
                .isTrue();
        assertThat(backbone.<Boolean>transaction(tx -> store.dispose(tx, tag, "no such task", "kim")))
                .isFalse();
        assertThat(state(delivery.message().execution().taskId())).isEqualTo(TaskState.REVOKED);
        assertThat(state(id)).isEqualTo(TaskState.FAILURE);
        assertThat(disposed()).singleElement().satisfies(kept -> {
            assertThat(kept.body()).isEqualTo(new String(delivery.message().body(), StandardCharsets.UTF_8));
            assertThat(kept.history()).contains("\"parked\"");
            assertThat(kept.reason()).isEqualTo("no such task");
            assertThat(kept.by()).isEqualTo("kim");
        });
        assertThat(store.history(delivery.message().execution().taskId()))
                .extracting(Happening::what)
                .containsExactly("parked", "disposed");
    }

    @Test
    void purge_exports_what_waits_in_one_queue_and_leaves_what_is_claimed() {
        send(STEP.with(1));
        var claimed = claimOne();
        var ready = send(STEP.with(2));
        send(STEP.with(3).countdown(Duration.ofHours(1)));
        send(OTHER.with(4));
        assertThat(broker.purge("celery", "test data", "kim")).isEqualTo(2);
        assertThat(disposed()).hasSize(2);
        assertThat(state(ready)).isEqualTo(TaskState.REVOKED);
        store.settle(A, success(claimed, 1));
        assertThat(store.inventory()).extracting(Store.Entry::queue).containsExactly("other");
    }

    @Test
    void purge_goes_on_over_a_message_whose_chain_can_not_be_read() {
        var good = planner.freeze(STEP.with(1).node(), Lineage.CLIENT).plan();
        var bad = planner.freeze(STEP.with(2).node(), Lineage.CLIENT)
                .plan()
                .messages()
                .getFirst();
        var body =
                "[[2],{},{\"callbacks\":null,\"errbacks\":null,\"chain\":[{\"options\":{\"task_id\":\"x\"}}],\"chord\":null}]";
        broker.publish(new Plan(List.of(withBody(bad, body)), List.of(), List.of(), List.of()));
        broker.publish(good);
        assertThat(broker.purge("celery", "test data", "kim")).isEqualTo(2);
        assertThat(store.inventory()).isEmpty();
    }

    private static Message withBody(Message message, String body) {
        return new Message(
                message.execution(),
                message.task(),
                message.queue(),
                message.priority(),
                message.order(),
                message.eta(),
                message.expires(),
                message.subject(),
                message.headers(),
                message.properties(),
                body.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void what_is_sent_in_a_transaction_is_sent_with_it_or_not_at_all() {
        var frozen = planner.freeze(STEP.with(1).node(), Lineage.CLIENT);
        assertThatThrownBy(() -> backbone.transaction(tx -> {
                    broker.publish(tx, frozen.plan());
                    throw new IOException("no");
                }))
                .isInstanceOf(IllegalStateException.class)
                .hasCauseInstanceOf(IOException.class);
        assertThat(store.inventory()).isEmpty();
        backbone.<Boolean>transaction(tx -> {
            broker.publish(tx, frozen.plan());
            return true;
        });
        assertThat(claim(5)).hasSize(1);
    }

    @Test
    void a_success_is_never_overwritten_and_started_is_recorded_under_the_claim_only() {
        var id = send(STEP.with(1));
        var delivery = claimOne();
        store.state(B, delivery.tag(), "STARTED", Json.nothing());
        assertThat(state(id)).isEqualTo(TaskState.PENDING);
        store.state(A, delivery.tag(), "STARTED", Json.nothing());
        assertThat(state(id)).isEqualTo(TaskState.STARTED);
        store.settle(A, success(delivery, 1));
        broker.publish(
                new Plan(List.of(), List.of(), List.of(), List.of(meta(delivery, TaskState.FAILURE, Json.nothing()))));
        assertThat(state(id)).isEqualTo(TaskState.SUCCESS);
    }

    @Test
    void forgetting_spares_what_is_open_and_what_an_open_join_waits_for() {
        var old = send(STEP.with(1));
        runAll();
        send(Chord.of(List.of(STEP.with(1), STEP.with(2)), SUM.partial()));
        var member = claimOne();
        store.settle(A, success(member, 1));
        clock.advance(Duration.ofDays(2));
        assertThat(store.forget(Duration.ofDays(1))).isEqualTo(2);
        assertThat(state(old)).isEqualTo(TaskState.PENDING);
        assertThat(state(member.message().execution().taskId())).isEqualTo(TaskState.SUCCESS);
        assertThat(runAll()).isEqualTo(2);
        clock.advance(Duration.ofDays(2));
        store.forget(Duration.ofDays(1));
        assertThat(remains().values()).as("%s", remains()).allMatch(count -> count == 0);
    }

    @Test
    void workers_that_claim_at_the_same_time_never_get_the_same_and_get_all() throws Exception {
        var plan = Plan.NOTHING;
        for (int i = 0; i < 300; i++) {
            Signature<Integer> one = i % 2 == 0 ? STEP.with(i) : OTHER.with(i);
            plan = plan.and(planner.freeze(one.node(), Lineage.CLIENT).plan());
        }
        broker.publish(plan);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var all = List.of(A, B, A, B).stream()
                    .map(lease -> threads.submit(() -> {
                        var tags = new ArrayList<Long>();
                        while (store.inventory().stream().anyMatch(one -> one.custody() == Custody.READY)) {
                            for (var delivery : claim(lease, QUEUES, Set.of(), 7)) {
                                store.settle(lease, success(delivery, 1));
                                tags.add(delivery.tag());
                            }
                        }
                        return tags;
                    }))
                    .toList();
            var tags = new ArrayList<Long>();
            for (var one : all) {
                tags.addAll(one.get());
            }
            assertThat(tags).hasSize(300).doesNotHaveDuplicates();
        }
        assertThat(store.inventory()).isEmpty();
    }

    protected QueueState queue(String name) {
        return Optional.ofNullable(broker.queues().get(name)).orElseThrow();
    }
}
