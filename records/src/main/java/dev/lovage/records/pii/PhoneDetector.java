package dev.lovage.records.pii;

import com.google.i18n.phonenumbers.NumberParseException;
import com.google.i18n.phonenumbers.PhoneNumberUtil;
import java.util.ArrayList;
import java.util.List;

/// Phone numbers that are valid in the numbering plan: of the United States, or of the country that a `+` names. A
/// scanner finds the candidates, each of bounded length, and libphonenumber judges them.
final class PhoneDetector {
    private static final int LENGTH_MAX = 32;
    private static final int DIGITS_MAX = 16;
    private static final List<String> WORDS =
            List.of("phone", "telephone", "tel", "call", "cell", "mobile", "fax", "text me", "ph", "contact");

    private static final PhoneNumberUtil NUMBERS = PhoneNumberUtil.getInstance();

    private PhoneDetector() {}

    static void find(FoldedText text, List<PersonalSpan> found) {
        for (var i = 0; i < text.text.length(); i++) {
            var c = text.at(i);
            var start = c == '+' || c == '(' || text.digitAt(i);
            var inside = text.wordAt(i - 1)
                    || (text.at(i - 1) == '-' || text.at(i - 1) == '.') && text.wordAt(i - 2)
                    || text.at(i - 1) == '+'
                    || text.at(i - 1) == '(';
            if (start && !inside) {
                i = Math.max(i, at(text, i, found) - 1);
            }
        }
    }

    /// Takes the longest row of groups from here that is a number.
    ///
    /// @return the end of the number found, or `start`
    private static int at(FoldedText text, int start, List<PersonalSpan> found) {
        var groups = new ArrayList<Integer>();
        var ends = new ArrayList<Integer>();
        var position = start + (text.digitAt(start) ? 0 : 1);
        while (position - start < LENGTH_MAX && text.digitAt(position)) {
            var group = position;
            while (text.digitAt(position) && position - group < DIGITS_MAX) {
                position++;
            }
            groups.add(position - group);
            ends.add(position);
            position += gap(text, position);
        }
        for (var count = groups.size(); count > 0; count--) {
            var end = ends.get(count - 1);
            var international = text.at(start) == '+';
            if ((international || nationalShape(groups.subList(0, count)))
                    && isWhole(text, end)
                    && isValid(text, start, end)) {
                var whole = extension(text, end);
                var shaped = international || count > 1;
                var confidence = shaped
                        ? Confidence.VALIDATED
                        : text.hasContext(start, end, WORDS) ? Confidence.CONTEXTUAL : Confidence.PATTERN;
                found.add(text.span(PersonalClass.PHONE, start, whole, "phone.us.1", confidence));
                return whole;
            }
        }
        return start;
    }

    /// Whether nothing but an extension is glued to the end.
    private static boolean isWhole(FoldedText text, int end) {
        return !text.wordAt(end) || extension(text, end) > end;
    }

    /// 10 digits as 3-3-4, 3-7 or in one, with or without a leading 1.
    private static boolean nationalShape(List<Integer> groups) {
        var shape = !groups.isEmpty() && groups.getFirst() == 1 ? groups.subList(1, groups.size()) : groups;
        return shape.equals(List.of(3, 3, 4))
                || shape.equals(List.of(3, 7))
                || shape.equals(List.of(10))
                || shape.equals(List.of(11));
    }

    /// White space, marks and brackets that may stand before the next digit; 0 when none follows.
    private static int gap(FoldedText text, int start) {
        var end = start;
        while (end - start < 4 && " -./()\n".indexOf(text.at(end)) >= 0) {
            end++;
        }
        return end > start && text.digitAt(end) ? end - start : 0;
    }

    /// The end of an extension such as `x123` or `ext. 123`, or `end`.
    private static int extension(FoldedText text, int end) {
        var position = end;
        while (text.at(position) == ' ' || text.at(position) == ',') {
            position++;
            if (position - end > 2) {
                return end;
            }
        }
        for (var word : List.of("extension", "ext", "x", "#")) {
            if (text.text.startsWith(word, position)) {
                position += word.length();
                while (". :".indexOf(text.at(position)) >= 0 && position - end < 16) {
                    position++;
                }
                var digits = position;
                while (text.digitAt(position) && position - digits < 7) {
                    position++;
                }
                return position > digits && !text.wordAt(position) ? position : end;
            }
        }
        return end;
    }

    private static boolean isValid(FoldedText text, int start, int end) {
        try {
            return NUMBERS.isValidNumber(
                    NUMBERS.parse(text.text.substring(start, end).replace('\n', ' '), "US"));
        } catch (NumberParseException noNumber) {
            return false;
        }
    }
}
