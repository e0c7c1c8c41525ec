package dev.lovage.engine.canvas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.lovage.engine.json.Json;
import dev.lovage.engine.message.Compression;
import dev.lovage.engine.message.Lint;
import dev.lovage.engine.message.Message;
import dev.lovage.engine.message.Request;
import dev.lovage.engine.payload.ByReference;
import dev.lovage.engine.payload.PayloadMemory;
import dev.lovage.engine.payload.Payloads;
import dev.lovage.engine.result.Failures;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.task.TypeRef;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// The traces that Celery 5.6.3 was seen to write.
class PlannerTest {
    record Two(int x, int y) {}

    private static final Instant NOW = Instant.parse("2026-11-20T08:00:00Z");
    private static final Task<Two, Integer> ADD = Task.named("p.add", Two.class, Integer.class);
    private static final Task<Integer, Integer> IDENT = Task.named("p.ident", Integer.class, Integer.class);
    private static final Task<List<Integer>, Integer> SUM =
            Task.named("p.tsum", new TypeRef<List<Integer>>() {}, new TypeRef<Integer>() {});

    private final Planner planner = new Planner(Routes.DEFAULT, () -> NOW, "gen1@test", Message.BODY_MAX_BYTES);

    @Test
    void a_single_task_has_celery_s_headers_properties_and_body() {
        var message = only(freeze(ADD.with(new Two(1, 2)).taskId("A").countdown(Duration.ofMillis(1500))));
        var headers = headers(message);
        assertThat(headers.propertyNames()).containsAll(Lint.HEADERS);
        assertThat(headers.path("lang").stringValue()).isEqualTo("java");
        assertThat(headers.path("root_id").stringValue()).isEqualTo("A");
        assertThat(headers.path("parent_id").isNull()).isTrue();
        assertThat(headers.path("eta").stringValue()).isEqualTo("2026-11-20T08:00:01.500000+00:00");
        assertThat(headers.path("argsrepr").stringValue()).isEqualTo("(1, 2)");
        assertThat(Json.text(headers.path("timelimit"))).isEqualTo("[null,null]");
        assertThat(Json.text(body(message)))
                .isEqualTo("[[1,2],{},{\"callbacks\":null,\"errbacks\":null,\"chain\":null,\"chord\":null}]");
        var properties = Json.read(message.properties().getBytes(StandardCharsets.UTF_8));
        assertThat(properties.path("content_type").stringValue()).isEqualTo("application/json");
        assertThat(properties.path("correlation_id").stringValue()).isEqualTo("A");
        assertThat(properties.path("priority").intValue()).isZero();
        assertThat(properties.path("delivery_mode").intValue()).isEqualTo(2);
    }

    @Test
    void a_chain_is_one_message_with_the_rest_in_reverse_order() throws Exception {
        var chain = ADD.with(new Two(1, 2))
                .taskId("A")
                .then(ADD.partial(3).taskId("B"))
                .then(IDENT.with(9).immutable().taskId("C"));
        var a = only(freeze(chain));
        assertThat(a.execution().taskId()).isEqualTo("A");
        var rest = body(a).path(2).path("chain");
        assertThat(tasks(rest)).containsExactly("p.ident", "p.add");
        assertThat(Json.text(rest.path(0)))
                .isEqualTo("{\"task\":\"p.ident\",\"args\":[9],\"kwargs\":{},\"options\":{\"task_id\":\"C\","
                        + "\"reply_to\":\"" + planner.replyTo() + "\"},\"subtask_type\":null,\"immutable\":true}");

        var b = only(planner.afterSuccess(Request.read(a), Json.tree(3)));
        assertThat(b.execution().taskId()).isEqualTo("B");
        assertThat(headers(b).path("root_id").stringValue()).isEqualTo("A");
        assertThat(headers(b).path("parent_id").stringValue()).isEqualTo("A");
        assertThat(Json.text(body(b).path(0))).isEqualTo("[3,3]");
        assertThat(tasks(body(b).path(2).path("chain"))).containsExactly("p.ident");

        var c = only(planner.afterSuccess(Request.read(b), Json.tree(6)));
        assertThat(Json.text(body(c).path(0))).isEqualTo("[9]");
        assertThat(headers(c).path("parent_id").stringValue()).isEqualTo("B");
        assertThat(body(c).path(2).path("chain")).isEmpty();
        assertThat(planner.afterSuccess(Request.read(c), Json.tree(9)).isEmpty())
                .isTrue();
    }

