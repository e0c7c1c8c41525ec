package dev.lovage.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.engine.Lovage;
import dev.lovage.engine.broker.Delivery;
import dev.lovage.engine.canvas.Chord;
import dev.lovage.engine.canvas.Join;
import dev.lovage.engine.canvas.Plan;
import dev.lovage.engine.canvas.Signature;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.result.Failures;
import dev.lovage.engine.result.TaskState;
import dev.lovage.engine.settings.Setting;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Invariant 10: a join fires once.
abstract class JoinContract extends CustodyContract {
    @Test
    protected void a_join_that_compressed_messages_lead_to_is_not_stalled() {
        lovage.close();
        settings = settings.with(Setting.TASK_COMPRESSION, "zlib");
        lovage = Lovage.open(settings, clock);
        lovage.send(Chord.of(
                List.of(ECHO.with("a").then(ECHO.partial()), ECHO.with("b").then(ECHO.partial())), COLLECT.partial()));
        assertThat(store().stalled(10)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 10, 1000})
    protected void a_join_fires_once_with_its_results_in_index_order(int members) {
        fires(members);
    }

    @Test
    @Tag("long")
    protected void a_join_of_ten_thousand_fires_once() {
        fires(10_000);
    }

    private void fires(int members) {
        var random = Seeds.random("join of " + members);
        lovage.send(chord(members));
        var worker = step("w");
        var deliveries = claimAll(worker);
        Collections.shuffle(deliveries, random);
        var bodies = new ArrayList<Delivery>();
        for (var delivery : deliveries) {
            if (delivery.message().execution().taskId().equals("body")) {
                bodies.add(delivery);
                continue;
            }
            if (random.nextInt(10) == 0) { // its worker dies, another one runs it again
                worker.move(delivery, dev.lovage.engine.broker.Custody.READY);
            } else {
                worker.succeed(delivery, value(delivery));
            }
        }
        for (var again = claimAll(worker); !again.isEmpty(); again = claimAll(worker)) {
            for (var delivery : again) {
                if (delivery.message().execution().taskId().equals("body")) {
                    bodies.add(delivery);
                } else {
                    worker.succeed(delivery, value(delivery));
                }
            }
        }
        assertThat(bodies).hasSize(1);
        var args = Json.read(bodies.getFirst().message().body()).path(0).path(0);
        assertThat(args)
                .isEqualTo(Json.tree(
                        IntStream.range(0, members).mapToObj(i -> "m" + i).toList()));
        worker.succeed(bodies.getFirst(), args);
        assertThat(inventory()).isEmpty();
    }

    @Test
    protected void the_end_of_a_member_counts_once_however_often_it_is_told() {
        lovage.send(chord(2));
        var worker = step("w");
        var members = worker.claim(2, QUEUE);
        worker.succeed(members.get(0), value(members.get(0)));
        var join = join(members.get(0));
        var end = new Join.End(join, 0, "m0", true, Json.tree("m0"), "", "");
        var again = new Plan(List.of(), List.of(), List.of(end, end), List.of());
        lovage.backbone().broker().publish(again);
        assertThat(worker.claim(10, QUEUE)).isEmpty();
        worker.succeed(members.get(1), value(members.get(1)));
        lovage.backbone().broker().publish(again);
        var body = one(worker.claim(10, QUEUE));
        assertThat(body.message().execution().taskId()).isEqualTo("body");
        worker.succeed(body, Json.tree(List.of("m0", "m1")));
        lovage.backbone().broker().publish(again);
        assertThat(inventory()).isEmpty();
    }

    @Test
    protected void a_member_that_fails_closes_the_join_once_and_is_named() {
        lovage.send(chord(3));
        var worker = step("w");
        var members = worker.claim(3, QUEUE);
        worker.succeed(members.get(0), value(members.get(0)));
        worker.fail(members.get(1), "boom");
        var body = lovage.backbone().results().result("body").orElseThrow();
        assertThat(body.state()).isEqualTo(TaskState.FAILURE);
        assertThat(Failures.line(body.result())).isEqualTo("ChordError('Dependency m1 raised ValueError('boom')')");
        worker.fail(members.get(2), "bang");
        assertThat(lovage.backbone().results().result("body")).contains(body);
        assertThat(worker.claim(10, QUEUE)).isEmpty();
    }

