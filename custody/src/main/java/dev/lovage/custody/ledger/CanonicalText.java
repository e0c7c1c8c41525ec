package dev.lovage.custody.ledger;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/// Reads canonical JSON for the verifier, and nothing else: what is not byte for byte as RFC 8785 (restricted to
/// integers) would write it is refused. Shares no code with the writer.
final class CanonicalText {
    /// Why the bytes are not canonical.
    static final class Refused extends Exception {
        private final String why;

        Refused(String why) {
            super(why);
            this.why = why;
        }

        String why() {
            return why;
        }
    }

    private static final int DEPTH_MAX = 100;
    private static final long INTEGER_MAX = 9_007_199_254_740_991L;

    private final String text;
    private int at;

    private CanonicalText(String text) {
        this.text = text;
    }

    /// The members of the outermost object, each as it is written. Two are equal exactly if their bytes are.
    static Map<String, String> members(byte[] bytes) throws Refused {
        try {
            // Strict decoding is one to one, so comparing text is comparing bytes.
            var text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            var reader = new CanonicalText(text);
            var members = reader.object(0);
            if (reader.at != text.length()) {
                throw reader.refused("the end");
            }
            return members;
        } catch (CharacterCodingException e) {
            throw new Refused("the bytes are not UTF-8");
        }
    }

    /// The text of a string as it is written in canonical JSON.
    static String string(String written) throws Refused {
        return new CanonicalText(written).string();
    }

    private void value(int depth) throws Refused {
        if (depth > DEPTH_MAX) {
            throw new Refused("it is nested more than " + DEPTH_MAX + " deep");
        }
        switch (peek()) {
            case '{' -> object(depth);
            case '[' -> array(depth);
            case '"' -> string();
            case 't' -> word("true");
            case 'f' -> word("false");
            case 'n' -> word("null");
            default -> integer();
        }
    }

    private Map<String, String> object(int depth) throws Refused {
        var members = new LinkedHashMap<String, String>();
        take('{');
        String before = null;
        while (peek() != '}') {
            if (before != null) {
                take(',');
            }
            var name = string();
            if (before != null && before.compareTo(name) >= 0) {
                throw new Refused("the name \"" + name + "\" stands after \"" + before + "\" at " + at);
            }
            take(':');
            int start = at;
            value(depth + 1);
            members.put(name, text.substring(start, at));
            before = name;
            if (peek() != '}' && peek() != ',') {
                throw refused(", or }");
            }
        }
        take('}');
        return members;
    }

    private void array(int depth) throws Refused {
        take('[');
        boolean first = true;
        while (peek() != ']') {
            if (!first) {
                take(',');
            }
            value(depth + 1);
            first = false;
            if (peek() != ']' && peek() != ',') {
                throw refused(", or ]");
            }
        }
        take(']');
    }

    private String string() throws Refused {
        var out = new StringBuilder();
        take('"');
        while (peek() != '"') {
            char c = text.charAt(at++);
            if (c < 0x20) {
                throw new Refused("a control character stands unescaped at " + (at - 1));
            }
            out.append(c == '\\' ? escape() : c);
        }
        take('"');
        return out.toString();
    }

    private char escape() throws Refused {
        char c = peek();
        at++;
        return switch (c) {
            case '"', '\\' -> c;
            case 'b' -> '\b';
            case 't' -> '\t';
            case 'n' -> '\n';
            case 'f' -> '\f';
            case 'r' -> '\r';
            case 'u' -> hex();
            default -> throw new Refused("an escape that is not needed at " + (at - 1));
        };
    }

    /// The only characters that canonical JSON writes as `\\u00xx` are the control characters without a short form.
    private char hex() throws Refused {
        var digits = at + 4 <= text.length() ? text.substring(at, at + 4) : "";
        if (!digits.matches("00[01][0-9a-f]") || digits.matches("000[89acd]")) {
            throw new Refused("an escape that is not needed at " + at);
        }
        at += 4;
        return (char) Integer.parseInt(digits, 16);
    }

    private void integer() throws Refused {
        int start = at;
        while (at < text.length() && "-0123456789".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
        var digits = text.substring(start, at);
        if (!digits.matches("0|-?[1-9][0-9]{0,15}") || Math.abs(Long.parseLong(digits)) > INTEGER_MAX) {
            at = start;
            throw refused("a value");
        }
    }

    private void word(String word) throws Refused {
        if (!text.startsWith(word, at)) {
            throw refused(word);
        }
        at += word.length();
    }

    private char peek() throws Refused {
        if (at >= text.length()) {
            throw new Refused("it ends too early");
        }
        return text.charAt(at);
    }

    private void take(char expected) throws Refused {
        if (peek() != expected) {
            throw refused(String.valueOf(expected));
        }
        at++;
    }

    private Refused refused(String expected) {
        return new Refused("there is no canonical JSON at " + at + ", where " + expected + " was expected");
    }
}
