package dev.lovage.sql.broker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.engine.Lovage;
import dev.lovage.engine.canvas.Group;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.task.TypeRef;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
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
