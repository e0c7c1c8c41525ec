package dev.lovage.redis.result;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.engine.broker.Busy;
import dev.lovage.engine.canvas.Join;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.result.Failures;
import dev.lovage.engine.result.ResultMeta;
import dev.lovage.engine.result.TaskState;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.transport.SharedResults.Written;
import dev.lovage.redis.Raw;
import dev.lovage.testkit.Eventually;
import dev.lovage.testkit.LocalRedis;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Protocol.Command;
import tools.jackson.databind.JsonNode;

@Tag("services")
class RedisResultsTest {
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Instant DONE = Instant.parse("2026-01-02T03:04:05.1Z");
    private static LocalRedis redis;

    @TempDir
    Path data;

    private final List<AutoCloseable> opened = new ArrayList<>();
    private Raw raw;

    @BeforeAll
    static void start() {
        redis = LocalRedis.start();
    }

    @AfterAll
    static void end() {
        redis.close();
    }

    @BeforeEach
    void empty() {
        raw = new Raw(redis.port());
        raw.ask(Command.FLUSHALL);
    }

    @AfterEach
    void close() throws Exception {
        for (var one : opened.reversed()) {
            one.close();
        }
        raw.close();
    }

    private RedisResults open(Setting setting, String value) {
        var results = RedisResults.open(redis.url(0), Settings.embedded(data).with(setting, value));
        opened.add(results);
        return results;
    }

    private RedisResults open() {
        return open(Setting.RESULT_EXPIRES, "60");
    }

    private static Written written(String id, TaskState state, @Nullable Object result) {
        return new Written(meta(id, state, Json.tree(result)), "{}", "{}");
    }

    private static ResultMeta meta(String id, TaskState state, JsonNode result) {
        return new ResultMeta(
                id,
                "test.add",
                state,
                result,
                Optional.empty(),
                Optional.of(DONE),
                Json.array(),
                Optional.of("G"),
                Optional.empty(),
                2,
                Optional.of("w@h"));
    }

    @Test
    void a_result_is_written_to_the_letter_as_python_writes_it() {
        var results = open();
        var failure = Failures.encode("builtins", "ValueError", "caf\u00e9");

        results.write(List.of(
                written("T", TaskState.SUCCESS, List.of(1, 1.0, "\u20ac")),
                written("S", TaskState.STARTED, null),
                new Written(meta("F", TaskState.FAILURE, failure), "{}", "{}")));

        assertThat(raw.text(Command.GET, "celery-task-meta-T"))
                .isEqualTo("{\"status\": \"SUCCESS\", \"result\": [1, 1.0, \"\\u20ac\"], \"traceback\": null,"
                        + " \"children\": [], \"date_done\": \"2026-01-02T03:04:05.100000+00:00\","
                        + " \"group_id\": \"G\", \"task_id\": \"T\"}");
        assertThat(raw.text(Command.GET, "celery-task-meta-S")).contains("\"date_done\": null");
        assertThat(raw.number(Command.TTL, "celery-task-meta-T")).isBetween(1L, 60L);
        assertThat(results.result("F")).hasValueSatisfying(meta -> {
            assertThat(meta.state()).isEqualTo(TaskState.FAILURE);
            assertThat(meta.result()).isEqualTo(failure);
            assertThat(meta.dateDone()).contains(DONE);
        });
        assertThat(results.result("unknown")).isEmpty();
    }

    @Test
    void result_extended_adds_what_travelled_with_the_message() {
        open(Setting.RESULT_EXTENDED, "true")
                .write(List.of(new Written(
                        meta("T", TaskState.SUCCESS, Json.nothing()),
                        "{}",
                        "{\"delivery_info\": {\"routing_key\": \"q\"}}",
                        "[[1], {\"k\": 2}, null]")));

        assertThat(raw.text(Command.GET, "celery-task-meta-T"))
                .endsWith("\"name\": \"test.add\", \"args\": [1], \"kwargs\": {\"k\": 2}, \"worker\": \"w@h\","
                        + " \"retries\": 2, \"queue\": \"q\", \"task_id\": \"T\"}");
    }

