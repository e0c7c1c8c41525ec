package dev.lovage.engine.json;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The expected texts were printed by `json.dumps` of CPython 3.11.
class PythonTextTest {
    @Test
    void containers_have_a_space_after_comma_and_colon_and_keep_their_order() {
        var map = new LinkedHashMap<String, Object>();
        map.put("b", List.of(1, 2));
        map.put("a", new ArrayList<>(Arrays.asList(null, true, false)));
        map.put("", List.of());
        map.put("e", new LinkedHashMap<String, Object>());

        assertThat(Json.python(Json.tree(map)))
                .isEqualTo("{\"b\": [1, 2], \"a\": [null, true, false], \"\": [], \"e\": {}}");
    }

    @Test
    void everything_but_printable_ascii_is_escaped_in_lower_case() {
        assertThat(Json.python(Json.tree("a\"\\/\b\f\n\r\t\u0000\u001f\u007f\u00e9\u20ac\ud83d\ude00\ud800")))
                .isEqualTo("\"a\\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\\u007f\\u00e9\\u20ac\\ud83d\\ude00\\ud800\"");
    }

    @Test
    void integers_have_all_their_digits() {
        assertThat(Json.python(Json.tree(new BigInteger("-123456789012345678901234567890"))))
                .isEqualTo("-123456789012345678901234567890");
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1.0",
        "0, 0.0",
        "-0.0, -0.0",
        "0.1, 0.1",
        "-2.5, -2.5",
        "100, 100.0",
        "123456789.125, 123456789.125",
        "0.0001, 0.0001",
        "0.00001, 1e-05",
        "0.000000123, 1.23e-07",
        "1e15, 1000000000000000.0",
        "9007199254740993, 9007199254740992.0",
        "1e16, 1e+16",
        "1e20, 1e+20",
        "1.5e300, 1.5e+300",
        "2e-323, 2e-323",
        "4.9e-324, 5e-324",
        "9.9e-324, 1e-323",
        "2.2250738585072014e-308, 2.2250738585072014e-308",
        "1.7976931348623157e308, 1.7976931348623157e+308",
        "2e23, 2e+23",
        "NaN, NaN",
        "Infinity, Infinity",
        "-Infinity, -Infinity"
    })
    void floats_are_their_shortest_repr(double value, String text) {
        assertThat(Json.python(Json.tree(value))).isEqualTo(text);
    }
}
