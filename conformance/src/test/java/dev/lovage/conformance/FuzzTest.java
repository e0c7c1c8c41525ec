package dev.lovage.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.engine.AsyncResult;
import dev.lovage.engine.argument.Arguments;
import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.canvas.Canvas;
import dev.lovage.engine.canvas.Chain;
import dev.lovage.engine.canvas.Chord;
import dev.lovage.engine.canvas.Group;
import dev.lovage.engine.canvas.Signature;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.store.Store;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.task.TaskContext;
import dev.lovage.engine.task.Tasks;
import dev.lovage.testkit.Eventually;
import dev.lovage.testkit.Seeds;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import redis.clients.jedis.Protocol.Command;
import tools.jackson.databind.JsonNode;

/// Large numbers of random messages, in both directions.
@ParameterizedClass
@EnumSource(Kind.class)
class FuzzTest extends Mixed {
    private static final List<String> WORDS = List.of(
            "a",
            "",
            "na\u00efve",
            "\ud83d\ude00",
            "__type__",
            "__value__",
            "it's",
            "\"",
            "\\",
            "\u0000",
            "\n",
            "{}",
            "None",
            "id",
            "task");

    /// One change to a good message: a part left out, or of another kind.
    private static final String MUTATE = """
            import base64, json, random, uuid

            def anything(chance, depth=2):
                return chance.choice([
                    lambda: None, lambda: chance.random() < .5, lambda: chance.randint(-2**40, 2**40), lambda: chance.random() * 1e9,
                    lambda: chance.choice(['', 'x', 'na\u00efve', '2026-01-02T03:04:05', '2126-01-02T03:04:05.5Z', 'tomorrow', '-1', 'x' * 300]),
                    lambda: [anything(chance, depth - 1) for _ in range(chance.randint(0, 3))] if depth else [],
                    lambda: {str(i): anything(chance, depth - 1) for i in range(chance.randint(0, 3))} if depth else {},
                ])()

            def mutated(chance, i, queue):
                id = 'fuzz-%d' % i
                headers = {'lang': 'py', 'task': 'j.any', 'id': id, 'root_id': id, 'parent_id': None, 'group': None, 'group_index': None,
                           'eta': None, 'expires': None, 'retries': 0, 'timelimit': [None, None], 'argsrepr': '(%d,)' % i, 'kwargsrepr': '{}',
                           'origin': 'gen1@here', 'shadow': None, 'ignore_result': False}
                body = [[i], {}, {'callbacks': None, 'errbacks': None, 'chain': None, 'chord': None}]
                content_type, encoding = 'application/json', 'utf-8'
                kind = chance.randint(0, 9)
                if kind == 0:
                    del headers[chance.choice(list(headers))]
                elif kind in (1, 2):
                    key = chance.choice([one for one in headers if one != 'id'])
                    headers[key] = anything(chance)
                elif kind == 3:
                    headers['id'] = chance.choice([None, i, ['%d' % i], '', 'x' * 300 + str(i), '\\n%d' % i])
                elif kind == 4:
                    body[chance.randint(0, 2)] = anything(chance)
                elif kind == 5:
                    body[2][chance.choice(list(body[2]))] = anything(chance)
                elif kind == 6:
                    body = anything(chance)
                elif kind == 7:
                    content_type = chance.choice([None, '', 'text/plain', 'application/x-python-serialize', 'application/data', 'nonsense'])
                elif kind == 8:
                    headers[chance.choice(['compression', 'stamps', 'stamped_headers', 'replaced_task_nesting', 'h'])] = anything(chance)
                text = json.dumps(body).encode()
                if kind == 9:
                    text = bytearray(text)
                    for _ in range(chance.randint(1, 3)):
                        text[chance.randrange(len(text))] = chance.randrange(256)
                    text = bytes(text)
                return headers, text, content_type, encoding

            def flood(queue, seed, count):
                chance = random.Random(seed)
                with app.connection_for_write() as connection:
                    connection.SimpleQueue(queue).close()
                    channel = connection.default_channel
                    redis = connection.transport.driver_type == 'redis'
                    pipe = channel.client.pipeline(transaction=False) if redis else None
                    for i in range(count):
                        headers, body, content_type, encoding = mutated(chance, i, queue)
                        if redis:
                            envelope = {'body': base64.b64encode(body).decode(), 'headers': headers, 'content-encoding': encoding,
                                        'properties': {'delivery_tag': str(uuid.uuid4()), 'body_encoding': 'base64', 'delivery_mode': 2,
                                                       'priority': 0, 'delivery_info': {'exchange': '', 'routing_key': queue}}}
                            if content_type is not None:
                                envelope['content-type'] = content_type
                            pipe.lpush(queue, json.dumps(envelope))
                        else:
                            import amqp
                            known = {} if content_type is None else {'content_type': content_type}
                            channel.basic_publish(amqp.Message(body, application_headers=headers, content_encoding=encoding, **known),
                                                  exchange='', routing_key=queue)
                    if redis:
                        pipe.execute()
            """;

