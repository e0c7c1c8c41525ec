package dev.lovage.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.engine.json.Json;
import dev.lovage.engine.message.Times;
import dev.lovage.engine.result.Failures;
import dev.lovage.engine.result.TaskState;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.task.SoftTimeLimitExceeded;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.task.TaskContext;
import dev.lovage.engine.task.TaskProvider;
import dev.lovage.engine.task.Tasks;
import dev.lovage.testkit.Eventually;
import dev.lovage.testkit.PythonCelery;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/// When tasks start, until when, and for how long they run.
@ParameterizedClass
@EnumSource(Kind.class)
class TimesTest extends Mixed {
    private static final Duration NOISE = Duration.ofSeconds(10);

    private volatile CountDownLatch held = new CountDownLatch(1);
    private volatile CountDownLatch holding = new CountDownLatch(1);

    /// Tasks that a child process can have, too.
    public static final class Limited implements TaskProvider {
        @Override
        public void register(Tasks tasks) {
            tasks.handle(Task.named("j.tidies", Void.class, Double.class), _ -> {
                var began = System.nanoTime();
                try {
                    new CountDownLatch(1).await();
                } catch (InterruptedException e) {
                    try {
                        TaskContext.current().checkDeadline();
                    } catch (SoftTimeLimitExceeded limit) {
                        return (System.nanoTime() - began) / 1e9;
                    }
                }
                throw new IllegalStateException("not stopped by its soft limit");
            });
            tasks.handle(Task.named("j.stubborn", Void.class, Void.class), _ -> {
                while (true) {
                    try {
                        new CountDownLatch(1).await();
                    } catch (InterruptedException e) {
                        Thread.interrupted();
                    }
                }
            });
        }
    }

    @Override
    String pythonTasks() {
        return TASKS + """

                @app.task(name='p.started', bind=True)
                def started(self):
                    return [time.time(), self.request.eta]
                """;
    }

    @Override
    void register(Tasks tasks) {
        super.register(tasks);
        tasks.handle(
                Task.named("j.started", Void.class, JsonNode.class),
                _ -> Json.array()
                        .add(System.currentTimeMillis() / 1e3)
                        .add(TaskContext.current().headers().path("eta")));
        tasks.handle(Task.named("j.hold", Void.class, Boolean.class), _ -> {
            holding.countDown();
            held.await();
            return true;
        });
    }

    @Test
    @Line(4)
    void a_countdown_of_three_seconds_from_java_starts_after_three_seconds_in_python() throws Exception {
        fleet().pythonWorker();
        var sent = Instant.now();
        var answer = result(step('p', "started").countdown(Duration.ofSeconds(3)));
        var started = Instant.ofEpochMilli((long) (answer.get(0).doubleValue() * 1000) + 1);
        assertThat(started).isBetween(sent.plusSeconds(3), sent.plusSeconds(3).plus(NOISE));
        var eta = answer.get(1).stringValue();
        assertThat(eta).matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{6}\\+00:00");
        assertThat(Times.read(answer.get(1))).isBetween(sent.plusSeconds(3), sent.plusMillis(3500));
    }

    @Test
    @Line(5)
    void an_eta_with_an_offset_from_python_runs_at_the_right_instant() {
        fleet().worker();
        assertThat(fleet().python().run("""
                from datetime import datetime, timedelta, timezone
                from app import s
                eta = datetime.now(timezone(timedelta(hours=2))) + timedelta(seconds=2)
                started, header = s('j', 'started').apply_async(eta=eta).get(timeout=40)
                print(header == eta.isoformat(), header[-6:], 0 <= started + .001 - eta.timestamp() < 10, started, eta)
                """).getLast()).startsWith("True +02:00 True");
    }

    @Test
    @Line(6)
    void what_has_expired_in_the_hands_of_a_java_worker_is_revoked() throws Exception {
        forgetNotes();
        var telling = fleet().another(Map.of(Setting.WORKER_SEND_TASK_EVENTS, "true"));
        fleet().closing(fleet().builder(telling)
                .queues("telling")
                .name("telling@java")
                .start());
        var events = revokes();
        fleet().python().run("""
                from app import s
                s('j', 'note', 'expired').apply_async(queue='telling', countdown=2, expires=1, task_id='expired')
                """);
        revoked("expired");
        events.says("revoked expired True False");
        assertThat(noted()).isEmpty();
    }

