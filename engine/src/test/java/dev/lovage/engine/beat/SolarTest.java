package dev.lovage.engine.beat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lovage.engine.beat.Solar.Event;
import dev.lovage.engine.json.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class SolarTest {
    private static final Duration TOLERANCE = Duration.ofMinutes(2);

    @Test
    void events_are_within_two_minutes_of_the_almanac_and_days_without_them_are_left_out() throws IOException {
        var none = 0;
        for (var line : almanac()) {
            var parts = line.split(",");
            var after = Instant.parse(parts[3]);
            var found = new Solar(
                            Event.valueOf(parts[0].toUpperCase(Locale.ROOT)),
                            Double.parseDouble(parts[1]),
                            Double.parseDouble(parts[2]))
                    .next(after, ZoneOffset.UTC)
                    .orElseThrow();
            if (parts[4].equals("none")) {
                none++;
                assertThat(found).as(line).isAfter(after.plus(Duration.ofDays(1)));
            } else {
                assertThat(Duration.between(Instant.parse(parts[4]), found).abs())
                        .as("%s, found %s", line, found)
                        .isLessThan(TOLERANCE);
            }
        }
        assertThat(none).isGreaterThan(20);
    }

    @Test
    void in_a_year_each_event_comes_once_a_day() {
        for (var event : Event.values()) {
            var solar = new Solar(event, 35.68, 139.69);
            var days = solar.between(
                    Instant.parse("2026-01-01T00:00:00Z"), Instant.parse("2027-01-01T00:00:00Z"), ZoneOffset.UTC, 1000);
            assertThat(days).as(event.word()).hasSize(365);
            for (int i = 1; i < days.size(); i++) {
                assertThat(Duration.between(days.get(i - 1), days.get(i)).toMinutes())
                        .as("%s, %s", event.word(), days.get(i))
                        .isBetween(24 * 60L - 4, 24 * 60L + 4);
            }
        }
    }

    @Test
    void the_sun_that_set_in_november_rises_over_longyearbyen_in_february() {
        var rises = new Solar(Event.SUNRISE, 78.22, 15.65)
                .next(Instant.parse("2026-11-20T00:00:00Z"), ZoneOffset.UTC)
                .orElseThrow();
        assertThat(rises).isBetween(Instant.parse("2027-02-10T00:00:00Z"), Instant.parse("2027-02-20T00:00:00Z"));
    }

    @Test
    void a_wrong_place_or_event_is_refused() {
        assertThatThrownBy(() -> new Solar(Event.SUNSET, 91, 0)).hasMessageContaining("lat is 91");
        assertThatThrownBy(() -> new Solar(Event.SUNSET, 0, 181)).hasMessageContaining("lon is 181");
        assertThatThrownBy(() -> new Solar(Event.SUNSET, 90, 0)).hasMessageContaining("never a sunset");
        assertThatThrownBy(() -> Schedule.of(Json.read("{\"solar\": {\"event\": \"moonrise\", \"lat\": 1, \"lon\": 2}}"
                        .getBytes(StandardCharsets.UTF_8))))
                .isInstanceOf(BadSchedule.class)
                .hasMessageContaining("moonrise")
                .hasMessageContaining("dusk_nautical");
    }

    private static List<String> almanac() throws IOException {
        try (var file = Objects.requireNonNull(SolarTest.class.getResourceAsStream("sun.csv"))) {
            return new String(file.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .toList();
        }
    }
}
