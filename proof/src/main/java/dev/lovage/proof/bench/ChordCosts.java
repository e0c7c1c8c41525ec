package dev.lovage.proof.bench;

import dev.lovage.engine.Lovage;
import dev.lovage.engine.canvas.Chord;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.task.TypeRef;
import dev.lovage.engine.worker.Pool;
import dev.lovage.testkit.LocalRabbit;
import dev.lovage.testkit.LocalRedis;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/// What a member of a chord costs, from the call that sends it to the result of its body, by how many members it has.
final class ChordCosts {
    private static final Task<Integer, Integer> MEMBER = Task.named("bench.member", Integer.class, Integer.class);
    private static final Task<List<Integer>, Long> BODY =
            Task.named("bench.body", new TypeRef<List<Integer>>() {}, new TypeRef<Long>() {});
    private static final List<Integer> MEMBERS = List.of(100, 1_000, 10_000);
    private static final int ROUNDS = 3;
    private static final int SLOTS = 64;

    private ChordCosts() {}

    static void measure(Place place) throws Exception {
        measure("SQLite", place.sqlite().settings());
        measure("PostgreSQL", place.postgres().settings());
        try (var redis = LocalRedis.start("--appendfsync", "always")) {
            for (var type : List.of("classic", "quorum")) {
                measure(
                        "RabbitMQ " + type + ", results in Redis",
                        place.sqlite()
                                .settings()
                                .with(Setting.BROKER_URL, LocalRabbit.freshUrl())
                                .with(Setting.TASK_DEFAULT_QUEUE_TYPE, type)
                                .with(Setting.RESULT_BACKEND, redis.url(0)));
            }
            measure(
                    "Redis (appendfsync always)",
                    place.sqlite()
                            .settings()
                            .with(Setting.BROKER_URL, redis.url(1))
                            .with(Setting.RESULT_BACKEND, redis.url(1)));
        }
    }

    private static void measure(String name, Settings settings) throws Exception {
        var bodies = new AtomicInteger();
        try (var lovage = Lovage.open(settings, InstantSource.system());
                var _ = lovage.worker()
                        .tasks(tasks -> {
                            tasks.handle(MEMBER, number -> number);
                            tasks.handle(BODY, numbers -> {
                                bodies.incrementAndGet();
                                return numbers.stream()
                                        .mapToLong(Integer::longValue)
                                        .sum();
                            });
                        })
                        .pool(Pool.virtual(SLOTS))
                        .start()) {
            run(lovage, MEMBERS.get(1));
            var joined = bodies.get();
            for (int members : MEMBERS) {
                var nanos = new long[ROUNDS];
                for (int round = 0; round < ROUNDS; round++) {
                    nanos[round] = run(lovage, members);
                    joined++;
                }
                Arrays.sort(nanos);
                Bench.line(
                        "chord of " + String.format(Locale.ROOT, "%,d", members) + ", " + name,
                        String.format(
                                Locale.ROOT,
                                "%.2f ms a member (median of %d; %.2f to %.2f)",
                                nanos[ROUNDS / 2] / 1e6 / members,
                                ROUNDS,
                                nanos[0] / 1e6 / members,
                                nanos[ROUNDS - 1] / 1e6 / members));
            }
            Bench.line("bodies that ran, of " + joined + " chords, " + name, String.valueOf(bodies.get()));
        }
    }

    /// @return nanoseconds
    private static long run(Lovage lovage, int members) throws Exception {
        var header = IntStream.range(0, members).mapToObj(MEMBER::with).toList();
        var start = System.nanoTime();
        var sum = lovage.send(Chord.of(header, BODY.partial())).await(Duration.ofMinutes(10));
        var took = System.nanoTime() - start;
        if (sum != (long) members * (members - 1) / 2) {
            throw new IllegalStateException("A chord of " + members + " members came to " + sum + ".");
        }
        return took;
    }
}
