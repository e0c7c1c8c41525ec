package dev.lovage.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.canvas.Chord;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.retry.RetryRule;
import dev.lovage.engine.store.Held;
import dev.lovage.engine.task.RetryTask;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.task.TaskContext;
import dev.lovage.engine.task.Tasks;
import dev.lovage.testkit.Eventually;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/// Tasks that are tried again.
@ParameterizedClass
@EnumSource(Kind.class)
class RetriesTest extends Mixed {
    private static final int SAMPLES = 100;
    private static final int RETRIES = 10;
    private static final Duration NOISE = Duration.ofMillis(500);

    @Override
    String pythonTasks() {
        return TASKS + """

                @app.task(name='p.flaky', bind=True)
                def flaky(self, x):
                    if self.request.retries < 2:
                        raise self.retry(countdown=1, exc=ValueError('again'))
                    return [x, self.request.retries]
                """;
    }

    @Override
    void register(Tasks tasks) {
        super.register(tasks);
        tasks.handle(Task.named("j.flaky", JsonNode.class, JsonNode.class), value -> {
            if (TaskContext.current().retries() < 2) {
                throw new RetryTask(new IllegalStateException("again"), Duration.ofSeconds(1));
            }
            return Json.array().add(value).add(TaskContext.current().retries());
        });
        var always = RetryRule.on(IllegalStateException.class).maxRetries(1000);
        tasks.handle(
                Task.named("j.spread", Void.class, Void.class)
                        .retry(always.celeryBackoff(3, Duration.ofSeconds(600), true)),
                _ -> {
                    throw new IllegalStateException("again");
                });
        tasks.handle(
                Task.named("j.exact", Void.class, Void.class)
                        .retry(always.celeryBackoff(3, Duration.ofSeconds(600), false)),
                _ -> {
                    throw new IllegalStateException("again");
                });
    }

    @Test
    @Line(37)
    void a_retry_keeps_chain_and_chord_and_its_state_is_seen_between() throws Exception {
        var said = fleet().working().python().run("""
                import json, sys
                from app import app, chain, chord, s
                heard = app.backend.client.pubsub()
                heard.psubscribe('celery-task-meta-*')
                sent = []
                for mix in sys.argv[1:]:
                    sent.append((mix, chain(s(mix[0], 'flaky', 1, task_id='chained-' + mix), s(mix[1], 'echo')).apply_async(),
                                 chord([s(mix[0], 'flaky', 2, task_id='joined-' + mix), s(mix[1], 'echo', 5)], s(mix[2], 'echo')).apply_async()))
                for mix, chained, joined in sent:
                    print(mix, chained.get(timeout=40), joined.get(timeout=40))
                states = {}
                while True:
                    message = heard.get_message(timeout=1)
                    if message is None:
                        break
                    if message['type'] == 'pmessage':
                        meta = json.loads(message['data'])
                        states.setdefault(meta['task_id'], []).append(meta['status'])
                flaky = [states[which + mix] for mix in sys.argv[1:] for which in ('chained-', 'joined-')]
                print(all(one == ['RETRY', 'RETRY', 'SUCCESS'] for one in flaky), flaky)
                """, mixesOf(3));
        assertThat(said.subList(0, 8))
                .containsExactlyElementsOf(mixes(3).stream()
                        .map(mix -> mix + " [1, 2] [[2, 2], 5]")
                        .toList());
        assertThat(said.getLast()).startsWith("True");
        var sent = mixes(3).stream()
                .map(mix -> fleet().lovage()
                        .send(Chord.of(
                                List.of(
                                        step(mix.charAt(0), "flaky", 2).then(step(mix.charAt(1), "echo")),
                                        step(mix.charAt(1), "flaky", 3)),
                                step(mix.charAt(2), "echo"))))
                .toList();
        for (var one : sent) {
            assertThat(one.await(LONG)).isEqualTo(Json.tree(List.of(List.of(2, 2), List.of(3, 2))));
        }
    }

    @Test
    @Line(38)
    void a_backoff_is_within_celery_s_formula() {
        var lovage = fleet().another(Map.of());
        fleet().closing(fleet().builder(lovage)
                .queues("backoff")
                .name("backoff@java")
                .start());
        var bounds = fleet().python().run("""
                import sys
                from celery.utils.time import get_exponential_backoff_interval
                from app import app
                samples, retries = int(sys.argv[1]), int(sys.argv[2])
                for i in range(samples):
                    app.send_task('j.spread', queue='backoff', retries=i % retries)
                    app.send_task('j.exact', queue='backoff', retries=i % retries)
                for i in range(retries):
                    print(get_exponential_backoff_interval(3, i, 600, full_jitter=False))
                """, String.valueOf(SAMPLES), String.valueOf(RETRIES)).stream()
                .map(text -> Duration.ofSeconds(Long.parseLong(text)))
                .toList();
        var store = lovage.backbone().store();
        Eventually.until(
                "all have been retried, or wait for it",
                () -> waits(store.held(Set.of(Custody.TIMER), 1000), "j.exact").size() == SAMPLES
                        && waits(store.held(Set.of(Custody.TIMER), 1000), "j.spread")
                                        .size()
                                >= SAMPLES * 9 / 10,
                () -> store.held(Set.of(Custody.TIMER), 1000).size());
        var held = store.held(Set.of(Custody.TIMER), 1000);
        for (var one : waits(held, "j.exact")) {
            assertThat(countdown(one))
                    .isBetween(
                            bounds.get(first(one)).minus(NOISE),
                            bounds.get(first(one)).plus(NOISE));
        }
        var spread = waits(held, "j.spread").stream()
                .filter(one -> first(one) < RETRIES)
                .toList();
        assertThat(spread)
                .hasSizeGreaterThan(SAMPLES / 2)
                .allSatisfy(one -> assertThat(countdown(one))
                        .isBetween(
                                Duration.ZERO.minus(NOISE),
                                bounds.get(first(one)).plus(NOISE)));
        assertThat(spread.stream()
                        .map(RetriesTest::countdown)
                        .map(Duration::toSeconds)
                        .distinct())
                .hasSizeGreaterThan(10);
    }

    private static List<Held> waits(List<Held> held, String task) {
        return held.stream().filter(one -> one.message().task().equals(task)).toList();
    }

    /// The retries of the execution that failed.
    private static int first(Held held) {
        return held.message().execution().retries() - 1;
    }

    private static Duration countdown(Held held) {
        return Duration.between(held.sent(), held.message().eta().orElseThrow());
    }
}
