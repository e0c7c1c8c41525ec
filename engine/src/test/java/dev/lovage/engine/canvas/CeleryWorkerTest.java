package dev.lovage.engine.canvas;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.engine.PythonCelery;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.message.Lint;
import dev.lovage.engine.message.Message;
import dev.lovage.engine.payload.Payloads;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// Canvases of ours run by Celery's own code, and the other way round.
class CeleryWorkerTest {
    /// Celery's tracer runs each message; what it would send comes back as messages, and chords are counted as
    /// its Redis backend counts them.
    private static final String WORKER = """
            from collections import deque
            from celery.app.trace import trace_task
            from kombu.utils.json import dumps

            @app.task(name='p.note')
            def note(*args, **kwargs):
                return list(args)

            app.finalize()
            queue, sizes, parts, results = deque(), {}, {}, {}

            def capture(producer, name, message, headers=None, **options):
                queue.append(json.loads(dumps([dict(message[0], **(headers or {})), message[2]])))

            def part(request, state, result, **kwargs):
                assert state == 'SUCCESS', (state, result)
                members = parts.setdefault(request.group, {})
                assert request.group_index not in members, request.group_index
                members[request.group_index] = result
                if len(members) == sizes.get(request.group):
                    signature(request.chord, app=app).delay([members[i] for i in sorted(members)])

            app.amqp.__dict__['send_task_message'] = capture
            app.backend.set_chord_size = lambda group, size: sizes.__setitem__(group, size)
            app.backend.apply_chord = lambda *args, **kwargs: None
            app.backend.on_chord_part_return = part

            def work():
                while queue:
                    headers, (args, kwargs, embed) = queue.popleft()
                    request = dict(headers, args=args, kwargs=kwargs, hostname='w', is_eager=False,
                                   delivery_info={'exchange': '', 'routing_key': 'celery'}, **embed)
                    outcome = trace_task(app.tasks[headers['task']], headers['id'], args, kwargs, request, app=app)
                    meta = app.backend.get_task_meta(headers['id'])
                    assert meta['status'] == 'SUCCESS', (headers, meta, outcome)
                    results[headers['id']] = meta['result']
            """;

    private final Planner planner = new Planner(
            Routes.DEFAULT, () -> Instant.parse("2026-11-20T08:00:00Z"), "gen1@test", Message.BODY_MAX_BYTES);

    @Test
    @Tag("services")
    void celery_s_own_worker_code_runs_our_canvases_to_the_same_results() throws Exception {
        long seed = Long.getLong("lovage.seed", System.nanoTime());
        System.out.println("CeleryWorkerTest seed " + seed);
        var random = new Random(seed);
        var data = Json.array();
        var ours = new ArrayList<Map<String, JsonNode>>();
        var frozen = new ArrayList<Planner.Frozen>();
        for (int i = 0; i < 600; i++) {
            var one = planner.freeze(new RandomCanvas(random).any(3), Lineage.CLIENT);
            frozen.add(one);
            ours.add(new Rehearsal(planner).run(one.plan(), Map.of()));
            var messages = Json.array();
            one.plan()
                    .messages()
                    .forEach(message -> messages.add(Json.array()
                            .add(Json.read(message.headers().getBytes(StandardCharsets.UTF_8)))
                            .add(Json.read(message.body()))));
            data.add(Json.object().set("messages", messages).set("sizes", Rehearsal.joined(one.plan())));
        }
        var answers = PythonCelery.ask(WORKER + """
                answer = []
                for one in data:
                    queue.extend(one['messages'])
                    sizes.update(one['sizes'])
                    results.clear()
                    work()
                    answer.append(dict(results))
                """, data);
        for (int i = 0; i < frozen.size(); i++) {
            var ends = frozen.get(i).members().isEmpty()
                    ? List.of(frozen.get(i).id())
                    : frozen.get(i).members();
            for (var id : ends) {
                assertThat(answers.get(i).get(id))
                        .as(
                                "seed %s, canvas %s, task %s of %s",
                                seed, i, id, frozen.get(i).plan())
                        .isEqualTo(ours.get(i).get(id));
                assertThat(ours.get(i)).containsKey(id);
            }
            assertThat(answers.get(i).size())
                    .as("seed %s, canvas %s", seed, i)
                    .isEqualTo(ours.get(i).size());
        }
    }

