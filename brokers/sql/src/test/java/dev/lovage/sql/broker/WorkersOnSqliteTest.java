package dev.lovage.sql.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lovage.engine.Lovage;
import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.canvas.Group;
import dev.lovage.engine.result.TaskFailed;
import dev.lovage.engine.retry.RetryRule;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.store.Store;
import dev.lovage.engine.task.Ending;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.task.TaskContext;
import dev.lovage.engine.task.TypeRef;
import dev.lovage.engine.tx.Tx;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The whole way: found by its URL, sent, claimed by a worker, run, settled with effects, awaited.
class WorkersOnSqliteTest {
    private static final Task<Integer, Integer> DOUBLE = Task.named("t.double", Integer.class, Integer.class);
    private static final Task<List<Integer>, Integer> SUM =
            Task.named("t.sum", new TypeRef<List<Integer>>() {}, new TypeRef<Integer>() {});

    @TempDir
    Path folder;

    @Test
    void a_chord_of_two_hundred_runs_on_two_backbones_of_one_file_and_each_effect_is_written_once() throws Exception {
        var settings = Settings.embedded(folder).with(Setting.WORKER_CONCURRENCY, "16");
        try (var sender = Lovage.open(settings, InstantSource.system());
                var other = Lovage.open(settings, InstantSource.system())) {
            var database = ((SqlBackbone) sender.backbone()).database();
            database.write(tx -> new Sql(tx.connection()).update("CREATE TABLE effect (value integer)"));
            try (var _ = worker(sender);
                    var _ = worker(other)) {
                var members =
                        IntStream.range(0, 200).mapToObj(i -> DOUBLE.with(i)).toList();
                var sum = sender.send(Group.<Integer>of(members).then(SUM.partial()));
                assertThat(sum.await(Duration.ofSeconds(60))).isEqualTo(199 * 200);
            }
            assertThat(sender.backbone().store().inventory()).isEmpty();
            assertThat(sender.backbone().store().workers()).isEmpty();
            long effects = database.read(connection -> new Sql(connection)
                    .first("SELECT count(DISTINCT value) * 1000 + count(*) FROM effect", row -> row.getLong(1))
                    .orElse(0L));
            assertThat(effects).isEqualTo(200_200);
        }
    }

    private record Made(int number, String how) {}

    @Test
    void what_was_made_goes_to_the_effects_and_its_ending_is_the_result_or_a_replacement() throws Exception {
        var name = Task.named("t.made", Integer.class, Integer.class);
        try (var lovage = Lovage.embedded(folder)) {
            var written = table(lovage);
            try (var _ = lovage.worker()
                    .tasks(tasks -> {
                        tasks.handle(DOUBLE, in -> in * 2);
                        tasks.handle(
                                        name,
                                        Made.class,
                                        in -> new Made(in, "made"),
                                        made -> made.number() < 10
                                                ? Ending.returns(made.number() + 1)
                                                : Ending.replacedBy(DOUBLE.with(made.number())))
                                .commit((tx, made) -> note(
                                        tx,
                                        TaskContext.current().id() + " " + made.how() + " "
                                                + TaskContext.current().node()));
                    })
                    .name("celery@here")
                    .start()) {
                assertThat(lovage.send(name.with(1).taskId("a")).await(Duration.ofSeconds(30)))
                        .isEqualTo(2);
                assertThat(lovage.send(name.with(10).taskId("b")).await(Duration.ofSeconds(30)))
                        .isEqualTo(20);
            }
            assertThat(written.get()).containsExactlyInAnyOrder("a made celery@here", "b made celery@here");
        }
    }

    @Test
    void what_fails_for_good_writes_its_failure_once_with_its_dead_letter() throws Exception {
        var fails = Task.named("t.fails", Integer.class, Integer.class)
                .retry(RetryRule.on(IllegalStateException.class).maxRetries(2).backoff(Duration.ZERO, Duration.ZERO));
        var broken = Task.named("t.broken", Integer.class, Integer.class);
        try (var lovage = Lovage.embedded(folder)) {
            var written = table(lovage);
            try (var _ = lovage.worker()
                    .tasks(tasks -> {
                        tasks.<Integer, Integer>handle(fails, in -> {
                                    throw new IllegalStateException("no " + in);
                                })
                                .commit((tx, _) -> note(tx, "never"))
                                .commitFailure((tx, in, failure) -> note(
                                        tx,
                                        in + " " + failure.getMessage() + " "
                                                + TaskContext.current().retries()));
                        tasks.<Integer, Integer>handle(broken, in -> {
                                    throw new IllegalStateException("no " + in);
                                })
                                .commitFailure((tx, in, _) -> {
                                    note(tx, "rolled back " + in);
                                    throw new IllegalStateException("the effects fail too");
                                });
                    })
                    .start()) {
                var sent = lovage.send(fails.with(7));
                var other = lovage.send(broken.with(8));
                assertThatThrownBy(() -> sent.await(Duration.ofSeconds(30))).isInstanceOf(TaskFailed.class);
                assertThatThrownBy(() -> other.await(Duration.ofSeconds(30))).isInstanceOf(TaskFailed.class);
            }
            assertThat(written.get()).containsExactly("7 no 7 2");
            assertThat(lovage.backbone().store().inventory())
                    .extracting(Store.Entry::custody)
                    .containsExactly(Custody.DEAD, Custody.DEAD);
        }
    }

