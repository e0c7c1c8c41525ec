package dev.lovage.engine.beat;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.zone.ZoneOffsetTransition;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// Goes through every change of every zone's clock, minute after minute of real time, and writes down which minutes
/// the wall clock shows for the first time, and which it leaves out.
class ClockChangesTest {
    private static final Instant FIRST = Instant.parse("1990-01-01T00:00:00Z");
    private static final Instant LAST = Instant.parse("2032-01-01T00:00:00Z");
    private static final Duration AROUND = Duration.ofHours(2);

    private static final Map<Crontab, Predicate<LocalDateTime>> CRONTABS = Map.of(
            Crontab.of("* * * * *"),
            at -> true,
            Crontab.of("*/20 * * * *"),
            at -> at.getMinute() % 20 == 0,
            Crontab.of("30 * * * *"),
            at -> at.getMinute() == 30,
            Crontab.of("15 0-3 * * *"),
            at -> at.getMinute() == 15 && at.getHour() < 4,
            Crontab.of("59 23 */2 * *"),
            at -> at.getMinute() == 59 && at.getHour() == 23 && at.getDayOfMonth() % 2 == 1);

    @Test
    void in_all_zones_each_minute_of_the_wall_clock_is_due_once_and_none_is_lost() {
        // Zones with the same rules are the same zone here.
        var zones = ZoneId.getAvailableZoneIds().stream()
                .map(ZoneId::of)
                .collect(Collectors.toMap(ZoneId::getRules, zone -> zone, (one, same) -> one))
                .values();
        int changes = 0;
        for (var zone : zones) {
            var rules = zone.getRules();
            for (var change = rules.nextTransition(FIRST);
                    change != null && change.getInstant().isBefore(LAST);
                    change = rules.nextTransition(change.getInstant())) {
                check(zone, change);
                changes++;
            }
        }
        assertThat(changes).isGreaterThan(3_000);
    }

    private static void check(ZoneId zone, ZoneOffsetTransition moved) {
        var change = moved.getInstant();
        // So long before that what is shown twice is seen the first time.
        var from = change.minus(AROUND).minus(moved.getDuration().abs());
        var until = change.plus(AROUND);
        var due = dueMinutes(zone, from, until);
        CRONTABS.forEach((crontab, matches) -> {
            var expected = new ArrayList<Instant>();
            due.forEach((at, shown) -> {
                if (shown.stream().anyMatch(matches) && at.isAfter(change.minus(AROUND))) {
                    expected.add(at);
                }
            });
            var found = crontab.between(change.minus(AROUND), until, zone, 10_000);
            assertThat(found)
                    .as("%s in %s around %s", crontab.words(), zone, change)
                    .isEqualTo(expected.stream().sorted().toList());
        });
    }

    /// For each minute of real time the minutes of the wall clock that are due then.
    private static Map<Instant, List<LocalDateTime>> dueMinutes(ZoneId zone, Instant from, Instant until) {
        var due = new TreeMap<Instant, List<LocalDateTime>>();
        var latest = LocalDateTime.ofInstant(from.minusSeconds(60), zone);
        for (var at = from; !at.isAfter(until); at = at.plusSeconds(60)) {
            var now = LocalDateTime.ofInstant(at, zone);
            var minutes = new ArrayList<LocalDateTime>();
            for (var left = latest.plusMinutes(1); left.isBefore(now); left = left.plusMinutes(1)) {
                minutes.add(left);
            }
            if (now.isAfter(latest)) {
                minutes.add(now);
                latest = now;
            }
            due.put(at, minutes);
        }
        return due;
    }
}
