package dev.lovage.archive.description;

import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.YearMonth;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The Extended Date/Time Format (now part of ISO 8601-2), levels 0 and 1: which texts are dates in it.
///
/// @see <a href="https://www.loc.gov/standards/datetime/">Library of Congress, EDTF</a>
public final class Edtf {
    private static final Pattern TIME =
            Pattern.compile("(\\d{4}-\\d{2}-\\d{2})T(\\d{2}:\\d{2}:\\d{2})(Z|[+-](?:0\\d|1[0-4])(?::[0-5]\\d)?)?");
    private static final Pattern YEAR = Pattern.compile("-?\\d{4}|-?\\d{3}X|-?\\d{2}XX|Y-?[1-9]\\d{4,8}");
    private static final Pattern MONTH = Pattern.compile("(-?\\d{4})-(\\d{2}|XX)");
    private static final Pattern DAY = Pattern.compile("(-?\\d{4})-(\\d{2}|XX)-(\\d{2}|XX)");

    private Edtf() {}

    /// Whether a text is a date, a date with a time, or an interval of level 0 or 1. An interval does not end before
    /// it begins.
    public static boolean valid(String text) {
        int slash = text.indexOf('/');
        return slash < 0 ? time(text) || date(text) : interval(text.substring(0, slash), text.substring(slash + 1));
    }

    private static boolean interval(String from, String to) {
        boolean open = from.isEmpty() || from.equals("..");
        boolean endless = to.isEmpty() || to.equals("..");
        if (open || endless) {
            return open ? !endless && date(to) : date(from);
        }
        return date(from) && date(to) && ordered(bare(from), bare(to));
    }

    /// Compared by as much as both tell; unspecified digits are taken for what would fit.
    private static boolean ordered(String from, String to) {
        if (from.startsWith("-") || to.startsWith("-") || from.startsWith("Y") || to.startsWith("Y")) {
            return true;
        }
        int length = Math.min(from.length(), to.length());
        return from.substring(0, length)
                        .replace('X', '0')
                        .compareTo(to.substring(0, length).replace('X', '9'))
                <= 0;
    }

    private static String bare(String date) {
        return date.isEmpty() || "?~%".indexOf(date.charAt(date.length() - 1)) < 0
                ? date
                : date.substring(0, date.length() - 1);
    }

    private static boolean time(String text) {
        Matcher time = TIME.matcher(text);
        return time.matches() && day(time.group(1)).isPresent() && clock(time.group(2));
    }

    private static boolean clock(String text) {
        try {
            LocalTime.parse(text);
            return true;
        } catch (DateTimeException _) {
            return false;
        }
    }

    private static boolean date(String text) {
        String bare = bare(text);
        if (YEAR.matcher(bare).matches()) {
            return true;
        }
        Matcher month = MONTH.matcher(bare);
        if (month.matches()) {
            return month.group(2).equals("XX") || month(month.group(2), true);
        }
        Matcher day = DAY.matcher(bare);
        if (!day.matches()) {
            return false;
        }
        if (day.group(2).equals("XX")) {
            return day.group(3).equals("XX");
        }
        return day.group(3).equals("XX")
                ? month(day.group(2), false)
                : day(bare).isPresent();
    }

    private static boolean month(String text, boolean seasons) {
        int month = Integer.parseInt(text);
        return (month >= 1 && month <= 12) || (seasons && month >= 21 && month <= 24);
    }

    private static Optional<LocalDate> day(String text) {
        try {
            return Optional.of(LocalDate.parse(text));
        } catch (DateTimeException _) {
            return Optional.empty();
        }
    }

    /// A day of the calendar; empty if there is none such.
    static Optional<String> of(int year, int month, int day) {
        try {
            return Optional.of(LocalDate.of(year, month, day).toString()).filter(Edtf::valid);
        } catch (DateTimeException _) {
            return Optional.empty();
        }
    }

    static String of(int year, int month) {
        return YearMonth.of(year, month).toString();
    }
}
