package dev.lovage.engine.message;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Instants as Celery writes and reads them.
///
/// Celery 5.2 reads the fraction's digits as a count of microseconds, so exactly six are written, with an
/// explicit offset.
public final class Times {
    private static final DateTimeFormatter WIRE =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'+00:00'", Locale.ROOT);

    /// Year, month and day, then perhaps hour, minute, second and fraction, then perhaps an offset; with or
    /// without the separators.
    private static final Pattern ISO = Pattern.compile("(\\d{4})-?(\\d{2})-?(\\d{2})"
            + "(?:[Tt ](\\d{2})(?::?(\\d{2})(?::?(\\d{2})(?:[.,](\\d{1,30}))?)?)?"
            + " ?([Zz]|[+-]\\d{2}(?::?\\d{2}(?::?\\d{2})?)?)?)?");

    private Times() {}

    public static String wire(Instant instant) {
        return WIRE.format(instant.atOffset(ZoneOffset.UTC));
    }

    /// Any ISO-8601 date and time of the years 1 to 9999, with `T` or a space, with or without offset; without
    /// one it means UTC. A date alone is its first moment. What is finer than a microsecond is cut off.
    ///
    /// @throws Unreadable if it is none
    public static Instant read(String text) throws Unreadable {
        var matcher = ISO.matcher(text.strip());
        if (!matcher.matches()) {
            throw unreadable(text);
        }
        try {
            var date = LocalDate.of(
                    Integer.parseInt(matcher.group(1)),
                    Integer.parseInt(matcher.group(2)),
                    Integer.parseInt(matcher.group(3)));
            var time = LocalTime.of(
                    number(matcher.group(4)),
                    number(matcher.group(5)),
                    number(matcher.group(6)),
                    nanos(matcher.group(7)));
            if (date.getYear() == 0) {
                throw unreadable(text);
            }
            var offset = matcher.group(8);
            return date.atTime(time)
                    .toInstant(offset == null || offset.equalsIgnoreCase("z") ? ZoneOffset.UTC : ZoneOffset.of(offset));
        } catch (DateTimeException e) {
            throw unreadable(text);
        }
    }

    /// A text as [#read(String)], or kombu's typed envelope around one.
    ///
    /// @throws Unreadable if it is neither
    public static Instant read(JsonNode node) throws Unreadable {
        var text = node.path("__type__").asString("").equals("datetime") ? node.path("__value__") : node;
        if (!text.isString()) {
            throw unreadable(node.toString());
        }
        return read(text.stringValue());
    }

    private static int number(@Nullable String digits) {
        return digits == null ? 0 : Integer.parseInt(digits);
    }

    private static int nanos(@Nullable String digits) {
        return digits == null ? 0 : Integer.parseInt((digits + "00000").substring(0, 6)) * 1000;
    }

    private static Unreadable unreadable(String text) {
        var shown = text.length() <= 60 ? text : text.substring(0, 60) + "…";
        return new Unreadable("The time '" + shown + "' is not ISO-8601, such as 2026-11-20T16:40:00.000000+00:00.");
    }

    /// The instant in whole microseconds since the epoch, as the stores keep it.
    public static long micros(Instant instant) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, instant);
    }

    public static Instant ofMicros(long micros) {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }
}
