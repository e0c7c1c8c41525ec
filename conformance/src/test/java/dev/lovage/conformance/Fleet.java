package dev.lovage.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.lovage.engine.Lovage;
import dev.lovage.engine.WorkerBuilder;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.task.TaskProvider;
import dev.lovage.engine.worker.Worker;
import dev.lovage.testkit.LocalRabbit;
import dev.lovage.testkit.LocalRedis;
import dev.lovage.testkit.PythonCelery;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import tools.jackson.databind.JsonNode;

/// A broker and results of one test class's own, Python's Celery on them, and engines and workers of ours, as a
/// shop has them that moves one queue at a time: both sides route `p.*` to the queue `python`, where Python's
/// workers are, and `j.*` to `java`. Results lie in Redis.
final class Fleet implements AutoCloseable {
    /// What both sides agree on, before the tasks of a test.
    private static final String APP = """
            import os, time
            from celery import Celery, chain, chord, group, signature
            app = Celery('app', broker=os.environ['BROKER_URL'], backend=os.environ['RESULT_URL'])
            app.conf.update(
                task_default_queue='python',
                task_routes={'p.*': {'queue': 'python'}, 'j.*': {'queue': 'java'}},
                task_acks_late=True,
                worker_prefetch_multiplier=1,
                broker_transport_options={'visibility_timeout': 3600},
            )

            def tap(queue, count=1):
                '''What lies in a queue, as it came over the wire.'''
                found = []
                with app.connection_for_read() as connection, connection.SimpleQueue(queue) as box:
                    for _ in range(count):
                        found.append(box.get(timeout=30))
                        found[-1].ack()
                return found
            """;

    private final Kind kind;
    private final LocalRedis redis;
    private final String brokerUrl;
    private final String resultUrl;
    private final PythonCelery python;
    private final TaskProvider tasks;
    private final Path folder;
    private final Lovage lovage;
    private final List<AutoCloseable> ofTheClass = new ArrayList<>();
    private final List<AutoCloseable> ofTheTest = new ArrayList<>();
    private Optional<Worker> worker = Optional.empty();
    private Optional<PythonCelery.Running> pythonWorker = Optional.empty();

    private Fleet(Kind kind, String pythonTasks, TaskProvider tasks) {
        this.kind = kind;
        this.tasks = tasks;
        redis = LocalRedis.start();
        brokerUrl = kind == Kind.REDIS ? redis.url(0) : LocalRabbit.freshUrl();
        resultUrl = redis.url(1);
        python = PythonCelery.with(brokerUrl, resultUrl, APP + pythonTasks);
        try {
            folder = Files.createTempDirectory("lovage-fleet");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        lovage = open(data(), UnaryOperator.identity());
        ofTheClass.add(lovage);
    }

    /// @param pythonTasks Python of the module `app`, where `app`, `chain`, `chord`, `group`, `signature` and
    ///     `time` are known
    /// @param tasks ours, as workers have them
    static Fleet on(Kind kind, String pythonTasks, TaskProvider tasks) {
        return new Fleet(kind, pythonTasks, tasks);
    }

    Kind kind() {
        return kind;
    }

    String brokerUrl() {
        return brokerUrl;
    }

    String resultUrl() {
        return resultUrl;
    }

    /// The data folder of [#lovage], whose store other processes may share.
    Path data() {
        return folder.resolve("data");
    }

    LocalRedis redis() {
        return redis;
    }

    PythonCelery python() {
        return python;
    }

    /// The engine that [#worker] has, too.
    Lovage lovage() {
        return lovage;
    }

    /// Our worker of the queue `java`, which serves all tests of the class.
    Worker worker() {
        if (worker.isEmpty()) {
            worker = Optional.of(builder(lovage).queues("java").name("j@java").start());
            ofTheClass.add(worker.orElseThrow());
        }
        return worker.orElseThrow();
    }

    /// Python's worker of the queue `python`, which serves all tests of the class.
    PythonCelery.Running pythonWorker() {
        if (pythonWorker.isEmpty()) {
            pythonWorker = Optional.of(python.worker("-Q", "python", "-c", "2", "-n", "p@python"));
        }
        return pythonWorker.orElseThrow();
    }

    /// Workers of both.
    Fleet working() {
        worker();
        pythonWorker();
        return this;
    }

    /// Takes messages out of a queue past all workers.
    ///
    /// @return for each, an object with `headers`, `properties`, `content_type`, `content_encoding` and the `body`
    ///     in base64
    List<JsonNode> tap(String queue, int count) {
        return python.run("""
                        import base64, json, sys
                        from app import tap
                        for one in tap(sys.argv[1], int(sys.argv[2])):
                            body = one.body if isinstance(one.body, bytes) else one.body.encode()
                            known = {key: value for key, value in one.properties.items() if key != 'application_headers'}
                            print(json.dumps({'headers': one.headers, 'properties': known,
                                              'content_type': one.content_type, 'content_encoding': one.content_encoding,
                                              'body': base64.b64encode(body).decode()}))
                        """, queue, String.valueOf(count)).stream()
                .map(line -> Json.read(line.getBytes(UTF_8)))
                .toList();
    }

    /// An engine of this test's own, with a store of its own.
    Lovage another(Map<Setting, String> settings) {
        return closing(open(folder.resolve("data-" + ofTheClass.size() + "-" + System.nanoTime()), base -> {
            var all = base;
            for (var one : settings.entrySet()) {
                all = all.with(one.getKey(), one.getValue());
            }
            return all;
        }));
    }

    WorkerBuilder builder(Lovage of) {
        return of.worker().tasks(tasks);
    }

    /// Closes it when the test ends, the last one first.
    <T extends AutoCloseable> T closing(T one) {
        ofTheTest.add(one);
        return one;
    }

    private Lovage open(Path data, UnaryOperator<Settings> more) {
        return Lovage.open(more.apply(settings(data, brokerUrl, resultUrl)), InstantSource.system());
    }

    /// What our side of a fleet is set to.
    static Settings settings(Path data, String brokerUrl, String resultUrl) {
        return Settings.embedded(data)
                .with(Setting.BROKER_URL, brokerUrl)
                .with(Setting.RESULT_BACKEND, resultUrl)
                .with(Setting.TASK_DEFAULT_QUEUE, "java")
                .with(Setting.TASK_ROUTES, "{\"p.*\": \"python\", \"j.*\": \"java\"}")
                .with(Setting.WORKER_SHUTDOWN_GRACE, "10");
    }

    void endWhatTheTestStarted() {
        end(ofTheTest);
    }

    private static void end(List<AutoCloseable> all) {
        for (var one : all.reversed()) {
            try {
                one.close();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
        all.clear();
    }

    @Override
    public void close() {
        end(ofTheTest);
        end(ofTheClass);
        python.close();
        redis.close();
        try (var files = Files.walk(folder)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
