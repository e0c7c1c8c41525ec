package dev.lovage.engine.beat;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import tools.jackson.databind.JsonNode;

/// Due again and again after the same time, counted from when the schedule was first seen.
///
/// @param every 1 ms to 10 years
public record Interval(Duration every) implements Schedule {
    private static final Duration SHORTEST = Duration.ofMillis(1);
    private static final Duration LONGEST = Duration.ofDays(3653);

    /// @throws BadSchedule if it is shorter or longer than that
    public Interval {
        if (every.compareTo(SHORTEST) < 0 || every.compareTo(LONGEST) > 0) {
            throw new BadSchedule("The interval is " + every + ", and 1 ms to 10 years are expected.");
        }
    }

    static Interval ofSeconds(JsonNode seconds) {
        var given = seconds.doubleValue();
        if (!(given >= 0.001) || given > LONGEST.toSeconds()) {
            throw new BadSchedule(
                    "The interval is " + seconds + " seconds, and 0.001 to " + LONGEST.toSeconds() + " are expected.");
        }
        return new Interval(Duration.ofNanos(1000 * Math.round(given * 1e6)));
    }

    @Override
    public Optional<Instant> next(Instant after, ZoneId zone) {
        return Optional.of(after.plus(every));
    }

    /// Counted, not walked through.
    @Override
    public List<Instant> between(Instant after, Instant until, ZoneId zone, int max) {
        if (!until.isAfter(after)) {
            return List.of();
        }
        long all = Duration.between(after, until).dividedBy(every);
        return LongStream.rangeClosed(Math.max(0, all - max) + 1, all)
                .mapToObj(count -> after.plus(every.multipliedBy(count)))
                .toList();
    }

    @Override
    public String words() {
        return "every "
                + (every.toNanos() % 1_000_000_000 == 0 ? every.toSeconds() + " s" : every.toNanos() / 1e9 + " s");
    }
}
