package dev.lovage.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lovage.engine.result.TaskState;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.task.Tasks;
import dev.lovage.engine.worker.Pool;
import dev.lovage.testkit.Eventually;
import dev.lovage.testkit.LocalRabbit;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import redis.clients.jedis.Protocol.Command;

/// Tasks that take longer, and messages that are handed out more often, than a broker has patience for.
@ParameterizedClass
@EnumSource(Kind.class)
class PatienceTest extends Lines {
    private static final Duration LONG = Duration.ofSeconds(40);
    private static final Task<String, String> J_SLOW = Task.named("j.slow", String.class, String.class);
    private static final Task<String, String> J_ECHO = Task.named("j.echo", String.class, String.class);

    private final Gates gates = new Gates();
    private final AtomicInteger runs = new AtomicInteger();

    @Override
    String pythonTasks() {
        return """
            @app.task(name='j.slow')
            def slow(text):
                return text + ' in Python'
            """;
    }

    @Override
    void register(Tasks tasks) {
        tasks.handle(J_SLOW, text -> {
            runs.incrementAndGet();
            gates.pass(text);
            return text;
        });
        tasks.handle(J_ECHO, text -> {
            runs.incrementAndGet();
            return text;
        });
    }

    @AfterEach
    void clear() {
        gates.clear();
        runs.set(0);
    }

    /// Python's worker restores what is too old when it connects, and now and then.
    @Test
    @Timeout(value = 15, unit = TimeUnit.MINUTES)
    void a_task_runs_once_though_it_takes_many_visibility_timeouts() throws Exception {
        assumeTrue(kind() == Kind.REDIS, "RabbitMQ has no visibility timeout");
        int seconds = Length.full() ? 60 : 3;
        int timeouts = Length.full() ? 10 : 4;
        var lovage = fleet().another(Map.of(
                Setting.BROKER_TRANSPORT_OPTIONS,
                "{\"visibility_timeout\": " + seconds + "}",
                Setting.TASK_ROUTES,
                "{}"));
        fleet().closing(fleet().builder(lovage)
                .queues("visible")
                .name("visible@java")
                .start());
        var sent = lovage.send(J_SLOW.with("slow").queue("visible"));
        gates.awaitReached("slow");
        fleet().pythonWorker(
                        "app.conf.broker_transport_options = {'visibility_timeout': " + seconds + "}",
                        "-Q",
                        "visible",
                        "-n",
                        "visible@python");
        var redis = fleet().closing(new Raw(fleet().redis().port(), 0));
        var begin = System.nanoTime();
        var scores = new HashSet<String>();
        Eventually.until(
                "it has taken many visibility timeouts",
                Duration.ofSeconds(2L * timeouts * seconds),
                () -> {
                    scores.add(redis.list(Command.ZRANGE, "unacked_index", 0, 0, "WITHSCORES")
                            .toString());
                    return System.nanoTime() - begin > TimeUnit.SECONDS.toNanos((long) timeouts * seconds);
                },
                () -> scores);
        gates.open("slow");

        assertThat(sent.await(LONG)).isEqualTo("slow");
        assertThat(runs).hasValue(1);
        assertThat(scores).hasSizeGreaterThan(timeouts);
        fleet().awaitEmpty("visible");
    }

    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void a_message_outlives_more_restarts_than_its_queue_allows_deliveries() throws Exception {
        if (kind() == Kind.RABBITMQ) {
            LocalRabbit.shared()
                    .control(
                            "set_policy",
                            "-p",
                            fleet().vhost(),
                            "limit",
                            "^limited$",
                            "{\"delivery-limit\": 3}",
                            "--apply-to",
                            "queues");
        }
        var settings = Map.of(
                Setting.TASK_CREATE_MISSING_QUEUE_TYPE, "quorum",
                Setting.WORKER_SHUTDOWN_GRACE, "0.1",
                Setting.TASK_ANNOTATIONS, "{\"j.echo\": {\"rate_limit\": \"2/s\"}}",
                Setting.TASK_ROUTES, "{}");
        var lovage = fleet().another(settings);
        int restarts = 10;
        for (int i = 0; i < 20; i++) {
            lovage.send(J_ECHO.with("limited").queue("limited").taskId("limited-" + i));
        }
        var held = lovage.send(J_SLOW.with("held").queue("limited"));
        for (int i = 0; i < restarts; i++) {
            int before = runs.get();
            try (var _ = fleet().builder(lovage)
                    .queues("limited")
                    .name("limited" + i + "@java")
                    .pool(Pool.threads(1 + i % 2))
                    .start()) {
                Eventually.until("it does something", () -> runs.get() > before, runs::get);
            }
        }
        gates.open("held");
        fleet().closing(fleet().builder(lovage)
                .queues("limited")
                .name("last@java")
                .start());

        assertThat(held.await(LONG)).isEqualTo("held");
        for (int i = 0; i < 20; i++) {
            var id = "limited-" + i;
            Eventually.until(
                    id + " has run",
                    () -> lovage.backbone()
                            .results()
                            .result(id)
                            .filter(meta -> meta.state() == TaskState.SUCCESS)
                            .isPresent(),
                    () -> lovage.backbone().results().result(id));
        }
        fleet().awaitEmpty("limited");
    }

    /// RabbitMQ looks once a minute who holds a message for too long.
    @Test
    @Tag("long")
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    void a_task_runs_once_though_it_takes_longer_than_the_consumer_timeout() throws Exception {
        assumeTrue(kind() == Kind.RABBITMQ, "Redis has no consumer timeout");
        try (var fleet = Fleet.onItsOwn(kind(), Map.of("consumer_timeout", "60000"), pythonTasks(), this::register)) {
            fleet.worker();
            var sent = fleet.lovage().send(J_SLOW.with("patient"));
            gates.awaitReached("patient");
            var begin = System.nanoTime();
            Eventually.until(
                    "three minutes have passed",
                    Duration.ofMinutes(4),
                    () -> System.nanoTime() - begin > TimeUnit.MINUTES.toNanos(3),
                    sent::state);
            gates.open("patient");

            assertThat(sent.await(LONG)).isEqualTo("patient");
            assertThat(runs).hasValue(1);
            assertThat(fleet.lovage().send(J_SLOW.with("patient")).await(LONG)).isEqualTo("patient");
            fleet.awaitEmpty("java");
        }
    }
}
