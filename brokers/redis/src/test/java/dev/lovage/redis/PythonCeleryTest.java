package dev.lovage.redis;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lovage.engine.Lovage;
import dev.lovage.engine.canvas.Join;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.result.ResultMeta;
import dev.lovage.engine.result.TaskFailed;
import dev.lovage.engine.result.TaskState;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.transport.Arrival;
import dev.lovage.engine.transport.SharedResults;
import dev.lovage.engine.transport.SharedResults.Written;
import dev.lovage.engine.transport.Transport;
import dev.lovage.testkit.Eventually;
import dev.lovage.testkit.LocalRedis;
import dev.lovage.testkit.PythonCelery;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Protocol.Command;
import tools.jackson.databind.JsonNode;

/// Java and real Python Celery on one Redis.
@Tag("services")
class PythonCeleryTest {
    private static final Duration LONG = Duration.ofSeconds(40);
    private static final int VISIBILITY_SECONDS = 3;
    private static LocalRedis redis;
    private static PythonCelery python;

    @TempDir
    Path data;

    private final List<AutoCloseable> opened = new ArrayList<>();
    private Raw raw;

    @BeforeAll
    static void start() throws IOException {
        redis = LocalRedis.start();
        try (var app = Objects.requireNonNull(PythonCeleryTest.class.getResourceAsStream("/celery_app.py"))) {
            python = PythonCelery.with(redis.url(0), redis.url(0), new String(app.readAllBytes(), UTF_8));
        }
        System.out.println("Celery " + python.version());
    }

