package dev.lovage.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.control.Control.Command;
import dev.lovage.engine.result.TaskFailed;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.store.Store;
import dev.lovage.engine.task.RejectTask;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.task.Tasks;
import dev.lovage.engine.worker.Pool;
import dev.lovage.testkit.Eventually;
import dev.lovage.testkit.LocalRabbit;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// What both sides declare at RabbitMQ, quorum queues, dead letters, and results over messages.
@ParameterizedClass
@EnumSource(names = "RABBITMQ")
class RabbitQueuesTest extends Lines {
    private static final Duration LONG = Duration.ofSeconds(40);
    private static final Task<String, String> J_ECHO = Task.named("j.echo", String.class, String.class);
    private static final Task<String, String> J_FAIL = Task.named("j.fail", String.class, String.class);
    private static final Task<String, String> J_HANG = Task.named("j.hang", String.class, String.class);
    private static final Task<String, String> J_REJECT = Task.named("j.reject", String.class, String.class);
    private static final Task<String, String> P_ECHO = Task.named("p.echo", String.class, String.class);
    private static final Task<String, String> P_FAIL = Task.named("p.fail", String.class, String.class);

    /// Queues that are as special as both sides can say.
    private static final String QUEUES = """
            from kombu import Exchange, Queue
            app.conf.task_queue_max_priority = 5
            app.conf.task_queues = [
                Queue('python', Exchange('python'), routing_key='python'),
                Queue('urgent', Exchange('urgent'), routing_key='urgent', max_priority=9),
                Queue('topics', Exchange('topics', type='topic'), routing_key='a.*.b'),
                Queue('lettered', Exchange('lettered'), routing_key='lettered',
                      queue_arguments={'x-dead-letter-exchange': 'letters', 'x-message-ttl': 600000}),
            ]
            """;

    private static final String SAME_QUEUES = """
            {"java": {}, "python": {},
             "urgent": {"max_priority": 9},
             "topics": {"exchange": "topics", "exchange_type": "topic", "routing_key": "a.*.b"},
             "lettered": {"queue_arguments": {"x-dead-letter-exchange": "letters", "x-message-ttl": 600000}}}
            """;

    private final Gates gates = new Gates();
    private final AtomicInteger rejected = new AtomicInteger();

    @Override
    String pythonTasks() {
        return """
            @app.task(name='p.echo')
            def echo(text):
                return text

            @app.task(name='p.fail')
            def fail(text):
                raise KeyError(text)
            """;
    }

    @Override
    void register(Tasks tasks) {
        tasks.handle(J_ECHO, text -> text);
        tasks.handle(J_FAIL, text -> {
            throw new IllegalStateException(text);
        });
        tasks.handle(J_HANG, text -> {
            gates.pass(text);
            return text;
        });
        tasks.handle(J_REJECT, text -> {
            rejected.incrementAndGet();
            throw new RejectTask(text, false);
        });
    }

    @AfterEach
    void clear() {
        gates.clear();
    }

    @Test
    @Line(44)
    void java_declares_what_python_has_declared() throws Exception {
        declaredByBoth(true);
    }

    @Test
    @Line(44)
    void python_declares_what_java_has_declared() throws Exception {
        declaredByBoth(false);
    }

    /// On a broker of its own, where nothing was declared before.
    private void declaredByBoth(boolean pythonFirst) throws Exception {
        try (var broker = fleet().onAnotherBroker(QUEUES)) {
            var java = broker.another(Map.of(
                    Setting.TASK_QUEUES, SAME_QUEUES,
                    Setting.TASK_QUEUE_MAX_PRIORITY, "5",
                    Setting.WORKER_SEND_TASK_EVENTS, "true"));
            var all = new String[] {"urgent", "topics", "lettered", "java"};
            if (!pythonFirst) {
                broker.closing(
                        broker.builder(java).queues(all).name("both@java").start());
            }
            var python = broker.pythonWorker("", "-Q", "urgent,topics,lettered,python", "-n", "both@python", "-E");
            if (pythonFirst) {
                broker.closing(
                        broker.builder(java).queues(all).name("both@java").start());
            }
            assertThat(broker.python().run("""
                    from app import app
                    print(app.send_task('j.echo', ['x'], queue='java').get(timeout=40))
                    print(sorted(name for reply in app.control.ping(timeout=20, limit=2) for name in reply))
                    """)).containsExactly("x", "['both@java', 'both@python']");
            assertThat(java.send(P_ECHO.with("y").queue("python")).await(LONG)).isEqualTo("y");
            try (var control = java.control()) {
                assertThat(control.ask(Command.of("ping"))).hasSize(2);
            }
            assertThat(python.output()).noneMatch(line -> line.contains("PRECONDITION") || line.contains("Traceback"));
        }
    }

