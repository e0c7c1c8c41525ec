package dev.lovage.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.engine.canvas.Chord;
import dev.lovage.engine.task.RetryTask;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.task.TaskContext;
import dev.lovage.engine.task.Tasks;
import dev.lovage.engine.task.TypeRef;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import redis.clients.jedis.Protocol.Command;

/// Both sides at work for a while.
@ParameterizedClass
@EnumSource(names = "REDIS")
class SoakTest extends Lines {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final Task<String, String> J_ECHO = Task.named("j.echo", String.class, String.class);
    private static final Task<String, String> J_AGAIN = Task.named("j.again", String.class, String.class);
    private static final Task<List<String>, Integer> J_COUNT =
            Task.named("j.count", new TypeRef<List<String>>() {}, new TypeRef<Integer>() {});
    private static final Task<String, String> P_ECHO = Task.named("p.echo", String.class, String.class);
    private static final Task<List<String>, Integer> P_COUNT =
            Task.named("p.count", new TypeRef<List<String>>() {}, new TypeRef<Integer>() {});

    @Override
    String pythonTasks() {
        return """
            @app.task(name='p.echo')
            def echo(text):
                return text

            @app.task(name='p.again', bind=True)
            def again(self, text):
                if self.request.retries == 0:
                    raise self.retry(countdown=0.05)
                return text

            @app.task(name='p.count')
            def count(texts):
                return len(texts)
            """;
    }

    @Override
    void register(Tasks tasks) {
        tasks.handle(J_ECHO, text -> text);
        tasks.handle(J_AGAIN, text -> {
            if (TaskContext.current().retries() == 0) {
                throw new RetryTask(new IllegalStateException(text), Duration.ofMillis(50));
            }
            return text;
        });
        tasks.handle(J_COUNT, List::size);
    }

    @Test
    @Line(100)
    @Timeout(value = 15, unit = TimeUnit.MINUTES)
    void nothing_grows_in_redis_while_both_sides_work() throws Exception {
        fleet().working();
        var queue = new Raw(fleet().redis().port(), 0);
        var results = new Raw(fleet().redis().port(), 1);
        fleet().closing(queue);
        fleet().closing(results);
        var lovage = fleet().lovage();
        var begin = System.nanoTime();
        round();
        fleet().awaitEmpty("java");
        var first = lasting(queue, results);
        for (int i = 0; Length.full() ? System.nanoTime() - begin < TimeUnit.MINUTES.toNanos(10) : i < 3; i++) {
            round();
            assertThat(lovage.send(Chord.of(
                                    List.of(J_ECHO.with("a"), P_ECHO.with("b"), J_AGAIN.with("c")), P_COUNT.partial()))
                            .await(LONG))
                    .isEqualTo(3);
        }

        fleet().awaitEmpty("java");
        assertThat(queue.number(Command.EXISTS, "unacked", "unacked_index")).isZero();
        assertThat(lasting(queue, results)).isEqualTo(first);
    }

    /// What Python sends: single tasks, retries, a time in the future, chords of both bodies.
    private void round() {
        assertThat(fleet().python().run("""
                from app import *
                sent = [app.send_task('%s.%s' % ('jp'[i % 2], ['echo', 'again'][i // 2 % 2]), [str(i)],
                                      countdown=0.1 if i % 5 == 0 else None) for i in range(40)]
                assert [one.get(timeout=60) for one in sent] == [str(i) for i in range(40)]
                for body in 'jp':
                    for size in [1, 10]:
                        header = [app.signature('%s.echo' % 'jp'[i % 2], [str(i)]) for i in range(size)]
                        assert chord(header)(app.signature(body + '.count')).get(timeout=60) == size
                print('done')
                """)).containsExactly("done");
    }

    /// All keys but results, which expire.
    private static Set<String> lasting(Raw queue, Raw results) {
        var keys = new TreeSet<String>(queue.list(Command.KEYS, "*"));
        keys.addAll(results.list(Command.KEYS, "*"));
        keys.removeIf(key -> key.startsWith("celery-task-meta-"));
        // Those of a client that has gone.
        keys.removeIf(key -> key.contains("reply"));
        return keys;
    }
}
