package dev.lovage.custody.ledger;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import tools.jackson.databind.JsonNode;

/// Writes JSON in its one canonical form: RFC 8785 (JCS), restricted to what has one meaning everywhere. Strings,
/// booleans, null, and integers whose value every JSON reader can hold; text as it is, not re-normalised.
///
/// @see <a href="https://www.rfc-editor.org/rfc/rfc8785">RFC 8785, JSON Canonicalization Scheme</a>
public final class CanonicalJson {
    private static final BigInteger INTEGER_MAX = BigInteger.valueOf((1L << 53) - 1);
    private static final int DEPTH_MAX = 64;

    private final StringBuilder out = new StringBuilder();

    private CanonicalJson() {}

    /// @return UTF-8
    /// @throws NotCanonical naming the place, if `node` holds a fraction, an integer beyond ±(2^53−1), half of a
    ///     surrogate pair, something that is not JSON, or is nested more than 64 deep
    public static byte[] bytes(JsonNode node) {
        var writer = new CanonicalJson();
        writer.write(node, "", 0);
        return writer.out.toString().getBytes(StandardCharsets.UTF_8);
    }

    private void write(JsonNode node, String path, int depth) {
        if (depth > DEPTH_MAX) {
            throw new NotCanonical(path, "nesting deeper than " + DEPTH_MAX, "a flatter shape");
        }
        if (node.isObject()) {
            writeObject(node, path, depth);
        } else if (node.isArray()) {
            writeArray(node, path, depth);
        } else if (node.isString()) {
            writeString(node.stringValue(), path);
        } else if (node.isBoolean()) {
            out.append(node.booleanValue());
        } else if (node.isNull()) {
            out.append("null");
        } else if (node.isIntegralNumber()) {
            writeInteger(node.bigIntegerValue(), path);
        } else if (node.isNumber()) {
            throw new NotCanonical(
                    path, "the fractional number " + node.numberValue(), "an integer of a smaller unit, or a string");
        } else {
            throw new NotCanonical(path, "a value of type " + node.getNodeType(), "a string");
        }
    }

    private void writeObject(JsonNode node, String path, int depth) {
        var names = new ArrayList<>(node.propertyNames());
        // String compares UTF-16 code units, which is the order that RFC 8785 asks for.
        Collections.sort(names);
        out.append('{');
        for (int i = 0; i < names.size(); i++) {
            if (i > 0) {
                out.append(',');
            }
            var name = names.get(i);
            var place = path + "/" + name.replace("~", "~0").replace("/", "~1");
            writeString(name, place);
            out.append(':');
            write(node.get(name), place, depth + 1);
        }
        out.append('}');
    }

    private void writeArray(JsonNode node, String path, int depth) {
        out.append('[');
        for (int i = 0; i < node.size(); i++) {
            if (i > 0) {
                out.append(',');
            }
            write(node.get(i), path + "/" + i, depth + 1);
        }
        out.append(']');
    }

    private void writeInteger(BigInteger value, String path) {
        if (value.abs().compareTo(INTEGER_MAX) > 0) {
            throw new NotCanonical(path, "the integer " + value + ", beyond ±(2^53-1)", "a string");
        }
        out.append(value);
    }

    private void writeString(String text, String path) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\b' -> out.append("\\b");
                case '\t' -> out.append("\\t");
                case '\n' -> out.append("\\n");
                case '\f' -> out.append("\\f");
                case '\r' -> out.append("\\r");
                default -> {
                    if (c < 0x20) {
                        out.append("\\u00").append(c < 0x10 ? '0' : '1').append(Character.forDigit(c & 0xf, 16));
                    } else if (!Character.isSurrogate(c)) {
                        out.append(c);
                    } else if (Character.isHighSurrogate(c)
                            && i + 1 < text.length()
                            && Character.isLowSurrogate(text.charAt(i + 1))) {
                        out.append(c).append(text.charAt(++i));
                    } else {
                        throw new NotCanonical(path, "half of a surrogate pair in a string", "well-formed text");
                    }
                }
            }
        }
        out.append('"');
    }
}