    private final Set<String> ran = ConcurrentHashMap.newKeySet();

    @Override
    String pythonTasks() {
        return TASKS + MUTATE + """

                @app.task(name='p.any')
                def any_task(*args, **kwargs):
                    return len(args)
                """;
    }

    @Override
    void register(Tasks tasks) {
        super.register(tasks);
        tasks.handle(Task.named("j.any", JsonNode.class, JsonNode.class), value -> {
            ran.add(TaskContext.current().id());
            return value;
        });
    }

    @Test
    @Timeout(value = 60, unit = TimeUnit.MINUTES)
    @Line(18)
    void a_python_worker_outlives_any_valid_message_that_java_sends() throws Exception {
        var random = Seeds.random("valid messages to Python");
        // Celery's own tasks that canvases need go to the sender's default queue.
        fleet().worker();
        var worker = fleet().pythonWorker();
        for (int left = Length.of(2_000, 20_000); left > 0; ) {
            var sent = new LinkedHashMap<AsyncResult<?>, JsonNode>();
            while (sent.size() < 100) {
                // Inside a canvas, Celery 5.2 can't send on what expires at a given time.
                var canvas = random.nextInt(20) == 0
                        ? task(random).expires(Instant.now().plusSeconds(3600))
                        : canvas(random, 2);
                left -= size(canvas.node());
                sent.put(fleet().lovage().send(canvas), canvas.node());
            }
            for (var one : sent.keySet()) {
                for (var id : one.members().isEmpty() ? List.of(one.id()) : one.members()) {
                    assertThat(fleet().lovage().backbone().results().await(id, LONG))
                            .as("%s of %s; Python said %s", id, sent.get(one), worker.output())
                            .isPresent();
                }
            }
        }
        assertThat(worker.alive()).isTrue();
        assertThat(worker.output()).noneMatch(line -> line.contains("CRITICAL"));
        assertThat(result(step('p', "any", 1, 2))).isEqualTo(Json.tree(2));
    }

    /// The tasks of a canvas.
    private static int size(JsonNode node) {
        int tasks = node.has("subtask_type") && node.path("subtask_type").isNull() ? 1 : 0;
        for (var part : node) {
            tasks += size(part);
        }
        return tasks;
    }

    private static Canvas<?> canvas(Random random, int depth) {
        return switch (depth == 0 ? 0 : random.nextInt(6)) {
            case 0, 1, 2 -> task(random);
            case 3 -> Chain.of(canvas(random, depth - 1), canvas(random, depth - 1));
            case 4 -> Group.of(several(random, 1 + random.nextInt(3), depth - 1));
            default -> Chord.of(several(random, 1 + random.nextInt(3), depth - 1), task(random));
        };
    }

    private static List<Canvas<?>> several(Random random, int count, int depth) {
        return Stream.<Canvas<?>>generate(() -> canvas(random, depth))
                .limit(count)
                .toList();
    }

