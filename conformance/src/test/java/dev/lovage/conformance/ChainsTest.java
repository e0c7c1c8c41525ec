package dev.lovage.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lovage.engine.argument.Arguments;
import dev.lovage.engine.canvas.Group;
import dev.lovage.engine.canvas.Signature;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.result.Failures;
import dev.lovage.engine.result.TaskFailed;
import dev.lovage.engine.result.TaskState;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.task.Tasks;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What follows a task: chains, callbacks, children.
@ParameterizedClass
@EnumSource(Kind.class)
class ChainsTest extends Mixed {
    private static final Task<Integer, Integer> J_SPAWN = Task.named("j.spawn", Integer.class, Integer.class);

    @Override
    void register(Tasks tasks) {
        super.register(tasks);
        tasks.handle(J_SPAWN, number -> {
            fleet().lovage().send(step('p', "echo", number + 1));
            fleet().lovage().send(Group.of(List.of(step('p', "echo", number + 2), step('j', "echo", number + 3))));
            return number;
        });
    }

    @Test
    @Line(21)
    void a_chain_of_three_that_python_sends_runs_in_every_mix_of_languages() {
        assertThat(fleet().working().python().run("""
                import sys
                from app import app, chain, s
                sent = [(mix, chain(s(mix[0], 'add', 1, 1), s(mix[1], 'add', 10), s(mix[2], 'add', 100)).apply_async())
                        for mix in sys.argv[1:]]
                for mix, last in sent:
                    last.get(timeout=40)
                    ids = [last.parent.parent.id, last.parent.id, last.id]
                    metas = [app.backend.get_task_meta(one) for one in ids]
                    print(mix, [meta['result'] for meta in metas], [meta.get('parent_id') for meta in metas] == [None] + ids[:2])
                """, mixesOf(3)))
                .containsExactlyElementsOf(
                        mixes(3).stream().map(mix -> mix + " [2, 12, 112] True").toList());
    }

    @Test
    @Line(21)
    void a_chain_of_three_that_java_sends_runs_in_every_mix_of_languages() throws Exception {
        fleet().working();
        for (var mix : mixes(3)) {
            var sent = fleet().lovage()
                    .send(step(mix.charAt(0), "add", 1, 1)
                            .taskId("j21-" + mix)
                            .then(step(mix.charAt(1), "add", 10))
                            .then(step(mix.charAt(2), "add", 100)));
            assertThat(sent.await(LONG)).as(mix).isEqualTo(Json.tree(112));
            var last = ended(sent.id());
            var middle = ended(last.parentId().orElseThrow());
            assertThat(middle.result()).as(mix).isEqualTo(Json.tree(12));
            assertThat(middle.parentId()).as(mix).contains("j21-" + mix);
            assertThat(ended("j21-" + mix).parentId()).as(mix).isEmpty();
        }
    }

    @Test
    @Line(22)
    void a_chain_whose_second_step_fails_fails_at_its_last_id_and_calls_the_errback_once() throws Exception {
        forgetNotes();
        assertThat(fleet().working().python().run("""
                import sys
                from app import app, chain, s
                sent = [(mix, chain(s(mix[0], 'echo', 1),
                                    s(mix[1], 'fail', task_id='p22-' + mix).on_error(s(mix[3], 'note')),
                                    s(mix[2], 'echo')).apply_async())
                        for mix in sys.argv[1:]]
                for mix, last in sent:
                    last.get(timeout=40, propagate=False)
                    print(mix, last.state, last.result, type(last.result).__name__, repr(last.parent.result) == repr(last.result))
                """, mixesOf(4)))
                .containsExactlyElementsOf(mixes(4).stream()
                        .map(mix -> mix + " FAILURE bad step "
                                + (mix.charAt(1) == 'p' ? "ValueError" : "IllegalStateException") + " True")
                        .toList());
        for (var mix : mixes(4)) {
            var sent = fleet().lovage()
                    .send(step(mix.charAt(0), "echo", 1)
                            .then(step(mix.charAt(1), "fail")
                                    .taskId("j22-" + mix)
                                    .linkError(step(mix.charAt(3), "note")))
                            .then(step(mix.charAt(2), "echo")));
            assertThatThrownBy(() -> sent.await(LONG)).as(mix).isInstanceOf(TaskFailed.class);
            assertThat(ended(sent.id()).state()).as(mix).isEqualTo(TaskState.FAILURE);
            assertThat(Failures.line(ended(sent.id()).result()))
                    .as(mix)
                    .isEqualTo(Failures.line(ended("j22-" + mix).result()));
        }
        var failed = new ArrayList<String>();
        mixes(4).forEach(mix -> failed.addAll(List.of("p22-" + mix, "j22-" + mix)));
        assertThat(notedAfter(failed)).containsExactlyInAnyOrderElementsOf(failed);
    }