    @Test
    @Line(45)
    void a_worker_of_quorum_queues_has_a_bound_for_each_consumer() {
        var lovage = fleet().another(Map.of(
                Setting.TASK_CREATE_MISSING_QUEUE_TYPE, "quorum",
                Setting.TASK_ROUTES, "{}"));
        fleet().closing(fleet().builder(lovage)
                .queues("quorum-a", "quorum-b")
                .name("quorum@java")
                .pool(Pool.threads(2))
                .start());
        fleet().python().run("""
                from app import *
                from kombu import Queue
                queues = [Queue(name, queue_arguments={'x-queue-type': 'quorum'}) for name in ['quorum-a', 'quorum-b']]
                app.conf.task_queues = queues
                for i in range(6):
                    app.send_task('j.hang', ['quorum %d' % i], queue=queues[i % 2], task_id='quorum-%d' % i)
                """);
        Eventually.until(
                "two of them run",
                () -> fleet().unacknowledged("quorum-a") + fleet().unacknowledged("quorum-b") == 2,
                () -> fleet().unacknowledged("quorum-a") + " and " + fleet().unacknowledged("quorum-b"));
        for (int i = 0; i < 6; i++) {
            gates.open("quorum " + i);
        }
        assertThat(fleet().python().run("""
                from app import app
                for i in range(6):
                    assert app.AsyncResult('quorum-%d' % i).get(timeout=40) == 'quorum %d' % i
                print('all')
                """)).containsExactly("all");
        fleet().awaitEmpty("quorum-a");
        fleet().awaitEmpty("quorum-b");
        var consumers = LocalRabbit.shared()
                .control("list_consumers", "-q", "-p", fleet().vhost(), "queue_name", "prefetch_count");
        assertThat(consumers.lines().filter(line -> line.startsWith("quorum-")))
                .hasSizeGreaterThanOrEqualTo(2)
                .allMatch(line -> Integer.parseInt(line.split("\t", -1)[1]) > 0);
    }

    /// Celery hands it to the queue's dead-letter exchange, where there is one; ours keeps it with its history.
    @Test
    @Line(49)
    void what_is_rejected_is_a_dead_letter_of_the_store_and_not_of_the_broker() {
        var lovage = fleet().another(Map.of(
                Setting.TASK_QUEUES,
                "{\"rejecting\": {\"queue_arguments\": {\"x-dead-letter-exchange\": \"\","
                        + " \"x-dead-letter-routing-key\": \"rejected\"}}, \"rejected\": {}, \"python\": {}}",
                Setting.TASK_ROUTES,
                "{}"));
        fleet().closing(fleet().builder(lovage)
                .queues("rejecting")
                .name("rejecting@java")
                .start());
        assertThat(fleet().python().run("""
                from app import *
                from kombu import Queue
                rejecting = Queue('rejecting', queue_arguments={'x-dead-letter-exchange': '',
                                                                'x-dead-letter-routing-key': 'rejected'})
                with app.connection() as connection:
                    Queue('rejected').bind(connection.default_channel).declare()
                    try:
                        app.send_task('j.reject', ['not today'], queue=rejecting).get(timeout=40)
                    except Exception as e:
                        print(type(e).__name__)
                    print(Queue('rejected').bind(connection.default_channel).queue_declare(passive=True).message_count)
                """)).containsExactly("Reject", "0");
        fleet().awaitEmpty("rejecting");
        assertThat(rejected).hasValue(1);
        assertThat(lovage.backbone().store().inventory())
                .extracting(Store.Entry::custody)
                .containsExactly(Custody.DEAD);
    }

    @Test
    @Line(67)
    void results_travel_over_rpc_both_ways() throws Exception {
        var rpc = "app.conf.result_backend = 'rpc://'\n";
        var java = fleet().another(Map.of(Setting.RESULT_BACKEND, "rpc://", Setting.TASK_ROUTES, "{}"));
        fleet().closing(fleet().builder(java).queues("rpc-j").name("rpc@java").start());
        fleet().pythonWorker(rpc, "-Q", "rpc-p", "-n", "rpc@python");

        assertThat(fleet().python().run("from app import app\n" + rpc + """
                print(app.send_task('j.echo', ['over rpc'], queue='rpc-j').get(timeout=40))
                try:
                    app.send_task('j.fail', ['badly'], queue='rpc-j').get(timeout=40)
                except Exception as e:
                    print(type(e).__name__, e)
                """))
                .containsExactly("over rpc", "IllegalStateException badly");

        assertThat(java.send(P_ECHO.with("back").queue("rpc-p")).await(LONG)).isEqualTo("back");
        var failing = java.send(P_FAIL.with("badly").queue("rpc-p"));
        var failed = catchThrowableOfType(TaskFailed.class, () -> failing.await(LONG));
        assertThat(failed).hasMessageContaining("KeyError('badly')");
    }
}
