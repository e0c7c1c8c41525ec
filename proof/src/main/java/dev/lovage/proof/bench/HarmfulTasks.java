package dev.lovage.proof.bench;

import dev.lovage.engine.task.Task;
import dev.lovage.engine.task.TaskContext;
import dev.lovage.engine.task.TaskProvider;
import dev.lovage.engine.task.Tasks;
import dev.lovage.engine.task.TimeLimit;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.concurrent.CountDownLatch;

/// Tasks that harm their process in every way that has a limit, and one that only computes. Each run writes a [Note]
/// right before it does.
public final class HarmfulTasks implements TaskProvider {
    static final String QUEUE = "harmful";
    static final Duration LIMIT = Duration.ofSeconds(2);
    static final Task<Harm, String> HARM =
            Task.named("bench.harm", Harm.class, String.class).queue(QUEUE);
    static final Task<Harm, String> LIMITED =
            Task.named("bench.limited", Harm.class, String.class).queue(QUEUE).timeLimit(TimeLimit.hard(LIMIT));

    private static final int STEP_BYTES = 8 << 20;
    private static final long NATIVE_BYTES = 768L << 20;
    private static final int ORPHANS = 3;
    private static final Duration COMPUTED = Duration.ofMillis(200);

    /// What is done.
    enum Kind {
        MEMORY,
        HEAP,
        LOOP,
        ORPHANS_ALLOCATE,
        ORPHANS_LOOP,
        NATIVE_CRASH,
        EXIT,
        COMPUTE
    }

    /// @param note the file of a run is this one's name with its number
    public record Harm(Kind kind, Path note) {}

    /// @param token what marks the processes of the run in their environments
    record Note(String token, Instant at) {
        private static final String VARIABLE = "CHILD_OF_LOVAGE";

        static Path file(Path note, long run) {
            return note.resolveSibling(note.getFileName() + "." + run);
        }

        static Note read(Path note, long run) throws IOException {
            var parts = Files.readString(file(note, run)).split(" ");
            return new Note(parts[0], Instant.parse(parts[1]));
        }

        private static void write(Path note) throws IOException {
            var file = file(note, TaskContext.current().epoch());
            var unfinished = file.resolveSibling(file.getFileName() + ".new");
            Files.writeString(unfinished, System.getenv(VARIABLE) + " " + Instant.now());
            Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    @Override
    public void register(Tasks tasks) {
        tasks.handle(HARM, HarmfulTasks::harm);
        tasks.handle(LIMITED, HarmfulTasks::harm);
    }

    private static String harm(Harm harm) throws Exception {
        Note.write(harm.note());
        switch (harm.kind()) {
            case MEMORY -> {
                for (long all = 0; all < NATIVE_BYTES; all += STEP_BYTES) {
                    Arena.global().allocate(STEP_BYTES);
                }
                new CountDownLatch(1).await();
            }
            case HEAP -> {
                var all = new ArrayList<byte[]>();
                while (true) {
                    all.add(new byte[STEP_BYTES / 4]);
                    Note.write(harm.note());
                }
            }
            case LOOP -> compute(Duration.ofDays(1));
            case ORPHANS_ALLOCATE -> {
                for (int i = 0; i < ORPHANS; i++) {
                    orphan("(head -c 150000000 /dev/zero; sleep 1000) | tail -c 150000000");
                }
                new CountDownLatch(1).await();
            }
            case ORPHANS_LOOP -> {
                orphan("while :; do :; done");
                new CountDownLatch(1).await();
            }
            case NATIVE_CRASH -> MemorySegment.NULL.reinterpret(8).set(ValueLayout.JAVA_LONG, 0, 1);
            case EXIT -> System.exit(0);
            case COMPUTE -> compute(COMPUTED);
        }
        return "done";
    }

    private static void compute(Duration time) {
        var end = System.nanoTime() + time.toNanos();
        while (System.nanoTime() < end) {
            Thread.onSpinWait();
        }
    }

    /// A process whose parent has ended.
    private static void orphan(String script) throws IOException, InterruptedException {
        new ProcessBuilder("sh", "-c", "(" + script + ") & exit 0").start().waitFor();
    }
}
