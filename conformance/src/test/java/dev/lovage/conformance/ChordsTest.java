package dev.lovage.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lovage.engine.canvas.Canvas;
import dev.lovage.engine.canvas.Chain;
import dev.lovage.engine.canvas.Chord;
import dev.lovage.engine.canvas.Group;
import dev.lovage.engine.canvas.Signature;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.result.Failures;
import dev.lovage.engine.result.TaskFailed;
import dev.lovage.engine.task.ReplaceTask;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.task.Tasks;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/// Groups and chords, and what replaces a task by them.
@ParameterizedClass
@EnumSource(Kind.class)
class ChordsTest extends Mixed {
    @Override
    String pythonTasks() {
        return TASKS + """

                @app.task(name='p.replaced', bind=True)
                def replaced(self, x, mix):
                    raise self.replace(chain(s(mix[0], 'add', x, 1), s(mix[1], 'add', 10)))
                """;
    }

    @Override
    void register(Tasks tasks) {
        super.register(tasks);
        tasks.handle(Task.named("j.scattered", String.class, JsonNode.class), mix -> {
            throw new ReplaceTask(Group.of(numbered(mix)));
        });
        lengthen(tasks);
    }

    private void lengthen(Tasks tasks) {
        tasks.handle(Task.named("j.lengthens", String.class, Integer.class), mix -> {
            for (int i = 0; i < mix.length(); i++) {
                fleet().lovage().addToChord(step(mix.charAt(i), "add", 10, i));
            }
            return 1;
        });
    }

    /// Steps that each give their index.
    private static List<Signature<JsonNode>> numbered(String mix) {
        return IntStream.range(0, mix.length())
                .mapToObj(i -> step(mix.charAt(i), "echo", i))
                .toList();
    }

    private static List<Integer> upTo(int count) {
        return IntStream.range(0, count).boxed().toList();
    }

    @Test
    @Line(23)
    void a_mixed_group_of_ten_is_collected_in_order() throws Exception {
        for (var mix : List.of("pjpjpjpjpj", "jjjjjppppp", "pppppppppp", "jjjjjjjjjj")) {
            assertThat(fleet().working().lovage().send(Group.of(numbered(mix))).await(LONG))
                    .as(mix)
                    .isEqualTo(upTo(10).stream().map(Json::tree).toList());
        }
        assertThat(fleet().python().run("""
                from app import group, s
                for mix in 'pjpjpjpjpj', 'jjjjjppppp', 'pppppppppp', 'jjjjjjjjjj':
                    print(group(s(one, 'echo', i) for i, one in enumerate(mix)).apply_async().get(timeout=40))
                """)).containsOnly(upTo(10).toString()).hasSize(4);
    }

    @Test
    @Line(24)
    void a_mixed_chord_of_ten_hands_its_results_to_its_body_in_order() throws Exception {
        for (var mix : List.of("pjpjpjpjpj", "jjjjjppppp", "pppppppppp", "jjjjjjjjjj")) {
            for (char body : new char[] {'p', 'j'}) {
                assertThat(fleet().working()
                                .lovage()
                                .send(Chord.of(numbered(mix), step(body, "echo")))
                                .await(LONG))
                        .as("%s and %s", mix, body)
                        .isEqualTo(Json.tree(upTo(10)));
            }
        }
        assertThat(fleet().python().run("""
                from app import chord, s
                for mix in 'pjpjpjpjpj', 'jjjjjppppp', 'pppppppppp', 'jjjjjjjjjj':
                    for body in 'pj':
                        print(chord([s(one, 'echo', i) for i, one in enumerate(mix)], s(body, 'echo')).apply_async().get(timeout=40))
                """)).containsOnly(upTo(10).toString()).hasSize(8);
    }

    @Test
    @Line(25)
    void a_chord_with_a_failing_member_fails_at_its_body_and_calls_its_errback_once() throws Exception {
        forgetNotes();
        assertThat(fleet().working().python().run("""
                import sys
                from app import app, chord, s
                for mix in sys.argv[1:]:
                    sent = chord([s(mix[0], 'echo', 1), s(mix[1], 'fail', 0, task_id='bad-' + mix), s(mix[0], 'echo', 3, task_id='other-' + mix)],
                                 s(mix[2], 'echo', task_id='p25-' + mix).on_error(s(mix[3], 'note'))).apply_async()
                    sent.get(timeout=40, propagate=False)
                    print(mix, sent.id, type(sent.result).__name__, str(sent.result).split('(')[0], app.AsyncResult('other-' + mix).get(timeout=40))
                """, mixesOf(4)))
                .containsExactlyElementsOf(mixes(4).stream()
                        .map(mix -> mix + " p25-" + mix + " ChordError Dependency bad-" + mix + " raised "
                                + (mix.charAt(1) == 'p' ? "ValueError" : "IllegalStateException") + " 3")
                        .toList());
        for (var mix : mixes(4)) {
            var sent = fleet().lovage()
                    .send(Chord.of(
                            List.of(
                                    step(mix.charAt(0), "echo", 1),
                                    step(mix.charAt(1), "fail", 0).taskId("jbad-" + mix),
                                    step(mix.charAt(0), "echo", 3).taskId("jother-" + mix)),
                            step(mix.charAt(2), "echo").taskId("j25-" + mix).linkError(step(mix.charAt(3), "note"))));
            assertThatThrownBy(() -> sent.await(LONG)).as(mix).isInstanceOf(TaskFailed.class);
            assertThat(Failures.line(ended("j25-" + mix).result()))
                    .as(mix)
                    .startsWith("ChordError('Dependency jbad-" + mix + " raised ");
            assertThat(ended("jother-" + mix).result()).as(mix).isEqualTo(Json.tree(3));
        }
        var bodies = new ArrayList<String>();
        mixes(4).forEach(mix -> bodies.addAll(List.of("p25-" + mix, "j25-" + mix)));
        assertThat(notedAfter(bodies)).containsExactlyInAnyOrderElementsOf(bodies);
    }

