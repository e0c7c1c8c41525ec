package dev.lovage.engine.beat;

import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// When a periodic task is due: at instants that are the same for everyone who asks.
public sealed interface Schedule permits Interval, Crontab, Solar {
    /// The first instant at which it is due after another; empty if there is none.
    ///
    /// @param zone whose wall clock a crontab goes by; the others don't look at it
    Optional<Instant> next(Instant after, ZoneId zone);

    /// The last instants at which it is due, after `after` and not after `until`, oldest first.
    ///
    /// @param max of them, 1 or more
    default List<Instant> between(Instant after, Instant until, ZoneId zone, int max) {
        var due = new ArrayDeque<Instant>();
        for (var next = next(after, zone); next.isPresent(); next = next(next.get(), zone)) {
            if (next.get().isAfter(until)) {
                break;
            }
            if (due.size() == max) {
                due.removeFirst();
            }
            due.addLast(next.get());
        }
        return List.copyOf(due);
    }

    /// For people: `every 30 s`, `crontab 0 4 * * *`, `sunset at 52.52, 13.40`.
    String words();

    /// Reads a number of seconds, `{crontab: …}` or `{solar: {event, lat, lon}}`.
    ///
    /// @throws BadSchedule naming what can't be read
    static Schedule of(JsonNode given) {
        if (given.isNumber()) {
            return Interval.ofSeconds(given);
        }
        if (given.isObject() && given.propertyNames().equals(Set.of("crontab"))) {
            return Crontab.of(given.get("crontab"));
        }
        if (given.isObject() && given.propertyNames().equals(Set.of("solar"))) {
            return Solar.of(given.get("solar"));
        }
        throw new BadSchedule("The schedule is " + (given.isMissingNode() ? "missing" : given)
                + ", and a number of seconds is expected, or {crontab: {minute, hour, day_of_week, day_of_month,"
                + " month_of_year}}, {crontab: '0 4 * * *'} or {solar: {event, lat, lon}}.");
    }
}
