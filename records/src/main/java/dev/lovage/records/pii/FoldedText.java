package dev.lovage.records.pii;

import java.text.Normalizer;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// A text as the detectors see it: digits of all scripts as ASCII, full-width letters narrow, all dashes `-`,
/// all blanks a space, lower case; zero-width characters, quoted-printable soft breaks and markup between
/// digits left out. Each character knows the code point of the NFC text that it comes from.
final class FoldedText {
    private static final int CONTEXT = 40;
    private static final int TAG_LENGTH_MAX = 64;

    final String text;
    final int[] codePoints;
    private final int[] origin;

    private FoldedText(String text, int[] codePoints, int[] origin) {
        this.text = text;
        this.codePoints = codePoints;
        this.origin = origin;
    }

    static FoldedText of(String original) {
        var codePoints =
                Normalizer.normalize(original, Normalizer.Form.NFC).codePoints().toArray();
        var folded = new StringBuilder(codePoints.length);
        var origin = new int[codePoints.length];
        for (var i = 0; i < codePoints.length; i++) {
            var skipped = skipped(codePoints, i);
            if (skipped > 0) {
                i += skipped - 1;
                continue;
            }
            origin[folded.length()] = i;
            folded.append(fold(codePoints[i]));
        }
        return new FoldedText(folded.toString(), codePoints, Arrays.copyOf(origin, folded.length()));
    }

    /// The span of the folded characters from `start` to before `end`.
    PersonalSpan span(PersonalClass type, int start, int end, String ruleId, Confidence confidence) {
        return new PersonalSpan(type, origin[start], origin[end - 1] + 1, ruleId, confidence);
    }

    /// Whether one of the words stands, whole, within 40 characters of the place.
    boolean hasContext(int start, int end, List<String> words) {
        var from = Math.max(0, start - CONTEXT);
        var to = Math.min(text.length(), end + CONTEXT);
        for (var word : words) {
            for (var at = text.indexOf(word, from, to); at >= 0; at = text.indexOf(word, at + 1, to)) {
                if (!letterAt(at - 1) && !letterAt(at + word.length())) {
                    return true;
                }
            }
        }
        return false;
    }

    boolean digitAt(int index) {
        return index >= 0 && index < text.length() && text.charAt(index) >= '0' && text.charAt(index) <= '9';
    }

    boolean letterAt(int index) {
        return index >= 0 && index < text.length() && Character.isLetter(text.charAt(index));
    }

    boolean wordAt(int index) {
        return digitAt(index) || letterAt(index) || index >= 0 && index < text.length() && text.charAt(index) == '_';
    }

    char at(int index) {
        return index >= 0 && index < text.length() ? text.charAt(index) : '\0';
    }

    private static char fold(int c) {
        var digit = Character.digit(c, 10);
        if (digit >= 0) {
            return (char) ('0' + digit);
        }
        if (c == '\n' || c == '\r' || c == 0x2028 || c == 0x2029 || c == 0x85) {
            return '\n';
        }
        if (Character.isSpaceChar(c) || Character.isWhitespace(c)) {
            return ' ';
        }
        if (Character.getType(c) == Character.DASH_PUNCTUATION || c == 0x2212 || c == 0xFF0D) {
            return '-';
        }
        if (c >= 0xFF01 && c <= 0xFF5E) {
            return (char) Character.toLowerCase(c - 0xFEE0);
        }
        if (c == 0xFE52 || c == 0x3002 || c == 0x2024) {
            return '.';
        }
        return c > 0xFFFF
                ? '\uFFFC'
                : String.valueOf((char) c).toLowerCase(Locale.ROOT).charAt(0);
    }

    /// How many code points from here on no reader would see: 0 for a visible one.
    private static int skipped(int[] text, int i) {
        var c = text[i];
        if (c == '\r' && i + 1 < text.length && text[i + 1] == '\n') {
            return 1;
        }
        if (Character.getType(c) == Character.FORMAT || c == 0x034F || c >= 0xFE00 && c <= 0xFE0F) {
            return 1;
        }
        if (c == '=' && i + 1 < text.length && text[i + 1] == '\n') {
            return 2;
        }
        if (c == '=' && i + 2 < text.length && text[i + 1] == '\r' && text[i + 2] == '\n') {
            return 3;
        }
        return c == '<' && i > 0 && (Character.isDigit(text[i - 1]) || text[i - 1] == '-') ? tag(text, i) : 0;
    }

    private static int tag(int[] text, int start) {
        var next = start + 1 < text.length ? text[start + 1] : ' ';
        if (next != '/' && !Character.isLetter(next)) {
            return 0;
        }
        for (var i = start + 1; i < text.length && i - start < TAG_LENGTH_MAX; i++) {
            if (text[i] == '>') {
                return i - start + 1;
            }
            if (text[i] == '<' || text[i] == '@') {
                return 0;
            }
        }
        return 0;
    }
}
