package dev.lovage.engine.beat;

import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/// One of the five fields of a crontab: its name, its range, and the names that its numbers have.
///
/// Celery's grammar: `*`, a number or a name, `a-b` (which goes around the end where `b` is the lower one), either
/// of these ranges with `/step`, and lists of all these with commas. A step counts from the beginning of its
/// range.
enum CronField {
    MINUTE("minute", 0, 59, List.of()),
    HOUR("hour", 0, 23, List.of()),
    DAY_OF_WEEK("day_of_week", 0, 6, List.of("sun", "mon", "tue", "wed", "thu", "fri", "sat")),
    DAY_OF_MONTH("day_of_month", 1, 31, List.of()),
    MONTH_OF_YEAR(
            "month_of_year",
            1,
            12,
            List.of("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"));

    private static final Pattern PART = Pattern.compile("(?:(\\*)|(\\w+)(?:-(\\w+))?)(?:/(\\d{1,4}))?");

    private final String key;
    private final int min;
    private final int max;
    private final List<String> names;

    CronField(String key, int min, int max, List<String> names) {
        this.key = key;
        this.min = min;
        this.max = max;
        this.names = names;
    }

    String key() {
        return key;
    }

    /// What a field is in text, whatever form it was given in.
    ///
    /// @param given a number, a text, or a list of numbers; `*` if it is missing
    String text(JsonNode given) {
        if (given.isMissingNode()) {
            return "*";
        }
        if (given.isArray() && !given.isEmpty()) {
            return String.join(
                    ",", given.valueStream().map(one -> scalar(one, given)).toList());
        }
        return scalar(given, given);
    }

    private String scalar(JsonNode one, JsonNode whole) {
        if (one.isString()) {
            return one.stringValue();
        }
        if (one.isIntegralNumber()) {
            return one.asString();
        }
        throw bad(whole.toString(), "");
    }

    /// The numbers that a text stands for.
    ///
    /// @throws BadSchedule if it can't be read
    BitSet parse(String text) {
        var numbers = new BitSet(max + 1);
        for (var part : text.split(",", -1)) {
            add(numbers, part.strip(), text);
        }
        return numbers;
    }

    private void add(BitSet numbers, String part, String text) {
        var match = PART.matcher(part);
        if (!match.matches()) {
            throw bad(text, part.isEmpty() ? " One of its parts is empty." : "");
        }
        var from = match.group(1) == null ? number(match.group(2), text) : min;
        var to = match.group(1) != null ? max : match.group(3) == null ? from : number(match.group(3), text);
        var step = 1;
        if (match.group(4) != null) {
            step = Integer.parseInt(match.group(4));
            if (step == 0) {
                throw bad(text, " A step is 1 or more.");
            }
            if (match.group(1) == null && match.group(3) == null) {
                throw bad(text, " A step follows '*' or a range, such as " + from + "-" + max + "/" + step + ".");
            }
        }
        var size = max - min + 1;
        var length = from <= to ? to - from + 1 : to - from + 1 + size;
        for (int i = 0; i < length; i += step) {
            numbers.set(min + (from - min + i) % size);
        }
    }

    private int number(String word, String text) {
        if (word.chars().allMatch(c -> c >= '0' && c <= '9') && word.length() <= 4) {
            var number = Integer.parseInt(word);
            if (number < min || number > max) {
                throw bad(text, this == DAY_OF_WEEK && number == 7 ? " Sunday is 0." : "");
            }
            return number;
        }
        // Celery looks at three letters, so that both 'mon' and 'monday' are known.
        var index = word.length() < 3 ? -1 : names.indexOf(word.substring(0, 3).toLowerCase(Locale.ROOT));
        if (index < 0) {
            throw bad(text, "");
        }
        return min + index;
    }

    private BadSchedule bad(String found, String hint) {
        return new BadSchedule("The crontab's " + key + " is '" + found + "', and " + min + " to " + max
                + (names.isEmpty() ? "" : " or " + names.getFirst() + " to " + names.getLast())
                + ", ranges such as " + min + "-" + (min + 2) + ", '*', steps such as */2, and lists of these with"
                + " commas are expected." + hint);
    }
}