    @Test
    void a_chord_is_its_header_with_the_body_embedded_in_each_task() throws Exception {
        var plan = freeze(Chord.of(
                List.of(
                        ADD.with(new Two(1, 1)).taskId("H0"),
                        ADD.with(new Two(2, 2)).taskId("H1")),
                SUM.partial().taskId("B")));
        assertThat(plan.messages()).hasSize(2);
        var join = plan.joins().getFirst();
        assertThat(join.members()).containsExactly("H0", "H1");
        for (int i = 0; i < 2; i++) {
            var headers = headers(plan.messages().get(i));
            assertThat(headers.path("group").stringValue()).isEqualTo(join.id());
            assertThat(headers.path("group_index").intValue()).isEqualTo(i);
            assertThat(headers.path("root_id").stringValue()).isEqualTo("H" + i);
            var chord = body(plan.messages().get(i)).path(2).path("chord");
            assertThat(chord.at("/options/task_id").stringValue()).isEqualTo("B");
            assertThat(chord.at("/options/group_id").stringValue()).isEqualTo(join.id());
        }
        var ends = new ArrayList<Join.End>();
        for (int i = 0; i < 2; i++) {
            ends.addAll(planner.afterSuccess(Request.read(plan.messages().get(i)), Json.tree(2 * i + 2))
                    .ends());
        }
        var body = only(planner.close(join, ends));
        assertThat(Json.text(body(body).path(0))).isEqualTo("[[2,4]]");
        assertThat(headers(body).path("group").stringValue()).isEqualTo(join.id());
        assertThat(body.execution().taskId()).isEqualTo("B");
    }

    @Test
    void a_group_between_steps_becomes_a_chord_whose_header_gets_the_result() throws Exception {
        var a = only(freeze(ADD.with(new Two(1, 2))
                .then(Group.of(List.of(ADD.partial(1), ADD.partial(2))))
                .then(SUM.partial())));
        var rest = body(a).path(2).path("chain");
        assertThat(tasks(rest)).containsExactly("celery.chord");
        var next = planner.afterSuccess(Request.read(a), Json.tree(3));
        assertThat(next.joins()).hasSize(1);
        assertThat(next.messages()).hasSize(2);
        assertThat(Json.text(body(next.messages().get(0)).path(0))).isEqualTo("[3,1]");
        assertThat(Json.text(body(next.messages().get(1)).path(0))).isEqualTo("[3,2]");
    }

    @Test
    void a_chain_in_a_chord_s_header_carries_the_group_on_its_last_step() {
        var plan = freeze(Chord.of(
                List.of(
                        ADD.with(new Two(1, 1)).then(IDENT.partial().taskId("last")),
                        ADD.with(new Two(2, 2)).taskId("single")),
                SUM.partial()));
        assertThat(headers(plan.messages().get(0)).path("group").isNull()).isTrue();
        var last = body(plan.messages().get(0)).path(2).path("chain").path(0).path("options");
        assertThat(last.path("group_index").intValue()).isZero();
        assertThat(last.path("chord").isObject()).isTrue();
        assertThat(plan.joins().getFirst().members()).containsExactly("last", "single");
    }

