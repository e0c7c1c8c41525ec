package dev.lovage.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.cli.sample.SampleTasks;
import dev.lovage.cli.terminal.ExitCode;
import dev.lovage.engine.json.Json;
import dev.lovage.testkit.Eventually;
import dev.lovage.testkit.LocalRabbit;
import dev.lovage.testkit.LocalRedis;
import dev.lovage.testkit.PythonCelery;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// The command line where RabbitMQ or Redis moves the messages, with Python's Celery on the same queues.
@Tag("services")
class OtherBrokersTest {
    private static final String APP = """
            import os
            import time
            from celery import Celery
            app = Celery('app', broker=os.environ['BROKER_URL'], backend=os.environ['RESULT_URL'])

            @app.task(name='py.add')
            def add(x, y):
                return x + y

            @app.task(name='py.hold')
            def hold(path):
                while not os.path.exists(path):
                    time.sleep(0.05)
            """;

    private static LocalRedis redis;
    private static int databases;

    @TempDir
    Path folder;

    @BeforeAll
    static void startRedis() {
        redis = LocalRedis.start();
    }

    @AfterAll
    static void stopRedis() {
        redis.close();
    }

    /// Where messages go, and results; executions too, as no store is set. Nothing is there yet.
    private record Urls(String broker, String results) {
        static Urls of(String broker) {
            var empty = redis.url(databases++);
            return new Urls(broker.equals("redis") ? empty : LocalRabbit.freshUrl(), empty);
        }

        Map<String, String> environment() {
            return Map.of("CELERY_BROKER_URL", broker, "CELERY_RESULT_BACKEND", results);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"rabbitmq", "redis"})
    void java_and_python_call_each_others_tasks(String broker) throws Exception {
        var urls = Urls.of(broker);
        var environment = urls.environment();
        var data = folder.resolve("data");
        try (var python = PythonCelery.with(urls.broker(), urls.results(), APP);
                var worker = WorkerProcess.start(
                        data,
                        folder.resolve("worker.err"),
                        environment,
                        List.of(
                                "-A",
                                WorkerProcess.app(folder, List.of(SampleTasks.class)),
                                "-Q",
                                "java",
                                "--autoscale",
                                "3,1"))) {
            assertThat(worker.banner())
                    .contains(
                            "store        " + urls.results() + " (keys lovage:*); off: effects of tasks in the",
                            "queues       java");
            assertThat(data.resolve("lovage.db")).doesNotExist();
            assertThat(python.run("""
                            from app import app
                            print(app.send_task('sample.greet', ['Ada'], queue='java').get(timeout=50))
                            """)).containsExactly("Hello, Ada");
            var greeted =
                    run(environment, "call", "sample.greet", "--args", "[\"Bob\"]", "--queue", "java", "--wait", "50");
            assertThat(greeted.out()).as(greeted.err()).isEqualTo("Hello, Bob" + System.lineSeparator());
            python.worker("-Q", "python");
            var added = run(environment, "call", "py.add", "--args", "[1, 2]", "--queue", "python", "--wait", "50");
            assertThat(added.out()).as(added.err()).isEqualTo("3" + System.lineSeparator());
            var scaled = run(environment, List.of("-t", "20"), "control", "autoscale", "4", "2", "-d", name(worker));
            assertThat(scaled.out()).as(scaled.err()).contains("autoscale now max=4 min=2");
            var unknown = run(environment, "call", "nobody.knows", "--queue", "java", "--task-id", "stray");
            assertThat(unknown.code()).as(unknown.err()).isZero();
            Eventually.until(
                    "it is parked",
                    () -> run(environment, "parked", "list").out().contains("nobody.knows"),
                    () -> run(environment, "status").out());
            assertThat(run(environment, "queues").out()).contains("java");
            assertThat(run(environment, "doctor").out()).contains("broker          ok", "answers");
            worker.stop();
        }
    }

