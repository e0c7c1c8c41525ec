package dev.lovage.records.pii;

import java.time.YearMonth;
import java.util.List;

/// Dates of birth: a date from 1900 on beside a word that says so. A date alone is none.
final class BirthDateDetector {
    private static final List<String> WORDS = List.of(
            "born",
            "dob",
            "d.o.b",
            "d.o.b.",
            "d. o. b",
            "date of birth",
            "birth date",
            "birthdate",
            "birthday",
            "birth");
    private static final List<String> MONTHS = List.of(
            "january",
            "february",
            "march",
            "april",
            "may",
            "june",
            "july",
            "august",
            "september",
            "october",
            "november",
            "december");
    private static final int YEAR_MIN = 1900;
    private static final int YEAR_MAX = 2099;

    private final FoldedText text;
    private int position;

    private BirthDateDetector(FoldedText text) {
        this.text = text;
    }

    static void find(FoldedText text, List<PersonalSpan> found) {
        var detector = new BirthDateDetector(text);
        for (var i = 0; i < text.text.length(); i++) {
            if (text.wordAt(i) && !text.wordAt(i - 1)) {
                detector.position = i;
                if (detector.date()
                        && !text.wordAt(detector.position)
                        && text.hasContext(i, detector.position, WORDS)) {
                    found.add(text.span(
                            PersonalClass.DATE_OF_BIRTH, i, detector.position, "dob.context.1", Confidence.CONTEXTUAL));
                    i = detector.position - 1;
                }
            }
        }
    }

    /// Reads a date at the position, and moves behind it.
    private boolean date() {
        if (!text.digitAt(position)) {
            var month = month();
            var day = month > 0 && blanks() ? number(2) : -1;
            ordinal();
            skip(',');
            return blanks() && isDate(number(4), month, day);
        }
        var first = number(4);
        if (first >= YEAR_MIN) {
            var mark = mark();
            var month = mark == 0 ? -1 : number(2);
            return mark != 0 && mark == mark() && isDate(first, month, number(2));
        }
        var mark = mark();
        if (mark != 0) {
            var second = number(2);
            var same = mark == mark();
            var year = number(4);
            var full = year >= 0 && year < 100 ? 1900 + year : year;
            return same && (isDate(full, first, second) || isDate(full, second, first));
        }
        ordinal();
        var month = blanks() ? month() : -1;
        skip(',');
        return month > 0 && blanks() && isDate(number(4), month, first);
    }

    private int number(int digitsMax) {
        var start = position;
        while (text.digitAt(position) && position - start < digitsMax) {
            position++;
        }
        return position == start || text.digitAt(position) ? -1 : Integer.parseInt(text.text, start, position, 10);
    }

    /// The month named here, by its name or the first three letters of it, or -1.
    private int month() {
        var start = position;
        while (text.letterAt(position) && position - start < 12) {
            position++;
        }
        var name = text.text.substring(start, position);
        skip('.');
        for (var i = 0; i < MONTHS.size() && name.length() >= 3; i++) {
            if (MONTHS.get(i).equals(name)
                    || name.equals("sept") && i == 8
                    || name.equals(MONTHS.get(i).substring(0, 3))) {
                return i + 1;
            }
        }
        return -1;
    }

    /// A `/`, `-` or `.` with a blank or a line end around it, or 0.
    private char mark() {
        var start = position;
        blank();
        var c = text.at(position);
        if (c != '/' && c != '-' && c != '.') {
            position = start;
            return 0;
        }
        position++;
        blank();
        return c;
    }

    private boolean blanks() {
        var start = position;
        while (position - start < 3 && (text.at(position) == ' ' || text.at(position) == '\n')) {
            position++;
        }
        return position > start;
    }

    private void blank() {
        if (text.at(position) == ' ' || text.at(position) == '\n') {
            position++;
        }
    }

    private void ordinal() {
        for (var suffix : List.of("st", "nd", "rd", "th")) {
            if (text.text.startsWith(suffix, position)) {
                position += 2;
                return;
            }
        }
    }

    private void skip(char c) {
        if (text.at(position) == c) {
            position++;
        }
    }

    private static boolean isDate(int year, int month, int day) {
        return year >= YEAR_MIN
                && year <= YEAR_MAX
                && month >= 1
                && month <= 12
                && day >= 1
                && day <= YearMonth.of(year, month).lengthOfMonth();
    }
}