    @Test
    void a_chord_in_a_chord_counts_once_through_its_body() {
        var inner =
                Chord.of(List.of(IDENT.with(1), IDENT.with(2)), SUM.partial().taskId("inner"));
        var plan = freeze(Chord.of(
                List.of(inner, IDENT.with(3).taskId("c")), SUM.partial().taskId("outer")));
        assertThat(plan.joins()).hasSize(2);
        var outer = plan.joins().stream()
                .filter(join -> join.members().contains("c"))
                .findFirst()
                .orElseThrow();
        assertThat(outer.members()).containsExactly("inner", "c");
        var embedded = body(plan.messages().stream()
                        .filter(one -> !one.execution().taskId().equals("c"))
                        .findFirst()
                        .orElseThrow())
                .path(2)
                .path("chord");
        assertThat(embedded.at("/options/group_id").stringValue()).isEqualTo(outer.id());
        assertThat(embedded.at("/options/chord/options/task_id").stringValue()).isEqualTo("outer");
    }

    @Test
    void a_failure_fails_the_rest_of_the_chain_and_sends_errbacks_with_the_id() throws Exception {
        var a = only(freeze(ADD.with(new Two(1, 2))
                .taskId("A")
                .linkError(Task.named("p.onerror", String.class, Void.class).partial())
                .then(IDENT.partial().taskId("B"))));
        var plan = planner.afterFailure(Request.read(a), Failures.encode(new IllegalStateException("boom")));
        assertThat(plan.results()).extracting(meta -> meta.taskId()).containsExactly("B");
        assertThat(Json.text(body(only(plan)).path(0))).isEqualTo("[\"A\"]");
        assertThat(headers(only(plan)).path("parent_id").stringValue()).isEqualTo("A");
    }

    @Test
    void a_replacement_keeps_id_chain_and_place_in_the_chord() throws Exception {
        var plan = freeze(Chord.of(
                List.of(
                        ADD.with(new Two(1, 1)).taskId("H0"),
                        ADD.with(new Two(2, 2)).taskId("H1")),
                SUM.partial().taskId("B")));
        var by = only(planner.replace(
                Request.read(plan.messages().getFirst()), IDENT.with(7).node()));
        assertThat(by.execution().taskId()).isEqualTo("H0");
        assertThat(by.execution().nesting()).isEqualTo(1);
        assertThat(headers(by).path("group").stringValue())
                .isEqualTo(plan.joins().getFirst().id());
        assertThat(planner.afterSuccess(Request.read(by), Json.tree(7)).ends())
                .containsExactly(new Join.End(
                        plan.joins().getFirst().id(),
                        0,
                        "H0",
                        true,
                        Json.tree(7),
                        plan.joins().getFirst().body(),
                        plan.joins().getFirst().rootId()));
    }

    /// What Celery 5.6.3 sent for `add.s(1, 2) | group(add.s(1), add.s(2)) | tsum.s()`, ids shortened.
    @Test
    void a_chord_that_celery_froze_keeps_its_group_id_and_its_members_ids() throws Exception {
        var a = Message.received(
                "celery",
                "{\"lang\": \"py\", \"task\": \"p.add\", \"id\": \"A\", \"root_id\": \"A\"}",
                "{\"content_type\": \"application/json\"}",
                """
                [[1, 2], {}, {"callbacks": null, "errbacks": null, "chord": null, "chain": [
                 {"task": "celery.chord", "args": [], "kwargs": {"kwargs": {},
                  "header": {"task": "celery.group", "args": [], "kwargs": {"tasks": [
                    {"task": "p.add", "args": [1], "kwargs": {}, "options": {"task_id": "H0", "reply_to": "R",
                     "group_index": 0, "chord": {"task": "p.tsum", "args": [], "kwargs": {},
                     "options": {"task_id": "B"}, "subtask_type": null, "immutable": false}},
                     "subtask_type": null, "immutable": false},
                    {"task": "p.add", "args": [2], "kwargs": {}, "options": {"task_id": "H1", "reply_to": "R",
                     "group_index": 1}, "subtask_type": null, "immutable": false}]},
                   "options": {"task_id": "G", "root_id": null, "parent_id": null}, "subtask_type": "group",
                   "immutable": false},
                  "body": {"task": "p.tsum", "args": [], "kwargs": {}, "options": {"task_id": "B", "reply_to": "R"},
                   "subtask_type": null, "immutable": false}},
                  "options": {"task_id": "G"}, "subtask_type": "chord", "immutable": false}]}]
                """.getBytes(StandardCharsets.UTF_8));
        var plan = planner.afterSuccess(Request.read(a), Json.tree(3));
        assertThat(plan.joins()).extracting(Join::id).containsExactly("G");
        assertThat(plan.joins().getFirst().members()).containsExactly("H0", "H1");
        for (int i = 0; i < 2; i++) {
            var member = plan.messages().get(i);
            var headers = headers(member);
            assertThat(headers.path("id").stringValue()).isEqualTo("H" + i);
            assertThat(headers.path("group").stringValue()).isEqualTo("G");
            assertThat(headers.path("group_index").intValue()).isEqualTo(i);
            assertThat(headers.path("parent_id").stringValue()).isEqualTo("A");
            assertThat(Json.text(body(member).path(0))).isEqualTo("[3," + (i + 1) + "]");
            assertThat(Json.text(body(member).path(2).path("chord")))
                    .isEqualTo("{\"task\":\"p.tsum\",\"args\":[],\"kwargs\":{},\"options\":{\"task_id\":\"B\","
                            + "\"reply_to\":\"R\",\"group_id\":\"G\"},\"subtask_type\":null,\"immutable\":false}");
        }
    }

