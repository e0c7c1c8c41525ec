package dev.lovage.server.page;

import dev.lovage.records.intake.State;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.OptionalLong;

/// How values are written on pages.
public final class Words {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("d MMM uuuu, HH:mm:ss z", Locale.US);

    private Words() {}

    /// An instant with its zone named.
    public static String time(Instant instant, ZoneId zone) {
        return TIME.format(instant.atZone(zone));
    }

    /// For the attribute `datetime`.
    public static String machine(Instant instant) {
        return DateTimeFormatter.ISO_INSTANT.format(instant);
    }

    /// How long ago, in its largest unit.
    public static String age(Instant since, Instant now) {
        var age = Duration.between(since, now);
        if (age.toSeconds() < 1) {
            return "under 1 s";
        }
        if (age.toMinutes() < 1) {
            return age.toSeconds() + " s";
        }
        if (age.toHours() < 1) {
            return age.toMinutes() + " min";
        }
        return age.toDays() < 1 ? age.toHours() + " h" : age.toDays() + " d";
    }

    public static String rate(double perSecond) {
        return String.format(Locale.US, "%.1f", perSecond);
    }

    /// A dash for what can't be known.
    public static String known(OptionalLong count) {
        return count.isPresent() ? number(count.getAsLong()) : "–";
    }

    public static String number(long count) {
        return String.format(Locale.US, "%,d", count);
    }

    /// `submission.ack.written` as `ack written`.
    public static String event(String type) {
        return type.replaceFirst("^submission\\.", "").replace('.', ' ').replace('_', ' ');
    }

    public static String state(State state) {
        return state.name().charAt(0) + state.name().substring(1).toLowerCase(Locale.ROOT);
    }
}
