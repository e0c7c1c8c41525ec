package dev.lovage.records.pii;

import java.util.List;

/// E-mail addresses: a dot-atom, an `@` and a domain of two labels or more, in any script.
///
/// @see <a href="https://www.rfc-editor.org/rfc/rfc5321#section-4.1.2">RFC 5321, mailbox</a>
final class EmailDetector {
    private static final int LOCAL_MAX = 64;
    private static final int DOMAIN_MAX = 255;
    private static final String ATOM_MARKS = "!#$%&'*+-/=?^_`{|}~.";

    private EmailDetector() {}

    static void find(FoldedText text, List<PersonalSpan> found) {
        for (var at = text.text.indexOf('@'); at >= 0; at = text.text.indexOf('@', at + 1)) {
            var start = at;
            while (at - start < LOCAL_MAX && (isWord(text, start - 1) || isMark(text, start - 1))) {
                start--;
            }
            while (start < at && !isWord(text, start) && text.at(start) != '_') {
                start++;
            }
            var end = at + 1;
            while (end - at <= DOMAIN_MAX && (isWord(text, end) || text.at(end) == '.' || text.at(end) == '-')) {
                end++;
            }
            while (end > at + 1 && !isWord(text, end - 1)) {
                end--;
            }
            var dot = end - 1;
            while (dot > at && text.at(dot) != '.') {
                dot--;
            }
            if (start < at
                    && text.at(at - 1) != '.'
                    && dot > at + 1
                    && isWord(text, at + 1)
                    && isTopLevel(text, dot + 1, end)) {
                found.add(text.span(PersonalClass.EMAIL, start, end, "email.mailbox.1", Confidence.PATTERN));
            }
        }
    }

    private static boolean isTopLevel(FoldedText text, int start, int end) {
        return end - start >= 2 && text.letterAt(start);
    }

    private static boolean isWord(FoldedText text, int index) {
        return text.digitAt(index) || text.letterAt(index);
    }

    private static boolean isMark(FoldedText text, int index) {
        return index >= 0 && ATOM_MARKS.indexOf(text.at(index)) >= 0;
    }
}
