package dev.lovage.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.task.Tasks;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// Native delayed delivery to quorum queues. Celery does it since 5.5; here Python publishes and takes what 5.5
/// publishes and takes, by kombu, so that older ones can be the other side.
@ParameterizedClass
@EnumSource(value = Kind.class, names = "RABBITMQ")
class DelayedTest extends Lines {
    private static final Task<String, Double> J_WHEN = Task.named("j.when", String.class, Double.class);

    @Override
    String pythonTasks() {
        return """
                from celery import uuid
                from kombu import Exchange, Queue

                def queue(name):
                    return Queue(name, Exchange(name, type='topic'), routing_key=name,
                                 queue_arguments={'x-queue-type': 'quorum'})

                def send(name, task, seconds, args):
                    task_id = uuid()
                    message = app.amqp.as_task_v2(task_id, task, args, {}, countdown=seconds)
                    with app.producer_pool.acquire(block=True) as producer:
                        producer.publish(
                            message.body, exchange=Exchange('celery_delayed_27', type='topic', passive=True),
                            routing_key='.'.join(format(seconds, '028b')) + '.' + name,
                            serializer='json', headers=message.headers, **message.properties)
                    return task_id

                def receive(name):
                    with app.connection() as connection:
                        simple = connection.SimpleQueue(queue(name))
                        message = simple.get(timeout=60)
                        message.ack()
                        simple.close()
                        return message
                """;
    }

    @Override
    void register(Tasks tasks) {
        tasks.handle(J_WHEN, _ -> Instant.now().toEpochMilli() / 1000.0);
    }

    private Map<Setting, String> quorum() {
        return Map.of(
                Setting.TASK_CREATE_MISSING_QUEUE_TYPE,
                "quorum",
                Setting.TASK_CREATE_MISSING_QUEUE_EXCHANGE_TYPE,
                "topic");
    }

    @Test
    @Line(46)
    void python_sends_through_the_levels_and_java_runs_it_at_its_time() {
        fleet().closing(fleet().builder(fleet().another(quorum()))
                .queues("late-java")
                .name("late@java")
                .start());
        assertThat(fleet().python().run("""
                        import time
                        from app import app, send
                        before = time.time()
                        ran = app.AsyncResult(send('late-java', 'j.when', 5, ['x'])).get(timeout=50)
                        print(ran - before >= 4.99)
                        """)).containsExactly("True");
    }

    @Test
    @Line(46)
    void java_sends_through_the_levels_and_python_gets_it_though_the_sender_has_gone() {
        String id;
        long before = System.nanoTime();
        try (var client = fleet().another(quorum())) {
            id = client.send(Task.named("p.when", String.class, String.class)
                            .with("x")
                            .queue("late-python")
                            .countdown(Duration.ofSeconds(5)))
                    .id();
        }
        assertThat(fleet().python().run("""
                        from app import receive
                        message = receive('late-python')
                        print(message.headers['id'], message.delivery_info['exchange'].startswith('celery_delayed_'))
                        """)).containsExactly(id + " True");
        // RabbitMQ waits whole seconds; the rest of the last one is the receiver's, by the header eta.
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isGreaterThan(Duration.ofSeconds(4));
    }
}
