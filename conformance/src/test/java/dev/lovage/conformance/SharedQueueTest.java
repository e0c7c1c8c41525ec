package dev.lovage.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.engine.Lovage;
import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.store.Store;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.task.Tasks;
import dev.lovage.testkit.Eventually;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import redis.clients.jedis.Protocol.Command;

/// Queues that both sides send to and serve.
@ParameterizedClass
@EnumSource(Kind.class)
class SharedQueueTest extends Lines {
    private static final Duration LONG = Duration.ofSeconds(40);
    private static final Task<Integer, Integer> COUNT = Task.named("s.count", Integer.class, Integer.class);
    private static final Task<String, String> J_ECHO = Task.named("j.echo", String.class, String.class);
    private static final Task<String, String> J_FAIL = Task.named("j.fail", String.class, String.class);
    private static final Task<String, String> P_ECHO = Task.named("p.echo", String.class, String.class);

    private final Map<String, Integer> ran = new ConcurrentHashMap<>();

    @Override
    String pythonTasks() {
        return """
            @app.task(name='s.count', ignore_result=True)
            def count(number):
                app.backend.client.hincrby('ran', 'count %d' % number, 1)
                return number

            @app.task(name='p.echo')
            def echo(text):
                return text
            """;
    }

    @Override
    void register(Tasks tasks) {
        tasks.handle(COUNT.ignoreResult(true), number -> {
            ran.merge("count " + number, 1, Integer::sum);
            return number;
        });
        tasks.handle(J_ECHO, text -> text);
        tasks.handle(J_FAIL, text -> {
            ran.merge("fail " + text, 1, Integer::sum);
            throw new IllegalStateException(text);
        });
    }

    private Lovage lovage() {
        return fleet().lovage();
    }

    private void serve(String queue) {
        fleet().closing(fleet().builder(lovage())
                .queues(queue)
                .name(queue + "@java")
                .start());
    }

    @Test
    @Line(43)
    @Timeout(value = 20, unit = TimeUnit.MINUTES)
    void workers_of_both_sides_share_a_queue_and_each_task_runs_once() {
        int tasks = Length.full() ? 10_000 : 1_000;
        ran.clear();
        serve("shared");
        fleet().pythonWorker("", "-Q", "shared", "-n", "shared@python");
        var redis = fleet().closing(new Raw(fleet().redis().port(), 1));

        var python = fleet().closing(fleet().python().start("""
                import sys
                from app import app
                for number in range(0, int(sys.argv[1]), 2):
                    app.send_task('s.count', [number], queue='shared')
                """, String.valueOf(tasks)));
        for (int number = 1; number < tasks; number += 2) {
            lovage().send(COUNT.with(number).queue("shared"));
        }

        assertThat(python.ends()).isZero();
        Eventually.until(
                "all have run",
                Duration.ofMinutes(10),
                () -> ran.size() + redis.number(Command.HLEN, "ran") >= tasks,
                () -> ran.size() + " in Java, " + redis.number(Command.HLEN, "ran") + " in Python");
        fleet().awaitEmpty("shared");
        assertThat(ran).isNotEmpty().allSatisfy((_, times) -> assertThat(times).isEqualTo(1));
        var inPython = redis.list(Command.HGETALL, "ran");
        assertThat(inPython).isNotEmpty();
        for (int i = 0; i < inPython.size(); i += 2) {
            assertThat(inPython.get(i + 1)).isEqualTo("1");
            assertThat(ran).doesNotContainKey(inPython.get(i));
        }
        assertThat(ran.size() + inPython.size() / 2).isEqualTo(tasks);
    }

    /// Celery keeps such messages in the memory of a worker and unacknowledged, and takes so many more from the
    /// broker.
    @Test
    @Line(56)
    void what_waits_for_its_time_lies_in_the_store_and_stops_nothing() {
        serve("later");
        fleet().python().run("""
                from app import app
                for i in range(100):
                    app.send_task('j.echo', ['later'], queue='later', countdown=3600, task_id='later-%d' % i)
                print(app.send_task('j.echo', ['now'], queue='later').get(timeout=40))
                """);

        Eventually.until("all wait in the store", () -> waiting() == 100, this::waiting);
        fleet().awaitEmpty("later");
    }

    private long waiting() {
        return lovage().backbone().store().inventory().stream()
                .filter(one -> one.queue().equals("later") && one.custody() == Custody.TIMER)
                .count();
    }

    @Test
    @Line(98)
    void ids_of_the_callers_own_are_kept_whatever_their_text() throws Exception {
        fleet().working();
        assertThat(fleet().python().run("""
                from app import app
                for id in ['7', 'Akte 12/4 (Süd)', '😀', "it's: {x}"]:
                    result = app.send_task('j.echo', [id], task_id=id)
                    assert result.id == id
                    assert result.get(timeout=40) == id
                    assert app.AsyncResult(id).state == 'SUCCESS'
                print('kept')
                """)).containsExactly("kept");
        for (var id : Set.of("8", "Akte 12/5 (Süd)", "😁", "it's: {y}")) {
            var sent = lovage().send(P_ECHO.with(id).taskId(id));
            assertThat(sent.id()).isEqualTo(id);
            assertThat(sent.await(LONG)).isEqualTo(id);
        }
    }

    /// Celery drops or dead-letters such a message at the broker; ours is always a dead letter of the store.
    @Test
    @Line(99)
    void what_has_failed_for_good_is_not_delivered_again_and_lies_in_the_dead_letters() {
        serve("failing");
        assertThat(fleet().python().run("""
                from app import app
                try:
                    app.send_task('j.fail', ['99'], queue='failing', task_id='failed-99').get(timeout=40)
                except Exception as e:
                    print(type(e).__name__)
                """)).containsExactly("IllegalStateException");

        fleet().awaitEmpty("failing");
        assertThat(ran).containsEntry("fail 99", 1);
        assertThat(lovage().backbone().store().inventory())
                .filteredOn(one -> one.queue().equals("failing"))
                .extracting(Store.Entry::custody)
                .containsExactly(Custody.DEAD);
    }
}
