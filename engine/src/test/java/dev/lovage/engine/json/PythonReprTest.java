package dev.lovage.engine.json;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

class PythonReprTest {
    static String args(String json) {
        return PythonRepr.args((ArrayNode) Json.read(json.getBytes(StandardCharsets.UTF_8)));
    }

    static String kwargs(String json) {
        return PythonRepr.kwargs((ObjectNode) Json.read(json.getBytes(StandardCharsets.UTF_8)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "[]|()",
                "[1]|(1,)",
                "[1, \"a\"]|(1, 'a')",
                "[null, true, false]|(None, True, False)",
                "[\"it's\"]|('it\\'s',)",
                "[\"a\\\\b\"]|('a\\b',)",
                "[1.0, 1e20, 1e-7, 0.1, 123456789.5, 1.5e300, 1e15, -0.0]"
                        + "|(1.0, 1e+20, 1e-07, 0.1, 123456789.5, 1.5e+300, 1000000000000000.0, -0.0)",
                "[NaN, Infinity, -Infinity]|(nan, inf, -inf)",
                "[[[1]]]|([[1]],)",
                "[[[[1]]]]|([[[...]]],)",
                "[[[{\"a\":1}]]]|([[{...}]],)",
            })
    void prints_args_as_python_does(String json, String expected) {
        assertThat(args(json)).isEqualTo(expected);
    }

    @Test
    void prints_kwargs_as_python_does() {
        assertThat(kwargs("{}")).isEqualTo("{}");
        assertThat(kwargs("{\"k\": 1, \"l\": [\"ü\"]}")).isEqualTo("{'k': 1, 'l': ['ü']}");
    }

    @Test
    void says_that_there_is_more() {
        assertThat(args("[" + "1234567, ".repeat(500) + "1]"))
                .hasSizeLessThanOrEqualTo(1050)
                .startsWith("(1234567, 1234567")
                .endsWith(", ...)");
        assertThat(args("[\"" + "x".repeat(5000) + "\", 2]")).isEqualTo("('" + "x".repeat(1023) + "...', ...)");
    }

    @Test
    void prints_typed_values_as_python_does() {
        assertThat(args("[{\"__type__\": \"datetime\", \"__value__\": \"2026-11-20T08:00:00.000000+00:00\"},"
                        + " {\"__type__\": \"date\", \"__value__\": \"2026-11-20\"},"
                        + " {\"__type__\": \"decimal\", \"__value__\": \"1.50\"}]"))
                .isEqualTo("(datetime.datetime(2026, 11, 20, 8, 0, tzinfo=datetime.timezone.utc),"
                        + " datetime.date(2026, 11, 20), Decimal('1.50'))");
    }

    @Test
    void is_bounded_whatever_it_prints() {
        long seed = Long.getLong("lovage.seed", System.nanoTime());
        System.out.println("PythonReprTest seed " + seed);
        Random random = new Random(seed);
        for (int i = 0; i < 2000; i++) {
            ArrayNode args = JsonNodeFactory.instance.arrayNode();
            ObjectNode kwargs = JsonNodeFactory.instance.objectNode();
            for (int j = random.nextInt(12); j > 0; j--) {
                String text = "'\\\u0001ü😀\ud800x".repeat(random.nextInt(60));
                ArrayNode nested = JsonNodeFactory.instance.arrayNode();
                nested.addArray().add(text).add(random.nextDouble());
                args.add(text).add(nested).add(random.nextInt());
                kwargs.put(text + j, random.nextLong()).set("n" + j, nested);
            }
            assertThat(PythonRepr.args(args)).as("seed %s", seed).hasSizeLessThan(3 * PythonRepr.LENGTH_MAX);
            assertThat(PythonRepr.kwargs(kwargs)).as("seed %s", seed).hasSizeLessThan(3 * PythonRepr.LENGTH_MAX);
        }
    }
}
