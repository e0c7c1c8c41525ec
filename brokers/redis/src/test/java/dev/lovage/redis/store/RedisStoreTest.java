package dev.lovage.redis.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lovage.engine.broker.Busy;
import dev.lovage.engine.broker.Delivery;
import dev.lovage.engine.broker.Lease;
import dev.lovage.engine.broker.SendUnknown;
import dev.lovage.engine.canvas.Chord;
import dev.lovage.engine.canvas.Lineage;
import dev.lovage.engine.canvas.Plan;
import dev.lovage.engine.canvas.Planner;
import dev.lovage.engine.canvas.Signature;
import dev.lovage.engine.result.TaskState;
import dev.lovage.engine.settings.BadSetting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.store.Backbone;
import dev.lovage.engine.transport.Bridgeable;
import dev.lovage.engine.transport.Staging;
import dev.lovage.testkit.LocalRedis;
import dev.lovage.testkit.StoreContract;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Connection;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Protocol.Command;

/// The store in Redis, whose messages the test itself hands over, as a broker would.
@Tag("services")
class RedisStoreTest extends StoreContract {
    private static LocalRedis redis;
    private static LossyWire wire;

    @BeforeAll
    static void start() {
        redis = LocalRedis.start();
        wire = LossyWire.to(redis.port());
    }

    @AfterAll
    static void stop() {
        wire.close();
        redis.close();
    }

    @Override
    protected Backbone open(Planner planner, InstantSource clock) {
        command("FLUSHALL");
        return opened("redis://127.0.0.1:" + wire.port() + "/0", planner, clock);
    }

    private static RedisBackbone opened(String url, Planner planner, InstantSource clock) {
        return RedisBackbone.open(url, "", Settings.embedded(Path.of("unused")), planner, clock);
    }

    /// What is ready is handed over, and what lies at the broker is delivered: also what a worker gave back.
    @Override
    protected synchronized List<Delivery> claim(Lease lease, Set<String> queues, Set<String> earlyTasks, int max) {
        var staging = ((Bridgeable) backbone).staging(Staging.Sharing.NOTHING);
        var lost = staging.lost(lease, queues, max);
        if (!lost.isEmpty()) {
            return lost;
        }
        var others = new HashSet<>(broker.queues().keySet());
        others.removeAll(queues);
        var out = staging.outgoing(new Staging.Wanted(max, Long.MAX_VALUE, others))
                .messages();
        staging.sent(out);
        var tags = new LinkedHashSet<Long>();
        out.forEach(one -> tags.add(one.tag()));
        queues.stream()
                .filter(queue -> !staging.paused().contains(queue))
                .forEach(queue -> texts("ZRANGE", "lovage:in:SENT:" + queue, "0", "-1")
                        .forEach(tag -> tags.add(Long.valueOf(tag))));
        var arrived = tags.stream()
                .limit(max)
                .map(tag -> new Staging.Arrived(
                        "tag " + tag, store.find(tag).orElseThrow().message(), false))
                .toList();
        var claimed = new ArrayList<Delivery>();
        for (var taken : staging.take(lease, arrived, earlyTasks)) {
            if (taken instanceof Staging.Taken.Claimed(var delivery, var _)) {
                claimed.add(delivery);
            }
        }
        return claimed;
    }

    @Override
    protected List<Disposed> disposed() {
        return texts("ZRANGE", "lovage:disposals", "0", "-1").stream()
                .map(tag -> texts("HMGET", "lovage:disposed:" + tag, "body", "history1", "disposed_because", "by_whom"))
                .map(kept -> new Disposed(kept.getFirst(), kept.get(1), kept.get(2), kept.get(3)))
                .toList();
    }

    @Override
    protected Map<String, Long> remains() {
        var kinds = Set.of(
                "entry",
                "executions",
                "in",
                "ready",
                "held",
                "handed",
                "underway",
                "lost",
                "timers",
                "sent",
                "orphans",
                "leases",
                "join",
                "members",
                "ends",
                "ahead",
                "joins",
                "closed",
                "stalled",
                "awaited",
                "firsts",
                "rootjoins",
                "result",
                "results",
                "group",
                "ended",
                "all",
                "history",
                "traces",
                "payloads");
        var remains = new TreeMap<String, Long>();
        texts("KEYS", "lovage:*").stream()
                .filter(key -> kinds.contains(key.split(":", 3)[1]))
                .forEach(key -> remains.put(key, 1L));
        return remains;
    }

    private static List<String> texts(String command, String... arguments) {
        return Redis.texts(command(command, arguments)).stream().toList();
    }

    private static Object command(String command, String... arguments) {
        try (var connection = new Connection(new HostAndPort("127.0.0.1", redis.port()))) {
            connection.sendCommand(Command.valueOf(command), arguments);
            return connection.getOne();
        }
    }

    @Test
    void an_answer_that_is_lost_leaves_sending_unknown_and_sending_again_is_one_execution() {
        var frozen = planner.freeze(STEP.with(1).node(), Lineage.CLIENT);
        broker.publish(Plan.NOTHING);
        wire.loseNextAnswer();
        assertThatThrownBy(() -> broker.publish(frozen.plan())).isInstanceOf(SendUnknown.class);
        broker.publish(frozen.plan());
        assertThat(store.inventory()).hasSize(1);
    }

