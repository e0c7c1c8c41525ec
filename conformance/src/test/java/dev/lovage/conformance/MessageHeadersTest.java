package dev.lovage.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.engine.Lovage;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.task.RetryTask;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.task.TaskContext;
import dev.lovage.engine.task.Tasks;
import dev.lovage.testkit.Eventually;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import redis.clients.jedis.Protocol.Command;
import tools.jackson.databind.JsonNode;

/// What stands around a task's arguments: headers, properties, priorities.
@ParameterizedClass
@EnumSource(Kind.class)
class MessageHeadersTest extends Mixed {
    private static final List<String> PROTOCOL_2 = List.of(
            "lang",
            "task",
            "id",
            "shadow",
            "eta",
            "expires",
            "group",
            "group_index",
            "retries",
            "timelimit",
            "root_id",
            "parent_id",
            "argsrepr",
            "kwargsrepr",
            "origin",
            "ignore_result",
            "replaced_task_nesting",
            "stamped_headers",
            "stamps");

    @Override
    String pythonTasks() {
        return TASKS + """

                from kombu import Exchange, Queue
                if os.environ['BROKER_URL'].startswith('amqp'):
                    app.conf.task_queues = [Queue('python', Exchange('python'), 'python'), Queue('java', Exchange('java'), 'java')] + [
                        Queue(name, Exchange(name), name, queue_arguments={'x-max-priority': 10}) for name in ('ranked', 'jranked')]

                @app.task(name='p.told', bind=True)
                def told(self, *args, **kwargs):
                    return [self.request.argsrepr, self.request.kwargsrepr]

                @app.task(name='p.headed', bind=True, max_retries=3)
                def headed(self):
                    if self.request.retries < 1:
                        raise self.retry(countdown=0)
                    return [self.request.retries, self.request.get('h1')]

                @app.task(name='p.header')
                def header():
                    return header.request.get('h1')
                """;
    }

    @Override
    void register(Tasks tasks) {
        super.register(tasks);
        tasks.handle(Task.named("j.headed", Void.class, JsonNode.class), _ -> {
            var context = TaskContext.current();
            if (context.retries() < 1) {
                throw new RetryTask(new IllegalStateException("again"), Duration.ZERO);
            }
            return Json.array().add(context.retries()).add(context.headers().path("h1"));
        });
        tasks.handle(
                Task.named("j.header", Void.class, JsonNode.class),
                _ -> TaskContext.current().headers().path("h1"));
        tasks.handle(Task.named("j.rank", Integer.class, Integer.class), rank -> {
            ask(Command.RPUSH, "noted", rank.toString());
            return rank;
        });
    }

    @Test
    @Line(3)
    void messages_have_the_headers_of_protocol_2_and_no_others() {
        fleet().lovage().send(step('p', "add", 1, 2).queue("tap"));
        var message = fleet().tap("tap", 1).getFirst();
        assertThat(message.path("headers").propertyNames()).containsExactlyInAnyOrderElementsOf(PROTOCOL_2);
        assertThat(message.path("content_type").asString()).isEqualTo("application/json");
        assertThat(message.path("content_encoding").asString()).isEqualTo("utf-8");
        assertThat(message.at("/properties/correlation_id")).isEqualTo(message.at("/headers/id"));
        assertThat(message.at("/properties/delivery_mode").asInt()).isEqualTo(2);
        assertThat(message.at("/properties/priority").asInt(-1)).isZero();
        assertThat(message.at("/properties/reply_to").asString("")).isNotEmpty();
        assertThat(new String(Base64.getDecoder().decode(message.path("body").asString()), UTF_8))
                .isEqualTo("[[1,2],{},{\"callbacks\":null,\"errbacks\":null,\"chain\":null,\"chord\":null}]");
    }

    @Test
    @Line(3)
    void a_python_worker_logs_what_it_received_and_how_it_ended() throws Exception {
        var worker = fleet().pythonWorker();
        assertThat(result(step('p', "told", 1, "a", List.of(2.5)).taskId("logged")))
                .isEqualTo(Json.tree(List.of("(1, 'a', [2.5])", "{}")));
        worker.says("Task p.told[logged] received");
        worker.says("Task p.told[logged] succeeded in");
    }

    @Test
    @Line(13)
    void priorities_go_to_a_python_worker_as_from_python_itself() {
        var lovage = ranked();
        forgetNotes();
        ranks().forEach(rank ->
                lovage.send(step('p', "note", rank.toString()).priority(rank).queue("ranked")));
        arrived("ranked");
        fleet().closing(fleet().python()
                .worker("-Q", "ranked", "-c", "1", "--prefetch-multiplier", "1", "-n", "r@python"));
        Eventually.until("all have run", () -> noted().size() == 6, this::noted);
        assertThat(noted()).containsExactlyElementsOf(inOrder());
    }