    @Test
    void a_commit_that_takes_too_long_is_tried_again_and_fails_for_good_only_when_it_always_does() throws Exception {
        var once = Task.named("t.once", Integer.class, Integer.class);
        var always = Task.named("t.always", Integer.class, Integer.class);
        var runs = new AtomicInteger();
        var commits = new AtomicInteger();
        try (var lovage = Lovage.embedded(folder)) {
            var written = table(lovage);
            try (var _ = lovage.worker()
                    .tasks(tasks -> {
                        tasks.handle(once, in -> runs.incrementAndGet()).commit((tx, made) -> {
                            note(tx, "once " + made);
                            if (commits.incrementAndGet() == 1) {
                                tooLong();
                            }
                        });
                        tasks.handle(always, in -> in).commit((tx, _) -> {
                            note(tx, "always");
                            tooLong();
                        });
                    })
                    .start()) {
                assertThat(lovage.send(once.with(1)).await(Duration.ofSeconds(60)))
                        .isEqualTo(1);
                var fails = lovage.send(always.with(1));
                assertThatThrownBy(() -> fails.await(Duration.ofSeconds(60)))
                        .isInstanceOf(TaskFailed.class)
                        .hasMessageContaining("rolled back 5 times");
            }
            assertThat(written.get()).containsExactly("once 1");
            assertThat(commits).hasValue(2);
        }
    }

    private static void tooLong() {
        var end = System.nanoTime() + Duration.ofMillis(1_050).toNanos();
        while (System.nanoTime() < end) {
            LockSupport.parkNanos(end - System.nanoTime());
        }
    }

    @Test
    void steps_of_a_chain_that_are_replaced_by_groups_and_chords_lead_on_to_the_next() throws Exception {
        var group = Task.named("t.group", Integer.class, new TypeRef<List<Integer>>() {});
        var chord = Task.named("t.chord", Integer.class, Integer.class);
        try (var lovage = Lovage.embedded(folder);
                var _ = lovage.worker()
                        .tasks(tasks -> {
                            tasks.handle(DOUBLE, in -> in * 2);
                            tasks.handle(
                                    SUM,
                                    all -> all.stream()
                                            .mapToInt(Integer::intValue)
                                            .sum());
                            tasks.handle(
                                    group,
                                    Integer.class,
                                    in -> in,
                                    in -> Ending.replacedBy(Group.of(List.of(DOUBLE.with(in), DOUBLE.with(in + 1)))));
                            tasks.handle(
                                    chord,
                                    Integer.class,
                                    in -> in,
                                    in -> Ending.replacedBy(
                                            Group.<Integer>of(List.of(DOUBLE.with(in), DOUBLE.with(in + 1)))
                                                    .then(SUM.partial())));
                        })
                        .start()) {
            var way = group.with(1).immutable().then(chord.with(10).immutable()).then(DOUBLE.partial());
            assertThat(lovage.send(way).await(Duration.ofSeconds(30))).isEqualTo(84);
        }
    }

    private static java.util.function.Supplier<List<String>> table(Lovage lovage) {
        var database = ((SqlBackbone) lovage.backbone()).database();
        database.write(tx -> new Sql(tx.connection()).update("CREATE TABLE note (text text)"));
        return () ->
                database.read(connection -> new Sql(connection).list("SELECT text FROM note", row -> row.getString(1)));
    }

    private static void note(Tx tx, String text) throws java.sql.SQLException {
        new Sql(tx.connection()).update("INSERT INTO note (text) VALUES (?)", text);
    }

    private static AutoCloseable worker(Lovage lovage) {
        return lovage.worker()
                .tasks(tasks -> {
                    tasks.handle(DOUBLE, in -> in * 2)
                            .commit((tx, value) ->
                                    new Sql(tx.connection()).update("INSERT INTO effect (value) VALUES (?)", value));
                    tasks.handle(
                            SUM, all -> all.stream().mapToInt(Integer::intValue).sum());
                })
                .start();
    }
}