    @Test
    void several_callbacks_are_one_group_and_one_is_none() throws Exception {
        var one = only(freeze(IDENT.with(1).link(IDENT.partial())));
        assertThat(headers(only(planner.afterSuccess(Request.read(one), Json.tree(1))))
                        .path("group")
                        .isNull())
                .isTrue();
        var two = only(freeze(IDENT.with(1).link(IDENT.partial()).link(IDENT.partial())));
        var plan = planner.afterSuccess(Request.read(two), Json.tree(1));
        assertThat(plan.messages()).hasSize(2);
        assertThat(plan.messages())
                .extracting(message -> headers(message).path("group_index").intValue())
                .containsExactly(0, 1);
        assertThat(headers(plan.messages().get(0)).path("group").stringValue())
                .isEqualTo(headers(plan.messages().get(1)).path("group").stringValue());
    }

    @Test
    void errbacks_of_a_chord_are_its_body_s_and_those_of_a_chain_are_every_step_s() {
        var errback =
                Task.named("p.onerror", String.class, Void.class).partial().node();
        var chord =
                Chord.of(List.of(IDENT.with(1), IDENT.with(2)), SUM.partial()).node();
        chord.withObject("/options").set("link_error", errback);
        var members = planner.freeze(chord, Lineage.CLIENT).plan().messages();
        assertThat(body(members.getFirst()).path(2).path("errbacks").isNull()).isTrue();
        assertThat(body(members.getFirst()).path(2).at("/chord/options/link_error"))
                .hasSize(1);
        var chain = IDENT.with(1).then(IDENT.partial()).then(IDENT.partial()).node();
        chain.withObject("/options").set("link_error", errback);
        var first = only(planner.freeze(chain, Lineage.CLIENT).plan());
        assertThat(body(first).path(2).path("errbacks")).hasSize(1);
        body(first)
                .path(2)
                .path("chain")
                .forEach(step -> assertThat(step.at("/options/link_error")).hasSize(1));
    }

    @Test
    void a_retry_of_protocol_1_goes_on_by_protocol_2() throws Exception {
        var first = Message.received(
                "celery",
                "{\"mine\": 1}",
                "{\"content_type\": \"application/json\", \"delivery_tag\": \"7\"}",
                "{\"task\": \"p.add\", \"id\": \"A\", \"args\": [1, 2], \"callbacks\": [{\"task\": \"p.ident\"}]}"
                        .getBytes(StandardCharsets.UTF_8));
        var again = planner.retry(first, Request.read(first), NOW.plusSeconds(3));
        var request = Request.read(again);
        assertThat(request.protocol()).isEqualTo(2);
        assertThat(request.task()).isEqualTo("p.add");
        assertThat(request.retries()).isEqualTo(1);
        assertThat(request.callbacks()).hasSize(1);
        assertThat(headers(again).path("mine").intValue()).isEqualTo(1);
        assertThat(again.properties()).doesNotContain("delivery_tag");
    }

