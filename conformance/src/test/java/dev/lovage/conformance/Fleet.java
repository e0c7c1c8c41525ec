package dev.lovage.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.lovage.engine.Lovage;
import dev.lovage.engine.WorkerBuilder;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.task.TaskProvider;
import dev.lovage.engine.transport.Bridge;
import dev.lovage.engine.worker.Worker;
import dev.lovage.testkit.Eventually;
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
import java.util.Set;
import java.util.function.UnaryOperator;
import redis.clients.jedis.Protocol.Command;
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
    private final Optional<Broker> own;
    private final String brokerUrl;
    private final String resultUrl;
    private final PythonCelery python;
    private final String pythonTasks;
    private final TaskProvider tasks;
    private final Path folder;
    private final Lovage lovage;
    private final List<AutoCloseable> ofTheClass = new ArrayList<>();
    private final List<AutoCloseable> ofTheTest = new ArrayList<>();
    private Optional<Worker> worker = Optional.empty();
    private Optional<PythonCelery.Running> pythonWorker = Optional.empty();

    /// A broker that can be stopped.
    /// @param rabbit the server, where it is RabbitMQ
    private record Broker(
            String url,
            int port,
            Optional<LocalRabbit> rabbit,
            Runnable stop,
            Runnable kill,
            Runnable restart,
            Runnable close) {
        static Broker start(Kind kind, Map<String, String> rabbitSettings) {
            if (kind == Kind.RABBITMQ) {
                var rabbit = LocalRabbit.start(rabbitSettings);
                return new Broker(
                        rabbit.url(),
                        rabbit.port(),
                        Optional.of(rabbit),
                        rabbit::stop,
                        rabbit::kill,
                        rabbit::restart,
                        rabbit::close);
            }
            var redis = LocalRedis.start();
            return new Broker(
                    redis.url(0),
                    redis.port(),
                    Optional.empty(),
                    redis::stop,
                    redis::kill,
                    redis::restart,
                    redis::close);
        }
    }

    private Fleet(Kind kind, String pythonTasks, TaskProvider tasks, Optional<Broker> own) {
        this.kind = kind;
        this.own = own;
        this.pythonTasks = pythonTasks;
        this.tasks = tasks;
        redis = LocalRedis.start();
        brokerUrl = own.map(Broker::url).orElseGet(() -> kind == Kind.REDIS ? redis.url(0) : LocalRabbit.freshUrl());
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
        return new Fleet(kind, pythonTasks, tasks, Optional.empty());
    }

    /// The same on a broker that nobody else uses, which can be stopped.
    ///
    /// @param rabbitSettings lines of `rabbitmq.conf`, where it is RabbitMQ
    static Fleet onItsOwn(Kind kind, Map<String, String> rabbitSettings, String pythonTasks, TaskProvider tasks) {
        return new Fleet(kind, pythonTasks, tasks, Optional.of(Broker.start(kind, rabbitSettings)));
    }

    /// The same again, on a broker where nothing is.
    ///
    /// @param python more of the module `app`
    Fleet onAnotherBroker(String python) {
        return new Fleet(kind, pythonTasks + "\n" + python, tasks, Optional.empty());
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

    /// A worker of Celery's that is set up otherwise, of this test's own.
    ///
    /// @param python what is run before it starts; it knows `app`
    /// @param arguments such as `-Q`, `one,two`; it is of one process unless they say otherwise
    PythonCelery.Running pythonWorker(String python, String... arguments) {
        var all = new ArrayList<>(List.of("worker", "-l", "INFO", "-c", "1"));
        all.addAll(List.of(arguments));
        var worker = closing(this.python.start(
                "import sys\nfrom app import *\n" + python + "\napp.worker_main(sys.argv[1:])",
                all.toArray(String[]::new)));
        worker.says(" ready.");
        return worker;
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

    /// Waits until nothing lies in a queue, and nobody has anything of it in hand.
    void awaitEmpty(String queue) {
        var transport = ((Bridge) lovage.backbone()).transport();
        Eventually.until(
                queue + " is empty",
                () -> transport.depths(Set.of(queue)).values().stream().allMatch(depth -> depth.ready() == 0),
                () -> transport.depths(Set.of(queue)));
        Eventually.until(
                "nobody has anything of " + queue, () -> unacknowledged(queue) == 0, () -> unacknowledged(queue));
    }

    /// The broker of its own, in good order.
    void stopBroker() {
        own.orElseThrow().stop().run();
    }

    /// As a power cut would.
    void killBroker() {
        own.orElseThrow().kill().run();
    }

    void restartBroker() {
        own.orElseThrow().restart().run();
    }

    /// Deliveries of a queue that are not acknowledged; on Redis of all queues.
    long unacknowledged(String queue) {
        if (kind == Kind.REDIS) {
            try (var raw = new Raw(own.map(Broker::port).orElseGet(redis::port), 0)) {
                return raw.number(Command.HLEN, "unacked");
            }
        }
        return own.flatMap(Broker::rabbit)
                .orElseGet(LocalRabbit::shared)
                .control("list_queues", "-q", "-p", vhost(), "name", "messages_unacknowledged")
                .lines()
                .map(line -> line.split("\t", -1))
                .filter(line -> line[0].equals(queue))
                .mapToLong(line -> Long.parseLong(line[1]))
                .sum();
    }

    /// Of RabbitMQ.
    String vhost() {
        var name = brokerUrl.substring(brokerUrl.lastIndexOf('/') + 1);
        return name.isEmpty() ? "/" : name;
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
                .with(Setting.STORE_URL, "sqlite:///" + data.resolve("lovage.db"))
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
        own.ifPresent(broker -> broker.close().run());
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
