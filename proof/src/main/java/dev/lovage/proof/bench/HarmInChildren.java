package dev.lovage.proof.bench;

import dev.lovage.engine.Lovage;
import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.store.Held;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.worker.Pool;
import dev.lovage.proof.bench.HarmfulTasks.Harm;
import dev.lovage.proof.bench.HarmfulTasks.Kind;
import dev.lovage.proof.bench.HarmfulTasks.Note;
import dev.lovage.testkit.Eventually;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/// How long it takes from the moment when a task passes a limit or ends its process until the store has recorded that,
/// what of its processes is then left, and what a lane of virtual threads in the same worker process notices of it.
final class HarmInChildren {
    private static final Duration LONG = Duration.ofMinutes(2);
    private static final long MEMORY_MAX = 256L << 20;
    private static final int CRASHES_MAX = 3;
    private static final int ENDED_BY_LIMIT = 6;
    private static final int QUARANTINED = 2;
    private static final int CALLERS = 8;
    private static final int CHILDREN = 2;
    private static final Duration WARM_UP = Duration.ofSeconds(5);
    private static final Duration BESIDE = Duration.ofSeconds(12);
    private static final int ROUNDS = 3;
    private static final Task<String, String> NOTHING =
            Task.named("bench.beside", String.class, String.class).queue("beside");
    private static final List<Kind> HARMS = List.of(
            Kind.MEMORY, Kind.HEAP, Kind.LOOP, Kind.ORPHANS_ALLOCATE, Kind.ORPHANS_LOOP, Kind.NATIVE_CRASH, Kind.EXIT);

    private final Lovage lovage;
    private final Path notes;
    private final AtomicInteger sent = new AtomicInteger();
    private final AtomicInteger turn = new AtomicInteger();

    private HarmInChildren(Lovage lovage, Path notes) {
        this.lovage = lovage;
        this.notes = notes;
    }

    static void measure(Place place) throws Exception {
        var settings = place.sqlite()
                .settings()
                .with(Setting.WORKER_MAX_MEMORY_PER_CHILD, "256MiB")
                .with(Setting.TASK_CRASHES_MAX, String.valueOf(CRASHES_MAX))
                .with(Setting.TASK_TRACK_STARTED, "true");
        try (var lovage = Lovage.open(settings, InstantSource.system());
                var _ = lovage.worker()
                        .name("children@bench")
                        .tasks(new HarmfulTasks())
                        .pool(Pool.processes(CHILDREN))
                        .start();
                var _ = lovage.worker()
                        .name("beside@bench")
                        .tasks(registry -> registry.handle(NOTHING, text -> text))
                        .pool(Pool.virtual(CALLERS))
                        .start()) {
            var measured = new HarmInChildren(lovage, place.fresh("notes"));
            for (var kind : HARMS) {
                measured.outcomes(kind);
            }
            measured.besides();
        }
    }

    private static boolean limited(Kind kind) {
        return kind == Kind.LOOP || kind == Kind.ORPHANS_LOOP;
    }

    private void outcomes(Kind kind) throws Exception {
        var recorded = new Latencies();
        var left = 0;
        for (int i = 0; i < (limited(kind) ? ENDED_BY_LIMIT : QUARANTINED); i++) {
            var note = note();
            var id = send(kind, note);
            for (int run = 1; run <= (limited(kind) ? 1 : CRASHES_MAX); run++) {
                left += outcome(kind, id, note, run, recorded);
            }
            var end = limited(kind) ? Custody.DEAD : Custody.QUARANTINED;
            Eventually.until(
                    kind + " ends as " + end,
                    LONG,
                    () -> held(id).stream().anyMatch(held -> held.custody() == end),
                    () -> held(id));
        }
        Bench.line(
                name(kind) + ", until it is recorded",
                String.format(
                        Locale.ROOT,
                        "p50 %.0f ms, max %.0f ms (%d), processes left %d, %s",
                        recorded.quantile(0.5).toNanos() / 1e6,
                        recorded.quantile(1).toNanos() / 1e6,
                        recorded.count(),
                        left,
                        limited(kind) ? "dead letter at once" : "quarantined on the third time"));
    }

