package dev.lovage.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lovage.engine.broker.Busy;
import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.broker.Delivery;
import dev.lovage.engine.broker.Lease;
import dev.lovage.engine.canvas.Canvas;
import dev.lovage.engine.canvas.Join;
import dev.lovage.engine.canvas.Lineage;
import dev.lovage.engine.canvas.Plan;
import dev.lovage.engine.canvas.Planner;
import dev.lovage.engine.canvas.Routes;
import dev.lovage.engine.canvas.Signature;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.result.ResultMeta;
import dev.lovage.engine.result.TaskState;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.store.Store;
import dev.lovage.engine.store.WorkerState;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.task.TypeRef;
import dev.lovage.engine.transport.Bridge;
import dev.lovage.engine.transport.Bridgeable;
import dev.lovage.engine.transport.SharedResults;
import dev.lovage.engine.transport.Staging;
import dev.lovage.engine.transport.Transport;
import dev.lovage.redis.result.RedisResults;
import dev.lovage.redis.transport.RedisTransport;
import dev.lovage.sql.broker.SqlBackbone;
import dev.lovage.sql.database.DatabaseSettings;
import dev.lovage.sql.database.SqliteDatabase;
import dev.lovage.testkit.Eventually;
import dev.lovage.testkit.LocalRedis;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Protocol.Command;

/// What the bridge does while its parts fail, with Redis and SQLite on its ends.
@Tag("services")
class BridgeTest {
    private static final Task<Integer, Integer> STEP = Task.named("t.step", Integer.class, Integer.class);
    private static final Task<List<Integer>, Integer> SUM =
            Task.named("t.sum", new TypeRef<List<Integer>>() {}, new TypeRef<Integer>() {});
    private static final Lease WORKER = new Lease("incarnation", "celery@test");
    private static final Duration NEVER = Duration.ofDays(1);
    private static LocalRedis redis;

    @TempDir
    Path folder;

    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-11-20T08:00:00Z"));
    private final InstantSource clock = now::get;
    private final Planner planner = new Planner(Routes.DEFAULT, clock, "gen1@test", 2_000);
    private Raw raw;
    private Optional<Bridge> opened = Optional.empty();

    @BeforeAll
    static void start() {
        redis = LocalRedis.start();
    }

    @AfterAll
    static void stop() {
        redis.close();
    }

    @BeforeEach
    void empty() {
        raw = new Raw(redis.port());
        raw.text(Command.FLUSHALL);
    }

    @AfterEach
    void close() {
        opened.ifPresent(Bridge::close);
        raw.close();
    }

    private Bridge open() {
        return open(UnaryOperator.identity(), UnaryOperator.identity(), NEVER);
    }

    private Bridge open(UnaryOperator<Bridgeable> store, UnaryOperator<Transport> transport, Duration heldLongest) {
        var settings = Settings.embedded(folder);
        Bridgeable base = SqlBackbone.open(
                SqliteDatabase.open(folder.resolve("lovage.db"), DatabaseSettings.DEFAULT), planner, clock);
        SharedResults results = RedisResults.open(redis.url(0), settings);
        var bridge = Bridge.open(
                store.apply(base),
                transport.apply(RedisTransport.open(redis.url(0), settings)),
                Optional.of(results),
                planner,
                heldLongest);
        opened = Optional.of(bridge);
        return bridge;
    }

    private String send(Bridge bridge, Canvas<?> canvas) {
        var frozen = planner.freeze(canvas.node(), Lineage.CLIENT);
        bridge.broker().publish(frozen.plan());
        return frozen.id();
    }

    private void register(Bridge bridge, String... queues) {
        bridge.store()
                .register(
                        WORKER,
                        new WorkerState(
                                WORKER.incarnation(),
                                WORKER.worker(),
                                1,
                                clock.instant(),
                                clock.instant(),
                                0,
                                List.of(queues),
                                List.of(),
                                "solo",
                                1,
                                0));
    }

    private Delivery claimed(Bridge bridge, String queue) {
        var claimed = new AtomicReference<Optional<Delivery>>(Optional.empty());
        Eventually.until(
                "something is claimed from " + queue,
                () -> {
                    var some = bridge.broker().claim(WORKER, Set.of(queue), Set.of(), 1);
                    claimed.set(some.stream().findFirst());
                    return !some.isEmpty();
                },
                () -> bridge.store().inventory());
        return claimed.get().orElseThrow();
    }

    private void lies(String queue, int count) {
        Eventually.until(
                count + " lie in " + queue,
                () -> raw.number(Command.LLEN, queue) == count,
                () -> raw.ask(Command.LRANGE, queue, 0, -1));
    }

    private static void ends(Bridge bridge, Join.End... ends) {
        bridge.broker().publish(new Plan(List.of(), List.of(), List.of(ends), List.of()));
    }

    private static void begins(Bridge bridge, String joinId, String... members) {
        bridge.broker()
                .publish(new Plan(
                        List.of(),
                        List.of(new Join(joinId, "{}", List.of(members), "root", "parent")),
                        List.of(),
                        List.of()));
    }

