package dev.lovage.engine.process;

import dev.lovage.engine.retry.RetryRule;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.task.Ending;
import dev.lovage.engine.task.IgnoreTask;
import dev.lovage.engine.task.RejectTask;
import dev.lovage.engine.task.ReplaceTask;
import dev.lovage.engine.task.RetryTask;
import dev.lovage.engine.task.SoftTimeLimitExceeded;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.task.TaskContext;
import dev.lovage.engine.task.TaskProvider;
import dev.lovage.engine.task.Tasks;
import dev.lovage.engine.task.TimeLimit;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/// Tasks that do to their process what tasks do.
@SuppressWarnings("NullAway") // the input and the result of a task on Void are null
public final class ChildTasks implements TaskProvider {
    /// @param note a file to write to which processes are its own; see [#session]
    public record Harm(String kind, Path note) {}

    public record Seen(
            String id, int retries, String node, boolean deadline, long epoch, String header, String root, Path data) {}

    /// @param secret not part of the result
    public record Work(String shown, String secret) {}

    static final Task<Harm, String> HARM = Task.named("child.harm", Harm.class, String.class);
    static final Task<Harm, String> LIMITED =
            Task.named("child.limited", Harm.class, String.class).timeLimit(TimeLimit.hard(Duration.ofSeconds(3)));
    static final Task<Harm, String> SOFT =
            Task.named("child.soft", Harm.class, String.class).timeLimit(TimeLimit.soft(Duration.ofMillis(200)));
    static final Task<Harm, String> EARLY =
            Task.named("child.early", Harm.class, String.class).acksLate(false);
    static final Task<Harm, String> RETRIED = Task.named("child.retried", Harm.class, String.class)
            .retry(RetryRule.on(IOException.class).maxRetries(1).backoff(Duration.ofMillis(1), Duration.ofMillis(1)));
    static final Task<String, String> ECHO = Task.named("child.echo", String.class, String.class);
    static final Task<Void, Seen> CONTEXT = Task.named("child.context", Void.class, Seen.class);
    static final Task<String, Void> NOTHING = Task.named("child.nothing", String.class, Void.class);
    static final Task<Integer, String> LONG = Task.named("child.long", Integer.class, String.class);
    static final Task<String, String> SPLIT = Task.named("child.split", String.class, String.class);

    @Override
    public void register(Tasks tasks) {
        tasks.handle(ECHO, text -> text);
        tasks.handle(NOTHING, _ -> null);
        tasks.handle(LONG, "x"::repeat);
        tasks.handle(CONTEXT, _ -> {
            var context = TaskContext.current();
            context.checkDeadline();
            return new Seen(
                    context.id(),
                    context.retries(),
                    context.node(),
                    context.deadline().isPresent(),
                    context.epoch(),
                    context.headers().path("mine").asString(""),
                    context.lineage().rootId().orElse(""),
                    Path.of(tasks.settings().text(Setting.DATA)));
        });
        tasks.handle(
                SPLIT,
                Work.class,
                text -> new Work(text, "kept"),
                made -> Ending.returns(made.shown() + " and " + made.secret()));
        for (var task : List.of(HARM, LIMITED, SOFT, EARLY, RETRIED)) {
            tasks.handle(task, ChildTasks::harm);
        }
    }

