package dev.lovage.engine.json;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.chrono.IsoChronology;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.ResolverStyle;
import java.time.temporal.ChronoUnit;
import java.util.Locale;

/// Times as Python's `datetime.isoformat` and `fromisoformat` have them.
///
/// Written with six digits of fraction and `+00:00` always: Celery 5.2 takes `.5` for five microseconds, and
/// Python before 3.11 knows no `Z`.
final class Times {
    private static final Instant FIRST = Instant.parse("0001-01-01T00:00:00Z");
    private static final Instant END = Instant.parse("+10000-01-01T00:00:00Z");
    private static final BigDecimal SECONDS_MAX = BigDecimal.valueOf(Long.MAX_VALUE);

    private static final DateTimeFormatter INSTANT = DateTimeFormatter.ofPattern(
                    "uuuu-MM-dd'T'HH:mm:ss.SSSSSS'+00:00'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss.SSSSSS", Locale.ROOT);

    /// A date, `T` or a space, a time, and then an offset or none.
    private static final DateTimeFormatter ANY = new DateTimeFormatterBuilder()
            .parseCaseInsensitive()
            .append(DateTimeFormatter.ISO_LOCAL_DATE)
            .appendPattern("['T'][' ']")
            .append(DateTimeFormatter.ISO_LOCAL_TIME)
            .appendPattern("[XXX][XX][X]")
            .toFormatter(Locale.ROOT)
            .withResolverStyle(ResolverStyle.STRICT)
            .withChronology(IsoChronology.INSTANCE);

    private Times() {}

    static boolean fits(Instant instant) {
        return !instant.isBefore(FIRST) && instant.isBefore(END);
    }

    static boolean fits(LocalDate date) {
        return date.getYear() >= 1 && date.getYear() <= 9999;
    }

    static String write(Instant instant) {
        return INSTANT.format(instant);
    }

    static String write(LocalTime time) {
        return TIME.format(time);
    }

    /// @throws DateTimeException if `text` is no date and time of the years 1 to 9999
    static Instant instant(String text) {
        var parsed = ANY.parseBest(text, OffsetDateTime::from, LocalDateTime::from);
        Instant instant = parsed instanceof OffsetDateTime offset
                ? offset.toInstant()
                : LocalDateTime.from(parsed).toInstant(ZoneOffset.UTC);
        if (!fits(instant)) {
            throw new DateTimeException("outside of the years 1 to 9999");
        }
        return instant.truncatedTo(ChronoUnit.MICROS);
    }

    static LocalDate date(String text) {
        LocalDate date = LocalDate.parse(text);
        if (!fits(date)) {
            throw new DateTimeException("outside of the years 1 to 9999");
        }
        return date;
    }

    static double seconds(Duration duration) {
        return BigDecimal.valueOf(duration.getSeconds())
                .add(BigDecimal.valueOf(duration.getNano(), 9))
                .doubleValue();
    }

    /// @throws ArithmeticException if there are more seconds than a `Duration` has
    static Duration duration(BigDecimal seconds) {
        if (seconds.abs().compareTo(SECONDS_MAX) > 0) {
            throw new ArithmeticException("too many seconds");
        }
        BigDecimal rounded = seconds.setScale(9, RoundingMode.HALF_EVEN);
        BigDecimal whole = rounded.setScale(0, RoundingMode.FLOOR);
        return Duration.ofSeconds(
                whole.longValueExact(),
                rounded.subtract(whole).movePointRight(9).longValueExact());
    }
}
