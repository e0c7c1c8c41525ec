package dev.lovage.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.engine.json.Json;
import dev.lovage.engine.result.TaskState;
import dev.lovage.engine.task.RetryTask;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.task.TaskContext;
import dev.lovage.engine.task.Tasks;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/// Stamps, in the forms in which Celery 5.3 and later sends them.
@ParameterizedClass
@EnumSource(Kind.class)
class StampsTest extends Mixed {
    private static final String STAMPS = """

            @app.task(name='p.stamps', bind=True)
            def stamps(self):
                return [self.request.get('stamped_headers'), self.request.get('stamps')]

            def stamped(language, word, *args, **options):
                '''A step as a stamped chain has it.'''
                return si(language, word, *args, stamped_headers=['tenant', 'tags'], tenant='t1', tags=['a', 'b'], **options)

            # What becomes of those options when Celery 5.3 and later sends the step.
            HEADERS = {'stamped_headers': ['tenant', 'tags'], 'stamps': {'tenant': 't1', 'tags': ['a', 'b']}}
            """;

    private volatile CountDownLatch waiting = new CountDownLatch(1);

    @Override
    String pythonTasks() {
        return TASKS + STAMPS;
    }

    @Override
    void register(Tasks tasks) {
        super.register(tasks);
        tasks.handle(Task.named("j.stamps", Void.class, JsonNode.class), _ -> stamps());
        tasks.handle(Task.named("j.again", Void.class, JsonNode.class), _ -> {
            if (TaskContext.current().retries() == 0) {
                throw new RetryTask(new IllegalStateException("again"), Duration.ZERO);
            }
            return stamps();
        });
        tasks.handle(Task.named("j.wait", Void.class, Boolean.class), _ -> {
            waiting.countDown();
            new CountDownLatch(1).await();
            return true;
        });
    }

    private static JsonNode stamps() {
        var headers = TaskContext.current().headers();
        return Json.array().add(headers.path("stamped_headers")).add(headers.path("stamps"));
    }

    @Test
    @Line(39)
    void stamps_of_a_chain_are_seen_in_java_travel_on_and_outlast_a_retry() {
        assertThat(fleet().working().python().run("""
                from app import HEADERS, app, chain, s, si, stamped
                expected = [HEADERS['stamped_headers'], HEADERS['stamps']]
                for words in (['stamps', 'stamps', 'stamps'], ['again', 'again', 'stamps']):
                    last = chain(si('j', words[0]).set(headers=HEADERS), stamped('j', words[1]), stamped('p', words[2])).apply_async()
                    last.get(timeout=40)
                    got = [app.backend.get_task_meta(one.id)['result'] for one in (last.parent.parent, last.parent, last)]
                    print(got == [expected] * 3, got)
                s('j', 'echo', 1).set(headers=HEADERS).apply_async(link=stamped('p', 'stamps', task_id='linked'))
                print(app.AsyncResult('linked').get(timeout=40) == expected)
                """))
                .hasSize(3)
                .allSatisfy(line -> assertThat(line).startsWith("True"));
    }

    @Test
    @Line(39)
    void a_java_task_is_stopped_by_its_stamp() throws Exception {
        waiting = new CountDownLatch(1);
        fleet().worker();
        fleet().python().run("""
                from app import si
                si('j', 'wait', task_id='waits').set(headers={'stamped_headers': ['tenant'], 'stamps': {'tenant': 't9'}}).apply_async()
                """);
        waiting.await();
        assertThat(fleet().python().run("""
                from app import app, si
                answer = app.control.broadcast('revoke_by_stamped_headers', arguments={'headers': {'tenant': ['t9']}, 'terminate': True}, destination=['j@java'],
                                               reply=True, timeout=10, limit=1)
                print(list(answer[0]['j@java']))
                later = si('j', 'stamps').set(headers={'stamped_headers': ['tenant'], 'stamps': {'tenant': ['t8', 't9']}}).apply_async()
                later.get(timeout=40, propagate=False)
                print(later.state, repr(later.result))
                other = si('j', 'stamps').set(headers={'stamped_headers': ['tenant'], 'stamps': {'tenant': 't8'}}).apply_async()
                print(other.get(timeout=40))
                """))
                .containsExactly("['ok']", "REVOKED TaskRevokedError('revoked')", "[['tenant'], {'tenant': 't8'}]");
        assertThat(ended("waits").state()).isEqualTo(TaskState.REVOKED);
    }
}