    @Test
    @Tag("services")
    void canvases_that_celery_froze_run_to_the_results_that_celery_has() throws Exception {
        var answers = PythonCelery.ask(WORKER + """
                s, si = note.s, note.si
                canvases = [
                    lambda: s(1) | s(2) | si(3),
                    lambda: s(1) | group(s(2), s(3)) | s(4),
                    lambda: s(1) | group(s(2), s(3)) | s(4) | s(5),
                    lambda: s(1) | group(s(2), s(3)),
                    lambda: chord([s(1), s(2)], s(3)),
                    lambda: chord([s(1), s(2)], s(3) | s(4)),
                    lambda: chord([s(1), s(2)], group(s(3), s(4))),
                    lambda: chord([chain(s(1), s(2)), s(3)], s(4)),
                    lambda: chord([chord([s(1), s(2)], s(3)), s(4)], s(5)),
                    lambda: group(s(1) | s(2), s(3)),
                    lambda: group(s(1), s(2)) | group(s(3), s(4)) | s(5),
                    lambda: s(0) | chord([s(1) | s(2), chord([s(3), s(4)], s(5))], s(6) | s(7)) | s(8),
                ]
                answer = []
                for make in canvases:
                    for state in (queue, sizes, parts, results):
                        state.clear()
                    canvas = make()
                    for task in canvas.tasks if hasattr(canvas, 'tasks') else ():
                        if task.task == 'p.note':
                            task.link(note.s('linked'))
                            task.link(note.s('linked too'))
                            break
                    handle = canvas.apply_async()
                    ids = [one.id for one in handle.results] if hasattr(handle, 'results') else [handle.id]
                    sent, begun = json.loads(dumps(list(queue))), dict(sizes)
                    work()
                    answer.append({'messages': sent, 'sizes': begun, 'ids': ids, 'results': dict(results)})
                """, Json.array());
        for (var answer : answers) {
            var messages = new ArrayList<Message>();
            for (var one : answer.get("messages")) {
                messages.add(Message.received(
                        "celery",
                        Json.text(one.get(0)),
                        "{\"content_type\": \"application/json\"}",
                        Json.bytes(one.get(1))));
            }
            var sizes = new HashMap<String, Integer>();
            answer.get("sizes").forEachEntry((group, size) -> sizes.put(group, size.intValue()));
            var results = new Rehearsal(planner).run(new Plan(messages, List.of(), List.of(), List.of()), sizes);
            assertThat(results).as("%s", answer).hasSize(answer.get("results").size());
            for (var id : answer.get("ids")) {
                assertThat(results.get(id.stringValue()))
                        .as("task %s of %s", id, answer)
                        .isEqualTo(answer.get("results").get(id.stringValue()));
            }
        }
    }

    @Test
    void nothing_that_is_sent_harms_a_python_worker() throws Exception {
        long seed = Long.getLong("lovage.seed", System.nanoTime());
        System.out.println("CeleryWorkerTest lint seed " + seed);
        var random = new Random(seed);
        var typed = new Planner(
                Routes.DEFAULT,
                () -> Instant.parse("2026-11-20T08:00:00Z"),
                "gen1@test",
                Message.BODY_MAX_BYTES,
                Optional.empty(),
                true,
                Payloads.NONE);
        for (int i = 0; i < 20_000; i++) {
            var canvas = new RandomCanvas(random);
            var signature = canvas.any(random.nextInt(3));
            canvas.adorn(signature);
            var plan = (random.nextBoolean() ? planner : typed)
                    .freeze(signature, Lineage.CLIENT)
                    .plan();
            for (var message : plan.messages()) {
                assertThat(Lint.faults(message))
                        .as("seed %s, %s: %s", seed, i, message.headers())
                        .isEmpty();
            }
            if (i % 100 == 0) {
                new Rehearsal(planner).run(plan, Map.of());
            }
        }
    }
}