    private static String harm(Harm harm) throws Exception {
        note(harm.note());
        switch (harm.kind()) {
            case "halt" -> Runtime.getRuntime().halt(7);
            case "exit" -> System.exit(0);
            case "heap" -> fillHeap();
            case "error" -> throw new OutOfMemoryError("no more native threads");
            case "native memory" -> {
                Arena.global().allocate(300_000_000);
                new CountDownLatch(1).await();
            }
            case "native crash" -> MemorySegment.NULL.reinterpret(8).set(ValueLayout.JAVA_LONG, 0, 1);
            case "loop" -> loop();
            case "wait" -> new CountDownLatch(1).await();
            case "orphan and wait" -> {
                orphan("while :; do :; done");
                new CountDownLatch(1).await();
            }
            case "orphan and halt" -> {
                orphan("while :; do :; done");
                Runtime.getRuntime().halt(7);
            }
            case "daemon and halt" -> {
                new ProcessBuilder("setsid", "--fork", "sleep", "1000").start().waitFor();
                Runtime.getRuntime().halt(7);
            }
            case "daemon and wait" -> {
                new ProcessBuilder("setsid", "--fork", "sh", "-c", "while :; do :; done")
                        .start()
                        .waitFor();
                new CountDownLatch(1).await();
            }
            case "hopper and halt" -> {
                hopper(harm.note());
                Runtime.getRuntime().halt(7);
            }
            case "hopper and wait" -> {
                hopper(harm.note());
                new CountDownLatch(1).await();
            }
            case "hungry orphans" -> {
                for (int i = 0; i < 3; i++) {
                    orphan("(head -c 80000000 /dev/zero; sleep 1000) | tail -c 80000000");
                }
                new CountDownLatch(1).await();
            }
            case "hungry subprocess" -> {
                new ProcessBuilder("sh", "-c", "x=$(head -c 300000000 /dev/zero | tr '\\0' 'x'); sleep 1000").start();
                new CountDownLatch(1).await();
            }
            case "garbage" ->
                Files.write(Path.of("/proc/self/fd/4"), "hello".repeat(9).getBytes(StandardCharsets.UTF_8));
            case "answer twice" -> {
                Files.write(Path.of("/proc/self/fd/4"), frame("{\"x\":1}"));
                new CountDownLatch(1).await();
            }
            case "flood" -> {
                while (true) {
                    Files.write(Path.of("/proc/self/fd/4"), frame("{\"made\":1}"));
                }
            }
            case "close pipe" -> {
                closePipe();
                new CountDownLatch(1).await();
            }
            case "print" -> {
                System.out.println("printed by the task");
                new ProcessBuilder("echo", "printed by its subprocess")
                        .inheritIO()
                        .start()
                        .waitFor();
                System.err.println("said by the task");
            }
            case "read stdin" -> {
                return "read " + System.in.read();
            }
            case "throw" -> throw new FileNotFoundException("no such file");
            case "throw first" -> {
                if (TaskContext.current().retries() == 0) {
                    throw new UncheckedAsIo();
                }
            }
            case "retry" -> {
                if (TaskContext.current().retries() == 0) {
                    throw new RetryTask(new IllegalStateException("later"), Duration.ofMillis(1));
                }
            }
            case "ignore" -> throw new IgnoreTask("for no reason");
            case "reject" -> throw new RejectTask("not mine", false);
            case "replace" -> throw new ReplaceTask(ECHO.with("replaced"));
            case "tidy" -> {
                try {
                    new CountDownLatch(1).await();
                } catch (InterruptedException e) {
                    return TaskContext.current().stopped().get().orElseThrow() instanceof SoftTimeLimitExceeded
                            ? "tidied"
                            : "who was it?";
                }
            }
            case "ask" -> {
                while (true) {
                    TaskContext.current().checkDeadline();
                }
            }
            default -> throw new IllegalArgumentException(harm.kind());
        }
        return "done";
    }

    /// Not known to be an IOException by its own name.
    private static final class UncheckedAsIo extends IOException {
        UncheckedAsIo() {
            super("a broken disk");
        }
    }

    private static void note(Path note) throws IOException {
        var unfinished = Files.writeString(
                note.resolveSibling(note.getFileName() + ".new"),
                ProcessHandle.current().pid() + " " + System.getenv(Session.VARIABLE));
        Files.move(unfinished, note, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    }

    /// Which processes are those of the task that wrote the note.
    static Session session(Path note) throws IOException {
        var parts = Files.readString(note).split(" ");
        return new Session(Long.parseLong(parts[0]), parts[1]);
    }

    private static byte[] frame(String json) throws IOException {
        var out = new java.io.ByteArrayOutputStream();
        Frames.write(out, json.getBytes(StandardCharsets.UTF_8));
        return out.toByteArray();
    }

    private static void loop() {
        for (long i = 0; ; i++) {
            if (i == Long.MIN_VALUE) {
                return;
            }
        }
    }

    private static void orphan(String script) throws IOException, InterruptedException {
        new ProcessBuilder("sh", "-c", "(" + script + ") & exit 0").start().waitFor();
    }

    /// Starts its successor and ends, again and again: whoever reads its process id comes too late to kill it.
    /// All of them hold the lock of one file; see [#held].
    private static void hopper(Path note) throws IOException, InterruptedException {
        var hops = note.resolveSibling(note.getFileName() + ".hops");
        orphan("exec 9>" + held(note) + "; flock 9; HOP='sh -c \"$HOP\" & exit'; export HOP; : > " + hops
                + "; sh -c \"$HOP\"");
        while (!Files.exists(hops)) {
            Thread.onSpinWait();
        }
    }

    /// The file whose lock the hopper of a task holds.
    static Path held(Path note) {
        return note.resolveSibling(note.getFileName() + ".held");
    }

    private static void fillHeap() {
        var all = new ArrayList<byte[]>();
        while (true) {
            all.add(new byte[1 << 20]);
        }
    }

    /// As native code may.
    private static void closePipe() throws Exception {
        var linker = java.lang.foreign.Linker.nativeLinker();
        var close = linker.downcallHandle(
                linker.defaultLookup().findOrThrow("close"),
                java.lang.foreign.FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
        for (var one : descriptorsOfPipe().keySet()) {
            try {
                var _ = (int) close.invokeExact((int) one);
            } catch (Throwable e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private static Map<Integer, String> descriptorsOfPipe() {
        var found = new java.util.HashMap<Integer, String>();
        try (var all = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            var pipe = Files.readSymbolicLink(Path.of("/proc/self/fd/4")).toString();
            for (var one : all) {
                if (Files.isSymbolicLink(one)
                        && Files.readSymbolicLink(one).toString().equals(pipe)) {
                    found.put(Integer.parseInt(one.getFileName().toString()), pipe);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return found;
    }
}