    @Test
    void a_settlement_whose_answer_is_lost_is_to_be_tried_again_and_happens_once() {
        var id = send(STEP.with(1).then(STEP.partial()));
        var delivery = claimOne();
        wire.loseNextAnswer();
        assertThatThrownBy(() -> store.settle(A, success(delivery, 2))).isInstanceOf(Busy.class);
        assertThatThrownBy(() -> store.settle(A, success(delivery, 2))).hasMessageContaining("refused");
        assertThat(runAll()).isEqualTo(1);
        assertThat(state(id)).isEqualTo(TaskState.SUCCESS);
    }

    @Test
    void while_memory_is_full_nothing_new_is_taken_and_what_there_is_can_end() {
        var id = send(STEP.with(1));
        var delivery = claimOne();
        try {
            command("CONFIG", "SET", "maxmemory", "1");
            assertThatThrownBy(() -> send(STEP.with(2)))
                    .isInstanceOf(Busy.class)
                    .isNotInstanceOf(SendUnknown.class)
                    .hasMessageContaining("maxmemory");
            store.settle(A, success(delivery, 2));
        } finally {
            command("CONFIG", "SET", "maxmemory", "0");
        }
        assertThat(state(id)).isEqualTo(TaskState.SUCCESS);
        assertThat(store.inventory()).isEmpty();
    }

    @Test
    void the_many_claims_of_a_dead_worker_come_back_in_parts_and_its_counter_counts_no_more_from_the_first_on() {
        var plan = Plan.NOTHING;
        for (int i = 0; i < 450; i++) {
            plan = plan.and(planner.freeze(STEP.with(i).node(), Lineage.CLIENT).plan());
        }
        broker.publish(plan);
        assertThat(claim(B, QUEUES, Set.of(), 450)).hasSize(450);
        assertThat(store.bury(B.incarnation(), 0, "killed")).isEqualTo(450);
        assertThat(store.workers()).hasSize(1);
        var again = claim(450);
        assertThat(again).hasSize(450).allMatch(one -> one.crashes() == 1);
        assertThat(store.history(again.getFirst().message().execution().taskId()))
                .singleElement()
                .satisfies(one -> {
                    assertThat(one.what()).isEqualTo("crash");
                    assertThat(one.detail()).isEqualTo("killed");
                    assertThat(one.by()).isEqualTo("celery@b");
                });
    }

    @Test
    void members_that_end_at_the_same_time_close_their_join_once() throws Exception {
        var members =
                IntStream.range(0, 64).<Signature<Integer>>mapToObj(STEP::with).toList();
        var id = send(Chord.of(members, SUM.partial()));
        var deliveries = claim(64);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var ending = deliveries.stream()
                    .map(one -> threads.submit(() -> store.settle(A, success(one, 1))))
                    .toList();
            for (var one : ending) {
                one.get();
            }
        }
        assertThat(store.inventory()).hasSize(1);
        assertThat(runAll()).isEqualTo(1);
        assertThat(backbone.results().result(id).orElseThrow().result().intValue())
                .isEqualTo(64);
    }

    @Test
    void a_unit_of_writing_runs_again_when_others_have_changed_what_it_read() {
        var schedules = backbone.schedules().orElseThrow();
        var runs = new ArrayList<String>();
        backbone.<Boolean>transaction(tx -> {
            var known = schedules.find(tx, "mine");
            runs.add(known.map(row -> row.definition()).orElse("none"));
            if (runs.size() == 1) {
                backbone.<Boolean>transaction(other -> {
                    schedules.put(other, "mine", false, "theirs", clock.instant(), true);
                    return true;
                });
            }
            schedules.put(tx, "mine", false, "ours", clock.instant(), true);
            tx.afterCommit(() -> runs.add("written"));
            return true;
        });
        assertThat(runs).containsExactly("none", "theirs", "written");
        assertThat(schedules.all())
                .singleElement()
                .satisfies(row -> assertThat(row.definition()).isEqualTo("ours"));
    }

    @Test
    void a_transaction_gives_no_sql() {
        assertThatThrownBy(() -> backbone.transaction(tx -> tx.connection()))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("store_url");
    }

    @Test
    void a_cluster_keeps_no_store() {
        try (var cluster = LocalRedis.start("--cluster-enabled", "yes")) {
            assertThatThrownBy(() -> opened(cluster.url(0), planner, clock))
                    .isInstanceOf(BadSetting.class)
                    .hasMessageContaining("cluster")
                    .hasMessageContaining("store_url");
        }
    }

    @Test
    void what_is_not_durable_is_said_of_the_store_too() {
        try (var weak = LocalRedis.start("--appendfsync", "everysec");
                var store = opened(weak.url(0), planner, clock)) {
            assertThat(store.weaknesses()).singleElement().asString().contains("appendfsync");
        }
    }

    @Test
    void a_store_that_is_not_there_yet_is_found_when_it_is_needed() {
        try (var late = LocalRedis.start()) {
            late.stop();
            try (var store = opened(late.url(0), planner, clock)) {
                assertThatThrownBy(() -> store.store().inventory()).isInstanceOf(Busy.class);
                late.restart();
                assertThat(store.store().inventory()).isEmpty();
            }
        }
    }
}