    private static Join.End end(String joinId, String taskId, String value, String body) {
        return new Join.End(joinId, 0, taskId, true, Json.tree(value), body, "root");
    }

    private static String body(Signature<?> signature) {
        return Json.text(signature.node());
    }

    private static void awaitFailure(Bridge bridge, String taskId, String why) {
        Eventually.until(
                taskId + " fails",
                () -> bridge.results()
                        .result(taskId)
                        .filter(meta -> meta.state() == TaskState.FAILURE
                                && meta.result().toString().contains(why))
                        .isPresent(),
                () -> bridge.results().result(taskId).map(ResultMeta::toString));
    }

    @Test
    void an_error_while_handing_over_does_not_end_the_handing_over() {
        var failing = new AtomicInteger(1);
        var bridge = open(
                UnaryOperator.identity(),
                transport -> Woven.around(Transport.class, transport, (method, _, goOn) -> {
                    if (method.equals("publish") && failing.getAndDecrement() > 0) {
                        throw new AssertionError("not foreseen");
                    }
                    return goOn.call();
                }),
                NEVER);
        send(bridge, STEP.with(1));
        lies("celery", 1);
    }

    @Test
    void a_join_whose_body_is_no_signature_keeps_no_other_from_ending() {
        var bridge = open();
        begins(bridge, "bad", "a");
        begins(bridge, "good", "b");
        ends(bridge, end("bad", "a", "1", "[1]"));
        ends(bridge, end("good", "b", "2", body(SUM.partial().taskId("body"))));
        lies("celery", 1);
    }

    @Test
    void a_join_whose_results_are_too_long_for_its_body_fails_with_a_reason() {
        var bridge = open();
        begins(bridge, "long", "a");
        ends(bridge, end("long", "a", "x".repeat(3_000), body(SUM.partial().taskId("body"))));
        awaitFailure(bridge, "body", "2000");
    }

    @Test
    void a_join_with_a_member_that_cannot_be_read_fails_with_a_reason() {
        var bridge = open();
        raw.ask(Command.ZADD, "celery-taskset-meta-mixed.j", 0, "no JSON");
        begins(bridge, "mixed", "a", "b");
        ends(bridge, end("mixed", "b", "1", body(SUM.partial().taskId("body"))));
        awaitFailure(bridge, "body", "no JSON");
    }

    @Test
    void a_state_that_redis_refuses_keeps_no_other_from_being_told() {
        var bridge = open();
        raw.ask(Command.SADD, "celery-taskset-meta-odd.j", "not a chord's");
        begins(bridge, "odd", "a");
        begins(bridge, "good", "b");
        for (int i = 0; i < 3; i++) {
            ends(bridge, end("odd", "a", "1", body(SUM.partial().taskId("odd body"))));
        }
        ends(bridge, end("good", "b", "2", body(SUM.partial().taskId("body"))));
        lies("celery", 1);
    }

    @Test
    void what_is_held_for_long_is_kept_by_the_store_alone_while_there_is_much_to_do() {
        var bridge = open(UnaryOperator.identity(), UnaryOperator.identity(), Duration.ofMillis(50));
        register(bridge, "celery");
        send(bridge, STEP.with(1));
        claimed(bridge, "celery");
        assertThat(raw.number(Command.HLEN, "unacked")).isLessThanOrEqualTo(1);
        Eventually.until(
                "the broker has no unacknowledged delivery any more",
                () -> {
                    send(bridge, STEP.with(2).queue("other"));
                    return raw.number(Command.HLEN, "unacked") == 0;
                },
                () -> raw.ask(Command.HGETALL, "unacked"));
        assertThat(bridge.store().inventory())
                .filteredOn(one -> one.queue().equals("celery"))
                .extracting(Store.Entry::custody)
                .containsExactly(Custody.LEASED);
    }

    @Test
    void what_the_store_did_not_keep_stays_with_the_broker() {
        var asked = new AtomicInteger();
        var bridge = open(
                base -> Woven.around(Bridgeable.class, base, (method, _, goOn) -> {
                    var answer = goOn.call();
                    return method.equals("staging") && answer instanceof Staging staging
                            ? Woven.around(Staging.class, staging, (step, _, keep) -> {
                                if (step.equals("keep")) {
                                    asked.incrementAndGet();
                                    return Set.of();
                                }
                                return keep.call();
                            })
                            : answer;
                }),
                UnaryOperator.identity(),
                Duration.ofMillis(20));
        register(bridge, "celery");
        send(bridge, STEP.with(1));
        claimed(bridge, "celery");
        Eventually.until("the store was asked", () -> asked.get() >= 3, asked::get);
        assertThat(raw.number(Command.HLEN, "unacked")).isEqualTo(1);
    }

