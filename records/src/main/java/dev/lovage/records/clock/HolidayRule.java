package dev.lovage.records.clock;

import dev.lovage.records.rulefile.Node;
import java.time.DayOfWeek;
import java.time.LocalDate;
import java.time.YearMonth;
import java.time.temporal.TemporalAdjusters;
import java.util.Optional;

/// One holiday as the law states it: a day of a month or a weekday of a month.
///
/// @param fromYear the first year with this holiday; 0 if it has always been one, as far as the file reaches
public record HolidayRule(String name, int fromYear, Day day) {
    /// Where in the year the holiday lies.
    public sealed interface Day {
        /// A fixed date. Only this kind can fall on a weekend and be observed on another day.
        record Fixed(int month, int dayOfMonth, Observed observed) implements Day {
            public Fixed {
                if (month < 1
                        || month > 12
                        || dayOfMonth < 1
                        || dayOfMonth > YearMonth.of(2023, month).lengthOfMonth()) {
                    throw new IllegalArgumentException("Day " + dayOfMonth + " of month " + month
                            + " does not exist in every year. Name a date that does.");
                }
            }
        }

        /// The `nth` weekday of a month.
        ///
        /// @param nth 1 to 4, or -1 for the last
        record Weekday(int month, DayOfWeek weekday, int nth) implements Day {}
    }

    /// Which day is off when a fixed date falls on a weekend.
    public record Observed(Saturday saturday, Sunday sunday) {
        /// What a Saturday holiday does.
        public enum Saturday {
            NONE,
            FRIDAY_BEFORE
        }

        /// What a Sunday holiday does.
        public enum Sunday {
            NONE,
            MONDAY_AFTER
        }

        static Observed read(Node node) {
            node.only("saturday", "sunday");
            return new Observed(
                    node.get("saturday").choice(Saturday.class),
                    node.get("sunday").choice(Sunday.class));
        }
    }

    /// The day that is off for this holiday of `year`. It may lie in the year before or after.
    Optional<LocalDate> observedIn(int year) {
        if (year < fromYear) {
            return Optional.empty();
        }
        return Optional.of(
                switch (day) {
                    case Day.Weekday(int month, DayOfWeek weekday, int nth) ->
                        LocalDate.of(year, month, 1).with(TemporalAdjusters.dayOfWeekInMonth(nth, weekday));
                    case Day.Fixed(int month, int dayOfMonth, Observed observed) -> {
                        LocalDate date = LocalDate.of(year, month, dayOfMonth);
                        if (date.getDayOfWeek() == DayOfWeek.SATURDAY
                                && observed.saturday() == Observed.Saturday.FRIDAY_BEFORE) {
                            yield date.minusDays(1);
                        }
                        if (date.getDayOfWeek() == DayOfWeek.SUNDAY
                                && observed.sunday() == Observed.Sunday.MONDAY_AFTER) {
                            yield date.plusDays(1);
                        }
                        yield date;
                    }
                });
    }

    static HolidayRule read(Node node, Observed usual) {
        node.only("name", "month", "day", "weekday", "nth", "from_year", "observed", "cite");
        node.get("cite").text();
        int month = node.get("month").integer(1, 12);
        int fromYear = node.find("from_year").map(year -> year.integer(1, 9999)).orElse(0);
        return new HolidayRule(node.get("name").text(), fromYear, readDay(node, month, usual));
    }

    private static Day readDay(Node node, int month, Observed usual) {
        if (node.find("weekday").isEmpty()) {
            Observed observed = node.find("observed").map(Observed::read).orElse(usual);
            int dayOfMonth = node.get("day").integer(1, 31);
            try {
                return new Day.Fixed(month, dayOfMonth, observed);
            } catch (IllegalArgumentException e) {
                throw node.error(String.valueOf(e.getMessage()));
            }
        }
        if (node.find("day").isPresent() || node.find("observed").isPresent()) {
            throw node.error("A holiday on a weekday of a month has neither `day` nor `observed`. Remove them.");
        }
        Node nth = node.get("nth");
        DayOfWeek weekday = node.get("weekday").choice(DayOfWeek.class);
        return new Day.Weekday(month, weekday, nth.is("last") ? -1 : nth.integer(1, 4));
    }
}
