package dev.lovage.archive.description;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads dates as people write them in English into [Edtf]. What can be read in two ways is read in none.
final class Dates {
    /// What became of one date.
    sealed interface Reading {
        /// Read.
        ///
        /// @param doubt what else it may mean, though the form is EDTF's own
        record Normal(String edtf, String rule, Optional<String> doubt) implements Reading {}

        /// Kept as it is.
        ///
        /// @param reason half a sentence
        record Unread(String reason) implements Reading {}
    }

    private static final List<String> MONTHS =
            List.of("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec");
    private static final List<String> SEASONS = List.of("spring", "summer", "autumn", "winter");
    private static final String MONTH = "(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
            + "|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\\.?";
    private static final String DAY = "(\\d{1,2})(?:st|nd|rd|th)?";

    private static final Pattern YEAR_AND_TWO_DIGITS = Pattern.compile("(\\d{2})(\\d{2})-(\\d{2})");
    private static final Pattern CIRCA =
            Pattern.compile("(?:ca\\.?|circa|c\\.|c(?=\\s)|about|approx\\.?|approximately)\\s*(.+)");
    private static final Pattern COPYRIGHT = Pattern.compile("(?:c|©|\\(c\\)|p)\\d{4}.*");
    private static final Pattern RANGE = Pattern.compile("(?:from )?(.+?)(?: - |/| to | until )(.+)");
    private static final Pattern YEARS = Pattern.compile("(\\d{4}) ?- ?(\\d{4})(\\??)");
    private static final Pattern MONTH_YEAR = Pattern.compile(MONTH + ",? (\\d{4})");
    private static final Pattern YEAR_MONTH = Pattern.compile("(\\d{4}),? " + MONTH);
    private static final Pattern DAY_MONTH_YEAR = Pattern.compile(DAY + "(?: of)? " + MONTH + ",? (\\d{4})");
    private static final Pattern MONTH_DAY_YEAR = Pattern.compile(MONTH + " " + DAY + ",? (\\d{4})");
    private static final Pattern YEAR_MONTH_DAY = Pattern.compile("(\\d{4}),? " + MONTH + " " + DAY);
    private static final Pattern NUMBERS = Pattern.compile("(\\d{1,2})([-/.])(\\d{1,2})\\2(\\d{4})");
    private static final Pattern SHORT_NUMBERS = Pattern.compile("\\d{1,2}[-/.]\\d{1,2}[-/.]\\d{2}");
    private static final Pattern YEAR_FIRST = Pattern.compile("(\\d{4})([/.])(\\d{1,2})\\2(\\d{1,2})");
    private static final Pattern BASIC = Pattern.compile("(\\d{4})(\\d{2})(\\d{2})");
    private static final Pattern DECADE = Pattern.compile("(?:the )?(\\d{3})0'?s");
    private static final Pattern DECADE_DASH = Pattern.compile("(\\d{3})-(\\??)");
    private static final Pattern CENTURY_DASH = Pattern.compile("(\\d{2})--(\\??)");
    private static final Pattern CENTURY = Pattern.compile("(?:the )?(\\d{1,2})(?:st|nd|rd|th) century");
    private static final Pattern SEASON = Pattern.compile("(spring|summer|autumn|fall|winter)(?: of)?,? (\\d{4})");

    private final List<String> rules = new ArrayList<>();

    private Dates() {}

    static Reading read(String text) {
        String bare = text.strip();
        if (bare.length() > 200) {
            return new Reading.Unread("it is longer than any date");
        }
        Optional<String> doubt = secondMeaning(bare);
        if (Edtf.valid(bare)) {
            return doubt.isPresent() && season(bare)
                    ? new Reading.Unread(doubt.get())
                    : new Reading.Normal(bare, "EDTF", doubt);
        }
        return new Dates().human(bare);
    }

    /// `1920-21` is a season in EDTF and two years in most catalogues; `1905-12` a month, or eight years.
    private static Optional<String> secondMeaning(String text) {
        Matcher years = YEAR_AND_TWO_DIGITS.matcher(text);
        if (!years.matches() || Integer.parseInt(years.group(3)) <= Integer.parseInt(years.group(2))) {
            return Optional.empty();
        }
        return Optional.of("it may also mean the years " + years.group(1) + years.group(2) + "/" + years.group(1)
                + years.group(3));
    }