    @Test
    void what_may_still_lie_in_a_queue_of_ours_is_not_forgotten() {
        var bridge = open();
        register(bridge, "ours");
        send(bridge, STEP.with(1).queue("ours"));
        send(bridge, STEP.with(2).queue("paused"));
        send(bridge, STEP.with(3).queue("theirs"));
        lies("ours", 1);
        lies("paused", 1);
        lies("theirs", 1);
        bridge.broker().pause(Set.of("paused"));
        now.updateAndGet(time -> time.plus(Duration.ofDays(2)));
        Eventually.until(
                "what went to others is forgotten",
                () -> {
                    bridge.store().forget(Duration.ofDays(1));
                    return bridge.store().inventory().size() == 2;
                },
                () -> bridge.store().inventory());
        assertThat(bridge.store().inventory()).extracting(Store.Entry::queue).containsExactly("ours", "paused");
        raw.ask(Command.RPOP, "ours"); // as a Python worker does that serves it, too
        bridge.store().forget(Duration.ofDays(1));
        assertThat(bridge.store().inventory()).extracting(Store.Entry::queue).containsExactly("paused");
    }

    /// The store's staging, with something around each step.
    private static UnaryOperator<Bridgeable> staging(Woven.Around around) {
        return base -> Woven.around(Bridgeable.class, base, (method, _, goOn) -> {
            var answer = goOn.call();
            return method.equals("staging") && answer instanceof Staging staging
                    ? Woven.around(Staging.class, staging, around)
                    : answer;
        });
    }

    @Test
    void what_the_store_could_not_take_is_not_given_back_but_taken_later() {
        var failing = new AtomicInteger(3);
        var bridge = open(
                staging((step, arguments, goOn) -> {
                    if (step.equals("take")
                            && arguments[1] instanceof List<?> arrived
                            && !arrived.isEmpty()
                            && failing.getAndDecrement() > 0) {
                        throw new Busy("The disk is full.");
                    }
                    return goOn.call();
                }),
                UnaryOperator.identity(),
                NEVER);
        register(bridge, "celery");
        send(bridge, STEP.with(1));
        lies("celery", 1);
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(() -> bridge.broker().claim(WORKER, Set.of("celery"), Set.of(), 1))
                    .isInstanceOf(Busy.class);
            assertThat(raw.number(Command.LLEN, "celery")).isZero();
        }
        assertThat(bridge.broker().claim(WORKER, Set.of("celery"), Set.of(), 1)).hasSize(1);
    }

    @Test
    void what_the_store_could_not_take_goes_back_when_its_queue_is_claimed_from_no_more_or_the_worker_leaves() {
        var bridge = open(
                staging((step, arguments, goOn) -> {
                    if (step.equals("take") && arguments[1] instanceof List<?> arrived && !arrived.isEmpty()) {
                        throw new Busy("The disk is full.");
                    }
                    return goOn.call();
                }),
                UnaryOperator.identity(),
                NEVER);
        register(bridge, "celery");
        send(bridge, STEP.with(1));
        lies("celery", 1);
        assertThatThrownBy(() -> bridge.broker().claim(WORKER, Set.of("celery"), Set.of(), 1))
                .isInstanceOf(Busy.class);
        assertThat(bridge.broker().claim(WORKER, Set.of("other"), Set.of(), 1)).isEmpty();
        assertThat(raw.number(Command.LLEN, "celery")).isEqualTo(1);
        assertThatThrownBy(() -> bridge.broker().claim(WORKER, Set.of("celery"), Set.of(), 1))
                .isInstanceOf(Busy.class);
        bridge.store().leave(WORKER);
        assertThat(raw.number(Command.LLEN, "celery")).isEqualTo(1);
    }

    @Test
    void what_the_broker_has_is_not_published_again_when_the_store_could_not_be_told() {
        var failing = new AtomicInteger(2);
        var told = new AtomicInteger();
        var published = new AtomicInteger();
        var bridge = open(
                staging((step, _, goOn) -> {
                    if (step.equals("sent") && failing.getAndDecrement() > 0) {
                        throw new Busy("The disk is full.");
                    }
                    var answer = goOn.call();
                    if (step.equals("sent")) {
                        told.incrementAndGet();
                    }
                    return answer;
                }),
                transport -> Woven.around(Transport.class, transport, (method, _, goOn) -> {
                    if (method.equals("publish")) {
                        published.incrementAndGet();
                    }
                    return goOn.call();
                }),
                NEVER);
        send(bridge, STEP.with(1));
        Eventually.until("the store was told", () -> told.get() == 1, told::get);
        assertThat(published).hasValue(1);
    }

    @Test
    void an_orphan_of_which_redis_could_not_be_told_is_recovered_later() {
        var failing = new AtomicInteger(1);
        var bridge = open(
                UnaryOperator.identity(),
                transport -> Woven.around(Transport.class, transport, (method, _, goOn) -> {
                    if (method.equals("recover") && failing.getAndDecrement() > 0) {
                        throw new Busy("Redis is away.");
                    }
                    // What its last claim took is told by recover alone here.
                    return method.equals("recoverFrom") ? null : goOn.call();
                }),
                NEVER);
        register(bridge, "celery");
        send(bridge, STEP.with(1));
        claimed(bridge, "celery");
        try (var other = SqlBackbone.open(
                SqliteDatabase.open(folder.resolve("lovage.db"), DatabaseSettings.DEFAULT), planner, clock)) {
            other.store().bury(WORKER.incarnation(), 0, "killed");
        }
        lies("celery", 1);
        assertThat(failing.get()).isNegative();
    }
}
