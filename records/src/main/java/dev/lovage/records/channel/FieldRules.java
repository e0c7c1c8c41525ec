package dev.lovage.records.channel;

import dev.lovage.records.channel.Violation.Code;
import java.math.BigDecimal;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/// The rules that a value obeys on every channel.
final class FieldRules {
    /// The length of a free text, in characters (code points): what the National FOIA Portal allows.
    static final int TEXT_MAX = 10_000;
    /// The length of any other field.
    static final int LINE_MAX = 1_000;

    private static final Pattern EMAIL = Pattern.compile("[^\\s@<>,;\"]{1,64}@[^\\s@<>,;\"]{1,255}");
    private static final Pattern AMOUNT = Pattern.compile("[0-9]{1,9}(\\.[0-9]{1,2})?");

    private FieldRules() {}

    /// Checks length and characters; the text is empty if it breaks a rule.
    static Optional<String> text(String field, String value, int lengthMax, Findings findings) {
        String text = value.strip();
        int length = text.codePointCount(0, text.length());
        if (length > lengthMax) {
            findings.violation(
                    field,
                    Code.E_LENGTH,
                    "This field has " + length + " characters, and at most " + lengthMax
                            + " are allowed. Shorten it, or attach the text as a file.");
            return Optional.empty();
        }
        if (!storable(text)) {
            findings.violation(
                    field,
                    Code.E_CHARACTER,
                    "This field holds a NUL or half a character (a lone surrogate). Send valid Unicode text.");
            return Optional.empty();
        }
        return Optional.of(text).filter(found -> !found.isEmpty());
    }

    /// Checks the shape of an e-mail address.
    static Optional<String> email(String field, Optional<String> value, Findings findings) {
        if (value.isPresent() && !EMAIL.matcher(value.get()).matches()) {
            findings.violation(
                    field,
                    Code.E_EMAIL,
                    "This is no e-mail address. Send one, such as name@example.org, or leave it out.");
            return Optional.empty();
        }
        return value;
    }

    /// Reads an amount of US dollars as people write it: `25`, `$1,250.00`, `25 USD`.
    static Optional<BigDecimal> dollars(String text) {
        String bare = text.strip()
                .toUpperCase(Locale.ROOT)
                .replaceFirst("^(USD|US\\$|\\$)\\s*", "")
                .replaceFirst("\\s*(USD|US\\$|\\$|DOLLARS?)$", "");
        if (bare.matches("[0-9]{1,3}(,[0-9]{3})+(\\.[0-9]{1,2})?")) {
            bare = bare.replace(",", "");
        }
        return AMOUNT.matcher(bare).matches() ? Optional.of(new BigDecimal(bare)) : Optional.empty();
    }

    /// Reads a yes or no as forms and spreadsheets write it.
    static Optional<Boolean> yesNo(String text) {
        return switch (text.strip().toLowerCase(Locale.ROOT)) {
            case "yes", "y", "true", "1", "x" -> Optional.of(true);
            case "no", "n", "false", "0", "" -> Optional.of(false);
            default -> Optional.empty();
        };
    }

    private static boolean storable(String text) {
        return text.codePoints().allMatch(FieldRules::storable);
    }

    private static boolean storable(int c) {
        return c != 0 && (c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE);
    }

    /// The text with U+FFFD for each character that can't be stored.
    static String replaced(String text) {
        return text.codePoints()
                .map(c -> storable(c) ? c : 0xFFFD)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }
}