    private static boolean season(String text) {
        return text.charAt(text.length() - 2) == '2';
    }

    private Reading human(String text) {
        String plain = text.toLowerCase(Locale.ROOT)
                .replaceAll("[\\u2010-\\u2015\\u2212]", "-")
                .replaceAll("\\s+", " ");
        if (plain.startsWith("[") && plain.endsWith("]")) {
            rules.add("supplied date");
            plain = plain.substring(1, plain.length() - 1).strip();
        }
        Optional<String> refused = refused(plain);
        if (refused.isPresent()) {
            return new Reading.Unread(refused.get());
        }
        return range(plain)
                .filter(Edtf::valid)
                .<Reading>map(date -> new Reading.Normal(date, String.join(", ", rules), Optional.empty()))
                .orElseGet(() -> new Reading.Unread("no rule reads it as one date"));
    }

    private static Optional<String> refused(String plain) {
        if (COPYRIGHT.matcher(plain).matches()) {
            return Optional.of("it may be a copyright date or an approximate one");
        }
        if (SHORT_NUMBERS.matcher(plain).matches()) {
            return Optional.of("its year has two digits only, and day and month may be in either order");
        }
        Matcher numbers = NUMBERS.matcher(plain);
        if (numbers.matches()) {
            int first = Integer.parseInt(numbers.group(1));
            int second = Integer.parseInt(numbers.group(3));
            if (first != second && first <= 12 && second <= 12) {
                return Optional.of("day and month may be in either order");
            }
        }
        return plain.matches("\\d{2}00'?s") ? Optional.of("it may mean ten years or a hundred") : Optional.empty();
    }

    private Optional<String> range(String plain) {
        Matcher circa = CIRCA.matcher(plain);
        boolean approximate = circa.matches();
        String rest = approximate ? circa.group(1) : plain;
        if (approximate) {
            rules.add("circa");
        }
        Matcher years = YEARS.matcher(rest);
        if (years.matches()) {
            rules.add("range");
            return joined(years.group(1) + years.group(3), years.group(2) + years.group(3), approximate);
        }
        Matcher shortened = YEAR_AND_TWO_DIGITS.matcher(rest);
        // Months and seasons have been EDTF, or are ambiguous.
        if (shortened.matches()
                && Integer.parseInt(shortened.group(3)) > 24
                && secondMeaning(rest).isPresent()) {
            rules.add("range with a shortened year");
            return joined(
                    shortened.group(1) + shortened.group(2), shortened.group(1) + shortened.group(3), approximate);
        }
        Optional<String> one = one(rest).map(date -> qualified(date, approximate));
        if (one.isPresent()) {
            return one;
        }
        Matcher range = RANGE.matcher(rest);
        if (!range.matches()) {
            return Optional.empty();
        }
        rules.add("range");
        return one(range.group(1).strip())
                .flatMap(from -> one(range.group(2).strip()).flatMap(to -> joined(from, to, approximate)));
    }

    private static Optional<String> joined(String from, String to, boolean approximate) {
        return Optional.of(qualified(from, approximate) + "/" + qualified(to, approximate));
    }

    private static String qualified(String date, boolean approximate) {
        if (!approximate) {
            return date;
        }
        return date.endsWith("?") ? date.substring(0, date.length() - 1) + "%" : date + "~";
    }

    /// One date, no interval; a question mark at its end is kept.
    private Optional<String> one(String text) {
        Matcher circa = CIRCA.matcher(text);
        if (circa.matches()) {
            rules.add("circa");
            return one(circa.group(1)).map(date -> qualified(date, true));
        }
        if (text.indexOf('/') < 0 && Edtf.valid(text) && secondMeaning(text).isEmpty()) {
            return Optional.of(text);
        }
        if (text.endsWith("?") && !text.endsWith("-?")) {
            rules.add("uncertain");
            return words(text.substring(0, text.length() - 1).strip()).map(date -> date + "?");
        }
        return words(text);
    }