    @Test
    @Line(26)
    void a_group_before_a_task_becomes_a_chord_inside_a_chain() throws Exception {
        assertThat(fleet().working().python().run("""
                import sys
                from app import chain, group, s
                sent = [(mix, chain(s(mix[0], 'add', 1, 1), group(s(mix[1], 'add', 1), s(mix[2], 'add', 2)), s(mix[3], 'total')).apply_async())
                        for mix in sys.argv[1:]]
                for mix, result in sent:
                    print(mix, result.get(timeout=40))
                """, mixesOf(4)))
                .containsExactlyElementsOf(
                        mixes(4).stream().map(mix -> mix + " 7").toList());
        for (var mix : mixes(4)) {
            assertThat(result(step(mix.charAt(0), "add", 1, 1)
                            .then(Group.of(List.of(step(mix.charAt(1), "add", 1), step(mix.charAt(2), "add", 2))))
                            .then(step(mix.charAt(3), "total"))))
                    .as(mix)
                    .isEqualTo(Json.tree(7));
        }
    }

    @Test
    @Line(27)
    void a_chain_that_ends_in_a_group_is_collected_over_the_children() throws Exception {
        assertThat(fleet().working().python().run("""
                import sys
                from app import app, chain, group, s
                for mix in sys.argv[1:]:
                    sent = chain(s(mix[0], 'add', 1, 1, task_id='first-' + mix), group(s(mix[1], 'add', 1), s(mix[2], 'add', 2))).apply_async()
                    values = sent.get(timeout=40)
                    first = app.AsyncResult('first-' + mix)
                    first.get(timeout=40)
                    print(mix, values, sorted(value for one, value in first.collect() if not hasattr(one, 'results')))
                """, mixesOf(3)))
                .containsExactlyElementsOf(
                        mixes(3).stream().map(mix -> mix + " [3, 4] [2, 3, 4]").toList());
        for (var mix : mixes(3)) {
            assertThat(result(step(mix.charAt(0), "add", 1, 1)
                            .then(Group.of(List.of(step(mix.charAt(1), "add", 1), step(mix.charAt(2), "add", 2))))))
                    .as(mix)
                    .isEqualTo(Json.tree(List.of(3, 4)));
        }
    }

    @Test
    @Line(28)
    void the_body_of_a_chord_is_a_chain_or_a_group() throws Exception {
        assertThat(fleet().working().python().run("""
                import sys
                from app import chain, chord, group, s
                sent = []
                for mix in sys.argv[1:]:
                    header = [s(mix[0], 'echo', 1), s(mix[1], 'echo', 2)]
                    sent.append((mix, chord(header, chain(s(mix[2], 'total'), s(mix[3], 'add', 10))).apply_async(),
                                 chord(header, group(s(mix[2], 'total'), s(mix[3], 'echo'))).apply_async()))
                for mix, chained, grouped in sent:
                    print(mix, chained.get(timeout=40), grouped.get(timeout=40))
                """, mixesOf(4)))
                .containsExactlyElementsOf(
                        mixes(4).stream().map(mix -> mix + " 13 [3, [1, 2]]").toList());
        for (var mix : mixes(4)) {
            List<Canvas<?>> header = List.of(step(mix.charAt(0), "echo", 1), step(mix.charAt(1), "echo", 2));
            assertThat(result(Chain.of(Chord.of(header, step(mix.charAt(2), "total")), step(mix.charAt(3), "add", 10))))
                    .as(mix)
                    .isEqualTo(Json.tree(13));
            assertThat(result(Chain.of(
                            Group.of(header),
                            Group.of(List.of(step(mix.charAt(2), "total"), step(mix.charAt(3), "echo"))))))
                    .as(mix)
                    .isEqualTo(Json.tree(List.of(3, List.of(1, 2))));
        }
    }

