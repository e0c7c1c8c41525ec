package dev.lovage.records.pii;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;

/// Finds personal data in a text and makes the copy that may travel.
public final class PersonalData {
    private static final int CARD_DIGITS_KEPT = 4;

    private final Pseudonyms pseudonyms;

    public PersonalData(Pseudonyms pseudonyms) {
        this.pseudonyms = pseudonyms;
    }

    /// Separates a text. The original is not kept.
    public WorkingCopy separate(String text, MaskingPolicy policy) {
        var folded = FoldedText.of(text);
        var spans = spans(folded);
        var masked = new StringBuilder(folded.codePoints.length);
        var position = 0;
        for (var span : spans) {
            if (policy.masked().contains(span.type())) {
                append(masked, folded, position, span.start());
                masked.append(label(folded, span));
                position = span.end();
            }
        }
        append(masked, folded, position, folded.codePoints.length);
        return new WorkingCopy(masked.toString(), spans);
    }

    private static List<PersonalSpan> spans(FoldedText text) {
        var found = new ArrayList<PersonalSpan>();
        SsnDetector.find(text, found);
        CardDetector.find(text, found);
        EmailDetector.find(text, found);
        BirthDateDetector.find(text, found);
        PhoneDetector.find(text, found);
        found.sort(Comparator.comparing(PersonalSpan::type).thenComparingInt(PersonalSpan::start));
        var taken = new BitSet(text.codePoints.length);
        var kept = new ArrayList<PersonalSpan>();
        for (var span : found) {
            var overlap = taken.nextSetBit(span.start());
            if (overlap < 0 || overlap >= span.end()) {
                taken.set(span.start(), span.end());
                kept.add(span);
            }
        }
        kept.sort(Comparator.comparingInt(PersonalSpan::start));
        return kept;
    }

    private String label(FoldedText text, PersonalSpan span) {
        return switch (span.type()) {
            case SSN -> "[SSN]";
            case PAYMENT_CARD -> "[CARD " + lastDigits(text, span) + "]";
            case EMAIL -> "[EMAIL " + pseudonyms.addressLabel(value(text, span)) + "]";
            case DATE_OF_BIRTH -> "[DATE OF BIRTH]";
            case PHONE -> "[PHONE]";
        };
    }

    private static String lastDigits(FoldedText text, PersonalSpan span) {
        var digits = new StringBuilder();
        for (var i = span.start(); i < span.end(); i++) {
            var digit = Character.digit(text.codePoints[i], 10);
            if (digit >= 0) {
                digits.append(digit);
            }
        }
        return digits.substring(Math.max(0, digits.length() - CARD_DIGITS_KEPT));
    }

    /// The span's text as a detector sees it, so that a disguised address has the pseudonym of the plain one.
    private static String value(FoldedText text, PersonalSpan span) {
        return FoldedText.of(new String(text.codePoints, span.start(), span.end() - span.start())).text;
    }

    private static void append(StringBuilder target, FoldedText text, int start, int end) {
        for (var i = start; i < end; i++) {
            target.appendCodePoint(text.codePoints[i]);
        }
    }
}
