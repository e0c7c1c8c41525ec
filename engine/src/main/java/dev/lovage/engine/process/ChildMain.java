package dev.lovage.engine.process;

import dev.lovage.engine.argument.Result;
import dev.lovage.engine.canvas.Lineage;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.log.AttemptLog;
import dev.lovage.engine.result.Failures;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.task.IgnoreTask;
import dev.lovage.engine.task.RejectTask;
import dev.lovage.engine.task.ReplaceTask;
import dev.lovage.engine.task.RetryTask;
import dev.lovage.engine.task.SoftTimeLimitExceeded;
import dev.lovage.engine.task.TaskContext;
import dev.lovage.engine.task.TaskProvider;
import dev.lovage.engine.task.Tasks;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.MDC;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// The program of a child process. It is told its settings and providers, then one task after another, and
/// answers. It has no connections. When its worker is gone, which it sees at the end of its input, it kills
/// what its tasks have started, and ends.
///
/// Frames lie on descriptors of their own. Standard input is empty, and standard output goes where standard
/// error goes, so that nothing that a task or its subprocesses print can be taken for a frame.
final class ChildMain {
    static final int INPUT = 3;
    static final int OUTPUT = 4;
    static final int OUT_OF_MEMORY = 3;
    private static final int REFUSED = 1;
    private static final int MISTAKE = 70;
    private static final int FIRST_FRAME_BYTES_MAX = 1 << 26;
    private static final int MESSAGE_CHARACTERS_MAX = 64_000;

    private record Turn(long number, TaskContext context, Thread thread) {
        void stop(Duration limit) {
            if (context.stopped().get().isEmpty()) {
                context.stopped().set(Optional.of(new SoftTimeLimitExceeded(limit)));
                thread.interrupt();
            }
        }
    }

    /// A soft limit that has passed.
    private record Passed(long number, Duration limit) {}