    private Optional<String> words(String text) {
        return numbers(text).or(() -> days(text)).or(() -> months(text)).or(() -> years(text));
    }

    private Optional<String> numbers(String text) {
        Matcher day = NUMBERS.matcher(text);
        if (day.matches()) {
            int first = Integer.parseInt(day.group(1));
            int second = Integer.parseInt(day.group(3));
            int year = Integer.parseInt(day.group(4));
            if (first != second && first <= 12 && second <= 12) {
                return Optional.empty();
            }
            return ruled(
                    "day and month told apart",
                    first > 12 ? Edtf.of(year, second, first) : Edtf.of(year, first, second));
        }
        Matcher yearFirst = YEAR_FIRST.matcher(text);
        if (yearFirst.matches()) {
            return ruled(
                    "year first",
                    Edtf.of(
                            Integer.parseInt(yearFirst.group(1)),
                            Integer.parseInt(yearFirst.group(3)),
                            Integer.parseInt(yearFirst.group(4))));
        }
        Matcher basic = BASIC.matcher(text);
        return basic.matches()
                ? ruled(
                        "ISO 8601 without hyphens",
                        Edtf.of(
                                Integer.parseInt(basic.group(1)),
                                Integer.parseInt(basic.group(2)),
                                Integer.parseInt(basic.group(3))))
                : Optional.empty();
    }

    private Optional<String> days(String text) {
        Matcher british = DAY_MONTH_YEAR.matcher(text);
        if (british.matches()) {
            return day(british.group(3), british.group(2), british.group(1));
        }
        Matcher american = MONTH_DAY_YEAR.matcher(text);
        if (american.matches()) {
            return day(american.group(3), american.group(1), american.group(2));
        }
        Matcher archival = YEAR_MONTH_DAY.matcher(text);
        return archival.matches() ? day(archival.group(1), archival.group(2), archival.group(3)) : Optional.empty();
    }

    private Optional<String> day(String year, String month, String day) {
        return ruled("day in words", Edtf.of(Integer.parseInt(year), month(month), Integer.parseInt(day)));
    }

    private static int month(String name) {
        return MONTHS.indexOf(name.substring(0, 3)) + 1;
    }

    private Optional<String> months(String text) {
        Matcher monthYear = MONTH_YEAR.matcher(text);
        if (monthYear.matches()) {
            return ruled(
                    "month in words",
                    Optional.of(Edtf.of(Integer.parseInt(monthYear.group(2)), month(monthYear.group(1)))));
        }
        Matcher yearMonth = YEAR_MONTH.matcher(text);
        if (yearMonth.matches()) {
            return ruled(
                    "month in words",
                    Optional.of(Edtf.of(Integer.parseInt(yearMonth.group(1)), month(yearMonth.group(2)))));
        }
        Matcher season = SEASON.matcher(text);
        return season.matches()
                ? ruled(
                        "season",
                        Optional.of(season.group(2) + "-"
                                + (21 + SEASONS.indexOf(season.group(1).replace("fall", "autumn")))))
                : Optional.empty();
    }

    private Optional<String> years(String text) {
        Matcher decade = DECADE.matcher(text);
        if (decade.matches()) {
            return text.matches("(?:the )?\\d{2}00'?s")
                    ? Optional.empty()
                    : ruled("decade", Optional.of(decade.group(1) + "X"));
        }
        Matcher decadeDash = DECADE_DASH.matcher(text);
        if (decadeDash.matches()) {
            return ruled("decade", Optional.of(decadeDash.group(1) + "X" + decadeDash.group(2)));
        }
        Matcher centuryDash = CENTURY_DASH.matcher(text);
        if (centuryDash.matches()) {
            return ruled("century", Optional.of(centuryDash.group(1) + "XX" + centuryDash.group(2)));
        }
        Matcher century = CENTURY.matcher(text);
        return century.matches() && Integer.parseInt(century.group(1)) > 0
                ? ruled("century", Optional.of("%02dXX".formatted(Integer.parseInt(century.group(1)) - 1)))
                : Optional.empty();
    }

    private Optional<String> ruled(String rule, Optional<String> date) {
        date.ifPresent(_ -> rules.add(rule));
        return date;
    }
}
