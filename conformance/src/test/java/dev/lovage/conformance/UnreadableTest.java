package dev.lovage.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.engine.Lovage;
import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.store.Held;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.task.Tasks;
import dev.lovage.testkit.Eventually;
import dev.lovage.testkit.PythonCelery;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/// What is old, unknown, wrong, or harmful.
@ParameterizedClass
@EnumSource(Kind.class)
class UnreadableTest extends Mixed {
    /// `raw` puts a message to a queue as it is; `None` leaves a part out.
    private static final String RAW = """
            import base64, json, random, uuid

            def raw(queue, headers, body, content_type='application/json'):
                body = body if isinstance(body, bytes) else json.dumps(body).encode()
                with app.connection_for_write() as connection:
                    channel = connection.default_channel
                    connection.SimpleQueue(queue).close()
                    if connection.transport.driver_type == 'redis':
                        properties = {'delivery_tag': str(uuid.uuid4()), 'body_encoding': 'base64', 'delivery_mode': 2, 'priority': 0,
                                      'delivery_info': {'exchange': '', 'routing_key': queue}}
                        envelope = {'body': base64.b64encode(body).decode(), 'headers': headers, 'content-encoding': 'utf-8',
                                    'properties': properties}
                        if content_type:
                            envelope['content-type'] = content_type
                        channel.client.lpush(queue, json.dumps(envelope))
                    else:
                        import amqp
                        known = {'content_type': content_type, 'content_encoding': 'utf-8'} if content_type else {}
                        channel.basic_publish(amqp.Message(body, application_headers=headers, delivery_mode=2, **known),
                                              exchange='', routing_key=queue)

            def lpush(queue, item):
                with app.connection_for_write() as connection:
                    connection.default_channel.client.lpush(queue, item)

            def v2(task, **more):
                id = str(uuid.uuid4())
                return dict({'lang': 'py', 'task': task, 'id': id, 'root_id': id, 'timelimit': [None, None], 'eta': None,
                             'expires': None}, **more)
            """;

    private final AtomicInteger ran = new AtomicInteger();

    @Override
    String pythonTasks() {
        return TASKS + RAW;
    }

    @Override
    void register(Tasks tasks) {
        super.register(tasks);
        tasks.handle(Task.named("j.any", JsonNode.class, JsonNode.class), value -> {
            ran.incrementAndGet();
            return value;
        });
    }

    @Test
    @Line(15)
    void protocol_1_from_python_runs_with_its_callbacks() {
        assertThat(fleet().working().python().run("""
                from app import app, s
                app.conf.task_protocol = 1
                sent = s('j', 'add', 1, 2, task_id='one').apply_async(
                    link=[s('j', 'add', 10, task_id='two'), s('p', 'add', 100, task_id='three')])
                print([app.AsyncResult(one).get(timeout=40) for one in ('one', 'two', 'three')])
                failing = s('j', 'fail', 1).apply_async(link_error=s('p', 'echo', task_id='four'))
                failing.get(timeout=40, propagate=False)
                print(failing.state, app.AsyncResult('four').get(timeout=40) == failing.id)
                from app import chain
                print(chain(s('j', 'add', 1, 1), s('p', 'add', 2), s('j', 'add', 3)).apply_async().get(timeout=40))
                """)).containsExactly("[3, 13, 103]", "FAILURE True", "7");
    }

    @Test
    @Line(16)
    void a_task_that_no_handler_has_is_parked_and_python_sees_so() {
        var lovage = worker("unknown", Map.of());
        assertThat(fleet().python().run("""
                from app import app
                sent = app.send_task('nobody.has', [1], queue='unknown', task_id='unknown-1')
                """)).isEmpty();
        var held = heldOnce(lovage, 1).getFirst();
        assertThat(held.custody()).isEqualTo(Custody.PARKED);
        assertThat(held.message().task()).isEqualTo("nobody.has");
        assertThat(held.reason().orElseThrow()).contains("nobody.has");
        Eventually.until("Python sees it", () -> fleet().python().run("""
                                from app import app
                                print(app.AsyncResult('unknown-1').state)
                                """).equals(List.of("PARKED")), held::reason);
        emptied("unknown");
    }

