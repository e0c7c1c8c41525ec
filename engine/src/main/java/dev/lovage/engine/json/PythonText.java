package dev.lovage.engine.json;

import java.math.BigDecimal;
import java.math.MathContext;
import tools.jackson.databind.JsonNode;

/// JSON to the letter as Python's `json.dumps` writes it by default: `", "` and `": "` between, ASCII alone
/// with escapes in lower case, floats as their `repr`. Celery compares such texts with each other.
///
/// @see <a href="https://docs.python.org/3/library/json.html">json</a>
final class PythonText {
    private static final char[] HEX = "0123456789abcdef".toCharArray();

    private final StringBuilder out = new StringBuilder();

    private PythonText() {}

    static String of(JsonNode tree) {
        var text = new PythonText();
        text.value(tree);
        return text.out.toString();
    }

    private void value(JsonNode node) {
        switch (node.getNodeType()) {
            case NULL, MISSING -> out.append("null");
            case BOOLEAN -> out.append(node.booleanValue());
            case NUMBER ->
                out.append(
                        node.isIntegralNumber()
                                ? node.bigIntegerValue().toString()
                                : number(node.doubleValue(), "NaN", "Infinity"));
            case STRING -> quoted(node.stringValue());
            case ARRAY -> {
                out.append('[');
                var between = "";
                for (var element : node) {
                    out.append(between);
                    value(element);
                    between = ", ";
                }
                out.append(']');
            }
            case OBJECT -> {
                out.append('{');
                var between = "";
                for (var entry : node.properties()) {
                    out.append(between);
                    quoted(entry.getKey());
                    out.append(": ");
                    value(entry.getValue());
                    between = ", ";
                }
                out.append('}');
            }
            case BINARY, POJO ->
                throw new IllegalArgumentException("JSON has no form for a node of " + node.getNodeType()
                        + ". Nothing was written. Make the tree with Json.tree.");
        }
    }

    private void quoted(String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '\f' -> out.append("\\f");
                case '\b' -> out.append("\\b");
                default -> {
                    if (c >= ' ' && c <= '~') {
                        out.append(c);
                    } else {
                        out.append("\\u")
                                .append(HEX[c >> 12])
                                .append(HEX[c >> 8 & 15])
                                .append(HEX[c >> 4 & 15])
                                .append(HEX[c & 15]);
                    }
                }
            }
        }
        out.append('"');
    }

    /// Python's `repr` of a float: `1.0`, `1e+20`, `1e-07`, `5e-324`.
    ///
    /// @param nan the word for what is no number
    /// @param infinity the word for infinity, before which a sign may stand
    static String number(double value, String nan, String infinity) {
        if (Double.isNaN(value)) {
            return nan;
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? infinity : "-" + infinity;
        }
        double size = Math.abs(value);
        if (size == 0) {
            return Double.toString(value);
        }
        var shortest = shortest(value);
        if (size >= 1e-4 && size < 1e16) {
            var plain = shortest.toPlainString();
            return plain.contains(".") ? plain : plain + ".0";
        }
        var digits = shortest.unscaledValue().abs().toString();
        int exponent = shortest.precision() - shortest.scale() - 1;
        return (value < 0 ? "-" : "")
                + digits.charAt(0)
                + (digits.length() > 1 ? "." + digits.substring(1) : "")
                + (exponent < 0 ? "e-" : "e+")
                + (Math.abs(exponent) < 10 ? "0" : "")
                + Math.abs(exponent);
    }

    /// Java's own text has two digits at least, even where one would tell the number: 4.9E-324.
    private static BigDecimal shortest(double value) {
        var two = new BigDecimal(Double.toString(value)).stripTrailingZeros();
        if (two.precision() == 2) {
            var one = new BigDecimal(value).round(new MathContext(1));
            if (one.doubleValue() == value) {
                return one.stripTrailingZeros();
            }
        }
        return two;
    }
}
