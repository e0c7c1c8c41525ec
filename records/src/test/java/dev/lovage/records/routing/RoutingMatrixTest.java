package dev.lovage.records.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.lovage.records.routing.Decision.Held;
import dev.lovage.records.routing.Decision.Routed;
import dev.lovage.records.routing.RoutingInput.Channel;
import dev.lovage.records.routing.RoutingInput.RequesterClass;
import dev.lovage.records.routing.RoutingInput.SubjectOfRecord;
import dev.lovage.records.rulefile.RuleFile;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;

class RoutingMatrixTest {
    private static final Instant NOW = Instant.parse("2026-11-20T12:00:00Z");

    /// Five departments in a row of fallbacks, and rules that use the whole vocabulary.
    private static final String MATRIX = """
            matrix: test
            version: "1"
            regime: US-FED-FOIA
            effective_from: 2026-01-01T00:00:00Z
            departments:
              a: {name: A, jurisdictions: [X, X-A], queue: a, fallback: b, active: false}
              b: {name: B, jurisdictions: [X], queue: b, fallback: c, active: true, effective_from: 2027-01-01T00:00:00Z}
              c: {name: C, jurisdictions: [X], queue: c, active: true, effective_to: 2027-12-31T00:00:00Z}
              d: {name: D, jurisdictions: [X], queue: d, active: true}
              s: {name: State, jurisdictions: [X], regime: US-CA-PRA, queue: s, active: true}
            tags:
              cafe: {any: ["café menu"], not: [closed]}
              number: {regex: ['\\bRFP-\\d{3,}\\b']}
            rules:
              - {id: R1, when: {tag: cafe}, then: {primary: a, copy: [a, c, d]}}
              - {id: R2, when: {tag: number}, then: {primary: d}, effective_to: 2026-11-30T00:00:00Z}
              - {id: R3, when: {all: [{channel: [email, api.nfp]}, {not: {requester_class: news_media}}]}, then: {primary: d}}
              - {id: R4, when: {any: [{subject_of_record: self}, {component_in: [zzz]}]}, then: {primary: s}}
              - {id: R5, when: {jurisdiction: Y}, then: {primary: d, flag: other_agency}}
            default: {primary: c, flag: unmatched}
            """;

    private static final RoutingMatrix TEST = matrix(MATRIX);

    @Test
    void the_sample_passes_its_own_tests_and_has_five_departments() {
        RoutingMatrix sample = RoutingMatrix.sample();
        assertThat(sample.selfTest()).isEmpty();
        assertThat(sample.departments()).hasSize(5);
    }

    @Test
    void a_test_in_the_file_that_fails_is_told_with_its_line() {
        String test = "tests:\n  - {given: {text: x}, expect: {primary: d, rule: R2}}\n";
        assertThat(matrix(MATRIX + test).selfTest()).singleElement().asString().contains("line 22", "default");
    }

    @ParameterizedTest
    @CsvSource({
        "Our CAFÉ  menu, true",
        "Our cafe\u0301\u00a0menu, true",
        "'Café\nmenu!', true",
        "Café menus, false",
        "Netcafé menu, false",
        "Cafe menu, false",
        "The closed café menu, false",
    })
    void tags_match_whole_words_however_they_are_written(String text, boolean matches) {
        assertThat(TEST.route(text(text)).explanation().tags().contains("cafe")).isEqualTo(matches);
    }

    @Test
    void an_inactive_department_is_stood_in_for_and_copies_are_sent_once() {
        Routed routed = routed(TEST.route(text("café menu")));
        assertThat(routed.primary()).isEqualTo("c");
        assertThat(routed.copies()).containsExactly("d");
        assertThat(routed.ruleId()).isEqualTo("R1");
        assertThat(routed.explanation().steps())
                .contains(
                        "The department a is not active; b stands in.", "The department b is not active; c stands in.");
    }

    @Test
    void departments_come_and_go_by_their_dates() {
        assertThat(routed(TEST.route(at("café menu", "2027-06-01T00:00:00Z"))).primary())
                .isEqualTo("b");
        assertThat(((Held) TEST.route(at("anything", "2028-06-01T00:00:00Z"))).reason())
                .isEqualTo(Held.NO_ACTIVE_DEPARTMENT);
    }