    @Test
    void bodies_are_compressed_and_values_typed_where_that_is_wished() throws Exception {
        var instant = Task.named("p.at", Instant.class, Void.class);
        var typed = new Planner(
                Routes.DEFAULT,
                () -> NOW,
                "gen1@test",
                Message.BODY_MAX_BYTES,
                Optional.of(Compression.ZLIB),
                true,
                Payloads.NONE);
        var message =
                only(typed.freeze(instant.with(NOW).node(), Lineage.CLIENT).plan());
        assertThat(headers(message).path("compression").stringValue()).isEqualTo("application/x-gzip");
        assertThat(message.body()[0]).as("a zlib stream").isEqualTo((byte) 0x78);
        assertThat(Json.text(Request.read(message).args()))
                .isEqualTo("[{\"__type__\":\"datetime\",\"__value__\":\"2026-11-20T08:00:00.000000+00:00\"}]");
        assertThat(headers(message).path("argsrepr").stringValue())
                .isEqualTo("(datetime.datetime(2026, 11, 20, 8, 0, tzinfo=datetime.timezone.utc),)");
        var plain =
                only(planner.freeze(instant.with(NOW).node(), Lineage.CLIENT).plan());
        assertThat(headers(plain).has("compression")).isFalse();
        assertThat(Json.text(Request.read(plain).args())).isEqualTo("[\"2026-11-20T08:00:00.000000+00:00\"]");
    }