    @Test
    @Line(6)
    void what_expires_while_a_java_worker_is_busy_is_not_run() throws Exception {
        held = new CountDownLatch(1);
        holding = new CountDownLatch(1);
        forgetNotes();
        var busy = fleet().another(Map.of(Setting.WORKER_CONCURRENCY, "1", Setting.WORKER_SEND_TASK_EVENTS, "true"));
        fleet().closing(fleet().builder(busy).queues("busy").name("busy@java").start());
        var events = revokes();
        fleet().python().run("""
                from app import s
                s('j', 'hold').apply_async(queue='busy')
                """);
        holding.await();
        fleet().python().run("""
                from app import s
                s('j', 'note', 'late').apply_async(queue='busy', expires=1, task_id='late')
                s('j', 'note', 'last').apply_async(queue='busy', task_id='last')
                """);
        var expired = Instant.now().plusSeconds(1);
        Eventually.until("a second has gone by", () -> Instant.now().isAfter(expired), Instant::now);
        held.countDown();
        ended("last");
        assertThat(noted()).containsExactly("last");
        if (kind == Kind.REDIS) { // RabbitMQ drops what expires in a queue
            revoked("late");
            events.says("revoked late True False");
        }
    }

    private PythonCelery.Running revokes() {
        var events = fleet().closing(fleet().python().start("""
                from app import app
                def revoked(event):
                    print('revoked', event['uuid'], event['expired'], event['terminated'], flush=True)
                with app.connection_for_read() as connection:
                    receiver = app.events.Receiver(connection, handlers={'task-revoked': revoked,
                        'worker-heartbeat': lambda event: print('listening', flush=True)})
                    receiver.capture(limit=None, timeout=None)
                """));
        events.says("listening");
        return events;
    }

    private void revoked(String id) throws InterruptedException {
        var meta = ended(id);
        assertThat(meta.state()).isEqualTo(TaskState.REVOKED);
        assertThat(Failures.line(meta.result())).isEqualTo("TaskRevokedError('expired')");
        assertThat(fleet().python().run("""
                import sys
                from app import app
                print(app.AsyncResult(sys.argv[1]).state, repr(app.AsyncResult(sys.argv[1]).result))
                """, id)).containsExactly("REVOKED TaskRevokedError('expired')");
    }

    @Test
    @Line(7)
    void expires_is_a_header_and_rabbitmq_is_not_told() {
        var expires = Instant.parse("2126-01-02T03:04:05.678901Z");
        fleet().lovage().send(step('p', "echo", 1).expires(expires).queue("expiring"));
        var message = fleet().tap("expiring", 1).getFirst();
        assertThat(message.at("/headers/expires").asString()).isEqualTo("2126-01-02T03:04:05.678901+00:00");
        if (kind == Kind.RABBITMQ) {
            assertThat(message.path("properties").has("expiration")).isFalse();
        } else {
            assertThat(message.at("/properties/expiration").asString()).matches("\\d+");
        }
    }

    @Test
    @Line(7)
    void what_expires_on_its_way_is_revoked_by_whoever_receives_it() throws Exception {
        fleet().lovage()
                .send(step('p', "note", "gone")
                        .expires(Instant.now().plusMillis(900))
                        .taskId("gone")
                        .queue("later"));
        var expired = Instant.now().plusSeconds(2);
        Eventually.until("it has expired", () -> Instant.now().isAfter(expired), Instant::now);
        fleet().closing(fleet().python().worker("-Q", "later", "-n", "later@python"));
        assertThat(ended("gone").state()).isEqualTo(TaskState.REVOKED);
        assertThat(noted()).doesNotContain("gone");
    }

    @Test
    @Line(8)
    void limits_from_python_hold_in_java() {
        fleet().closing(fleet().builder(fleet().another(Map.of()))
                .tasks(new Limited())
                .queues("limited")
                .name("limited@java")
                .start());
        assertThat(fleet().python().run("""
                import time
                from app import s
                sent = time.time()
                tidies = s('j', 'tidies').apply_async(queue='limited', time_limit=30, soft_time_limit=2)
                stubborn = s('j', 'stubborn').apply_async(queue='limited', time_limit=5, soft_time_limit=2)
                print(tidies.get(timeout=40) < 30, time.time() - sent >= 2)
                stubborn.get(timeout=40, propagate=False)
                print(stubborn.state, type(stubborn.result).__name__, time.time() - sent >= 5)
                """)).containsExactly("True True", "FAILURE TimeLimitExceeded True");
    }
}