    /// Broker-side messages that no store has seen are accepted work, too.
    @ParameterizedTest
    @ValueSource(strings = {"rabbitmq", "redis"})
    void what_python_sent_and_nobody_took_is_exported_before_it_is_purged(String broker) throws Exception {
        var urls = Urls.of(broker);
        var environment = urls.environment();
        var send = """
                import sys
                from app import app
                for name in sys.argv[1:]:
                    app.send_task('sample.greet', [name], queue='java', task_id='id-' + name)
                """;
        try (var python = PythonCelery.with(urls.broker(), urls.results(), APP)) {
            run(environment, "call", "sample.greet", "--args", "[\"Mine\"]", "--queue", "java", "--task-id", "mine");
            python.run(send, "Ada", "Bob");
            var purged = run(environment, "purge", "java", "--reason", "a test", "--force", "--json");
            assertThat(purged.code()).as(purged.err()).isZero();
            assertThat(purged.json().get("purged").asInt()).isEqualTo(3);
            var export = Files.readAllLines(Path.of(purged.json().get("export").asString()));
            assertThat(export).hasSize(3);
            assertThat(String.join("", export)).contains("\"mine\"", "\"id-Ada\"", "\"id-Bob\"");
            assertThat(export)
                    .anyMatch(line ->
                            line.contains(Base64.getEncoder().encodeToString("[[\"Ada\"], {}".getBytes(UTF_8))));
            assertThat(run(environment, "result", "id-Ada").out()).contains("REVOKED");

            python.run(send, "Eve");
            var options = List.of("-A", WorkerProcess.app(folder, List.of(SampleTasks.class)), "-Q", "java");
            try (var worker = WorkerProcess.start(
                    folder.resolve("data"),
                    folder.resolve("worker.err"),
                    environment,
                    Stream.concat(options.stream(), Stream.of("--purge", "--reason", "a fresh start"))
                            .toList())) {
                assertThat(Files.readString(folder.resolve("worker.err"))).contains("Purged 1 from java. Exported to ");
                greets(environment, "Kay");
                worker.stop();
            }
            assertThat(run(environment, "result", "id-Eve").out()).contains("REVOKED");

            // Python's own command takes what lies at the broker, and the worker goes on.
            python.run(send, "Mia");
            var celery = python.celery("purge", "-f", "-Q", "java");
            assertThat(celery.ends()).as("%s", celery.output()).isZero();
            try (var worker =
                    WorkerProcess.start(folder.resolve("data"), folder.resolve("again.err"), environment, options)) {
                greets(environment, "Lou");
                assertThat(run(environment, "result", "id-Mia").out()).doesNotContain("Hello");
                worker.stop();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"rabbitmq", "redis"})
    void queues_show_what_lies_in_them_and_who_consumes_and_what_nobody_serves_is_named(String broker)
            throws Exception {
        var urls = Urls.of(broker);
        var environment = urls.environment();
        var go = folder.resolve("go");
        try (var python = PythonCelery.with(urls.broker(), urls.results(), APP);
                var worker = WorkerProcess.start(
                        folder.resolve("data"),
                        folder.resolve("worker.err"),
                        environment,
                        List.of("-A", WorkerProcess.app(folder, List.of(SampleTasks.class)), "-Q", "java"))) {
            python.worker("-Q", "python", "--pool=threads");
            for (int i = 0; i < 3; i++) {
                call(environment, "py.hold", "--args", "[\"" + go + "\"]", "--queue", "python");
                call(environment, "sample.greet", "--args", "[\"Ada\"]", "--queue", "lonely");
            }
            var redis = broker.equals("redis");
            // One is running, and was acknowledged when it began: this is Python's default.
            var held = waitFor(environment, "python", "consumers", redis ? "unacknowledged" : "consumers");
            assertThat(held.get("consumers").asInt()).isEqualTo(1);
            if (redis) {
                Eventually.until(
                        "two are reserved, and not acknowledged",
                        () -> queue(environment, "python")
                                        .path("unacknowledged")
                                        .asInt(0)
                                == 2,
                        () -> queue(environment, "python"));
            } else {
                assertThat(held.get("unacknowledged").isNull()).isTrue();
            }
            var lonely = waitFor(environment, "lonely", "ready", "oldest_age_seconds");
            Eventually.until(
                    "all three lie there",
                    () -> queue(environment, "lonely").path("ready").asInt() == 3,
                    () -> queue(environment, "lonely"));
            assertThat(lonely.get("consumers").asInt()).isZero();
            assertThat(lonely.get("dead").asInt()).isZero();
            assertThat(queue(environment, "java").get("consumers").asInt()).isPositive();

            var status = run(environment, "status");
            assertThat(status.out())
                    .contains("UNACKED", "CONSUMERS", "work that nobody consumes: lonely", "no consumer")
                    .contains("sample.greet: celery")
                    .contains(redis ? "Redis knows no consumers" : "RabbitMQ tells nobody over AMQP");
            var unserved = run(environment, "status", "--json").json().get("unserved");
            assertThat(unserved.get("queues").valueStream().map(JsonNode::asString))
                    .containsExactly("lonely");
            assertThat(unserved.at("/tasks/sample.greet").asString()).isEqualTo("celery");
            var doctor = run(environment, "doctor");
            assertThat(doctor.code()).isEqualTo(ExitCode.FAILED.number());
            assertThat(doctor.out())
                    .contains("queue lonely", "3 wait and no live worker serves it")
                    .containsPattern("queue celery +note +no live worker serves it.*sample\\.greet")
                    .doesNotContain("queue python");

            Files.writeString(go, "");
            assertThat(jq(run(environment, "inspect", "registered", "--json").out()))
                    .contains(name(worker) + " sample.greet")
                    .anyMatch(line -> line.endsWith(" py.hold"));
            worker.stop();
        }
    }

    private void call(Map<String, String> environment, String... words) {
        var called = run(
                environment, Stream.concat(Stream.of("call"), Stream.of(words)).toArray(String[]::new));
        assertThat(called.code()).as(called.err()).isZero();
    }

    private JsonNode queue(Map<String, String> environment, String name) {
        return run(environment, "queues", "--json")
                .json()
                .valueStream()
                .filter(one -> one.path("queue").asString("").equals(name))
                .findFirst()
                .orElseGet(Json::object);
    }

    /// Until these are known.
    private JsonNode waitFor(Map<String, String> environment, String name, String... keys) {
        Eventually.until(
                name + " has " + List.of(keys),
                () -> {
                    var queue = queue(environment, name);
                    return Stream.of(keys).allMatch(queue::hasNonNull);
                },
                () -> run(environment, "queues").out());
        return queue(environment, name);
    }

    /// Through the filter that operations.md gives.
    private static List<String> jq(String json) throws Exception {
        var documented = Pattern.compile("inspect registered --json \\| jq -r '([^']+)'")
                .matcher(Files.readString(Path.of("..", "docs", "operations.md")));
        assertThat(documented.find()).isTrue();
        var jq = new ProcessBuilder("jq", "-r", documented.group(1))
                .redirectErrorStream(true)
                .start();
        try (var in = jq.getOutputStream()) {
            in.write(json.getBytes(UTF_8));
        }
        var said = new String(jq.getInputStream().readAllBytes(), UTF_8);
        assertThat(jq.waitFor()).as(said).isZero();
        return said.lines().toList();
    }

    private void greets(Map<String, String> environment, String name) {
        var greeted = run(
                environment, "call", "sample.greet", "--args", "[\"" + name + "\"]", "--queue", "java", "--wait", "50");
        assertThat(greeted.out()).as(greeted.err()).isEqualTo("Hello, " + name + System.lineSeparator());
    }

    @ParameterizedTest
    @ValueSource(strings = {"rabbitmq", "redis"})
    void workers_of_both_languages_answer_and_obey(String broker) throws Exception {
        var urls = Urls.of(broker);
        var environment = urls.environment();
        var nobody = run(environment, "inspect", "ping", "-t", "0.2", "--json");
        assertThat(nobody.code()).as(nobody.out()).isEqualTo(ExitCode.UNAVAILABLE.number());
        try (var python = PythonCelery.with(urls.broker(), urls.results(), APP);
                var worker = WorkerProcess.start(
                        folder.resolve("data"),
                        folder.resolve("worker.err"),
                        environment,
                        List.of(
                                "-A",
                                WorkerProcess.app(folder, List.of(SampleTasks.class)),
                                "-Q",
                                "java",
                                "-n",
                                "j1@java",
                                "-E",
                                "-l",
                                "info",
                                "--without-mingle",
                                "--without-gossip"))) {
            python.worker("-n", "p1@python", "-Q", "python");
            var both = List.of("-d", "j1@java,p1@python", "-t", "20");
            var pings = run(environment, both, "inspect", "ping", "--json").json();
            assertThat(pings.propertyNames()).containsExactlyInAnyOrder("j1@java", "p1@python");
            assertThat(pings.valueStream())
                    .allMatch(pong -> pong.path("ok").asString("").equals("pong"));
            var queues = run(environment, both, "inspect", "active_queues").out();
            assertThat(queues).contains("-> j1@java: OK", "name: java", "-> p1@python: OK", "name: python");
            var grown = run(environment, both, "control", "pool_grow", "2");
            assertThat(grown.out()).as(grown.err()).contains("-> j1@java: OK", "pool will grow");
            assertThat(run(environment, both, "control", "autoscale", "4", "2").out())
                    .contains("Autoscale not enabled");
            for (var command : List.of(
                    List.of("control", "rate_limit", "sample.greet", "5/s"),
                    List.of("control", "add_consumer", "more"),
                    List.of("control", "enable_events"),
                    List.of("control", "revoke", "id-1", "id-2"),
                    List.of("inspect", "stats"),
                    List.of("inspect", "registered"))) {
                var answered = run(environment, List.of("-d", "j1@java", "-t", "20"), command.toArray(String[]::new));
                assertThat(answered.out()).as("%s %s", command, answered.err()).startsWith("-> j1@java: OK");
            }
            var strange = run(environment, both, "control", "rate_limit", "no.such", "often");
            assertThat(strange.out()).contains("-> j1@java: ERROR", "-> p1@python: ERROR");
            var away = run(environment, List.of("-d", "x@away", "-t", "0.3"), "inspect", "ping");
            assertThat(away.code()).isEqualTo(ExitCode.UNAVAILABLE.number());
            assertThat(away.err()).contains("No worker answered within 0.3 s, of x@away");
            var events = run(environment, "events", "--max", "2", "--json");
            assertThat(events.out()).contains("worker-heartbeat");
            assertThat(run(environment, List.of("-d", "j1@java"), "control", "shutdown")
                            .code())
                    .isZero();
            assertThat(worker.process().waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(worker.process().exitValue()).isEqualTo(ExitCode.OK.number());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"rabbitmq", "redis"})
    void a_batch_goes_through_both_lanes(String broker) throws Exception {
        var in = Files.createDirectories(folder.resolve("in"));
        try (var tiff =
                Objects.requireNonNull(getClass().getResourceAsStream("archive/sane-grid-100dpi-bilevel.tif"))) {
            Files.write(in.resolve("001.tif"), tiff.readAllBytes());
        }
        Files.writeString(
                in.resolve("manifest.json"),
                "{\"id\": \"B-1\", \"scanner_model\": \"Test Scanner 1\", \"resolution_dpi\": 300,"
                        + " \"color_profile\": \"none\", \"file_paths\": [\"001.tif\"]}");
        var environment = Urls.of(broker).environment();
        var data = folder.resolve("data");
        try (var light = WorkerProcess.start(
                        data, folder.resolve("light.err"), environment, List.of("-Q", "io_bound,default", "-c", "8"));
                var heavy = WorkerProcess.start(
                        data,
                        folder.resolve("heavy.err"),
                        environment,
                        List.of("-Q", "compute_intensive", "-c", "1", "--pool=prefork"))) {
            var ingested = run(environment, "archive", "ingest", in.toString(), "--wait", "--timeout", "120");
            assertThat(ingested.code()).as(ingested.out() + ingested.err()).isZero();
            assertThat(run(environment, "archive", "verify", "B-1").out()).startsWith("VERIFIED");
            light.stop();
            heavy.stop();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"amqp://guest:secret@127.0.0.1:%d//", "redis://:secret@127.0.0.1:%d/0"})
    void a_broker_that_is_away_is_named_without_its_password(String url) {
        var away = url.formatted(LocalRedis.freePort());
        var environment = Map.of("LOVAGE_BROKER_URL", away, "LOVAGE_STORE_URL", "sqlite:///lovage.db");
        var called = run(environment, "call", "sample.greet", "--args", "[\"Ada\"]", "--task-id", "later");
        assertThat(called.code()).as(called.err()).isZero();
        var status = run(environment, "status");
        assertThat(status.out() + status.err()).doesNotContain("secret");
        assertThat(status.code()).as(status.out() + status.err()).isEqualTo(ExitCode.OK.number());
        assertThat(run(environment, "doctor").out())
                .doesNotContain("secret")
                .contains("127.0.0.1", "broker          wrong");
    }

    @Test
    void a_store_that_is_away_takes_nothing_and_is_named_without_its_password() {
        var environment = Map.of("LOVAGE_BROKER_URL", "redis://:secret@127.0.0.1:" + LocalRedis.freePort() + "/0");
        var called = run(environment, "call", "sample.greet", "--args", "[\"Ada\"]", "--task-id", "never");
        assertThat(called.code()).isEqualTo(ExitCode.UNAVAILABLE.number());
        assertThat(called.err()).contains("127.0.0.1", "Nothing was sent").doesNotContain("secret");
        var doctor = run(environment, "doctor");
        assertThat(doctor.out()).containsPattern("database +wrong").doesNotContain("secret");
    }

    private static String name(WorkerProcess worker) {
        return worker.banner().lines().findFirst().orElseThrow().replaceFirst("^lovage worker ([^,]+),.*", "$1");
    }

    private Terminal.Run run(Map<String, String> environment, List<String> options, String... words) {
        return run(
                environment, Stream.concat(Stream.of(words), options.stream()).toArray(String[]::new));
    }

    private Terminal.Run run(Map<String, String> environment, String... words) {
        var all = new ArrayList<>(List.of(words));
        all.addAll(List.of("--data", folder.resolve("data").toString()));
        return Terminal.bare(environment, all.toArray(String[]::new));
    }
}
