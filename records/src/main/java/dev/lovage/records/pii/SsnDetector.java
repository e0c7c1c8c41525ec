package dev.lovage.records.pii;

import java.util.List;

/// Social Security numbers: nine digits as 3-2-4 with one kind of separator, or bare ones beside a word that says so.
final class SsnDetector {
    private static final List<String> WORDS = List.of(
            "ssn",
            "ssns",
            "ss#",
            "ss #",
            "ss no",
            "s.s.n",
            "social security",
            "social-security",
            "soc sec",
            "soc. sec");
    private static final List<String> NEVER_ISSUED = List.of("078051120", "219099999");

    private SsnDetector() {}

    static void find(FoldedText text, List<PersonalSpan> found) {
        for (var i = 0; i < text.text.length(); i++) {
            if (text.digitAt(i) && !text.wordAt(i - 1)) {
                at(text, i, found);
            }
        }
    }

    private static void at(FoldedText text, int start, List<PersonalSpan> found) {
        var digits = new StringBuilder();
        var separators = new char[2];
        var brokenLine = false;
        var position = start;
        for (var group = 0; group < 3; group++) {
            if (group > 0) {
                var separator = Separator.at(text, position);
                separators[group - 1] = separator.kind();
                brokenLine |= separator.brokenLine();
                position += separator.length();
            }
            for (var end = position + (group == 0 ? 3 : group == 1 ? 2 : 4); position < end; position++) {
                if (!text.digitAt(position)) {
                    return;
                }
                digits.append(text.at(position));
            }
        }
        var more = text.at(position) == '-' && text.digitAt(position + 1);
        var before = (text.at(start - 1) == '-' || text.at(start - 1) == '.') && text.digitAt(start - 2);
        if (text.wordAt(position) || more || before || separators[0] != separators[1] || !isIssued(digits.toString())) {
            return;
        }
        var context = text.hasContext(start, position, WORDS);
        var separated = separators[0] != Separator.NONE && !(brokenLine && separators[0] == ' ');
        if (separated) {
            found.add(text.span(PersonalClass.SSN, start, position, "ssn.separated.1", Confidence.VALIDATED));
        } else if (context) {
            found.add(text.span(PersonalClass.SSN, start, position, "ssn.bare.1", Confidence.CONTEXTUAL));
        }
    }

    /// Whether the number is in a range that was ever issued.
    static boolean isIssued(String digits) {
        return !digits.startsWith("000")
                && !digits.startsWith("666")
                && digits.charAt(0) != '9'
                && !digits.startsWith("00", 3)
                && !digits.startsWith("0000", 5)
                && !NEVER_ISSUED.contains(digits)
                && digits.chars().anyMatch(c -> c != digits.charAt(0));
    }
}
