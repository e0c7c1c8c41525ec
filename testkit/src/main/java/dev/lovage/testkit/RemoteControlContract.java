package dev.lovage.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.engine.AsyncResult;
import dev.lovage.engine.Lovage;
import dev.lovage.engine.control.Control;
import dev.lovage.engine.control.Control.Command;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.result.TaskState;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.task.RetryTask;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.task.Tasks;
import dev.lovage.engine.worker.Pool;
import dev.lovage.engine.worker.Worker;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Remote control and events between this engine and real Celery on one broker, line by line of the list of
/// what Celery's peers have to do.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class RemoteControlContract {
    private static final Duration LONG = Duration.ofSeconds(40);
    private static final Task<String, String> ECHO = Task.named("j.echo", String.class, String.class);
    private static final Task<String, String> HANG = Task.named("j.hang", String.class, String.class);
    private static final Task<String, String> FAIL = Task.named("j.fail", String.class, String.class);
    private static final Task<String, String> AGAIN = Task.named("j.again", String.class, String.class);
    private static final String APP = """
            import os, time
            from celery import Celery
            app = Celery('app', broker=os.environ['BROKER_URL'])
            app.conf.worker_send_task_events = True
            app.conf.task_default_queue = 'py'

            @app.task(name='app.add')
            def add(a, b):
                return a + b

            @app.task(name='app.wait')
            def wait(seconds):
                print('app.wait waits', flush=True)
                time.sleep(seconds)
            """;

    /// Prints all events, and as the first thing the heartbeat that it asks for.
    private static final String RECEIVER = """
            import json
            from app import app
            with app.connection() as connection:
                receiver = app.events.Receiver(connection, handlers={
                    '*': lambda event: print('EVENT ' + json.dumps(event), flush=True)})
                receiver.capture(limit=None, timeout=None, wakeup=True)
            """;

    @TempDir
    Path folder;

    private final List<AutoCloseable> opened = new ArrayList<>();
    private final Map<String, CountDownLatch> gates = new ConcurrentHashMap<>();
    private final List<Long> echoedNanos = new CopyOnWriteArrayList<>();
    private final Set<String> hanging = ConcurrentHashMap.newKeySet();
    private String url = "";
    private String queue = "";
    private Optional<PythonCelery> started = Optional.empty();
    private Optional<Lovage> engine = Optional.empty();

    /// The URL of a broker that is empty and the test's own.
    protected abstract String brokerUrl();

    @BeforeAll
    void start() {
        url = brokerUrl();
        started = Optional.of(PythonCelery.with(url, "", APP));
        System.out.println("Celery " + python().version());
    }

    @AfterAll
    void end() {
        started.ifPresent(PythonCelery::close);
    }

    @BeforeEach
    void open() {
        queue = "java-" + UUID.randomUUID();
        gates.clear();
        echoedNanos.clear();
        hanging.clear();
        engine = Optional.of(lovage("one"));
    }

    @AfterEach
    void close() throws Exception {
        gates.values().forEach(CountDownLatch::countDown);
        for (var one : opened.reversed()) {
            one.close();
        }
        opened.clear();
    }

    private Lovage lovage(String data) {
        return closing(Lovage.open(
                Settings.embedded(folder.resolve(queue).resolve(data))
                        .with(Setting.BROKER_URL, url)
                        .with(Setting.TASK_DEFAULT_QUEUE, queue)
                        .with(Setting.WORKER_SHUTDOWN_GRACE, "10"),
                InstantSource.system()));
    }

    private <T extends AutoCloseable> T closing(T one) {
        opened.add(one);
        return one;
    }

    private PythonCelery python() {
        return started.orElseThrow();
    }

    private Lovage engine() {
        return engine.orElseThrow();
    }

    private void register(Tasks tasks) {
        tasks.handle(ECHO, text -> {
            echoedNanos.add(System.nanoTime());
            return text;
        });
        tasks.handle(HANG, text -> {
            hanging.add(text);
            gate(text).await();
            return text;
        });
        tasks.handle(FAIL, text -> {
            throw new IllegalStateException(text);
        });
        tasks.handle(AGAIN, text -> {
            throw new RetryTask(new IllegalStateException(text), Duration.ofMillis(1));
        });
    }

    private CountDownLatch gate(String name) {
        return gates.computeIfAbsent(name, _ -> new CountDownLatch(1));
    }

    private Worker worker(Lovage lovage, String name) {
        return closing(lovage.worker()
                .name(name)
                .pool(Pool.threads(1))
                .tasks(this::register)
                .start());
    }

    private Worker worker() {
        return worker(engine(), "j1@java");
    }

    private void hangs(String text) {
        Eventually.until(text + " runs", () -> hanging.contains(text), hanging::toString);
    }

    // What Python sees

    /// What a command prints as JSON, by worker: `inspect` prints an object, `control` a list of them.
    private JsonNode json(String... arguments) {
        var running = python().celery(arguments);
        var code = running.ends();
        for (var line : running.output()) {
            if (line.startsWith("{") || line.startsWith("[{")) {
                try {
                    var read = Json.read(line.getBytes(StandardCharsets.UTF_8));
                    var all = Json.object();
                    for (var one : read.isArray() ? read : Json.array().add(read)) {
                        all.setAll((ObjectNode) one);
                    }
                    return all;
                } catch (JacksonException e) {
                    throw new AssertionError("This is not JSON: " + line, e);
                }
            }
        }
        throw new AssertionError(
                String.join(" ", arguments) + " ended with " + code + " and printed " + running.output());
    }

    private JsonNode inspect(String... command) {
        var arguments = new ArrayList<>(List.of("inspect", "-j", "-d", "j1@java"));
        arguments.addAll(Arrays.asList(command));
        return json(arguments.toArray(String[]::new)).path("j1@java");
    }

    private JsonNode control(String... command) {
        var arguments = new ArrayList<>(List.of("control", "-j", "-d", "j1@java"));
        arguments.addAll(Arrays.asList(command));
        return json(arguments.toArray(String[]::new)).path("j1@java");
    }

    private PythonCelery.Running receiver() {
        var receiver = closing(python().start(RECEIVER));
        receiver.says("EVENT ");
        return receiver;
    }

    private static List<ObjectNode> events(PythonCelery.Running receiver) {
        return receiver.output().stream()
                .filter(line -> line.startsWith("EVENT "))
                .map(line -> (ObjectNode) Json.read(line.substring(6).getBytes(StandardCharsets.UTF_8)))
                .toList();
    }

    private static ObjectNode event(PythonCelery.Running receiver, String type, String uuid) {
        Eventually.until(type + " " + uuid, () -> found(receiver, type, uuid).isPresent(), receiver::output);
        return found(receiver, type, uuid).orElseThrow();
    }

    private static Optional<ObjectNode> found(PythonCelery.Running receiver, String type, String uuid) {
        return events(receiver).stream()
                .filter(one -> one.path("type").asString().equals(type)
                        && (uuid.isEmpty() || one.path("uuid").asString("").equals(uuid)))
                .findFirst();
    }

    private static void awaitState(AsyncResult<?> result, TaskState state) {
        Eventually.until(
                result.id() + " is " + state, () -> result.state() == state, () -> result.state() + " " + result.id());
    }

    // Asking

    @Test
    void line_71_celery_status_lists_the_java_worker() {
        worker();

        var status = python().celery("status");

        assertThat(status.ends()).isZero();
        assertThat(status.output()).anyMatch(line -> line.contains("j1@java") && line.contains("OK"));
    }

    @Test
    void line_72_every_inspection_is_answered_in_celerys_form() {
        worker();
        var running = engine().send(HANG.with("72"));
        hangs("72");
        var later = engine().send(ECHO.with("later").countdown(Duration.ofHours(1)));
        engine().send(ECHO.with("behind"));
        assertThat(control("revoke", "gone-72").path("ok").asString()).contains("gone-72");

        assertThat(Json.text(inspect("ping"))).isEqualTo("{\"ok\":\"pong\"}");
        var active = inspect("active");
        assertThat(active).hasSize(1);
        var info = active.get(0);
        assertThat(info.path("id").asString()).isEqualTo(running.id());
        assertThat(info.path("name").asString()).isEqualTo("j.hang");
        assertThat(info.path("type").asString()).isEqualTo("j.hang");
        assertThat(info.path("hostname").asString()).isEqualTo("j1@java");
        assertThat(info.path("args").isArray()).isTrue();
        assertThat(info.path("kwargs").isObject()).isTrue();
        assertThat(info.path("time_start").isDouble()).isTrue();
        assertThat(info.path("acknowledged").isBoolean()).isTrue();
        assertThat(info.at("/delivery_info/routing_key").asString()).isEqualTo(queue);
        assertThat(info.path("worker_pid").isInt()).isTrue();
        assertThat(inspect("reserved").isArray()).isTrue();
        var scheduled = inspect("scheduled");
        assertThat(scheduled).hasSize(1);
        assertThat(scheduled.get(0).path("eta").asString()).endsWith("+00:00");
        assertThat(scheduled.get(0).path("priority").isInt()).isTrue();
        assertThat(scheduled.get(0).at("/request/id").asString()).isEqualTo(later.id());
        assertThat(Json.text(inspect("revoked"))).isEqualTo("[\"gone-72\"]");
        assertThat(Json.text(inspect("registered"))).isEqualTo("[\"j.again\",\"j.echo\",\"j.fail\",\"j.hang\"]");
        var stats = inspect("stats");
        assertThat(stats.at("/total/j.hang").asInt()).isEqualTo(1);
        assertThat(stats.path("pid").asLong()).isEqualTo(ProcessHandle.current().pid());
        assertThat(stats.path("clock").isString()).isTrue();
        assertThat(stats.at("/pool/max-concurrency").asInt()).isEqualTo(1);
        assertThat(stats.at("/pool/timeouts")).hasSize(2);
        assertThat(stats.at("/broker/hostname").asString()).isNotEmpty();
        assertThat(stats.at("/broker/port").isInt()).isTrue();
        assertThat(stats.path("prefetch_count").isInt()).isTrue();
        assertThat(inspect("conf").path("task_default_queue").asString()).isEqualTo(queue);
        assertThat(inspect("report").path("ok").asString()).contains("software -> lovage");
        var queues = inspect("active_queues");
        assertThat(queues).hasSize(1);
        assertThat(queues.get(0).path("name").asString()).isEqualTo(queue);
        assertThat(queues.get(0).at("/exchange/type").asString()).isEqualTo("direct");
        assertThat(queues.get(0).path("routing_key").asString()).isEqualTo(queue);
        var query = inspect("query_task", running.id(), later.id(), "unknown");
        assertThat(query.at("/" + running.id() + "/0").asString()).isEqualTo("active");
        assertThat(query.at("/" + later.id() + "/0").asString()).isEqualTo("ready");
        assertThat(query.propertyNames()).hasSize(2);
        assertThat(inspect("clock").path("clock").isInt()).isTrue();
    }

    @Test
    void line_73_a_destination_reaches_only_its_worker_and_an_unknown_one_nobody() {
        worker();
        worker(engine(), "j2@java");

        assertThat(json("inspect", "-j", "-d", "j2@java", "ping").propertyNames())
                .containsExactly("j2@java");
        assertThat(python().celery("inspect", "-t", "0.5", "-d", "nobody@java", "ping")
                        .ends())
                .isEqualTo(69);
    }

    @Test
    void line_74_a_pattern_selects_by_name() {
        worker();
        worker(engine(), "k1@java");

        var replies = python().run("""
                from app import app
                for pattern, matcher in [('j*', 'glob'), ('[jk]1@*', 'glob'), ('k.*', 'pcre'), ('1', 'pcre')]:
                    print(sorted(n for r in app.control.broadcast('ping', pattern=pattern, matcher=matcher, reply=True)
                                 for n in r))
                """);

        assertThat(replies).containsExactly("['j1@java']", "['j1@java', 'k1@java']", "['k1@java']", "[]");
    }

    @Test
    void line_75_what_can_not_be_understood_is_answered_with_an_error_and_harms_nobody() {
        worker();

        var replies = python().run("""
                from app import app
                from kombu import Exchange
                def ask(command, **arguments):
                    print(app.control.broadcast(command, arguments=arguments, reply=True, limit=1))
                ask('nosuch')
                ask('rate_limit')
                ask('revoke', task_id=None)
                ask('query_task', ids={'a': 1})
                ask('pool_grow', n='many')
                ask('pool_shrink', n=-7)
                ask('hello', from_node=1, revoked=[1])
                ask('active', safe={}, what=[1])
                exchange = Exchange('celery.pidbox', 'fanout', durable=False)
                with app.producer_pool.acquire() as producer:
                    def tell(body, content_type='application/json', **headers):
                        producer.publish(body, exchange=exchange, content_type=content_type,
                                         content_encoding='utf-8', serializer=None, headers=headers, declare=[exchange])
                    tell('{no json')
                    tell('[1, 2]')
                    tell('null', clock='soon')
                    tell('{"method": 1, "arguments": [1], "destination": 7, "reply_to": {}}')
                    tell('{"method": "ping", "reply_to": {"exchange": "amq.direct", "routing_key": 5}}')
                    tell('{"method": "ping", "pattern": "[", "matcher": "pcre"}')
                ask('ping')
                """);

        assertThat(replies).hasSize(9);
        assertThat(replies.getFirst()).contains("'error'").contains("KeyError").contains("nosuch");
        assertThat(replies.subList(1, 3)).allMatch(line -> line.contains("'error'"));
        assertThat(replies.subList(4, 6)).allMatch(line -> line.contains("'error'"));
        assertThat(replies.getLast()).isEqualTo("[{'j1@java': {'ok': 'pong'}}]");
    }

    // Commanding

    @Test
    void line_76_what_is_revoked_does_not_run_and_what_is_terminated_stops() {
        worker();
        assertThat(control("enable_events").path("ok").asString()).isEqualTo("task events enabled");
        var receiver = receiver();
        var first = engine().send(HANG.with("76"));
        hangs("76");
        var second = engine().send(ECHO.with("never"));

        assertThat(control("revoke", second.id()).path("ok").asString())
                .isEqualTo("tasks {'" + second.id() + "'} flagged as revoked");
        assertThat(control("terminate", "SIGTERM", first.id()).path("ok").asString())
                .isEqualTo("terminate: " + first.id());

        awaitState(first, TaskState.REVOKED);
        awaitState(second, TaskState.REVOKED);
        assertThat(echoedNanos).isEmpty();
        var terminated = event(receiver, "task-revoked", first.id());
        assertThat(terminated.path("terminated").asBoolean()).isTrue();
        assertThat(terminated.path("signum").asString()).isEqualTo("SIGTERM");
        assertThat(terminated.path("expired").asBoolean()).isFalse();
        var revoked = event(receiver, "task-revoked", second.id());
        assertThat(revoked.path("terminated").asBoolean()).isFalse();
        assertThat(revoked.path("signum").isNull()).isTrue();
        assertThat(control("terminate", "SIGTERM", "nobody").path("ok").asString())
                .isEqualTo("terminate: tasks unknown");
    }

    @Test
    void what_was_revoked_is_remembered_when_the_worker_starts_again() {
        worker().close();
        python().run("from app import app; app.control.revoke('too-early')");
        try (var before = worker()) {
            assertThat(before.ready()).isTrue();
            assertThat(control("revoke", "kept").path("ok").asString()).contains("kept");
        }
        worker();

        assertThat(Json.text(inspect("revoked"))).isEqualTo("[\"kept\"]");
    }

    @Test
    void stamps_are_revoked() {
        worker();
        gate("stamped");
        var reply = python().run("""
                import sys
                from app import app
                print(app.control.broadcast('revoke_by_stamped_headers', reply=True, limit=1,
                                            arguments={'headers': ['box=7']}))
                app.send_task('j.echo', kwargs={}, args=['x'], task_id='stamped', queue=sys.argv[1],
                              headers={'stamped_headers': ['box'], 'stamps': {'box': ['7', '8']}})
                """, queue);

        assertThat(reply.getLast()).contains("flagged as revoked, but not terminated");
        Eventually.until(
                "it is revoked",
                () -> engine().backbone()
                        .results()
                        .result("stamped")
                        .filter(meta -> meta.state() == TaskState.REVOKED)
                        .isPresent(),
                () -> engine().backbone().results().result("stamped"));
    }

    @Test
    void line_77_a_rate_limit_slows_a_task_down_and_zero_lifts_it() {
        worker();
        assertThat(control("rate_limit", "j.echo", "2/s").path("ok").asString())
                .isEqualTo("new rate limit set successfully");
        assertThat(inspect("registered").toString()).contains("j.echo [rate_limit=2/s]");

        for (int i = 0; i < 5; i++) {
            engine().send(ECHO.with("limited"));
        }
        Eventually.until("all have run", () -> echoedNanos.size() == 5, echoedNanos::toString);

        assertThat(Duration.ofNanos(echoedNanos.getLast() - echoedNanos.getFirst()))
                .isGreaterThanOrEqualTo(Duration.ofMillis(1900));
        assertThat(control("rate_limit", "j.echo", "0").path("ok").asString())
                .isEqualTo("rate limit disabled successfully");
        for (int i = 0; i < 100; i++) {
            engine().send(ECHO.with("free"));
        }
        Eventually.until("all have run", () -> echoedNanos.size() == 105, echoedNanos::toString);
        assertThat(control("rate_limit", "j.nosuch", "2/s").path("error").asString())
                .isEqualTo("unknown task");
        assertThat(control("rate_limit", "j.echo", "often").path("error").asString())
                .startsWith("Invalid rate limit string: ValueError(");
    }

    @Test
    void line_78_a_time_limit_from_afar_stops_a_task() {
        worker();
        assertThat(control("time_limit", "j.hang", "0.2").path("ok").asString())
                .isEqualTo("time limits set successfully");
        assertThat(control("time_limit", "j.nosuch", "1").path("error").asString())
                .isEqualTo("unknown task");

        var sent = engine().send(HANG.with("limited"));

        awaitState(sent, TaskState.FAILURE);
        assertThat(engine().backbone()
                        .results()
                        .result(sent.id())
                        .orElseThrow()
                        .result()
                        .path("exc_type")
                        .asString())
                .contains("SoftTimeLimitExceeded");
    }

    @Test
    void line_78_the_pool_grows_and_shrinks_and_queues_come_and_go() {
        worker();
        engine().send(HANG.with("a"));
        hangs("a");
        assertThat(control("pool_grow", "1").path("ok").asString()).isEqualTo("pool will grow");
        engine().send(HANG.with("b"));
        hangs("b");
        assertThat(inspect("stats").at("/pool/max-concurrency").asInt()).isEqualTo(2);
        assertThat(control("pool_shrink", "1").path("ok").asString()).isEqualTo("pool will shrink");
        assertThat(inspect("stats").at("/pool/max-concurrency").asInt()).isEqualTo(1);
        gate("a").countDown();
        gate("b").countDown();
        assertThat(control("autoscale", "3", "1").path("error").asString())
                .isEqualTo("ValueError('Autoscale not enabled')");

        var other = queue + "-other";
        assertThat(control("add_consumer", other).path("ok").asString()).isEqualTo("add consumer " + other);
        var sent = engine().send(ECHO.with("there").queue(other));
        awaitState(sent, TaskState.SUCCESS);
        assertThat(names(inspect("active_queues"))).containsExactly(queue, other);
        assertThat(control("cancel_consumer", other).path("ok").asString())
                .isEqualTo("no longer consuming from " + other);
        assertThat(names(inspect("active_queues"))).containsExactly(queue);
    }

    private static List<String> names(JsonNode queues) {
        var names = new ArrayList<String>();
        queues.forEach(one -> names.add(one.path("name").asString()));
        return names;
    }

    @Test
    void line_79_events_of_tasks_are_switched_on_and_off() {
        worker();
        var receiver = receiver();

        var silent = engine().send(ECHO.with("silent"));
        awaitState(silent, TaskState.SUCCESS);
        assertThat(control("enable_events").path("ok").asString()).isEqualTo("task events enabled");
        assertThat(control("enable_events").path("ok").asString()).isEqualTo("task events already enabled");
        var told = engine().send(ECHO.with("told"));
        event(receiver, "task-succeeded", told.id());
        assertThat(control("disable_events").path("ok").asString()).isEqualTo("task events disabled");
        assertThat(control("disable_events").path("ok").asString()).isEqualTo("task events already disabled");
        var after = engine().send(ECHO.with("after"));
        awaitState(after, TaskState.SUCCESS);
        assertThat(control("enable_events").path("ok").asString()).isEqualTo("task events enabled");
        event(receiver, "task-succeeded", engine().send(ECHO.with("last")).id());

        assertThat(events(receiver).stream()
                        .map(one -> one.path("uuid").asString(""))
                        .collect(Collectors.toSet()))
                .contains(told.id())
                .doesNotContain(silent.id(), after.id());
    }

    @Test
    void line_80_shutdown_lets_what_runs_finish_and_says_offline() throws InterruptedException {
        var worker = worker();
        var receiver = receiver();
        var running = engine().send(HANG.with("80"));
        hangs("80");

        var command = python().celery("control", "-d", "j1@java", "shutdown");
        command.ends();
        var queued = engine().send(ECHO.with("stays"));
        gate("80").countDown();
        worker.awaitEnd();

        awaitState(running, TaskState.SUCCESS);
        assertThat(queued.state()).isEqualTo(TaskState.PENDING);
        Eventually.until(
                "it is offline", () -> found(receiver, "worker-offline", "").isPresent(), receiver::output);
        assertThat(engine().backbone().store().workers()).isEmpty();
    }

    @Test
    void line_81_two_workers_of_one_name_are_both_heard() {
        worker();
        worker();

        var ping = python().celery("inspect", "ping");

        assertThat(ping.ends()).isZero();
        assertThat(ping.output()).anyMatch(line -> line.contains("DuplicateNodenameWarning"));
    }

    @Test
    void line_82_a_java_client_drives_a_python_worker() {
        var peer = closing(python().worker("-n", "p82@py", "-Q", queue, "--pool=prefork", "-c", "2"));
        try (var control = engine().control()) {
            python().run("""
                    import sys
                    from app import app
                    app.send_task('app.wait', args=[30], task_id='w', queue=sys.argv[1])
                    app.send_task('app.add', args=[1, 2], task_id='l', queue=sys.argv[1], countdown=3600)
                    """, queue);
            peer.says("app.wait waits");

            assertThat(ask(control, Command.of("ping")).path("ok").asString()).isEqualTo("pong");
            Eventually.until(
                    "it is active",
                    () -> ask(control, Command.of("active"))
                            .at("/0/id")
                            .asString("")
                            .equals("w"),
                    () -> ask(control, Command.of("active")));
            Eventually.until(
                    "it is scheduled",
                    () -> ask(control, Command.of("scheduled"))
                            .at("/0/request/id")
                            .asString("")
                            .equals("l"),
                    () -> ask(control, Command.of("scheduled")));
            assertThat(ask(control, Command.of("reserved")).isArray()).isTrue();
            assertThat(ask(control, Command.of("registered")).toString()).contains("app.add");
            assertThat(ask(control, Command.of("stats"))
                            .at("/pool/max-concurrency")
                            .asInt())
                    .isEqualTo(2);
            assertThat(ask(control, Command.of("conf")).isObject()).isTrue();
            assertThat(ask(control, Command.of("report")).path("ok").asString()).contains("celery");
            assertThat(ask(control, Command.of("active_queues")).at("/0/name").asString())
                    .isEqualTo(queue);
            assertThat(ask(control, Command.of("query_task").with("ids", List.of("w")))
                            .at("/w/0")
                            .asString())
                    .isEqualTo("active");
            assertThat(ask(control, Command.of("clock")).path("clock").isInt()).isTrue();
            assertThat(ask(control, Command.of("nosuch")).has("error")).isTrue();
            assertThat(ok(control, Command.of("revoke").with("task_id", "r"))).contains("r");
            assertThat(ask(control, Command.of("revoked")).toString()).contains("r");
            assertThat(ok(
                            control,
                            Command.of("rate_limit")
                                    .with("task_name", "app.add")
                                    .with("rate_limit", "10/m")))
                    .isEqualTo("new rate limit set successfully");
            assertThat(ok(
                            control,
                            Command.of("time_limit")
                                    .with("task_name", "app.add")
                                    .with("soft", 5.0)))
                    .isEqualTo("time limits set successfully");
            assertThat(ok(control, Command.of("pool_grow").with("n", 1))).isEqualTo("pool will grow");
            assertThat(ok(control, Command.of("pool_shrink").with("n", 1))).isEqualTo("pool will shrink");
            assertThat(ok(control, Command.of("add_consumer").with("queue", queue + "-2")))
                    .contains(queue + "-2");
            assertThat(ok(control, Command.of("cancel_consumer").with("queue", queue + "-2")))
                    .contains(queue + "-2");
            assertThat(ok(control, Command.of("enable_events"))).contains("events");
            assertThat(ok(
                            control,
                            Command.of("terminate").with("signal", "SIGKILL").with("task_id", "w")))
                    .isEqualTo("terminate: w");
            engine().revoke(Set.of("from-java"), false);
            Eventually.until(
                    "Python knows what Java revoked",
                    () -> ask(control, Command.of("revoked")).toString().contains("from-java"),
                    peer::output);
            assertThat(control.ask(Command.of("ping").to("p82@py").to("nobody@py")))
                    .extracting(Control.Reply::node)
                    .containsExactly("p82@py");
            assertThat(control.ask(Command.of("ping").matching("p8?@*"))).hasSize(1);
            control.tell(Command.of("shutdown").to("p82@py"));
            assertThat(peer.ends()).isZero();
        }
    }

    private static JsonNode ask(Control control, Command command) {
        var replies = control.ask(command.to("p82@py").within(Duration.ofSeconds(20)));
        assertThat(replies).as(command.toString()).hasSize(1);
        assertThat(replies.getFirst().node()).isEqualTo("p82@py");
        return replies.getFirst().value();
    }

    private static String ok(Control control, Command command) {
        var reply = ask(control, command);
        assertThat(reply.has("ok")).as(command + " " + reply).isTrue();
        return reply.path("ok").asString();
    }

    // Telling

    @Test
    void line_83_celery_events_shows_what_java_does() throws Exception {
        var dump = closing(python().celery("events", "--dump"));
        closing(engine().worker()
                .name("j0@java")
                .queues(queue + "-other")
                .tasks(this::register)
                .start());
        dump.says("j0@java"); // now it hears what is told
        try (var worker = worker()) {
            assertThat(worker.ready()).isTrue();
            assertThat(control("enable_events").has("ok")).isTrue();
            var done = engine().send(ECHO.with("83"));
            var failed = engine().send(FAIL.with("boom"));
            var again = engine().send(AGAIN.with("x"));
            var revoked = engine().send(ECHO.with("x").taskId("revoked-83").countdown(Duration.ofMillis(1500)));
            assertThat(control("revoke", "revoked-83").has("ok")).isTrue();
            awaitState(done, TaskState.SUCCESS);
            awaitState(failed, TaskState.FAILURE);
            awaitState(again, TaskState.FAILURE);
            awaitState(revoked, TaskState.REVOKED);
        }

        for (var said : List.of(
                "j1@java [",
                "started",
                "heartbeat",
                "task received",
                "task started",
                "task succeeded",
                "task failed",
                "task retried",
                "task revoked",
                "shutdown")) {
            dump.says(said);
        }
        assertThat(dump.alive()).isTrue();
        assertThat(dump.output()).noneMatch(line -> line.contains("Traceback"));
    }

    @Test
    void line_84_java_hears_batches_of_events_from_python() {
        closing(python().worker("-n", "p84@py", "-Q", queue, "--pool=prefork", "-E"));
        var heard = new CopyOnWriteArrayList<ObjectNode>();
        try (var control = engine().control();
                var listening = control.events(heard::add)) {
            assertThat(begun(listening)).isTrue();
            python().run("""
                    import sys
                    from app import app
                    for i in range(50):
                        app.send_task('app.add', args=[i, i], task_id='e%d' % i, queue=sys.argv[1])
                    """, queue);

            Eventually.until(
                    "all have succeeded",
                    () -> heard.stream()
                                    .filter(one -> one.path("type").asString("").equals("task-succeeded"))
                                    .count()
                            == 50,
                    heard::toString);
        }
    }

    private static boolean begun(dev.lovage.engine.transport.Broadcast.Listening listening) {
        try {
            return listening.begun(LONG);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Test
    void line_86_a_python_worker_has_nothing_to_complain_of() {
        var peer = closing(python().worker("-n", "p86@py", "-Q", queue + "-py", "--pool=solo"));
        try (var worker = worker()) {
            assertThat(worker.ready()).isTrue();
            assertThat(control("enable_events").has("ok")).isTrue();
            awaitState(engine().send(ECHO.with("86")), TaskState.SUCCESS);
            awaitState(engine().send(FAIL.with("86")), TaskState.FAILURE);
        }
        assertThat(json("inspect", "-j", "-d", "p86@py", "ping").has("p86@py")).isTrue();

        assertThat(peer.output())
                .noneMatch(line -> line.contains("WARNING/") || line.contains("ERROR/") || line.contains("Traceback"));
    }

    // Joining

    @Test
    void line_87_a_python_worker_that_joins_learns_what_java_knows_to_be_revoked() {
        worker();
        assertThat(control("revoke", "known-to-java").has("ok")).isTrue();

        var peer = closing(python().worker("-n", "p87@py", "-Q", queue + "-py", "--pool=solo"));

        assertThat(json("inspect", "-j", "-d", "p87@py", "revoked")
                        .path("p87@py")
                        .toString())
                .contains("known-to-java");
        assertThat(peer.output())
                .anyMatch(line -> line.contains("sync complete"))
                .noneMatch(line -> line.contains("sync with") && line.contains("failed"));
    }

    @Test
    void line_88_a_java_worker_that_joins_knows_what_was_revoked_before() {
        closing(python().worker("-n", "p88@py", "-Q", queue + "-py", "--pool=solo"));
        assertThat(json("control", "-j", "-d", "p88@py", "revoke", "known-to-python")
                        .has("p88@py"))
                .isTrue();
        var sent = engine().send(ECHO.with("x").taskId("known-to-python"));

        worker();

        awaitState(sent, TaskState.REVOKED);
        assertThat(echoedNanos).isEmpty();
        assertThat(inspect("revoked").toString()).contains("known-to-python");
    }

    @Test
    void line_89_an_election_makes_exactly_one_worker_act() {
        var peer = closing(python().worker("-n", "p89@py", "-Q", queue + "-py", "--pool=solo"));
        worker();
        worker(lovage("two"), "j2@java");
        var receiver = receiver();

        for (int i = 1; i <= 3; i++) {
            var acted = i;
            python().run("""
                    import sys
                    from app import app
                    app.control.election(sys.argv[1], 'task',
                                         app.signature('j.echo', args=['elected'], queue=sys.argv[2]))
                    """, "elected-" + queue + i, queue);
            Eventually.until(
                    "somebody acts in election " + i,
                    () -> echoedNanos.size() >= acted,
                    () -> peer.output() + " " + events(receiver));
        }

        assertThat(json("inspect", "-j", "-d", "p89@py", "ping").has("p89@py")).isTrue();
        assertThat(peer.output()).noneMatch(line -> line.contains("Traceback"));
        assertThat(echoedNanos).hasSize(3);
    }

    @Test
    void an_election_among_java_workers_makes_exactly_one_act() {
        worker();
        worker(lovage("two"), "j2@java");
        worker(lovage("three"), "j3@java");

        for (int i = 1; i <= 3; i++) {
            var acted = i;
            try (var control = engine().control()) {
                control.tell(Command.of("election")
                        .with("id", "elected-" + queue + i)
                        .with("topic", "task")
                        .with("action", ECHO.with("elected").queue(queue).node()));
            }
            Eventually.until("somebody acts in election " + i, () -> echoedNanos.size() >= acted, echoedNanos::size);
        }

        assertThat(Json.text(inspect("ping"))).isEqualTo("{\"ok\":\"pong\"}");
        assertThat(echoedNanos).hasSize(3);
    }

    @Test
    void line_90_the_clock_of_java_is_ahead_of_what_it_has_heard() {
        worker();

        python().run("""
                from app import app
                app.control.mailbox.clock.value = 50000
                app.control.broadcast('heartbeat')
                """);
        Eventually.until("a command's clock counts", () -> clock() > 50_000, this::clock);
        python().run("""
                from app import app
                app.clock.value = 90000
                with app.connection() as connection:
                    app.events.Dispatcher(connection, hostname='p90@py').send('worker-heartbeat', freq=2.0)
                """);
        Eventually.until("an event's clock counts", () -> clock() > 90_000, this::clock);
    }

    private long clock() {
        return inspect("clock").path("clock").asLong();
    }
}
