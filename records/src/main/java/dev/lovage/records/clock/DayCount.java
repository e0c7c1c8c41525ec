package dev.lovage.records.clock;

import java.time.LocalDate;
import java.util.List;

/// Counts a period's days on a calendar.
record DayCount(HolidayCalendar calendar, Unit unit, Regime.Roll roll) {
    /// Days that do not count: those after `from`, up to and including `to`.
    record Pause(LocalDate from, LocalDate to) {
        boolean contains(LocalDate date) {
            return date.isAfter(from) && !date.isAfter(to);
        }
    }

    LocalDate due(LocalDate start, int days) {
        return due(start, days, List.of());
    }

    /// The day on which the last of `days` is used up, where `start` is day zero.
    LocalDate due(LocalDate start, int days, List<Pause> pauses) {
        LocalDate date = start;
        for (int left = days; left > 0; ) {
            date = date.plusDays(1);
            if (counts(date, pauses)) {
                left--;
            }
        }
        return roll == Regime.Roll.NEXT_OPEN_DAY ? calendar.openOnOrAfter(date) : date;
    }

    /// How many days count after `start`, up to and including `end`.
    int used(LocalDate start, LocalDate end, List<Pause> pauses) {
        int used = 0;
        for (LocalDate date = start.plusDays(1); !date.isAfter(end); date = date.plusDays(1)) {
            if (counts(date, pauses)) {
                used++;
            }
        }
        return used;
    }

    private boolean counts(LocalDate date, List<Pause> pauses) {
        return (unit == Unit.CALENDAR || calendar.isBusinessDay(date))
                && pauses.stream().noneMatch(pause -> pause.contains(date));
    }

    static String name(Unit unit) {
        return switch (unit) {
            case BUSINESS -> "business days";
            case CALENDAR -> "calendar days";
        };
    }
}