    @Test
    void headers_that_would_not_fit_in_a_frame_are_refused_and_those_of_large_arguments_fit() throws Exception {
        var text = Task.named("p.text", String.class, Void.class);
        var large = only(freeze(text.with("x".repeat(1 << 20))));
        assertThat(large.headers()).hasSizeLessThan(4000);
        var stamped = text.with("x").node();
        stamped.withObject("/options").set("stamped_headers", Json.array().add("tenant"));
        stamped.withObject("/options").put("tenant", "t".repeat(100_000));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> planner.freeze(stamped, Lineage.CLIENT))
                .withMessageContaining("one AMQP frame")
                .withMessageContaining("Nothing was sent");
    }

    @Test
    void a_retry_keeps_the_bytes_of_the_body() throws Exception {
        var a = only(
                freeze(ADD.with(new Two(1, 2)).header("x-death", Json.array()).header("mine", Json.tree(1))));
        var again = planner.retry(a, Request.read(a), NOW.plusSeconds(3));
        assertThat(again.body()).isEqualTo(a.body());
        assertThat(again.execution().retries()).isEqualTo(1);
        assertThat(again.eta()).contains(NOW.plusSeconds(3));
        assertThat(headers(again).path("retries").intValue()).isEqualTo(1);
        assertThat(headers(again).path("mine").intValue()).isEqualTo(1);
        assertThat(headers(again).has("x-death")).isFalse();
    }

    @Test
    void a_group_of_one_is_its_member_and_an_empty_chord_runs_its_body() {
        assertThat(freeze(Group.of(List.of(IDENT.with(1).taskId("only")))).messages())
                .extracting(one -> one.execution().taskId())
                .containsExactly("only");
        var body =
                only(freeze(Chord.of(List.<Canvas<Integer>>of(), SUM.partial().taskId("B"))));
        assertThat(Json.text(body(body).path(0))).isEqualTo("[[]]");
    }

    @Test
    void steps_that_do_not_fit_are_refused_when_they_are_composed() {
        var text = Task.named("p.text", String.class, String.class);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ADD.with(new Two(1, 2)).then(text.partial()))
                .withMessageContaining("p.text takes a java.lang.String")
                .withMessageContaining("Nothing was sent");
    }

    @Test
    void a_body_that_is_too_long_is_refused() {
        var small = new Planner(Routes.DEFAULT, () -> NOW, "gen1@test", 100);
        var text = Task.named("p.text", String.class, String.class).with("x".repeat(200));
        assertThat(org.assertj.core.api.Assertions.catchThrowable(() -> small.freeze(text.node(), Lineage.CLIENT)))
                .isInstanceOf(MessageTooLarge.class)
                .hasMessageContaining("at most 100 bytes")
                .hasMessageContaining("args[0] of p.text with 202 bytes");
    }

    @Test
    void long_arguments_of_a_step_that_allows_it_travel_as_a_reference_and_keep_their_place() throws Exception {
        var payloads = new PayloadMemory(1_000_000, () -> NOW);
        var small = new Planner(Routes.DEFAULT, () -> NOW, "gen1@test", 2_000, Optional.empty(), false, payloads);
        var three = Task.named("p.three", Three.class, String.class).byReference();
        var chain = ADD.with(new Two(1, 2)).then(three.partial("b".repeat(5_000), "c"));

        var first = only(small.freeze(chain.node(), Lineage.CLIENT).plan());
        assertThat(first.body()).hasSizeLessThan(2_000);
        assertThat(ByReference.named(first)).isEqualTo(payloads.digests()).hasSize(1);
        assertThat(body(first).path(0)).isEqualTo(Json.tree(List.of(1, 2)));

        var short3 = Request.read(only(small.afterSuccess(Request.read(first), Json.tree(3))));
        assertThat(short3.args()).isEqualTo(Json.tree(List.of(3)));
        assertThat(ByReference.fetch(short3.args(), short3.kwargs(), payloads).args())
                .isEqualTo(Json.tree(List.of(3, "b".repeat(5_000), "c")));

        var result = "a".repeat(5_000);
        var second = only(small.afterSuccess(Request.read(first), Json.tree(result)));
        assertThat(second.body()).hasSizeLessThan(2_000);
        assertThat(ByReference.named(second)).isEqualTo(payloads.digests()).hasSize(2);
        assertThat(headers(second).path("argsrepr").stringValue())
                .startsWith("('aaa")
                .hasSizeLessThan(1_100);
        var request = Request.read(second);
        assertThat(ByReference.fetch(request.args(), request.kwargs(), payloads).args())
                .isEqualTo(Json.tree(List.of(result, "b".repeat(5_000), "c")));
    }

    record Three(JsonNode a, String b, String c) {}

    @Test
    void only_what_does_not_fit_travels_as_a_reference_the_longest_first() {
        var payloads = new PayloadMemory(1_000_000, () -> NOW);
        var small = new Planner(Routes.DEFAULT, () -> NOW, "gen1@test", 5_000, Optional.empty(), false, payloads);
        var text = Task.named("p.text", String.class, String.class).byReference();
        var chain = text.with("a".repeat(2_500))
                .then(text.with("b".repeat(3_000)).immutable())
                .then(text.with("c".repeat(200)).immutable());
        var first = only(small.freeze(chain.node(), Lineage.CLIENT).plan());
        assertThat(body(first).path(0)).isEqualTo(Json.tree(List.of("a".repeat(2_500))));
        assertThat(payloads.digests()).hasSize(1);
        assertThat(new String(first.body(), StandardCharsets.UTF_8))
                .contains("c".repeat(200))
                .doesNotContain("bbb");
        assertThat(headers(first).path(ByReference.NAME).isEmpty()).isTrue();
        assertThat(ByReference.named(first)).isEqualTo(payloads.digests());
    }

    private Plan freeze(Canvas<?> canvas) {
        return planner.freeze(canvas.node(), Lineage.CLIENT).plan();
    }

    private static Message only(Plan plan) {
        assertThat(plan.messages()).hasSize(1);
        return plan.messages().getFirst();
    }

    private static JsonNode headers(Message message) {
        return Json.read(message.headers().getBytes(StandardCharsets.UTF_8));
    }

    private static JsonNode body(Message message) {
        return Json.read(message.body());
    }

    private static List<String> tasks(JsonNode signatures) {
        var names = new ArrayList<String>();
        signatures.forEach(one -> names.add(one.path("task").stringValue()));
        return names;
    }
}
