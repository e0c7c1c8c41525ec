package dev.lovage.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.engine.control.Control.Command;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.task.Tasks;
import dev.lovage.engine.worker.Pool;
import dev.lovage.testkit.Eventually;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import redis.clients.jedis.Protocol;

/// The layout of kombu's queues in Redis, with both sides on it.
@ParameterizedClass
@EnumSource(names = "REDIS")
class RedisQueuesTest extends Lines {
    private static final Duration LONG = Duration.ofSeconds(40);
    private static final List<String> STEPS = List.of("", "\u0006\u00163", "\u0006\u00166", "\u0006\u00169");
    private static final Task<String, String> J_ECHO = Task.named("j.echo", String.class, String.class);
    private static final Task<String, String> J_STUBBORN = Task.named("j.stubborn", String.class, String.class);
    private static final Task<String, String> P_ECHO = Task.named("p.echo", String.class, String.class);

    private final Gates gates = new Gates();
    private final List<String> order = new CopyOnWriteArrayList<>();

    @Override
    String pythonTasks() {
        return """
            @app.task(name='p.echo')
            def echo(text):
                return text

            @app.task(name='j.stubborn')
            def stubborn(text):
                return text + ' in Python'

            @app.task(name='j.echo')
            def echo_of_java(text):
                return text + ' in Python'
            """;
    }

    @Override
    void register(Tasks tasks) {
        tasks.handle(J_ECHO, text -> {
            order.add(text);
            return text;
        });
        tasks.handle(J_STUBBORN, text -> {
            gates.passUnstopped(text);
            return text;
        });
    }

    @AfterEach
    void clear() {
        gates.clear();
        order.clear();
    }

    private Raw redis() {
        return fleet().closing(new Raw(fleet().redis().port(), 0));
    }

    /// Ours holds what it runs, and nothing beyond: this is what a task leaves that does not stop in time.
    @Test
    @Line(50)
    void what_java_gives_back_at_its_end_is_at_the_head_and_python_runs_it() {
        var redis = redis();
        var lovage = fleet().another(Map.of(Setting.WORKER_SHUTDOWN_GRACE, "0.1", Setting.TASK_ROUTES, "{}"));
        var worker = fleet().builder(lovage)
                .queues("back")
                .name("back@java")
                .pool(Pool.threads(2))
                .start();
        for (var id : List.of("early-0", "early-1")) {
            lovage.send(J_STUBBORN.with(id).queue("back").taskId(id));
            gates.awaitReached(id);
        }
        fleet().python().run("""
                from app import app
                for i in range(2):
                    app.send_task('j.echo', ['late'], queue='back', task_id='late-%d' % i)
                """);

        worker.close();

        // The next one to be delivered is the last one of the list.
        var ids = redis.list(Protocol.Command.LRANGE, "back", 0, -1).stream()
                .map(item -> item.replaceFirst(".*\"id\": ?\"([-a-z0-9]+)\".*", "$1"))
                .toList();
        assertThat(ids.subList(0, 2)).containsExactly("late-1", "late-0");
        assertThat(ids.subList(2, ids.size())).containsExactlyInAnyOrder("early-0", "early-1");
        assertThat(redis.number(Protocol.Command.EXISTS, "unacked", "unacked_index"))
                .isZero();
        fleet().pythonWorker("", "-Q", "back", "-n", "back@python");
        assertThat(fleet().python().run("""
                from app import app
                print([app.AsyncResult('early-%d' % i).get(timeout=40) for i in range(2)])
                """)).containsExactly("['early-0 in Python', 'early-1 in Python']");
    }