    @Test
    void a_success_is_never_overwritten_also_not_one_of_another_shape() {
        var results = open(Setting.RESULT_EXPIRES, "0");
        results.write(List.of(written("T", TaskState.STARTED, null), written("T", TaskState.SUCCESS, 1)));
        results.write(List.of(written("T", TaskState.FAILURE, "late"), written("T", TaskState.SUCCESS, 2)));
        raw.ask(Command.SET, "celery-task-meta-U", "{\"task_id\": \"U\", \"result\": 3, \"status\": \"SUCCESS\"}");
        results.write(List.of(written("U", TaskState.FAILURE, "late")));

        assertThat(results.result("T").map(ResultMeta::result)).contains(Json.tree(1));
        assertThat(results.result("U").map(ResultMeta::result)).contains(Json.tree(3));
        assertThat(raw.number(Command.TTL, "celery-task-meta-T")).isEqualTo(-1);
        results.forget(List.of("T"));
        assertThat(results.result("T")).isEmpty();
    }

    @Test
    void all_who_wait_share_one_connection_and_hear_at_once() throws Exception {
        var results = open();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var waiting = new ArrayList<Future<Optional<ResultMeta>>>();
            for (int i = 0; i < 40; i++) {
                var id = "T" + i % 20;
                waiting.add(threads.submit((Callable<Optional<ResultMeta>>) () -> results.await(id, LONG)));
            }
            Eventually.until(
                    "all are subscribed",
                    () -> raw.list(Command.PUBSUB, "CHANNELS", "celery-*").size() == 20,
                    () -> raw.list(Command.PUBSUB, "CHANNELS"));
            assertThat(raw.text(Command.CLIENT, "LIST", "TYPE", "pubsub")
                            .strip()
                            .lines())
                    .hasSize(1);
            for (int i = 0; i < 20; i++) {
                results.write(List.of(written("T" + i, TaskState.STARTED, null)));
                results.write(List.of(written("T" + i, TaskState.SUCCESS, i)));
            }
            for (int i = 0; i < 40; i++) {
                assertThat(waiting.get(i).get().map(ResultMeta::result)).contains(Json.tree(i % 20));
            }
        }
        Eventually.until(
                "nobody listens any more",
                () -> raw.list(Command.PUBSUB, "CHANNELS", "celery-*").isEmpty(),
                () -> raw.list(Command.PUBSUB, "CHANNELS"));
        assertThat(results.await("never", Duration.ofMillis(50))).isEmpty();
        assertThat(results.await("T3", Duration.ZERO).map(ResultMeta::result)).contains(Json.tree(3));
    }

    @Test
    void whoever_waits_goes_on_waiting_when_redis_comes_back() throws Exception {
        try (var own = LocalRedis.start();
                var results = RedisResults.open(own.url(0), Settings.embedded(data));
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var waiting = threads.submit((Callable<Optional<ResultMeta>>) () -> results.await("T", LONG));
            try (var look = new Raw(own.port())) {
                Eventually.until(
                        "it is subscribed",
                        () -> !look.list(Command.PUBSUB, "CHANNELS", "celery-*").isEmpty(),
                        () -> "no channel");
            }
            own.kill();
            own.restart();
            Eventually.until(
                    "it is written",
                    () -> {
                        try {
                            results.write(List.of(written("T", TaskState.SUCCESS, 1)));
                            return true;
                        } catch (Busy e) {
                            return false;
                        }
                    },
                    own::port);

            assertThat(waiting.get().map(ResultMeta::result)).contains(Json.tree(1));
        }
    }

    @Test
    void the_prefix_of_results_ends_in_a_mark() {
        open(Setting.RESULT_BACKEND_TRANSPORT_OPTIONS, "{\"global_keyprefix\": \"shop\"}")
                .write(List.of(written("T", TaskState.SUCCESS, 1)));
        open(Setting.RESULT_BACKEND_TRANSPORT_OPTIONS, "{\"global_keyprefix\": \"shop:\"}")
                .write(List.of(written("T", TaskState.SUCCESS, 1)));

        assertThat(raw.list(Command.KEYS, "*"))
                .containsExactlyInAnyOrder("shop_celery-task-meta-T", "shop:celery-task-meta-T");
    }

    private static Join join(int members) {
        return new Join(
                "G", "{}", IntStream.range(0, members).mapToObj(i -> "t" + i).toList(), "R", "P");
    }

    private static Join.End ended(int index, Object result) {
        return new Join.End("G", index, "t" + index, true, Json.tree(result), "");
    }

    @Test
    void a_join_closes_with_its_last_member_in_the_order_of_indexes_however_often_members_end() {
        var results = open();
        results.begin(join(12));
        results.begin(join(3));
        assertThat(raw.text(Command.GET, "celery-taskset-meta-G.s")).isEqualTo("12");
        for (int i = 11; i > 0; i--) {
            assertThat(results.end(ended(i, "first"))).isEmpty();
            assertThat(results.end(ended(i, i))).isEmpty();
        }
        var failure = Failures.encode("celery.exceptions", "TaskRevokedError", "revoked");

        var all = results.end(new Join.End("G", 0, "t0", false, failure, ""));

        assertThat(all).hasValueSatisfying(ends -> {
            assertThat(ends).extracting(Join.End::index).containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
            assertThat(ends.get(11).result()).isEqualTo(Json.tree(11));
            assertThat(ends.getFirst().succeeded()).isFalse();
        });
        assertThat(raw.list(Command.ZRANGEBYSCORE, "celery-taskset-meta-G.j", "0", "1"))
                .containsExactly(
                        "[1, \"t0\", \"REVOKED\", {\"exc_type\": \"TaskRevokedError\", \"exc_message\": [\"revoked\"],"
                                + " \"exc_module\": \"celery.exceptions\"}]",
                        "[1, \"t1\", \"SUCCESS\", 1]");
        results.closed("G");
        assertThat(raw.list(Command.KEYS, "*")).isEmpty();
        assertThat(results.end(ended(3, 3))).isEmpty();
    }

    @Test
    void an_unordered_join_counts_each_member_once_too() {
        var results = open(Setting.RESULT_BACKEND_TRANSPORT_OPTIONS, "{\"result_chord_ordered\": false}");
        results.begin(join(2));
        raw.ask(Command.INCR, "celery-taskset-meta-G.t");
        assertThat(results.end(ended(1, "a"))).isEmpty();
        assertThat(results.end(ended(1, "b"))).isEmpty();
        assertThat(results.end(ended(1, "b"))).isEmpty();
        assertThat(results.end(ended(0, "c"))).isEmpty();

        assertThat(results.end(ended(7, "d")))
                .hasValueSatisfying(ends -> assertThat(ends)
                        .extracting(end -> end.result().asString())
                        .containsExactly("b", "c", "d"));
    }

    @Test
    void the_results_of_a_header_with_groups_in_it_are_nested_as_they_are_there() {
        var results = open();
        raw.ask(
                Command.SET,
                "celery-taskset-meta-G",
                "{\"result\": [[\"G\", null], [[[\"t0\", null], null], [[\"H\", null], [[[\"t1\", null], null], [[\"t2\", null], null]]]]]}");
        results.begin(join(3));
        results.end(ended(2, 2));
        results.end(ended(0, 0));

        assertThat(results.end(ended(1, 1)))
                .hasValueSatisfying(ends -> assertThat(ends)
                        .extracting(end -> new String(Json.bytes(end.result()), UTF_8))
                        .containsExactly("0", "[1,2]"));
        results.write(List.of(written("t1", TaskState.SUCCESS, 1), written("t0", TaskState.SUCCESS, 0)));
        assertThat(results.group("G")).extracting(ResultMeta::taskId).containsExactly("t0", "t1");
    }
}