    @Test
    @Line(16)
    void where_celery_s_way_is_asked_for_an_unknown_task_fails_as_not_registered() {
        var lovage =
                worker("unregistered", Map.of(Setting.TASK_UNKNOWN, "celery", Setting.WORKER_SEND_TASK_EVENTS, "true"));
        var events = listen("task-failed");
        assertThat(fleet().python().run("""
                from app import app
                sent = app.send_task('nobody.has', [1], queue='unregistered', task_id='unknown-2')
                sent.get(timeout=40, propagate=False)
                print(sent.state, type(sent.result).__name__, sent.result.args)
                """)).containsExactly("FAILURE NotRegistered ('nobody.has',)");
        events.says("event unknown-2 NotRegistered('nobody.has')");
        assertThat(heldOnce(lovage, 1)).extracting(Held::custody).containsExactly(Custody.DEAD);
        emptied("unregistered");
    }

    @Test
    @Line(17)
    void a_bad_eta_content_type_or_body_is_parked_with_a_reason_and_the_worker_lives() {
        var lovage = worker("bad", Map.of());
        fleet().python().run("""
                import pickle
                from app import raw, v2
                good = [[1], {}, {}]
                raw('bad', v2('j.any', eta='tomorrow'), good)
                raw('bad', v2('j.any', expires='soon'), good)
                raw('bad', v2('j.any'), pickle.dumps(good), 'application/x-python-serialize')
                raw('bad', v2('j.any'), b'- [1]', 'application/x-yaml')
                raw('bad', v2('j.any'), [[1], {}])
                raw('bad', v2('j.any'), [[1], {}, {}, {}])
                raw('bad', v2('j.any'), [[1], [], {}])
                raw('bad', v2('j.any'), [{}, {}, {}])
                raw('bad', v2('j.any'), b'{no json')
                raw('bad', v2('j.any'), b'\\xff\\xfe')
                """);
        assertThat(heldOnce(lovage, 10)).allSatisfy(held -> {
            assertThat(held.custody()).isEqualTo(Custody.PARKED);
            assertThat(held.reason().orElse("")).isNotBlank();
        });
        alive("bad");
        emptied("bad");
    }

    @Test
    @Line(18)
    void what_would_end_a_python_worker_is_kept_with_a_reason_and_the_worker_lives() {
        var lovage = worker("poison", Map.of());
        fleet().python().run("""
                from app import raw, v2
                good = [[1], {}, {}]
                without = v2('j.any')
                del without['id']
                raw('poison', without, good)
                raw('poison', v2('j.any', id=None), good)
                raw('poison', v2('j.any', id=7), good)
                raw('poison', v2('j.any'), good, None)
                raw('poison', v2('j.any'), {'args': 1})
                raw('poison', v2('j.any'), 'text')
                raw('poison', v2('j.any'), 5)
                raw('poison', v2('j.any'), [])
                raw('poison', v2('j.any', timelimit=[1]), good)
                raw('poison', v2('j.any', timelimit='x'), good)
                raw('poison', {}, good)
                raw('poison', {}, b'')
                """);
        int expected = 12;
        if (kind == Kind.REDIS) {
            fleet().python().run("""
                    import base64, json, uuid
                    from app import lpush, v2
                    info = {'exchange': '', 'routing_key': 'poison'}
                    tag = lambda: str(uuid.uuid4())
                    def envelope(body, **properties):
                        return json.dumps({'body': body, 'headers': v2('j.any'), 'content-type': 'application/json',
                                           'content-encoding': 'utf-8', 'properties': properties})
                    lpush('poison', 'no json')
                    lpush('poison', '[]')
                    lpush('poison', b'\\xff\\xfe\\x00')
                    lpush('poison', envelope('!!', delivery_tag=tag(), delivery_info=info, body_encoding='base64'))
                    body = base64.b64encode(b'[[1], {}, {}]').decode()
                    lpush('poison', envelope(body, delivery_info=info, body_encoding='base64'))
                    lpush('poison', envelope(body, delivery_tag=tag(), body_encoding='base64'))
                    lpush('poison', envelope(body, delivery_tag=tag(), delivery_info={'exchange': ''}, body_encoding='base64'))
                    """);
            expected += 7;
        }
        assertThat(heldOnce(lovage, expected))
                .allSatisfy(held -> assertThat(held.reason().orElse("")).isNotBlank());
        alive("poison");
        emptied("poison");
    }