    @Test
    @Line(13)
    void priorities_from_python_hold_in_a_java_worker() {
        var lovage = ranked();
        forgetNotes();
        fleet().python().run("""
                from app import app
                for rank in 0, 9, 5, 0, 9, 5:
                    app.send_task('j.rank', [rank], queue='jranked', priority=rank)
                """);
        fleet().closing(fleet().builder(lovage).queues("jranked").name("r@java").start());
        Eventually.until("all have run", () -> noted().size() == 6, this::noted);
        assertThat(noted()).containsExactlyElementsOf(inOrder());
    }

    private Lovage ranked() {
        return fleet().another(Map.of(
                Setting.WORKER_CONCURRENCY,
                "1",
                Setting.TASK_QUEUES,
                "{\"ranked\": {\"max_priority\": 10}, \"jranked\": {\"max_priority\": 10}}"));
    }

    private static List<Integer> ranks() {
        return List.of(0, 9, 5, 0, 9, 5);
    }

    /// On RabbitMQ the higher one is the more urgent one, and on Redis the lower.
    private List<String> inOrder() {
        var order = kind == Kind.RABBITMQ ? IntStream.of(9, 9, 5, 5, 0, 0) : IntStream.of(0, 0, 5, 5, 9, 9);
        return order.mapToObj(String::valueOf).toList();
    }

    /// Waits until what was sent lies at the broker.
    private void arrived(String queue) {
        Eventually.until(
                "six messages lie in " + queue,
                () -> fleet().python().run("""
                                import sys
                                from app import app
                                with app.connection_for_read() as connection:
                                    channel = connection.default_channel
                                    if connection.transport.driver_type == 'redis':
                                        print(sum(channel.client.llen(one) for one in channel.client.keys(sys.argv[1] + '*')))
                                    else:
                                        print(channel.queue_declare(sys.argv[1], passive=True).message_count)
                                """, queue).getLast().equals("6"),
                () -> queue);
    }

    @Test
    @Line(14)
    void a_header_of_one_s_own_is_seen_by_both_and_outlasts_a_retry_in_java() throws Exception {
        fleet().working();
        var header = Json.tree(Map.of("tenant", "t1"));
        for (char language : new char[] {'p', 'j'}) {
            assertThat(result(step(language, "header").header("h1", header)))
                    .as("%s", language)
                    .isEqualTo(header);
        }
        assertThat(result(step('j', "headed").header("h1", header)))
                .isEqualTo(Json.array().add(1).add(header));
        // What becomes of it at a retry in Python is Celery's: 5.2 drops it, whoever sent it.
        assertThat(fleet().python().run("""
                from app import s
                for language in 'pj':
                    print(s(language, 'header').apply_async(headers={'h1': 'x'}).get(timeout=40),
                          language == 'p' or s(language, 'headed').apply_async(headers={'h1': 'x'}).get(timeout=40))
                """)).containsExactly("x True", "x [1, 'x']");
    }

    @Test
    @Line(19)
    void a_header_beyond_32_bits_harms_no_connection() {
        assertThat(fleet().working().python().run("""
                from app import s
                for value in 2**40, -2**40, 2**31, -5, 1.5, True, None, [2**40], {'a': 2**40}:
                    got = s('j', 'header').apply_async(headers={'h1': value}).get(timeout=40)
                    assert got == value, (got, value)
                print('all')
                """)).containsExactly("all");
    }

    @Test
    @Line(20)
    void the_text_of_the_arguments_is_cut_as_python_cuts_it() {
        var lovage = fleet().another(Map.of(Setting.TASK_PAYLOAD_MAX, "4194304"));
        lovage.send(step('p', "echo", "x".repeat(1 << 20)).queue("long"));
        lovage.send(
                step('p', "echo", List.of(IntStream.range(0, 100_000).boxed().toList()))
                        .queue("long"));
        var ours = fleet().tap("long", 2);
        fleet().python().run("""
                from app import s
                s('p', 'echo', 'x' * 2**20).apply_async(queue='long')
                s('p', 'echo', [list(range(100000))]).apply_async(queue='long')
                """);
        var pythons = fleet().tap("long", 2);
        for (int i = 0; i < 2; i++) {
            assertThat(ours.get(i).at("/headers/argsrepr"))
                    .isEqualTo(pythons.get(i).at("/headers/argsrepr"));
            assertThat(ours.get(i).at("/headers/argsrepr").asString().length()).isLessThanOrEqualTo(1024 + 16);
            assertThat(Json.bytes(ours.get(i).path("headers")).length).isLessThan(100 * 1024);
        }
    }
}
