package dev.lovage.engine.canvas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.lovage.engine.json.Json;
import dev.lovage.engine.message.Message;
import dev.lovage.engine.message.Request;
import dev.lovage.engine.result.Failures;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.task.TypeRef;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
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
        assertThat(headers.propertyNames())
                .contains(
                        "lang",
                        "task",
                        "id",
                        "shadow",
                        "eta",
                        "expires",
                        "group",
                        "group_index",
                        "retries",
                        "timelimit",
                        "root_id",
                        "parent_id",
                        "argsrepr",
                        "kwargsrepr",
                        "origin",
                        "ignore_result",
                        "replaced_task_nesting",
                        "stamped_headers",
                        "stamps");
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
                .isEqualTo("{\"task\":\"p.ident\",\"args\":[9],\"kwargs\":{},\"options\":{\"task_id\":\"C\"},"
                        + "\"subtask_type\":null,\"immutable\":true}");

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
                        plan.joins().getFirst().body()));
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
                .hasMessageContaining("at most 100");
    }

    @Test
    void routes_are_tried_by_name_then_by_glob_then_the_default() {
        var routes = new Routes(java.util.Map.of("a.*", "globbed", "a.exact", "named"), "else", 0);
        assertThat(routes.queue("a.exact")).isEqualTo("named");
        assertThat(routes.queue("a.other")).isEqualTo("globbed");
        assertThat(routes.queue("b.other")).isEqualTo("else");
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
