package dev.lovage.records.pii;

import java.util.List;

/// Payment card numbers: an issuer's prefix, its length, and the Luhn digit.
final class CardDetector {
    private static final int DIGITS_MIN = 13;
    private static final int DIGITS_MAX = 19;

    private CardDetector() {}

    static void find(FoldedText text, List<PersonalSpan> found) {
        for (var i = 0; i < text.text.length(); i++) {
            if (text.digitAt(i) && !text.wordAt(i - 1)) {
                i = Math.max(i, at(text, i, found) - 1);
            }
        }
    }

    /// Tries the digits from here, up to each end of a group.
    ///
    /// @return the end of the card found, or `start`
    private static int at(FoldedText text, int start, List<PersonalSpan> found) {
        var digits = new StringBuilder();
        var position = start;
        var longest = start;
        while (digits.length() <= DIGITS_MAX) {
            if (text.digitAt(position)) {
                digits.append(text.at(position++));
                continue;
            }
            if (!text.wordAt(position) && isCard(digits)) {
                longest = position;
            }
            var separator = Separator.at(text, position);
            if (separator.length() == 0 || !text.digitAt(position + separator.length())) {
                break;
            }
            position += separator.length();
        }
        if (longest > start) {
            found.add(text.span(PersonalClass.PAYMENT_CARD, start, longest, "card.luhn.1", Confidence.VALIDATED));
        }
        return longest;
    }

    private static boolean isCard(CharSequence digits) {
        return digits.length() >= DIGITS_MIN
                && digits.length() <= DIGITS_MAX
                && digits.chars().anyMatch(c -> c != digits.charAt(0))
                && isIssued(digits)
                && luhn(digits);
    }

    private static boolean isIssued(CharSequence digits) {
        var length = digits.length();
        var six = Integer.parseInt(digits, 0, 6, 10);
        var four = six / 100;
        var two = six / 10_000;
        if (six / 100_000 == 4) {
            return length == 13 || length == 16 || length == 19;
        }
        if (two == 34 || two == 37) {
            return length == 15;
        }
        if (two >= 51 && two <= 55 || four >= 2221 && four <= 2720) {
            return length == 16;
        }
        if (four == 6011 || two == 65 || four >= 6440 && four <= 6499 || two == 62 || four >= 3528 && four <= 3589) {
            return length >= 16;
        }
        return (two == 36 || two == 38 || two == 39 || four >= 3000 && four <= 3059) && length >= 14;
    }

    private static boolean luhn(CharSequence digits) {
        var sum = 0;
        for (var i = 0; i < digits.length(); i++) {
            var digit = digits.charAt(digits.length() - 1 - i) - '0';
            sum += i % 2 == 0 ? digit : digit > 4 ? digit * 2 - 9 : digit * 2;
        }
        return sum % 10 == 0;
    }
}