    @Test
    @Line(18)
    void what_a_python_worker_could_not_take_and_java_can_read_runs() {
        worker("odd", Map.of());
        ran.set(0);
        fleet().python().run("""
                from app import raw, v2
                raw('odd', v2('j.any'), [[{'__type__': 'mine', '__value__': 1}], {}, {}])
                raw('odd', v2('j.any'), [[1], {}, None])
                """);
        Eventually.until("both have run", () -> ran.get() == 2, ran::get);
        emptied("odd");
    }

    @Test
    @Line(18)
    void events_that_would_end_a_python_worker_are_harmless() {
        worker("eventful", Map.of());
        fleet().python().run("""
                from kombu import Exchange, Producer
                from app import app
                with app.connection_for_write() as connection:
                    exchange = Exchange('celeryev', type='fanout' if connection.transport.driver_type == 'redis' else 'topic')
                    producer = Producer(connection.default_channel, exchange=exchange, serializer='json')
                    good = {'type': 'worker-heartbeat', 'hostname': 'x@y', 'timestamp': 1.0, 'utcoffset': 0, 'pid': 1, 'clock': 1, 'freq': 2.0}
                    for change in ({'hostname': None}, {'type': None}, {'id': 'x'}, {'alive': True}, {'freq': 'often'}, {'clock': 'x'},
                                   {'timestamp': 'now'}, {'clock': 2**70}, {'type': 'worker-elect'}, {'type': 'worker-elect-ack'}):
                        producer.publish(dict(good, **change), routing_key='worker.heartbeat')
                        producer.publish({key: good[key] for key in good if key not in change}, routing_key='worker.heartbeat')
                    for body in [], [1], 'x', None, [good, 5]:
                        producer.publish(body, routing_key='worker.heartbeat')
                    producer.publish(b'{no', serializer=None, content_type='application/json', content_encoding='utf-8', routing_key='worker.heartbeat')
                """);
        alive("eventful");
        assertThat(fleet().python().run("""
                from app import app
                print(app.control.ping(destination=['eventful@java'], timeout=10))
                """)).containsExactly("[{'eventful@java': {'ok': 'pong'}}]");
    }

    private Lovage worker(String queue, Map<Setting, String> settings) {
        var lovage = fleet().another(settings);
        fleet().closing(fleet().builder(lovage)
                .queues(queue)
                .name(queue + "@java")
                .start());
        return lovage;
    }

    private PythonCelery.Running listen(String type) {
        var events = fleet().closing(fleet().python().start("""
                import sys
                from app import app
                def heard(event):
                    print('event', event['uuid'], event.get('exception'), flush=True)
                with app.connection_for_read() as connection:
                    app.events.Receiver(connection, handlers={sys.argv[1]: heard,
                        'worker-heartbeat': lambda event: print('listening', flush=True)}).capture(limit=None, timeout=None)
                """, type));
        events.says("listening");
        return events;
    }

    private static List<Held> heldOnce(Lovage lovage, int count) {
        var kept = EnumSet.of(Custody.PARKED, Custody.DEAD, Custody.QUARANTINED);
        var store = lovage.backbone().store();
        Eventually.until(count + " are kept", () -> store.held(kept, 100).size() >= count, () -> store.held(kept, 100));
        var held = store.held(kept, 100);
        assertThat(held).as("%s", held).hasSize(count);
        return held;
    }

    private void alive(String queue) {
        ran.set(0);
        assertThat(fleet().python().run("""
                import sys
                from app import app
                print(app.send_task('j.any', ['alive'], queue=sys.argv[1]).get(timeout=40))
                """, queue)).containsExactly("alive");
        assertThat(ran.get()).isEqualTo(1);
    }

    /// The broker has nothing left of it.
    private void emptied(String queue) {
        Eventually.until(
                "nothing of " + queue + " is left at the broker",
                () -> fleet().python().run("""
                                import sys
                                from app import app
                                with app.connection_for_read() as connection:
                                    channel = connection.default_channel
                                    if connection.transport.driver_type == 'redis':
                                        redis = channel.client
                                        print(redis.llen(sys.argv[1]) + redis.hlen('unacked'))
                                    else:
                                        print(channel.queue_declare(sys.argv[1], passive=True).message_count)
                                """, queue).equals(List.of("0")),
                () -> queue);
    }
}
