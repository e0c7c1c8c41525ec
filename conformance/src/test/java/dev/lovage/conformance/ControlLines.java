package dev.lovage.conformance;

import dev.lovage.engine.AsyncResult;
import dev.lovage.engine.Lovage;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.result.TaskState;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.task.RetryTask;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.task.Tasks;
import dev.lovage.engine.worker.Pool;
import dev.lovage.engine.worker.Worker;
import dev.lovage.testkit.Eventually;
import dev.lovage.testkit.PythonCelery;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Tests of remote control: each has an engine, a queue and a store of its own, so that it knows all that its
/// workers know. What Python prints is read as JSON.
abstract class ControlLines extends Lines {
    static final Duration LONG = Duration.ofSeconds(40);
    static final Task<String, String> ECHO = Task.named("j.echo", String.class, String.class);
    static final Task<String, String> HANG = Task.named("j.hang", String.class, String.class);
    static final Task<String, String> FAIL = Task.named("j.fail", String.class, String.class);
    static final Task<String, String> AGAIN = Task.named("j.again", String.class, String.class);
    private static final String PYTHON = """
            app.conf.worker_send_task_events = True
            app.conf.task_acks_late = False

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

    private final Map<String, CountDownLatch> gates = new ConcurrentHashMap<>();

    /// When the task `j.echo` ran.
    final List<Long> echoedNanos = new CopyOnWriteArrayList<>();

    private final Set<String> hanging = ConcurrentHashMap.newKeySet();
    private String queue = "";
    private Optional<Lovage> lovage = Optional.empty();

    @Override
    final String pythonTasks() {
        return PYTHON;
    }

    @BeforeEach
    final void open() {
        queue = "java-" + UUID.randomUUID();
        echoedNanos.clear();
        hanging.clear();
        lovage = Optional.of(another());
    }

    @AfterEach
    final void openGates() {
        gates.values().forEach(CountDownLatch::countDown);
        gates.clear();
    }

    /// An engine with a store of its own, and the queue of the test.
    final Lovage another() {
        return fleet().another(Map.of(Setting.TASK_DEFAULT_QUEUE, queue, Setting.TASK_ROUTES, "{}"));
    }

    final Lovage lovage() {
        return lovage.orElseThrow();
    }

    final String queue() {
        return queue;
    }

    @Override
    final void register(Tasks tasks) {
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

    /// The task `j.hang` of this text returns when it is open.
    final CountDownLatch gate(String name) {
        return gates.computeIfAbsent(name, _ -> new CountDownLatch(1));
    }

    final Worker worker(Lovage lovage, String name) {
        return fleet().closing(fleet().builder(lovage)
                .queues(queue)
                .name(name)
                .pool(Pool.threads(1))
                .start());
    }

    final void hangs(String text) {
        Eventually.until(text + " runs", () -> hanging.contains(text), hanging::toString);
    }

    final Worker worker() {
        return worker(lovage(), "j1@java");
    }

    /// What a command prints as JSON, by worker: `inspect` prints an object, `control` a list of them.
    final JsonNode json(String... arguments) {
        var running = fleet().python().celery(arguments);
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

    final JsonNode inspect(String... command) {
        var arguments = new ArrayList<>(List.of("inspect", "-j", "-d", "j1@java"));
        arguments.addAll(Arrays.asList(command));
        return json(arguments.toArray(String[]::new)).path("j1@java");
    }

    final JsonNode control(String... command) {
        var arguments = new ArrayList<>(List.of("control", "-j", "-d", "j1@java"));
        arguments.addAll(Arrays.asList(command));
        return json(arguments.toArray(String[]::new)).path("j1@java");
    }

    final PythonCelery.Running receiver() {
        var receiver = fleet().closing(fleet().python().start(RECEIVER));
        receiver.says("EVENT ");
        return receiver;
    }

    static List<ObjectNode> events(PythonCelery.Running receiver) {
        return receiver.output().stream()
                .filter(line -> line.startsWith("EVENT "))
                .map(line -> (ObjectNode) Json.read(line.substring(6).getBytes(StandardCharsets.UTF_8)))
                .toList();
    }

    static ObjectNode event(PythonCelery.Running receiver, String type, String uuid) {
        Eventually.until(type + " " + uuid, () -> found(receiver, type, uuid).isPresent(), receiver::output);
        return found(receiver, type, uuid).orElseThrow();
    }

    static Optional<ObjectNode> found(PythonCelery.Running receiver, String type, String uuid) {
        return events(receiver).stream()
                .filter(one -> one.path("type").asString().equals(type)
                        && (uuid.isEmpty() || one.path("uuid").asString("").equals(uuid)))
                .findFirst();
    }

    static void awaitState(AsyncResult<?> result, TaskState state) {
        Eventually.until(
                result.id() + " is " + state, () -> result.state() == state, () -> result.state() + " " + result.id());
    }
}