    /// Measures from when the hard limit had passed, or the memory was last seen within its limit; else from the last
    /// note
    /// of the task.
    ///
    /// @return how many processes of that run were left when its outcome was recorded
    private int outcome(Kind kind, String id, Path note, int run, Latencies recorded) throws IOException {
        var file = Note.file(note, run);
        Optional<Instant> limit = limited(kind) ? Optional.of(started(id).plus(HarmfulTasks.LIMIT)) : Optional.empty();
        Eventually.until(kind + " runs for the " + run + ". time", LONG, () -> Files.exists(file), () -> held(id));
        var kin = new Kin(Note.read(note, run).token());
        if (kind == Kind.MEMORY || kind == Kind.ORPHANS_ALLOCATE) {
            limit = Optional.of(memoryPassed(kin, Note.read(note, run).at()));
        }
        while (held(id).stream().noneMatch(held -> held.crashes() >= run || held.custody() == Custody.DEAD)) {
            LockSupport.parkNanos(1_000_000);
        }
        var at = Instant.now();
        var left = kin.living().size();
        recorded.add(Duration.between(limit.orElse(Note.read(note, run).at()), at));
        return left;
    }

    /// Since when the hard limit is counted, or a few milliseconds before: the child is then told of the task.
    private Instant started(String id) {
        while (lovage.backbone().results().result(id).isEmpty()) {
            LockSupport.parkNanos(1_000_000);
        }
        return Instant.now();
    }

    /// The last time that its memory was seen within the limit, so rather too early than too late.
    ///
    /// @param began when nothing had been allocated yet
    private static Instant memoryPassed(Kin kin, Instant began) throws IOException {
        var within = began;
        for (var now = Instant.now();
                kin.memory() <= MEMORY_MAX && !kin.living().isEmpty();
                now = Instant.now()) {
            within = now;
            LockSupport.parkNanos(1_000_000);
        }
        return within;
    }

    private List<Held> held(String id) {
        return lovage.backbone().store().findTask(id);
    }

    private Path note() {
        return notes.resolve("note" + sent.incrementAndGet());
    }

    private String send(Kind kind, Path note) {
        var task = limited(kind) ? HarmfulTasks.LIMITED : HarmfulTasks.HARM;
        return lovage.send(task.with(new Harm(kind, note))).id();
    }

    private static String name(Kind kind) {
        return switch (kind) {
            case MEMORY -> "beyond the memory limit, outside the heap";
            case HEAP -> "beyond the heap";
            case LOOP -> "a loop beyond the hard limit";
            case ORPHANS_ALLOCATE -> "grandchildren beyond the memory limit";
            case ORPHANS_LOOP -> "grandchildren beyond the hard limit";
            case NATIVE_CRASH -> "a native crash";
            case EXIT -> "`System.exit`";
            case COMPUTE -> "computes";
        };
    }

    /// Alone and beside children, in turns, so that what else the machine does meets all of them.
    private void besides() throws Exception {
        beside(WARM_UP, List.of(), new Latencies());
        var alone = new Latencies();
        var computing = new Latencies();
        var harmed = new Latencies();
        var computed = 0;
        var ended = 0;
        for (int i = 0; i < ROUNDS; i++) {
            beside(BESIDE, List.of(), alone);
            computed += beside(BESIDE, List.of(Kind.COMPUTE), computing);
            ended += beside(BESIDE, HARMS, harmed);
        }
        Bench.line("a lane beside, nothing else", besides(alone));
        Bench.line(
                "a lane beside, " + CHILDREN + " children compute",
                besides(computing) + ", " + computed + " tasks of the children");
        Bench.line(
                "a lane beside, " + CHILDREN + " children are harmed in all these ways",
                besides(harmed) + ", " + ended + " tasks of the children");
    }

    private static String besides(Latencies latencies) {
        return latencies.count() / BESIDE.multipliedBy(ROUNDS).toSeconds() + "/s, " + latencies;
    }

    /// Callers who each send a task that does nothing and wait for its result, one after the other.
    ///
    /// @param kinds what the children do meanwhile, in turn
    /// @return how many tasks of the children have ended
    private int beside(Duration time, List<Kind> kinds, Latencies latencies) throws Exception {
        var done = new AtomicBoolean();
        var ended = new AtomicInteger();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; !kinds.isEmpty() && i < CHILDREN; i++) {
                threads.submit(() -> {
                    while (!done.get()) {
                        awaitEnd(send(kinds.get(turn.getAndIncrement() % kinds.size()), note()));
                        ended.incrementAndGet();
                    }
                    return null;
                });
            }
            var end = System.nanoTime() + time.toNanos();
            Callable<?> caller = () -> {
                while (System.nanoTime() < end) {
                    latencies.time(() -> lovage.send(NOTHING.with("x")).await(LONG));
                }
                return null;
            };
            try {
                QueueRates.together(CALLERS, caller);
            } finally {
                done.set(true);
            }
        }
        return ended.get();
    }

    private void awaitEnd(String id) {
        Eventually.until(
                "the task in the child has ended",
                LONG,
                () -> lovage.backbone()
                        .results()
                        .result(id)
                        .filter(meta -> meta.state().ready())
                        .isPresent(),
                () -> held(id));
    }
}