    @Test
    protected void a_join_without_a_live_member_is_closed_with_a_reason() {
        lovage.send(chord(2));
        var worker = step("w");
        var members = worker.claim(2, QUEUE);
        worker.succeed(members.get(0), value(members.get(0)));
        assertThat(store().stalled(10)).isEmpty();
        worker.ignore(members.get(1));
        var stalled = store().stalled(10);
        assertThat(stalled).extracting(Join::members).containsExactly(List.of("m0", "m1"));
        store().closeStalled(stalled.getFirst().id(), "no member is left");
        store().closeStalled(stalled.getFirst().id(), "no member is left");
        var body = lovage.backbone().results().result("body").orElseThrow();
        assertThat(body.state()).isEqualTo(TaskState.FAILURE);
        assertThat(Failures.line(body.result())).contains("Dependency m1", "no member is left");
        assertThat(store().stalled(10)).isEmpty();
    }

    @Test
    protected void a_member_that_is_purged_closes_the_join() {
        lovage.send(chord(2));
        lovage.backbone().broker().purge(QUEUE, "gone", "tester");
        var body = lovage.backbone().results().result("body").orElseThrow();
        assertThat(body.state()).isEqualTo(TaskState.FAILURE);
        assertThat(Failures.line(body.result())).contains("Dependency m0", "gone");
        assertThat(inventory()).isEmpty();
    }

    @Test
    protected void the_same_chord_sent_again_is_one_join() {
        lovage.send(chord(2));
        lovage.send(chord(2));
        var worker = step("w");
        for (var member : worker.claim(10, QUEUE)) {
            worker.succeed(member, value(member));
        }
        worker.succeed(one(worker.claim(10, QUEUE)), Json.tree(List.of("m0", "m1")));
        assertThat(inventory()).isEmpty();
        assertThat(store().stalled(10)).isEmpty();
    }

    @Test
    protected void a_chord_whose_member_is_a_chain_waits_for_the_end_of_the_chain() {
        lovage.send(Chord.of(
                List.of(
                        ECHO.with("a").taskId("first").then(ECHO.partial().taskId("last")),
                        ECHO.with("b").taskId("single")),
                COLLECT.partial().taskId("body")));
        var worker = step("w");
        for (var delivery : worker.claim(10, QUEUE)) {
            worker.succeed(delivery, value(delivery));
        }
        var last = one(worker.claim(10, QUEUE));
        assertThat(last.message().execution().taskId()).isEqualTo("last");
        assertThat(store().stalled(10)).isEmpty();
        worker.succeed(last, value(last));
        var body = one(worker.claim(10, QUEUE));
        assertThat(Json.read(body.message().body()).path(0).path(0)).isEqualTo(Json.tree(List.of("last", "single")));
    }

    private static Chord<List<String>> chord(int members) {
        var header = new ArrayList<Signature<String>>();
        IntStream.range(0, members).forEach(i -> header.add(ECHO.with("x").taskId("m" + i)));
        return Chord.of(header, COLLECT.partial().taskId("body"));
    }

    private static tools.jackson.databind.JsonNode value(Delivery delivery) {
        return Json.tree(delivery.message().execution().taskId());
    }

    private static String join(Delivery member) {
        return Json.read(member.message().headers().getBytes(java.nio.charset.StandardCharsets.UTF_8))
                .path("group")
                .stringValue();
    }

    private static List<Delivery> claimAll(StepWorker worker) {
        var all = new ArrayList<Delivery>();
        for (var batch = worker.claim(500, QUEUE); !batch.isEmpty(); batch = worker.claim(500, QUEUE)) {
            all.addAll(batch);
        }
        return all;
    }
}