    @Test
    void rules_come_and_go_by_their_dates() {
        assertThat(routed(TEST.route(at("rfp-123", "2026-11-30T00:00:00Z"))).ruleId())
                .isEqualTo("R2");
        assertThat(routed(TEST.route(at("rfp-123", "2026-11-30T00:00:01Z"))).ruleId())
                .isEqualTo("default");
    }

    @Test
    void what_no_rule_matches_goes_to_the_default_with_its_flag() {
        Routed routed = routed(TEST.route(text("anything")));
        assertThat(routed.primary()).isEqualTo("c");
        assertThat(routed.flag()).contains("unmatched");
    }

    @Test
    void conditions_combine() {
        assertThat(routed(TEST.route(by(Channel.EMAIL, RequesterClass.OTHER))).ruleId())
                .isEqualTo("R3");
        assertThat(routed(TEST.route(by(Channel.API_NFP, RequesterClass.OTHER))).ruleId())
                .isEqualTo("R3");
        assertThat(routed(TEST.route(by(Channel.EMAIL, RequesterClass.NEWS_MEDIA)))
                        .ruleId())
                .isEqualTo("default");
    }

    @Test
    void a_department_under_another_law_is_not_given_the_request() {
        Held held = (Held) TEST.route(new RoutingInput(
                "x",
                "US-FED-FOIA",
                "X",
                Optional.empty(),
                Channel.WEB,
                RequesterClass.OTHER,
                SubjectOfRecord.SELF,
                NOW));
        assertThat(held.reason()).isEqualTo("jurisdiction_mismatch");
        assertThat(held.explanation().steps()).anyMatch(step -> step.contains("US-CA-PRA"));
    }

    @Test
    void neither_another_agency_nor_another_component_is_answered_for() {
        assertThat(TEST.route(to("Y", Optional.empty()))).isInstanceOf(Held.class);
        assertThat(TEST.route(to("X", Optional.of("X-A")))).isInstanceOf(Held.class);
        assertThat(TEST.route(to("X", Optional.of("c")))).isInstanceOf(Routed.class);
    }

    @Test
    void the_explanation_is_json_without_the_text() {
        String json = JsonMapper.shared()
                .writeValueAsString(
                        TEST.route(text("café menu for Erika Mustermann")).explanation());
        assertThat(json)
                .contains("\"sha256\":\"" + TEST.sha256(), "\"rule\":\"R1\"", "\"tags\":[\"cafe\"]", "\"as_of\"")
                .doesNotContain("Erika", "menu");
    }

    @Test
    void a_component_that_is_no_code_is_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> to("X", Optional.of("Erika Mustermann, 12 Main Street")))
                .withMessageContaining("32 characters")
                .withMessageNotContaining("Erika");
    }

    static RoutingMatrix matrix(String yaml) {
        return RoutingMatrix.read(RuleFile.parse("test.yaml", yaml.getBytes(StandardCharsets.UTF_8)));
    }

    private static Routed routed(Decision decision) {
        assertThat(decision).isInstanceOf(Routed.class);
        return (Routed) decision;
    }

    private static RoutingInput text(String text) {
        return at(text, NOW.toString());
    }

    private static RoutingInput at(String text, String asOf) {
        return input(text, "X", Optional.empty(), Channel.WEB, RequesterClass.OTHER, Instant.parse(asOf));
    }

    private static RoutingInput by(Channel channel, RequesterClass requesterClass) {
        return input("x", "X", Optional.empty(), channel, requesterClass, NOW);
    }

    private static RoutingInput to(String jurisdiction, Optional<String> component) {
        return input("x", jurisdiction, component, Channel.WEB, RequesterClass.OTHER, NOW);
    }

    private static RoutingInput input(
            String text,
            String jurisdiction,
            Optional<String> component,
            Channel channel,
            RequesterClass requesterClass,
            Instant asOf) {
        return new RoutingInput(
                text, "US-FED-FOIA", jurisdiction, component, channel, requesterClass, SubjectOfRecord.UNKNOWN, asOf);
    }
}
