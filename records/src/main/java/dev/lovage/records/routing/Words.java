package dev.lovage.records.routing;

import java.text.Normalizer;
import java.util.Locale;
import java.util.regex.Pattern;

/// A text made comparable: NFC, white space collapsed, and a second time without the difference between upper and
/// lower case.
record Words(String text, String folded) {
    private static final Pattern SPACE = Pattern.compile("[\\s\\p{Z}]+");

    static Words of(String text) {
        String plain = SPACE.matcher(Normalizer.normalize(text, Normalizer.Form.NFC))
                .replaceAll(" ")
                .strip();
        String folded = plain.toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT);
        return new Words(plain, Normalizer.normalize(folded, Normalizer.Form.NFC));
    }

    /// Whether the phrase stands in this text as whole words.
    boolean contains(Words phrase) {
        String wanted = phrase.folded();
        for (int at = folded.indexOf(wanted); at >= 0; at = folded.indexOf(wanted, at + 1)) {
            int end = at + wanted.length();
            boolean startsWord = at == 0 || !isWord(folded.codePointBefore(at));
            boolean endsWord = end == folded.length() || !isWord(folded.codePointAt(end));
            if (startsWord && endsWord) {
                return true;
            }
        }
        return false;
    }

    private static boolean isWord(int codePoint) {
        return Character.isLetterOrDigit(codePoint)
                || codePoint == '_'
                || Character.getType(codePoint) == Character.NON_SPACING_MARK;
    }
}
