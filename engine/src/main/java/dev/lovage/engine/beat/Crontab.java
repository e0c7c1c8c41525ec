package dev.lovage.engine.beat;

import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Due at minutes of a wall clock, as Celery's `crontab`: a day counts if all three of its fields match, where
/// cron is content with one of two.
///
/// When the wall clock is moved:
///
/// 1. A minute that is left out (in spring) is due at the instant at which the clock was moved. What is due then
///    runs one time, however many minutes of the same schedule were left out.
/// 2. A minute that comes twice (in autumn) is due the first time it comes, and not again: in the hour that is
///    repeated, a schedule for every minute pauses. An [Interval] does not look at the wall clock.
public final class Crontab implements Schedule {
    /// Between two that are due: 29 February on one day of the week, around a year such as 2100.
    private static final int YEARS_MAX = 41;

    private final Map<CronField, String> texts;
    private final Map<CronField, BitSet> fields;

    private Crontab(Map<CronField, String> texts) {
        this.texts = new EnumMap<>(texts);
        this.fields = new EnumMap<>(CronField.class);
        texts.forEach((field, text) -> fields.put(field, field.parse(text)));
        if (next(Instant.EPOCH, ZoneOffset.UTC).isEmpty()) {
            throw new BadSchedule("The " + words() + " (minute, hour, day of month, month, day of week) is never due:"
                    + " no month that it names has such a day.");
        }
    }

    /// @param cron `0 4 * * *`: minute, hour, day of the month, month, day of the week
    /// @throws BadSchedule if it can't be read
    public static Crontab of(String cron) {
        var parts = cron.strip().split("\\s+");
        if (parts.length != 5) {
            throw new BadSchedule("The crontab is '" + cron + "', and five fields with blanks between them are"
                    + " expected: minute, hour, day of month, month, day of week, such as '0 4 * * mon-fri'.");
        }
        return new Crontab(Map.of(
                CronField.MINUTE, parts[0],
                CronField.HOUR, parts[1],
                CronField.DAY_OF_MONTH, parts[2],
                CronField.MONTH_OF_YEAR, parts[3],
                CronField.DAY_OF_WEEK, parts[4]));
    }

    /// @param given five fields in a text, or a map with some of Celery's five; one that is not there is `*`
    static Crontab of(JsonNode given) {
        if (given.isString()) {
            return of(given.stringValue());
        }
        var keys = Arrays.stream(CronField.values()).map(CronField::key).toList();
        if (!(given instanceof ObjectNode map) || !keys.containsAll(map.propertyNames())) {
            throw new BadSchedule("The crontab is " + given + ", and a map is expected with some of "
                    + String.join(", ", keys) + ", or a text such as '0 4 * * mon-fri'.");
        }
        var texts = new EnumMap<CronField, String>(CronField.class);
        for (var field : CronField.values()) {
            texts.put(field, field.text(map.path(field.key())));
        }
        return new Crontab(texts);
    }

    @Override
    public Optional<Instant> next(Instant after, ZoneId zone) {
        // All earlier minutes of the wall clock came before: it skips minutes and repeats them, but a minute's
        // first time never lies before that of an earlier one.
        var from = LocalDateTime.ofInstant(after, zone).truncatedTo(ChronoUnit.MINUTES);
        var last = from.toLocalDate().plusYears(YEARS_MAX);
        for (var date = from.toLocalDate(); date.isBefore(last); date = following(date)) {
            if (matches(date)) {
                var earliest = date.equals(from.toLocalDate()) ? from.toLocalTime() : LocalTime.MIN;
                var due = onDay(date, earliest, after, zone);
                if (due.isPresent()) {
                    return due;
                }
            }
        }
        return Optional.empty();
    }

    private boolean matches(LocalDate date) {
        return has(CronField.MONTH_OF_YEAR, date.getMonthValue())
                && has(CronField.DAY_OF_MONTH, date.getDayOfMonth())
                && has(CronField.DAY_OF_WEEK, date.getDayOfWeek().getValue() % 7);
    }

    /// The next day, or the first of the next month, where this one is not among those wanted.
    private LocalDate following(LocalDate date) {
        return has(CronField.MONTH_OF_YEAR, date.getMonthValue())
                ? date.plusDays(1)
                : date.withDayOfMonth(1).plusMonths(1);
    }

    private Optional<Instant> onDay(LocalDate date, LocalTime earliest, Instant after, ZoneId zone) {
        var hours = field(CronField.HOUR);
        var minutes = field(CronField.MINUTE);
        for (int hour = hours.nextSetBit(earliest.getHour()); hour >= 0; hour = hours.nextSetBit(hour + 1)) {
            var first = hour == earliest.getHour() ? earliest.getMinute() : 0;
            for (int minute = minutes.nextSetBit(first); minute >= 0; minute = minutes.nextSetBit(minute + 1)) {
                var due = instant(date.atTime(hour, minute), zone);
                if (due.isAfter(after)) {
                    return Optional.of(due);
                }
            }
        }
        return Optional.empty();
    }

    /// The first time that a wall clock shows this, or the instant at which it was moved past it.
    private static Instant instant(LocalDateTime local, ZoneId zone) {
        var rules = zone.getRules();
        var offsets = rules.getValidOffsets(local);
        return offsets.isEmpty() ? rules.getTransition(local).getInstant() : local.toInstant(offsets.getFirst());
    }

    private boolean has(CronField field, int number) {
        return field(field).get(number);
    }

    private BitSet field(CronField field) {
        return Objects.requireNonNull(fields.get(field));
    }

    @Override
    public String words() {
        return "crontab " + texts.get(CronField.MINUTE) + " " + texts.get(CronField.HOUR) + " "
                + texts.get(CronField.DAY_OF_MONTH) + " " + texts.get(CronField.MONTH_OF_YEAR) + " "
                + texts.get(CronField.DAY_OF_WEEK);
    }
}
