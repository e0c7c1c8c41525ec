package dev.lovage.engine.message;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;

/// Instants as Celery writes and reads them.
///
/// Celery 5.2 reads the fraction's digits as a count of microseconds, so exactly six are written, with an
/// explicit offset.
public final class Times {
    private static final DateTimeFormatter WIRE = DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS'+00:00'");

    private Times() {}

    public static String wire(Instant instant) {
        return WIRE.format(instant.atOffset(ZoneOffset.UTC));
    }

    /// Any ISO-8601 date and time, with `T` or a space, with or without offset; without one it means UTC.
    ///
    /// @throws Unreadable if it is none
    public static Instant read(String text) throws Unreadable {
        var iso =
                text.length() > 10 && text.charAt(10) == ' ' ? text.substring(0, 10) + 'T' + text.substring(11) : text;
        try {
            return OffsetDateTime.parse(iso).toInstant();
        } catch (DateTimeParseException withoutOffset) {
            try {
                return LocalDateTime.parse(iso).toInstant(ZoneOffset.UTC);
            } catch (DateTimeParseException e) {
                throw new Unreadable(
                        "The time '" + text + "' is not ISO-8601, such as 2026-11-20T16:40:00.000000+00:00.");
            }
        }
    }

    /// The instant in whole microseconds since the epoch, as the stores keep it.
    public static long micros(Instant instant) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, instant);
    }

    public static Instant ofMicros(long micros) {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }
}