    @Test
    @Line(29)
    void a_chord_and_a_chain_are_members_of_a_chord() throws Exception {
        assertThat(fleet().working().python().run("""
                import sys
                from app import chain, chord, s
                sent = []
                for mix in sys.argv[1:]:
                    sent.append((mix, chord([chord([s(mix[0], 'echo', 1), s(mix[1], 'echo', 2)], s(mix[2], 'total')), s(mix[0], 'echo', 5)],
                                            s(mix[3], 'echo')).apply_async(),
                                 chord([chain(s(mix[0], 'add', 1, 1), s(mix[1], 'add', 1)), s(mix[2], 'echo', 5)],
                                       s(mix[3], 'echo')).apply_async()))
                for mix, chord_within, chain_within in sent:
                    print(mix, chord_within.get(timeout=40), chain_within.get(timeout=40))
                """, mixesOf(4)))
                .containsExactlyElementsOf(
                        mixes(4).stream().map(mix -> mix + " [3, 5] [3, 5]").toList());
        for (var mix : mixes(4)) {
            var inner = Chord.of(
                    List.of(step(mix.charAt(0), "echo", 1), step(mix.charAt(1), "echo", 2)),
                    step(mix.charAt(2), "total"));
            assertThat(result(Chord.of(List.of(inner, step(mix.charAt(0), "echo", 5)), step(mix.charAt(3), "echo"))))
                    .as(mix)
                    .isEqualTo(Json.tree(List.of(3, 5)));
            var chain = step(mix.charAt(0), "add", 1, 1).then(step(mix.charAt(1), "add", 1));
            assertThat(result(Chord.of(List.of(chain, step(mix.charAt(2), "echo", 5)), step(mix.charAt(3), "echo"))))
                    .as(mix)
                    .isEqualTo(Json.tree(List.of(3, 5)));
        }
    }

    @Test
    @Line(35)
    void a_python_task_replaces_itself_by_a_chain_inside_a_chord() throws Exception {
        assertThat(fleet().working().python().run("""
                import sys
                from app import chord, s
                for mix in sys.argv[1:]:
                    print(mix, chord([s('p', 'replaced', 1, mix), s(mix[2], 'echo', 5)], s(mix[3], 'echo')).apply_async().get(timeout=40))
                """, mixesOf(4)))
                .containsExactlyElementsOf(
                        mixes(4).stream().map(mix -> mix + " [12, 5]").toList());
        for (var mix : mixes(4)) {
            assertThat(result(Chord.of(
                            List.of(step('p', "replaced", 1, mix), step(mix.charAt(2), "echo", 5)),
                            step(mix.charAt(3), "echo"))))
                    .as(mix)
                    .isEqualTo(Json.tree(List.of(12, 5)));
        }
    }

    @Test
    @Line(36)
    void a_java_task_replaces_itself_by_a_group_and_its_own_id_has_the_list() throws Exception {
        assertThat(fleet().working().python().run("""
                import sys
                from app import app, chord, s
                for mix in sys.argv[1:]:
                    sent = s('j', 'scattered', mix, task_id='own-' + mix).apply_async()
                    joined = chord([s('j', 'scattered', mix), s(mix[0], 'echo', 9)], s(mix[1], 'echo')).apply_async()
                    print(mix, sent.get(timeout=40), joined.get(timeout=40))
                """, mixesOf(3)))
                .containsExactlyElementsOf(mixes(3).stream()
                        .map(mix -> mix + " [0, 1, 2] [[0, 1, 2], 9]")
                        .toList());
        for (var mix : mixes(3)) {
            assertThat(result(step('j', "scattered", mix).taskId("jown-" + mix)))
                    .isEqualTo(Json.tree(upTo(3)));
            assertThat(ended("jown-" + mix).result()).isEqualTo(Json.tree(upTo(3)));
        }
    }

    @Test
    @Line(41)
    void a_java_task_lengthens_the_chord_that_it_is_a_member_of() throws Exception {
        assertThat(fleet().working().python().run("""
                import sys
                from app import chord, s
                for mix in sys.argv[1:]:
                    print(mix, chord([s('j', 'lengthens', mix[:2]), s(mix[2], 'echo', 100)], s(mix[3], 'total')).apply_async().get(timeout=40))
                """, mixesOf(4)))
                .containsExactlyElementsOf(
                        mixes(4).stream().map(mix -> mix + " 122").toList());
        for (var mix : mixes(4)) {
            assertThat(result(Chord.of(
                            List.of(step('j', "lengthens", mix.substring(0, 2)), step(mix.charAt(2), "echo", 100)),
                            step(mix.charAt(3), "total"))))
                    .as(mix)
                    .isEqualTo(Json.tree(122));
        }
        var alone = fleet().lovage().send(step('j', "lengthens", "p"));
        assertThatThrownBy(() -> alone.await(LONG))
                .isInstanceOf(TaskFailed.class)
                .hasMessageContaining("is no member of a chord");
    }

    @Test
    @Line(42)
    void a_chord_without_members_runs_its_body_with_an_empty_list() throws Exception {
        fleet().working();
        for (char body : new char[] {'p', 'j'}) {
            assertThat(result(Chord.of(List.of(), step(body, "echo")))).isEqualTo(Json.array());
        }
        assertThat(fleet().python().run("""
                from app import chord, s
                for body in 'pj':
                    print(chord([], s(body, 'echo')).apply_async().get(timeout=40))
                """)).containsExactly("[]", "[]");
    }
}
