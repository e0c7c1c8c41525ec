package dev.lovage.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.engine.Lovage;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.task.Tasks;
import dev.lovage.engine.transport.Bridge;
import dev.lovage.engine.worker.Pool;
import dev.lovage.engine.worker.Worker;
import dev.lovage.testkit.Eventually;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import redis.clients.jedis.Protocol.Command;

/// What bounds a task, a child process and a worker, and what is left at their ends.
@ParameterizedClass
@EnumSource(Kind.class)
class LimitsTest extends Lines {
    private static final Duration LONG = Duration.ofSeconds(40);
    private static final Task<String, String> J_HANG = Task.named("j.hang", String.class, String.class);

    @TempDir
    Path folder;

    private final Gates gates = new Gates();

    @Override
    String pythonTasks() {
        return """
            @app.task(name='j.hang')
            def hang(text):
                return text + ' in Python'

            @app.task(name='p.errback')
            def errback(id):
                app.backend.client.rpush('errbacks', id)
            """;
    }

    @Override
    void register(Tasks tasks) {
        tasks.handle(J_HANG, text -> {
            gates.pass(text);
            return text;
        });
    }

    @AfterEach
    void clear() {
        gates.clear();
    }

    private Lovage forked(String queue, Map<Setting, String> settings) {
        var all = new HashMap<>(settings);
        all.put(Setting.TASK_ROUTES, "{\"p.*\": \"python\"}");
        var lovage = fleet().another(all);
        fleet().closing(lovage.worker()
                .tasks(new ForkedTasks())
                .queues(queue)
                .name(queue + "@java")
                .pool(Pool.processes(1))
                .start());
        return lovage;
    }

    @Test
    @Line(92)
    void a_soft_limit_can_be_caught_and_a_hard_one_ends_the_task_and_calls_its_errback() {
        fleet().pythonWorker();
        forked("limited", Map.of());
        assertThat(fleet().python().run("""
                from app import app
                def get(task, **limits):
                    try:
                        print(app.send_task(task, [task], queue='limited', task_id='of ' + task,
                                            link_error=app.signature('p.errback'), **limits).get(timeout=50))
                    except Exception as e:
                        print(type(e).__module__, type(e).__name__)
                get('j.catches', soft_time_limit=0.5)
                get('j.waits', soft_time_limit=0.5)
                get('j.stubborn', soft_time_limit=0.3, time_limit=0.6)
                """))
                .containsExactly(
                        "j.catches was caught",
                        "billiard.exceptions SoftTimeLimitExceeded",
                        "billiard.exceptions TimeLimitExceeded");
        try (var redis = new Raw(fleet().redis().port(), 1)) {
            Eventually.until(
                    "both errbacks were called",
                    () -> redis.number(Command.LLEN, "errbacks") == 2,
                    () -> redis.list(Command.LRANGE, "errbacks", 0, -1));
            assertThat(redis.list(Command.LRANGE, "errbacks", 0, -1)).containsExactly("of j.waits", "of j.stubborn");
            redis.ask(Command.DEL, "errbacks");
        }
    }

    @Test
    @Line(95)
    void a_child_process_runs_so_many_tasks_and_then_another_one_does() throws Exception {
        var same = forked("same", Map.of());
        var pid = same.send(ForkedTasks.J_PID.with("").queue("same")).await(LONG);
        assertThat(same.send(ForkedTasks.J_PID.with("").queue("same")).await(LONG))
                .isEqualTo(pid);
        var fresh = forked("fresh", Map.of(Setting.WORKER_MAX_TASKS_PER_CHILD, "1"));
        pid = fresh.send(ForkedTasks.J_PID.with("").queue("fresh")).await(LONG);
        assertThat(fresh.send(ForkedTasks.J_PID.with("").queue("fresh")).await(LONG))
                .isNotEqualTo(pid);
    }