    @AfterAll
    static void end() {
        python.close();
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

    private <T extends AutoCloseable> T closing(T one) {
        opened.add(one);
        return one;
    }

    private Settings settings() {
        return Settings.embedded(data)
                .with(Setting.BROKER_TRANSPORT_OPTIONS, "{\"visibility_timeout\": " + VISIBILITY_SECONDS + "}");
    }

    private Transport transport() {
        return closing(new RedisProvider().open(redis.url(0), settings()));
    }

    private SharedResults results() {
        return closing(new RedisProvider().openResults(redis.url(0), settings(), Optional.empty(), "mine"));
    }

    private static Transport.Consumer consumer(Transport transport, String queue) {
        var consumer = transport.consumer("test");
        consumer.consume(Set.of(queue), 10);
        return consumer;
    }

    private static Arrival next(Transport transport, Transport.Consumer consumer) {
        var arrived = new ArrayList<Arrival>();
        Eventually.until(
                "a message arrives",
                () -> {
                    arrived.addAll(consumer.receive(1));
                    return !arrived.isEmpty();
                },
                transport::url);
        return arrived.getFirst();
    }

    private static JsonNode json(String text) {
        return Json.read(text.getBytes(UTF_8));
    }

    @Test
    void a_task_sent_by_java_runs_in_a_python_worker_and_java_waits_for_its_result() throws InterruptedException {
        closing(python.worker("--pool=solo", "-Q", "py"));
        transport()
                .publish(List.of(
                        Sent.task("py", "app.add", "one", "[2, 3]", 0),
                        Sent.task("py", "app.add", "two", "[\"caf\u00e9\", \"\u20ac\"]", 9),
                        Sent.task("py", "app.fail", "three", "[\"boom\"]", 3)));
        var results = results();

        assertThat(results.await("one", LONG).map(ResultMeta::result)).contains(Json.tree(5));
        assertThat(results.await("two", LONG).map(ResultMeta::result)).contains(Json.tree("caf\u00e9\u20ac"));
        assertThat(results.await("three", LONG)).hasValueSatisfying(meta -> {
            assertThat(meta.state()).isEqualTo(TaskState.FAILURE);
            assertThat(meta.result().path("exc_type").asString()).isEqualTo("ValueError");
            assertThat(meta.dateDone()).isPresent();
        });
        Eventually.until(
                "all are acknowledged",
                () -> raw.number(Command.EXISTS, "unacked") == 0,
                () -> raw.list(Command.KEYS, "*"));
    }

    record Pair(int a, int b) {}

    record Texts(String a, String b) {}

    record Told(int sum, String text) {}

    @Test
    void a_python_worker_hands_on_a_reference_and_fails_at_one_that_it_is_to_run() throws Exception {
        closing(python.worker("--pool=solo", "-Q", "py"));
        var lovage = closing(Lovage.open(
                settings()
                        .with(Setting.BROKER_URL, redis.url(0))
                        .with(Setting.RESULT_BACKEND, redis.url(0))
                        .with(Setting.TASK_PAYLOAD_MAX, "5000"),
                InstantSource.system()));
        var told = Task.named("j.told", Told.class, String.class).queue("java").byReference();
        closing(lovage.worker()
                .queues("java")
                .tasks(tasks ->
                        tasks.handle(told, in -> in.sum() + " and " + in.text().length()))
                .start());
        var add = Task.named("app.add", Pair.class, Integer.class).queue("py");
        assertThat(lovage.send(add.with(new Pair(2, 3)).then(told.partial("x".repeat(20_000))))
                        .await(LONG))
                .isEqualTo("5 and 20000");

        var wrong = Task.named("app.add", Texts.class, String.class).queue("py").byReference();
        var sent = lovage.send(wrong.with(new Texts("x".repeat(20_000), "y")));
        assertThatThrownBy(() -> sent.await(LONG))
                .isInstanceOf(TaskFailed.class)
                .hasMessageContaining("unexpected keyword argument 'lovage_payload'");
    }

    @Test
    void a_task_sent_by_python_arrives_with_all_that_it_was_sent_with() {
        python.run("""
                from app import app
                app.send_task('j.task', args=[1, 'é'], kwargs={'k': None}, task_id='T', queue='java', priority=6,
                              expires=600, headers={'mine': 1.5}, link=app.signature('j.next'))
                """);
        var transport = transport();

        var arrived = next(transport, consumer(transport, "java"));

        var headers = json(arrived.headers());
        assertThat(headers.path("task").asString()).isEqualTo("j.task");
        assertThat(headers.path("id").asString()).isEqualTo("T");
        assertThat(headers.path("mine").asDouble()).isEqualTo(1.5);
        assertThat(headers.path("argsrepr").asString()).isEqualTo("[1, 'é']");
        var properties = json(arrived.properties());
        assertThat(properties.path("content_type").asString()).isEqualTo("application/json");
        assertThat(properties.path("content_encoding").asString()).isEqualTo("utf-8");
        assertThat(properties.path("priority").asInt()).isEqualTo(6);
        assertThat(properties.path("correlation_id").asString()).isEqualTo("T");
        assertThat(properties.at("/delivery_info/routing_key").asString()).isEqualTo("java");
        var body = Json.read(arrived.body());
        assertThat(body.get(0)).isEqualTo(json("[1, \"é\"]"));
        assertThat(body.at("/2/callbacks/0/task").asString()).isEqualTo("j.next");
    }

    @Test
    void python_restores_what_a_java_process_left_when_it_died() {
        var transport = transport();
        transport.publish(List.of(Sent.task("py", "app.add", "left", "[20, 1]", 6)));
        var consumer = consumer(transport, "py");
        var arrived = next(transport, consumer);
        raw.list(Command.KEYS, "lovage:claim:*");
        // As if the process had died: nobody shows that it is alive.
        var tag = arrived.tag().replaceFirst("@.*", "");
        raw.ask(Command.ZADD, "unacked_index", "1000", tag);

        closing(python.worker("--pool=solo", "-Q", "py"));

        Eventually.until(
                "Python ran it",
                () -> raw.text(Command.GET, "celery-task-meta-left").contains("\"result\": 21"),
                () -> raw.list(Command.KEYS, "*"));
        consumer.acknowledge(List.of(arrived.tag()));
        assertThat(raw.list(Command.KEYS, "py*")).isEmpty();
    }

    @Test
    void java_restores_what_a_python_worker_left_when_it_was_killed() {
        var worker = closing(python.worker("--pool=solo", "-Q", "py"));
        var transport = transport();
        transport.publish(List.of(Sent.task("py", "app.wait", "stuck", "[60]")));
        worker.says("app.wait waits");
        worker.kill();

        var arrived = next(transport, consumer(transport, "py"));

        assertThat(json(arrived.headers()).path("id").asString()).isEqualTo("stuck");
        assertThat(arrived.redelivered()).isTrue();
    }

    @Test
    void a_python_worker_lives_when_it_restores_what_was_no_message() {
        raw.ask(Command.LPUSH, "py", "{no json");
        var transport = transport();
        var consumer = consumer(transport, "py");
        var arrived = next(transport, consumer);
        raw.ask(Command.ZADD, "unacked_index", "1000", arrived.tag().replaceFirst("@.*", ""));

        var worker = closing(python.worker("--pool=solo", "-Q", "py"));
        Eventually.until(
                "it is restored",
                () -> raw.number(Command.LLEN, "py.lovage.unreadable") == 1,
                () -> raw.list(Command.KEYS, "*"));
        transport.publish(List.of(Sent.task("py", "app.add", "alive", "[1, 1]")));
        Eventually.until(
                "Python works on", () -> raw.number(Command.EXISTS, "celery-task-meta-alive") == 1, worker::output);

        assertThat(next(transport, consumer).body()).isEqualTo("{no json".getBytes(UTF_8));
    }

    @Test
    void a_python_client_that_waits_hears_of_a_result_that_java_writes() {
        var waiting = closing(python.start("""
                from app import app
                result = app.send_task('j.task', task_id='W', queue='java')
                print('got', result.get(timeout=30), result.state, result.date_done, flush=True)
                """));
        Eventually.until(
                "Python is subscribed",
                () -> !raw.list(Command.PUBSUB, "CHANNELS", "celery-task-meta-W")
                        .isEmpty(),
                waiting::output);

        results().write(List.of(written("W", Json.tree(List.of("x", 1.5)))));

        assertThat(waiting.says("got ")).startsWith("got ['x', 1.5] SUCCESS 2026-01-02");
    }

    private static Written written(String id, JsonNode result) {
        return new Written(
                new ResultMeta(
                        id,
                        "j.task",
                        TaskState.SUCCESS,
                        result,
                        Optional.empty(),
                        Optional.of(Instant.parse("2026-01-02T03:04:05Z")),
                        Json.array(),
                        Optional.empty(),
                        Optional.empty(),
                        0,
                        Optional.empty()),
                "{}",
                "{}");
    }

    @Test
    void a_chord_whose_members_end_in_java_and_in_python_closes_once() {
        closing(python.worker("--pool=solo", "-Q", "py"));
        python.run("""
                from celery import chord
                from app import app
                header = [app.signature('app.add' if i % 2 else 'j.task', args=(i, i), queue='py' if i % 2 else 'java',
                                        task_id='m%d' % i) for i in range(8)]
                chord(header)(app.signature('j.body', queue='java', task_id='body'))
                """);
        var transport = transport();
        var results = results();
        var consumer = consumer(transport, "java");
        Eventually.until(
                "Python has ended its four",
                () -> raw.list(Command.KEYS, "celery-task-meta-m*").size() == 4,
                () -> raw.list(Command.KEYS, "*"));
        var closed = new ArrayList<List<Join.End>>();
        for (int i = 0; i < 4; i++) {
            var arrived = next(transport, consumer);
            var headers = json(arrived.headers());
            int index = headers.path("group_index").asInt();
            for (var result : List.of("first", "again")) {
                if (!(i == 3 && result.equals("first"))) {
                    results.end(new Join.End(
                                    headers.path("group").asString(),
                                    index,
                                    headers.path("id").asString(),
                                    true,
                                    Json.tree(List.of(result, index)),
                                    ""))
                            .ifPresent(closed::add);
                }
            }
            consumer.acknowledge(List.of(arrived.tag()));
        }

        assertThat(closed)
                .singleElement()
                .satisfies(ends -> assertThat(ends)
                        .extracting(end -> Json.python(end.result()))
                        .containsExactly(
                                "[\"again\", 0]",
                                "2",
                                "[\"again\", 2]",
                                "6",
                                "[\"again\", 4]",
                                "10",
                                "[\"again\", 6]",
                                "14"));
        assertThat(raw.number(Command.LLEN, "java")).isZero();
    }

    @Test
    void a_member_that_ended_in_java_and_again_in_python_counts_once_and_python_sends_the_body() {
        python.run("""
                from celery import chord
                from app import app
                header = [app.signature('app.echo', args=([i, 0.1, 1e20, 'é"\\u20ac'],), queue='py', task_id='m%d' % i)
                          for i in range(3)]
                chord(header)(app.signature('j.body', queue='java', task_id='body'))
                """);
        var transport = transport();
        var results = results();
        var consumer = consumer(transport, "py");
        var first = next(transport, consumer);
        var headers = json(first.headers());
        int index = headers.path("group_index").asInt();
        // Java did the work, wrote its part, and was lost before it could acknowledge: Python does it again.
        assertThat(results.end(new Join.End(
                        headers.path("group").asString(),
                        index,
                        headers.path("id").asString(),
                        true,
                        Json.tree(List.of(index, 0.1, 1e20, "é\"\u20ac")),
                        "")))
                .isEmpty();
        consumer.close();

        closing(python.worker("--pool=solo", "-Q", "py"));
        var body = next(transport, consumer(transport, "java"));

        assertThat(json(body.headers()).path("id").asString()).isEqualTo("body");
        var args = Json.read(body.body()).at("/0/0");
        assertThat(args).hasSize(3);
        assertThat(Json.python(args.get(2))).isEqualTo("[2, 0.1, 1e+20, \"\\u00e9\\\"\\u20ac\"]");
    }

    @Test
    void texts_are_to_the_letter_those_of_python() {
        var texts = List.of(
                "[1.0, -0.0, 1e16, 123456789012345680.0, 1e-5, 5e-324, 0.1, 1e22, 2.5]",
                "{\"b\": [], \"a\": {}, \"c\": null, \"d\": 123456789012345678901234567890}",
                "[NaN, Infinity, -Infinity]",
                "\"\\u007f\\u0080\\ud83d\\ude00\\ud800\\b\\f/\\\\\"");
        var printed = python.run(
                "import json, sys\nfor text in sys.argv[1:]: print(json.dumps(json.loads(text)))",
                texts.toArray(String[]::new));

        assertThat(texts.stream().map(text -> Json.python(json(text)))).containsExactlyElementsOf(printed);
    }
}
