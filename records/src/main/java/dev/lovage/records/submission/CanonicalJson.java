package dev.lovage.records.submission;

import java.nio.charset.StandardCharsets;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// Canonical JSON as RFC 8785 writes it, for objects, arrays, strings, booleans, null and integers of at most 53 bits:
/// the same value always gives the same bytes.
final class CanonicalJson {
    private static final long INTEGER_MAX = (1L << 53) - 1;

    private CanonicalJson() {}

    /// @throws IllegalArgumentException if the value holds a number that is no such integer, or half a character
    static byte[] bytes(JsonNode value) {
        StringBuilder out = new StringBuilder();
        write(value, out);
        return out.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static void write(JsonNode value, StringBuilder out) {
        if (value.isObject()) {
            // String.compareTo compares UTF-16 code units, which is the order the RFC asks for.
            List<String> names = value.propertyNames().stream().sorted().toList();
            char before = '{';
            for (String name : names) {
                out.append(before);
                quote(name, out);
                out.append(':');
                write(value.path(name), out);
                before = ',';
            }
            out.append(names.isEmpty() ? "{}" : "}");
        } else if (value.isArray()) {
            char before = '[';
            for (JsonNode element : value) {
                out.append(before);
                write(element, out);
                before = ',';
            }
            out.append(value.isEmpty() ? "[]" : "]");
        } else if (value.isString()) {
            quote(value.stringValue(), out);
        } else if (value.isBoolean() || value.isNull()) {
            out.append(value.asString("null"));
        } else if (value.isIntegralNumber() && value.canConvertToLong() && Math.abs(value.longValue()) <= INTEGER_MAX) {
            out.append(value.longValue());
        } else {
            throw new IllegalArgumentException("Only integers of at most 53 bits are hashed, but " + value
                    + " was found. Write another number as a string.");
        }
    }

    private static void quote(String text, StringBuilder out) {
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
                    if (c < ' ') {
                        out.append("\\u00").append(c < 0x10 ? '0' : '1').append("0123456789abcdef".charAt(c & 0xF));
                    } else if (Character.isSurrogate(c)) {
                        i = pair(text, i, out);
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }

    /// Writes the pair that begins at `i`, and returns where it ends.
    private static int pair(String text, int i, StringBuilder out) {
        if (i + 1 == text.length() || !Character.isSurrogatePair(text.charAt(i), text.charAt(i + 1))) {
            throw new IllegalArgumentException("Text that is hashed is valid Unicode, but half a character (U+"
                    + Integer.toHexString(text.charAt(i)) + ") was found at " + i + ".");
        }
        out.append(text, i, i + 2);
        return i + 1;
    }
}