    /// Celery looks when the task has ended; a task that needs more than there is would not end.
    @Test
    @Line(95)
    void a_child_process_that_uses_too_much_memory_is_gone_and_its_task_is_lost() throws Exception {
        var lovage =
                forked("lean", Map.of(Setting.WORKER_MAX_MEMORY_PER_CHILD, "300000", Setting.TASK_CRASHES_MAX, "1"));
        assertThat(fleet().python().run("""
                from app import app
                try:
                    app.send_task('j.hog', [2000], queue='lean').get(timeout=50)
                except Exception as e:
                    print(type(e).__name__)
                """)).containsExactly("WorkerLostError");
        assertThat(lovage.send(ForkedTasks.J_HOG.with(1).queue("lean")).await(LONG))
                .isEqualTo(1);
    }

    @Test
    @Line(64)
    void a_state_that_a_child_process_tells_is_seen_by_python() throws IOException {
        var lovage = forked("telling", Map.of());
        var file = folder.resolve("go");
        var sent = lovage.send(
                ForkedTasks.J_TELLS.with(file.toString()).queue("telling").taskId("told"));
        Eventually.until("it has told", () -> sent.meta().isPresent(), sent::state);
        assertThat(fleet().python().run("""
                from app import app
                print(app.AsyncResult('told').state, list(app.AsyncResult('told').info))
                """)).containsExactly("PROGRESS ['pid']");
        Files.createFile(file);
        assertThat(fleet().python().run("""
                from app import app
                print(app.AsyncResult('told').get(timeout=40))
                """)).containsExactly("told");
    }

    private Worker oneAtATime(Lovage lovage, String queue) {
        return fleet().closing(fleet().builder(lovage)
                .queues(queue)
                .name(queue + "@java")
                .pool(Pool.threads(1))
                .start());
    }

    @Test
    @Line(93)
    void a_worker_that_ends_warmly_finishes_what_runs_and_leaves_the_rest_to_others() throws Exception {
        var lovage = fleet().lovage();
        var worker = oneAtATime(lovage, "warm");
        var running = lovage.send(J_HANG.with("93").queue("warm"));
        gates.awaitReached("93");
        fleet().python().run("""
                from app import app
                for i in range(2):
                    app.send_task('j.hang', ['waiting'], queue='warm', task_id='waiting-%d' % i)
                """);
        var ending = Thread.ofVirtual().start(worker::close);
        Eventually.until("it ends", () -> ready("warm") == 2, () -> ready("warm") + " are there");
        gates.open("93");
        ending.join();

        assertThat(running.await(LONG)).isEqualTo("93");
        assertThat(ready("warm")).isEqualTo(2);
        assertThat(fleet().unacknowledged("warm")).isZero();
        fleet().pythonWorker("", "-Q", "warm", "-n", "warm@python");
        assertThat(fleet().python().run("""
                from app import app
                print([app.AsyncResult('waiting-%d' % i).get(timeout=40) for i in range(2)])
                """)).containsExactly("['waiting in Python', 'waiting in Python']");
    }

    private long ready(String queue) {
        return ((Bridge) fleet().lovage().backbone())
                .transport().depths(Set.of(queue)).values().stream()
                        .mapToLong(depth -> depth.ready())
                        .sum();
    }

    @Test
    @Line(94)
    void what_does_not_end_within_the_grace_is_stopped_and_goes_to_python() throws Exception {
        var lovage = fleet().another(Map.of(Setting.WORKER_SHUTDOWN_GRACE, "0.2", Setting.TASK_ROUTES, "{}"));
        var worker = oneAtATime(lovage, "cold");
        var sent = lovage.send(J_HANG.with("94").queue("cold"));
        gates.awaitReached("94");

        worker.close();

        fleet().pythonWorker("", "-Q", "cold", "-n", "cold@python");
        assertThat(sent.await(LONG)).isEqualTo("94 in Python");
        fleet().awaitEmpty("cold");
    }
}
