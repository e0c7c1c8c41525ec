package dev.lovage.proof.bench;

import dev.lovage.engine.Lovage;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.worker.Pool;
import dev.lovage.testkit.Eventually;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/// How many tasks a second are sent, each durable before its call returns, and how many are run and settled.
final class QueueRates {
    private static final Task<String, String> NOTHING =
            Task.named("bench.nothing", String.class, String.class).ignoreResult(true);
    private static final Duration WARM_UP = Duration.ofSeconds(2);
    private static final Duration MEASURED = Duration.ofSeconds(5);
    private static final int DRAINED_BY_ONE = 3_000;
    private static final int DRAINED_BY_MANY = 20_000;

    private QueueRates() {}

    static void measure(Place place) throws Exception {
        for (var broker : List.of(place.sqlite(), place.postgres())) {
            if (broker.config().isPresent()) {
                Bench.line("PostgreSQL", place.durability());
            }
            try (var lovage = Lovage.open(broker.settings(), InstantSource.system())) {
                for (int callers : List.of(1, 64)) {
                    send(lovage, callers, WARM_UP);
                    Bench.line(
                            "enqueue, " + broker.name() + ", " + callers + " callers",
                            send(lovage, callers, MEASURED) * 1000 / MEASURED.toMillis() + "/s");
                }
                lovage.backbone().broker().purge("celery", "measured", "bench");
                for (int slots : List.of(1, 64)) {
                    Bench.line("drain, " + broker.name() + ", " + slots + " slots", drain(lovage, slots) + "/s");
                }
            }
        }
    }

    private static long send(Lovage lovage, int callers, Duration time) throws Exception {
        var sent = new LongAdder();
        var end = System.nanoTime() + time.toNanos();
        together(callers, () -> {
            while (System.nanoTime() < end) {
                lovage.send(NOTHING.with("x"));
                sent.increment();
            }
            return null;
        });
        return sent.sum();
    }

    private static long drain(Lovage lovage, int slots) throws Exception {
        var tasks = slots == 1 ? DRAINED_BY_ONE : DRAINED_BY_MANY;
        var left = new AtomicInteger(tasks);
        together(64, () -> {
            while (left.getAndDecrement() > 0) {
                lovage.send(NOTHING.with("x"));
            }
            return null;
        });
        var start = System.nanoTime();
        try (var _ = lovage.worker()
                .tasks(registry -> registry.handle(NOTHING, text -> text))
                .pool(Pool.virtual(slots))
                .start()) {
            Eventually.until(
                    "the queue is empty",
                    Duration.ofMinutes(5),
                    () -> lovage.backbone().broker().queues().values().stream()
                            .allMatch(queue -> queue.counts().values().stream().allMatch(count -> count == 0)),
                    () -> lovage.backbone().broker().queues());
            return tasks * 1_000_000_000L / (System.nanoTime() - start);
        }
    }

    static void together(int callers, Callable<?> work) throws Exception {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var running = new ArrayList<Future<?>>();
            for (int i = 0; i < callers; i++) {
                running.add(threads.submit(work));
            }
            for (var one : running) {
                one.get();
            }
        }
    }
}