    @Test
    @Line(32)
    void chunks_and_starmap_of_a_java_task_are_sent_by_python() {
        assertThat(fleet().working().python().run("""
                from celery.canvas import chunks, xmap, xstarmap
                from app import app, s
                pairs = [(i, 1) for i in range(7)]
                print(xstarmap(s('j', 'add'), pairs, app=app).apply_async().get(timeout=40))
                print(xmap(s('j', 'echo'), [1, 'two'], app=app).apply_async().get(timeout=40))
                print(chunks(s('j', 'add'), pairs, 3, app=app).apply_async(queue='java').get(timeout=40))
                """))
                .containsExactly("[1, 2, 3, 4, 5, 6, 7]", "[1, 'two']", "[[1, 2, 3], [4, 5, 6], [7]]");
    }

    @Test
    @Line(32)
    void chunks_and_starmap_of_a_python_task_are_sent_by_java() throws Exception {
        fleet().working();
        var kwargs = Json.object();
        kwargs.set("task", step('p', "add").node());
        kwargs.set("it", Json.tree(List.of(List.of(1, 1), List.of(2, 2), List.of(3, 3))));
        assertThat(result(celery("starmap", kwargs))).isEqualTo(Json.tree(List.of(2, 4, 6)));
        var chunks = fleet().lovage().send(celery("chunks", kwargs.deepCopy().put("n", 2)));
        // As in Celery, the task that splits is done once it has sent; the parts are its children.
        var parts = ended(chunks.id()).children();
        assertThat(fleet().python().run("""
                import sys
                from app import app
                first = app.AsyncResult(sys.argv[1])
                first.get(timeout=40)
                print([value for one, value in first.collect() if hasattr(one, 'results')])
                """, chunks.id())).as("%s", parts).containsExactly("[[[2, 4], [6]]]");
    }

    private static Signature<JsonNode> celery(String word, ObjectNode kwargs) {
        return Signature.of(
                "celery." + word, new Arguments(Json.array(), kwargs), JsonNode.class, Optional.<Type>empty());
    }

    @Test
    @Line(33)
    void one_callback_stands_alone_and_two_are_a_group() throws Exception {
        assertThat(fleet().working().python().run("""
                import sys
                from app import app, s
                for mix in sys.argv[1:]:
                    names = ['p33-%s-%d' % (mix, i) for i in range(3)]
                    s(mix[0], 'echo', 5).apply_async(link=s(mix[1], 'grouped', task_id=names[0]))
                    s(mix[0], 'echo', 6).apply_async(link=[s(mix[1], 'grouped', task_id=names[1]),
                                                           s(mix[2], 'grouped', task_id=names[2])])
                    print(mix, [app.AsyncResult(name).get(timeout=40) for name in names])
                """, mixesOf(3)))
                .containsExactlyElementsOf(mixes(3).stream()
                        .map(mix -> mix + " [[5, False], [6, True], [6, True]]")
                        .toList());
        for (var mix : mixes(3)) {
            fleet().lovage()
                    .send(step(mix.charAt(0), "echo", 5)
                            .link(step(mix.charAt(1), "grouped").taskId("j33-" + mix + "-0")));
            fleet().lovage()
                    .send(step(mix.charAt(0), "echo", 6)
                            .link(step(mix.charAt(1), "grouped").taskId("j33-" + mix + "-1"))
                            .link(step(mix.charAt(2), "grouped").taskId("j33-" + mix + "-2")));
            assertThat(ended("j33-" + mix + "-0").result()).as(mix).isEqualTo(Json.tree(List.of(5, false)));
            assertThat(ended("j33-" + mix + "-1").result()).as(mix).isEqualTo(Json.tree(List.of(6, true)));
            assertThat(ended("j33-" + mix + "-2").result()).as(mix).isEqualTo(Json.tree(List.of(6, true)));
        }
    }

    @Test
    @Line(34)
    void an_immutable_step_takes_no_result() throws Exception {
        assertThat(fleet().working().python().run("""
                import sys
                from app import chain, s, si
                for mix in sys.argv[1:]:
                    print(mix, chain(s(mix[0], 'echo', 1), si(mix[1], 'echo', 9)).apply_async().get(timeout=40))
                """, mixesOf(2)))
                .containsExactlyElementsOf(
                        mixes(2).stream().map(mix -> mix + " 9").toList());
        for (var mix : mixes(2)) {
            assertThat(result(step(mix.charAt(0), "echo", 1)
                            .then(step(mix.charAt(1), "echo", 9).immutable())))
                    .as(mix)
                    .isEqualTo(Json.tree(9));
        }
    }

    @Test
    @Line(40)
    void python_walks_the_tasks_that_a_java_task_sent() {
        assertThat(fleet().working().python().run("""
                from app import app, s
                sent = s('j', 'spawn', 10, task_id='spawned').apply_async(link=s('p', 'echo', task_id='linked'))
                print(sent.get(timeout=40))
                raw = app.backend.decode(app.backend.get(app.backend.get_key_for_task('spawned')))['children']
                print([one[1] if one[1] is None else len(one[1]) for one in raw], raw[2] == [['linked', None], None])
                print(sorted(value for one, value in sent.collect() if not hasattr(one, 'results')))
                """))
                .containsExactly("10", "[None, 2, None] True", "[10, 10, 11, 12, 13]");
    }
}