    private final InputStream in;
    private final OutputStream out;
    private final Tasks tasks;
    private final int frameBytesMax;
    private final int logLinesMax;
    private final ReentrantLock writes = new ReentrantLock();
    private final ExecutorService worker = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("lovage-task").factory());
    private final ReentrantLock lock = new ReentrantLock();
    private Optional<Turn> running = Optional.empty();
    private Optional<Passed> early = Optional.empty();
    private long last;

    private ChildMain(InputStream in, OutputStream out, Tasks tasks, int frameBytesMax, int logLinesMax) {
        this.in = in;
        this.out = out;
        this.tasks = tasks;
        this.frameBytesMax = frameBytesMax;
        this.logLinesMax = logLinesMax;
    }

    public static void main(String[] arguments) {
        try (var in = new FileInputStream("/proc/self/fd/" + INPUT);
                var out = new FileOutputStream("/proc/self/fd/" + OUTPUT)) {
            var hello = Frames.read(in, FIRST_FRAME_BYTES_MAX);
            if (hello.isPresent()) {
                serve(in, out, hello.get());
            }
            end();
        } catch (Throwable mistake) { // the outermost frame: the worker sees the exit value, and the trace in the log
            mistake.printStackTrace();
            Runtime.getRuntime().halt(MISTAKE);
        }
    }

    private static void serve(InputStream in, OutputStream out, ObjectNode hello) throws Exception {
        hello.path("properties").forEachEntry((name, value) -> System.setProperty(name, value.stringValue()));
        var settings = settings(hello);
        var tasks = new Tasks(settings);
        try {
            for (var provider : hello.path("providers")) {
                tasks.add(provider(provider.stringValue()));
            }
        } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
            e.printStackTrace();
            Frames.write(out, Frames.bytes(Json.object().put("refused", String.valueOf(root(e)))));
            Runtime.getRuntime().halt(REFUSED);
        }
        var ready = Json.object();
        var names = ready.putArray("ready");
        tasks.all().keySet().forEach(names::add);
        Frames.write(out, Frames.bytes(ready));
        if (hello.path("train").asBoolean(false)) {
            System.exit(0); // the virtual machine writes its cache on the way out
        }
        new ChildMain(
                        in,
                        out,
                        tasks,
                        hello.get("frame_bytes_max").intValue(),
                        settings.number(Setting.TASK_LOG_LINES_MAX))
                .listen();
    }

    private static Settings settings(ObjectNode hello) {
        var values = new LinkedHashMap<Setting, String>();
        hello.path("settings").forEachEntry((name, value) -> values.put(Setting.valueOf(name), value.stringValue()));
        return Settings.of(values);
    }

    private static TaskProvider provider(String name) throws ReflectiveOperationException {
        return Class.forName(name)
                .asSubclass(TaskProvider.class)
                .getConstructor()
                .newInstance();
    }

    private static Throwable root(Throwable failure) {
        return failure instanceof java.lang.reflect.InvocationTargetException && failure.getCause() != null
                ? failure.getCause()
                : failure;
    }

    private void listen() throws IOException, Frames.Garbage {
        for (var frame = Frames.read(in, frameBytesMax); frame.isPresent(); frame = Frames.read(in, frameBytesMax)) {
            var told = frame.get();
            if (told.has("task")) {
                write(Frames.bytes(Json.object().put("began", true)));
                worker.execute(() -> run(told));
            } else if (told.has("soft_limit")) {
                stop(
                        told.get("number").longValue(),
                        Duration.parse(told.get("soft_limit").stringValue()));
            }
        }
    }

    /// Nobody is left to work for.
    private static void end() {
        var token = Optional.ofNullable(System.getenv(Session.VARIABLE)).orElse("none");
        new Session(ProcessHandle.current().pid(), token).endWithSelf();
        Runtime.getRuntime().halt(0);
    }

    private void run(ObjectNode told) {
        try {
            write(bounded(told.get("task").stringValue(), work(told)));
        } catch (OutOfMemoryError e) {
            Runtime.getRuntime().halt(OUT_OF_MEMORY);
        } catch (Throwable mistake) { // the worker is gone, or nothing can be said to it: it sees this end
            mistake.printStackTrace();
            Runtime.getRuntime().halt(MISTAKE);
        }
    }

    /// Frames of several threads follow each other.
    private void write(byte[] frame) throws IOException {
        writes.lock();
        try {
            Frames.write(out, frame);
        } finally {
            writes.unlock();
        }
    }

    /// What is logged goes to the worker, which knows the store. It is closed before the answer is sent: after
    /// that, everything is about the next task.
    private AttemptLog log() {
        return new AttemptLog(logLinesMax, new AttemptLog.Sink() {
            @Override
            public boolean line(String level, String logger, String message) {
                var frame = Json.object();
                frame.putObject("log").put("level", level).put("logger", logger).put("message", message);
                return said(frame);
            }

            @Override
            public void missing(long lines) {
                var _ = said(Json.object().put("log_missing", lines));
            }
        });
    }

    private boolean said(ObjectNode frame) {
        try {
            write(Frames.bytes(frame));
            return true;
        } catch (IOException e) {
            return false; // the worker is gone, and the task will see that
        }
    }

    private byte[] bounded(String task, ObjectNode answer) {
        var bytes = Frames.bytes(answer);
        return bytes.length <= frameBytesMax
                ? bytes
                : Frames.bytes(failed(new FrameTooLarge("The result", task, bytes.length, frameBytesMax), false));
    }

    private ObjectNode work(ObjectNode told) {
        var context = context(told, log());
        begin(told.get("number").longValue(), context);
        MDC.put("task_id", context.id());
        MDC.put("root_id", context.lineage().rootId().orElse(""));
        MDC.put("parent_id", told.path("mdc_parent").asString(""));
        try {
            return made(
                    tasks.find(context.task()).orElseThrow(),
                    (ArrayNode) told.get("args"),
                    (ObjectNode) told.get("kwargs"),
                    context);
        } catch (OutOfMemoryError e) {
            throw e; // whatever it met in this process is in doubt
        } catch (Throwable failure) { // the outermost frame of foreign code: everything is answered
            return answer(failure, context);
        } finally {
            over();
            context.log().close();
            MDC.clear();
        }
    }

    @SuppressWarnings("NullAway") // the input and what is made of a task on Void are null
    private static <I, W> ObjectNode made(
            Tasks.Handler<I, W, ?> handler, ArrayNode args, ObjectNode kwargs, TaskContext context) throws Exception {
        @SuppressWarnings("unchecked")
        var input = (I) handler.task().arguments().bind(args, kwargs);
        var made = ScopedValue.where(TaskContext.CURRENT, context)
                .call(() -> handler.work().run(input));
        return Json.object().set("made", Result.encode(made, handler.made()));
    }

    private void begin(long number, TaskContext context) {
        lock.lock();
        try {
            last = number;
            var turn = new Turn(number, context, Thread.currentThread());
            running = Optional.of(turn);
            early.filter(passed -> passed.number() == number).ifPresent(passed -> turn.stop(passed.limit()));
            early = Optional.empty();
        } finally {
            lock.unlock();
        }
    }

    /// The answer is not to be interrupted.
    private void over() {
        lock.lock();
        try {
            running = Optional.empty();
            var _ = Thread.interrupted();
        } finally {
            lock.unlock();
        }
    }

    /// What comes too late is for a task that has ended; what comes early is kept for the one that is about to
    /// begin.
    private void stop(long number, Duration limit) {
        lock.lock();
        try {
            running.filter(turn -> turn.number() == number).ifPresent(turn -> turn.stop(limit));
            if (number > last) {
                early = Optional.of(new Passed(number, limit));
            }
        } finally {
            lock.unlock();
        }
    }

    private static TaskContext context(ObjectNode told, AttemptLog log) {
        return new TaskContext(
                told.get("id").stringValue(),
                told.get("task").stringValue(),
                told.get("retries").intValue(),
                new Lineage(text(told, "root_id"), text(told, "parent_id")),
                Optional.empty(),
                told.get("node").stringValue(),
                text(told, "deadline").map(Instant::parse),
                told.get("epoch").longValue(),
                (ObjectNode) told.get("headers"),
                log,
                new AtomicReference<>(Optional.empty()),
                new CopyOnWriteArrayList<>());
    }

    private static Optional<String> text(ObjectNode node, String key) {
        return node.path(key).isString() ? Optional.of(node.get(key).stringValue()) : Optional.empty();
    }

    private static ObjectNode answer(Throwable failure, TaskContext context) {
        if (context.stoppedBy(failure).isPresent()) {
            return failed(failure, true);
        }
        return switch (failure) {
            case IgnoreTask _ -> Json.object().put("ignored", true);
            case RejectTask reject ->
                Json.object()
                        .put("rejected", String.valueOf(reject.getMessage()))
                        .put("requeue", reject.requeue());
            case ReplaceTask replace ->
                Json.object().set("replaced_by", replace.by().node());
            case RetryTask retry -> {
                var answer = Json.object();
                answer.set("retry", encoded(retry.getCause() == null ? retry : retry.getCause()));
                retry.countdown().ifPresent(wait -> answer.put("countdown", wait.toString()));
                yield answer;
            }
            default -> failed(failure, false);
        };
    }

    private static ObjectNode failed(Throwable failure, boolean stopped) {
        var answer = Json.object().put("stopped", stopped);
        return answer.set("failed", encoded(failure));
    }

    private static JsonNode encoded(Throwable failure) {
        var named = Failures.encode(failure);
        var message = named.path("exc_message").path(0).asString("");
        var node = Json.object()
                .put("module", named.path("exc_module").asString(""))
                .put("type", named.path("exc_type").asString(""))
                .put(
                        "message",
                        message.length() <= MESSAGE_CHARACTERS_MAX
                                ? message
                                : message.substring(0, MESSAGE_CHARACTERS_MAX) + "…")
                .put("trace", Failures.trace(failure));
        var types = node.putArray("types");
        var names = new LinkedHashSet<String>();
        for (Class<?> type = failure.getClass(); type != null; type = type.getSuperclass()) {
            collect(type, names);
        }
        names.forEach(types::add);
        return node;
    }

    private static void collect(Class<?> type, Set<String> names) {
        names.add(type.getName());
        for (var one : type.getInterfaces()) {
            collect(one, names);
        }
    }
}
