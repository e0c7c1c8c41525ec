package dev.lovage.records.mail;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// A field of the shape `value; name=value; …`, read leniently: missing quotes and semicolons, doubled semicolons,
/// continuations (RFC 2231), and encoded words where only those are allowed.
///
/// @param value lower case
/// @param parameters by lower-case name; the first of several wins
/// @see <a href="https://www.rfc-editor.org/rfc/rfc2231">RFC 2231</a>
record HeaderParameters(String value, Map<String, String> parameters) {
    private static final int CONTINUATIONS_MAX = 200;

    Optional<String> parameter(String name) {
        return Optional.ofNullable(parameters.get(name));
    }

    static HeaderParameters parse(String field, Repairs repairs) {
        var scan = new Scan(field);
        var value = scan.until(";").strip().toLowerCase(Locale.ROOT);
        var plain = new HashMap<String, String>();
        var continued = new HashMap<String, TreeMap<Integer, Segment>>();
        while (scan.more()) {
            var name = scan.name();
            if (name.isEmpty() || !scan.at('=')) {
                if (!name.isEmpty() || !scan.at(';')) {
                    repairs.count(MailWarning.Code.PARAMETER_MALFORMED);
                }
                scan.until(";");
                scan.skip(';');
                continue;
            }
            scan.skip('=');
            var content = scan.value();
            var star = name.indexOf('*');
            if (star < 0) {
                plain.putIfAbsent(name, HeaderText.decoded(content, repairs));
                continue;
            }
            var encoded = name.endsWith("*");
            var number = name.substring(star + 1, encoded ? Math.max(star + 1, name.length() - 1) : name.length());
            var index = number.isEmpty() ? 0 : decimal(number);
            if (index >= 0 && index < CONTINUATIONS_MAX) {
                continued
                        .computeIfAbsent(name.substring(0, star), ignored -> new TreeMap<>())
                        .putIfAbsent(index, new Segment(content, encoded));
            }
        }
        continued.forEach((name, segments) -> plain.put(name, HeaderText.decoded(joined(segments), repairs)));
        return new HeaderParameters(firstWord(value), Map.copyOf(plain));
    }

    private record Segment(String content, boolean encoded) {}

    private static String joined(TreeMap<Integer, Segment> segments) {
        var bytes = new ByteArrayOutputStream();
        var charset = Optional.<String>empty();
        for (var entry : segments.entrySet()) {
            var content = entry.getValue().content();
            if (entry.getKey() == 0 && entry.getValue().encoded()) {
                var parts = content.split("'", 3);
                if (parts.length == 3) {
                    charset = Optional.of(parts[0]);
                    content = parts[2];
                }
            }
            bytes.writeBytes(
                    entry.getValue().encoded()
                            ? HeaderText.escaped(content, '%', false)
                            : content.getBytes(StandardCharsets.UTF_8));
        }
        var raw = bytes.toByteArray();
        return charset.flatMap(TextDecoding::charset)
                .map(known -> TextDecoding.lenient(raw, known))
                .orElseGet(() -> TextDecoding.undeclared(raw).text());
    }

    private static int decimal(String number) {
        var value = 0;
        for (var i = 0; i < number.length(); i++) {
            var digit = number.charAt(i) - '0';
            if (digit < 0 || digit > 9 || value > CONTINUATIONS_MAX) {
                return -1;
            }
            value = value * 10 + digit;
        }
        return value;
    }

    private static String firstWord(String value) {
        for (var i = 0; i < value.length(); i++) {
            if (Character.isWhitespace(value.charAt(i)) || value.charAt(i) == ',') {
                return value.substring(0, i);
            }
        }
        return value;
    }

    /// A position in the field.
    private static final class Scan {
        private final String text;
        private int position;

        Scan(String text) {
            this.text = text;
        }

        boolean more() {
            while (position < text.length() && (Character.isWhitespace(text.charAt(position)) || at(';'))) {
                position++;
            }
            return position < text.length();
        }

        boolean at(char c) {
            return position < text.length() && text.charAt(position) == c;
        }

        void skip(char c) {
            if (at(c)) {
                position++;
            }
        }

        /// Up to a stop character, or to white space that a new `name=` follows.
        String until(String stops) {
            var start = position;
            while (position < text.length() && stops.indexOf(text.charAt(position)) < 0) {
                if (Character.isWhitespace(text.charAt(position)) && parameterFollows(position)) {
                    break;
                }
                position++;
            }
            return text.substring(start, position);
        }

        String name() {
            var start = position;
            while (position < text.length() && "=;".indexOf(text.charAt(position)) < 0) {
                position++;
            }
            return text.substring(start, position).strip().toLowerCase(Locale.ROOT);
        }

        String value() {
            while (position < text.length() && Character.isWhitespace(text.charAt(position))) {
                position++;
            }
            if (!at('"')) {
                return until(";").strip();
            }
            position++;
            var value = new StringBuilder();
            while (position < text.length() && !at('"')) {
                // A lone backslash is part of a Windows path; only a quote or a backslash is escaped by one.
                if (at('\\') && position + 1 < text.length() && "\"\\".indexOf(text.charAt(position + 1)) >= 0) {
                    position++;
                }
                value.append(text.charAt(position++));
            }
            skip('"');
            return value.toString();
        }

        /// Looks at a bounded number of characters, so a field of spaces stays linear.
        private boolean parameterFollows(int from) {
            var i = from + 1;
            var start = i;
            while (i < text.length() && i - start < 40) {
                var c = text.charAt(i);
                if (c == '=') {
                    return i > start;
                }
                if (!(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '*')) {
                    return false;
                }
                i++;
            }
            return false;
        }
    }
}