    @Test
    @Line(52)
    void queues_with_priorities_have_the_keys_of_celery() {
        var redis = redis();
        fleet().python().run("""
                from app import app
                for priority in range(10):
                    app.send_task('p.echo', ['x'], queue='of-python', priority=priority)
                """);
        for (int priority = 0; priority < 10; priority++) {
            fleet().lovage().send(P_ECHO.with("x").queue("of-java").priority(priority));
        }
        for (var side : List.of("of-python", "of-java")) {
            Eventually.until(
                    "all of " + side + " are there",
                    () -> STEPS.stream()
                                    .mapToLong(step -> redis.number(Protocol.Command.LLEN, side + step))
                                    .sum()
                            == 10,
                    () -> redis.list(Protocol.Command.KEYS, side + "*"));
            assertThat(redis.list(Protocol.Command.KEYS, side + "*"))
                    .containsExactlyInAnyOrderElementsOf(
                            STEPS.stream().map(step -> side + step).toList());
            assertThat(STEPS.stream().map(step -> redis.number(Protocol.Command.LLEN, side + step)))
                    .containsExactly(3L, 3L, 3L, 1L);
        }
    }

    @Test
    @Line(53)
    void a_prefix_of_all_keys_is_understood_by_both_sides() throws Exception {
        var prefix = "app.conf.broker_transport_options = {'global_keyprefix': 'shop:'}\n";
        var lovage = fleet().another(Map.of(
                Setting.BROKER_TRANSPORT_OPTIONS,
                "{\"global_keyprefix\": \"shop:\"}",
                Setting.WORKER_SEND_TASK_EVENTS,
                "true",
                Setting.TASK_ROUTES,
                "{\"p.*\": \"shop-p\", \"j.*\": \"shop-j\"}"));
        var redis = redis();
        var python = fleet().pythonWorker(prefix, "-Q", "shop-p", "-n", "shop@python", "-E");
        fleet().closing(fleet().builder(lovage)
                .queues("shop-j")
                .name("shop@java")
                .start());

        assertThat(lovage.send(P_ECHO.with("from Java")).await(LONG)).isEqualTo("from Java");
        assertThat(fleet().python().run("from app import app\n" + prefix + """
                print(app.send_task('j.echo', ['from Python'], queue='shop-j').get(timeout=40))
                print(sorted(name for reply in app.control.ping(timeout=10, limit=2) for name in reply))
                seen = set()
                with app.connection() as connection:
                    def see(event):
                        seen.add(event['hostname'])
                        if seen >= {'shop@java', 'shop@python'}:
                            raise KeyboardInterrupt
                    try:
                        app.events.Receiver(connection, handlers={'worker-heartbeat': see}).capture(timeout=40)
                    except KeyboardInterrupt:
                        print(sorted(seen))
                """))
                .containsExactly("from Python", "['shop@java', 'shop@python']", "['shop@java', 'shop@python']");
        try (var control = lovage.control()) {
            assertThat(control.ask(Command.of("ping").to("shop@python").within(LONG)))
                    .hasSize(1);
        }
        python.close();
        assertThat(redis.list(Protocol.Command.KEYS, "*shop*")).isNotEmpty().allMatch(key -> key.startsWith("shop:"));
    }

    @Test
    @Line(54)
    void queues_of_equal_load_are_served_in_turn() {
        var redis = redis();
        var queues = List.of("turn-a", "turn-b", "turn-c");
        fleet().python().run("""
                from app import app
                for queue in ['turn-a', 'turn-b', 'turn-c']:
                    for i in range(30):
                        app.send_task('j.echo', [queue], queue=queue, ignore_result=True)
                """);
        assertThat(redis.number(Protocol.Command.LLEN, "turn-c")).isEqualTo(30);

        fleet().closing(fleet().builder(fleet().lovage())
                .queues(queues.toArray(String[]::new))
                .name("turn@java")
                .pool(Pool.threads(1))
                .start());

        Eventually.until("all have run", () -> order.size() == 90, () -> order);
        for (int i = 0; i < 90; i += 3) {
            assertThat(new ArrayList<>(order.subList(i, i + 3)))
                    .as("tasks " + i + " to " + (i + 2))
                    .containsExactlyInAnyOrderElementsOf(queues);
        }
    }
}
