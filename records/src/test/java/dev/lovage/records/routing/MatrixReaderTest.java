package dev.lovage.records.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.lovage.records.rulefile.RuleFileException;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MatrixReaderTest {
    /// Each line stands on its own, so that a case can replace one of them.
    private static final String[] LINES = {
        "matrix: test",
        "version: 1.0.0",
        "regime: US-FED-FOIA",
        "effective_from: 2026-01-01T00:00:00Z",
        "departments:",
        "  a: {name: A, jurisdictions: [X], queue: a, fallback: b, active: true}",
        "  b: {name: B, jurisdictions: [X], queue: b, active: true}",
        "tags:",
        "  t: {any: [one, two]}",
        "rules:",
        "  - {id: R1, when: {tag: t}, then: {primary: a}}",
        "default: {primary: b}",
        "tests:",
        "  - {given: {text: one}, expect: {primary: a, rule: R1}}",
    };

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1 | matrxi: test | Nearest is `matrix`",
                "4 | effective_from: tomorrow | is not an instant",
                "6 | '  a: {name: A, jurisdictions: [X], queue: a, fallback: z, active: true}' | is not a department",
                "6 | '  a: {name: A, jurisdictions: [X], queue: a, fallback: a, active: true}' | Break the circle",
                "6 | '  a: {name: A, jurisdictions: [], queue: a, fallback: b, active: true}' | at least one value",
                "6 | '  a: {name: A, jurisdictions: [X], queue: a, fallback: b}' | `active` is missing",
                "6 | '  a: &a {name: A, jurisdictions: [X], queue: a, active: true}' | not allowed",
                "9 | '  t: {regex: [''(unclosed'']}' | is not an RE2 expression",
                "9 | '  t: {not: [one]}' | would match nothing",
                "9 | '  t: !list {any: [one]}' | not allowed",
                "11 | '  - {id: R1, when: {tag: u}, then: {primary: a}}' | one of t",
                "11 | '  - {id: R1, when: {weather: rain}, then: {primary: a}}' | `weather` is unknown",
                "11 | '  - {id: R1, when: {tag: t, channel: web}, then: {primary: a}}' | Put several into",
                "11 | '  - {id: R1, when: {all: []}, then: {primary: a}}' | at least one",
                "11 | '  - {id: R1, when: {channel: pigeon}, then: {primary: a}}' | api_nfp",
                "11 | '  - {id: R1, when: {tag: t}, then: {primary: z}}' | one of a, b",
                "11 | '  - {id: R1, when: {tag: t}, then: {fan_out: [a, b]}}' | `fan_out` is unknown",
                "11 | '  - {id: default, when: {tag: t}, then: {primary: a}}' | is taken",
                "14 | '  - {given: {text: one, component: a b}, expect: {primary: a, rule: R1}}' | is a code",
                "14 | '  - {given: {text: one}, expect: {held: whim}}' | jurisdiction_mismatch",
            })
    void a_matrix_that_makes_no_sense_is_refused_with_its_line(int line, String replacement, String problem) {
        String[] lines = LINES.clone();
        lines[line - 1] = replacement;
        assertThatExceptionOfType(RuleFileException.class)
                .isThrownBy(() -> RoutingMatrixTest.matrix(String.join("\n", lines) + "\n"))
                .withMessageContaining(problem)
                .satisfies(e -> assertThat(e.line()).as(e.getMessage()).isEqualTo(line));
    }

    @ParameterizedTest
    @CsvSource({"4, true", "5, false"})
    void more_than_three_fallbacks_in_a_row_are_refused(int departments, boolean allowed) {
        Stream<String> chain = IntStream.rangeClosed(1, departments)
                .mapToObj(i -> "  d" + i + ": {name: D, jurisdictions: [X], queue: d, active: true"
                        + (i < departments ? ", fallback: d" + (i + 1) : "") + "}");
        String yaml = "matrix: m\nversion: v1\nregime: R\neffective_from: 2026-01-01T00:00:00Z\ndepartments:\n"
                + String.join("\n", chain.toList()) + "\ntags: {}\nrules: []\ndefault: {primary: d1}\n";
        if (allowed) {
            assertThat(RoutingMatrixTest.matrix(yaml).departments()).hasSize(departments);
        } else {
            assertThatExceptionOfType(RuleFileException.class)
                    .isThrownBy(() -> RoutingMatrixTest.matrix(yaml))
                    .withMessageContaining("Shorten the chain");
        }
    }
}