    private static Signature<JsonNode> task(Random random) {
        var args = Json.array();
        for (int i = random.nextInt(4); i > 0; i--) {
            args.add(value(random, 3));
        }
        var kwargs = Json.object();
        for (int i = random.nextInt(3); i > 0; i--) {
            kwargs.set("k" + word(random), value(random, 2));
        }
        var task = Signature.<JsonNode>of(
                "p.any", new Arguments(args, kwargs), JsonNode.class, Optional.of(JsonNode.class));
        return switch (random.nextInt(12)) {
            case 0 -> task.priority(random.nextInt(11));
            case 1, 2 -> task.eta(Instant.now().minusSeconds(random.nextInt(1000)));
            case 3 -> task.countdown(Duration.ofMillis(random.nextInt(300)));
            case 4 -> task.timeLimit(Optional.of(Duration.ofMillis(600_500)), Optional.of(Duration.ofSeconds(700)));
            case 5 -> task.header("h" + random.nextInt(3), Json.tree(List.of(random.nextInt(), word(random))));
            case 6 -> task.link(step('p', "any", random.nextInt()));
            case 7 ->
                task.link(step('p', "any", "x")).link(step('p', "any", "y")).linkError(step('p', "note"));
            case 8 -> task.subject(word(random) + "s").order(random.nextInt(5));
            case 9 -> task.immutable();
            default -> task;
        };
    }

    private static JsonNode value(Random random, int depth) {
        return switch (random.nextInt(depth == 0 ? 6 : 8)) {
            case 0 -> Json.nothing();
            case 1 -> Json.tree(random.nextBoolean());
            case 2 -> Json.tree(random.nextLong());
            case 3 ->
                Json.tree(List.of(Double.NaN, Double.POSITIVE_INFINITY, 1e300, -0.0, 0.1)
                        .get(random.nextInt(5)));
            case 4 -> Json.tree(new BigInteger(200, random));
            case 5 -> Json.tree(word(random));
            case 6 -> {
                var array = Json.array();
                for (int i = random.nextInt(4); i > 0; i--) {
                    array.add(value(random, depth - 1));
                }
                yield array;
            }
            default -> {
                var object = Json.object();
                for (int i = random.nextInt(4); i > 0; i--) {
                    object.set("k" + word(random), value(random, depth - 1));
                }
                yield object;
            }
        };
    }

    private static String word(Random random) {
        return WORDS.get(random.nextInt(WORDS.size()));
    }

    @Test
    @Timeout(value = 60, unit = TimeUnit.MINUTES)
    @Line(18)
    void a_java_worker_outlives_any_message_and_accounts_for_each() {
        var seed = Seeds.random("mutated messages to Java").nextInt();
        int count = Length.of(2_000, 20_000);
        var lovage = fleet().another(Map.of());
        fleet().closing(fleet().builder(lovage).queues("fuzz").name("fuzz@java").start());
        ran.clear();
        fleet().python().run("""
                import sys
                from app import app, flood
                flood('fuzz', int(sys.argv[1]), int(sys.argv[2]))
                app.send_task('j.any', ['alive'], queue='fuzz', task_id='fuzz-last')
                """, String.valueOf(seed), String.valueOf(count));
        Eventually.until("the last one runs", Duration.ofMinutes(10), () -> ran.contains("fuzz-last"), ran::size);
        var store = lovage.backbone().store();
        Eventually.until(
                "each of " + count + " is accounted for (seed of Python's: " + seed + ")",
                () -> accounted(store).size() > count,
                () -> accounted(store).size());
        var kept = store.held(EnumSet.of(Custody.PARKED, Custody.DEAD, Custody.QUARANTINED), count);
        assertThat(kept)
                .isNotEmpty()
                .allSatisfy(held -> assertThat(held.reason().orElse("")).isNotBlank());
        assertThat(accounted(store)).hasSize(count + 1);
    }

    /// The ids of what has run, has ended without a run, waits for its time, or is kept for a person.
    private Set<String> accounted(Store store) {
        var ids = new HashSet<>(ran);
        store.inventory().stream()
                .filter(one -> one.custody() != Custody.READY && one.custody() != Custody.LEASED)
                .forEach(one -> ids.add(one.execution().taskId()));
        if (ask(Command.KEYS, "celery-task-meta-fuzz-*") instanceof List<?> keys) {
            keys.forEach(key -> ids.add(new String((byte[]) key, UTF_8).substring("celery-task-meta-".length())));
        }
        return ids;
    }
}
