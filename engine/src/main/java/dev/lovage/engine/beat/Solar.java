package dev.lovage.engine.beat;

import java.time.Instant;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// Due once a day with the sun, as Celery's `solar`: within two minutes of the almanac, at sea level. On days when
/// the sun does not rise or set so far, around the poles, it is not due.
///
/// @param latitude in degrees, north is positive
/// @param longitude in degrees, east is positive
public record Solar(Event event, double latitude, double longitude) implements Schedule {
    private static final int DAYS_MAX = 400;

    /// Celery's names. Sunrise and sunset are of the upper limb, with refraction as usual; dawn and dusk of the
    /// centre.
    public enum Event {
        DAWN_ASTRONOMICAL(-18, true),
        DAWN_NAUTICAL(-12, true),
        DAWN_CIVIL(-6, true),
        SUNRISE(-34.0 / 60, true),
        SOLAR_NOON(0, false),
        SUNSET(-34.0 / 60, false),
        DUSK_CIVIL(-6, false),
        DUSK_NAUTICAL(-12, false),
        DUSK_ASTRONOMICAL(-18, false);

        private final double altitude;
        private final boolean rising;

        Event(double altitude, boolean rising) {
            this.altitude = altitude;
            this.rising = rising;
        }

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        private boolean ofLimb() {
            return this == SUNRISE || this == SUNSET;
        }
    }

    /// @throws BadSchedule if there is no such place, or never such an event there
    public Solar {
        if (!(Math.abs(latitude) <= 90)) {
            throw new BadSchedule("The latitude lat is " + latitude + ", and -90 to 90 degrees are expected.");
        }
        if (!(Math.abs(longitude) <= 180)) {
            throw new BadSchedule("The longitude lon is " + longitude + ", and -180 to 180 degrees are expected.");
        }
        if (next(event, latitude, longitude, Instant.EPOCH).isEmpty()) {
            throw new BadSchedule("There is never a " + event.word() + " at latitude " + latitude + ".");
        }
    }

    static Solar of(JsonNode given) {
        var event = Arrays.stream(Event.values())
                .filter(one -> one.word().equals(given.path("event").asString("")))
                .findFirst();
        if (event.isEmpty()
                || !given.propertyNames().equals(Set.of("event", "lat", "lon"))
                || !given.path("lat").isNumber()
                || !given.path("lon").isNumber()) {
            throw new BadSchedule("The solar schedule is " + given
                    + ", and a map is expected with event, lat and lon: event is one of "
                    + String.join(
                            ", ", Arrays.stream(Event.values()).map(Event::word).toList())
                    + "; lat and lon are degrees, north and east positive.");
        }
        return new Solar(
                event.get(), given.get("lat").doubleValue(), given.get("lon").doubleValue());
    }

    @Override
    public Optional<Instant> next(Instant after, ZoneId zone) {
        return next(event, latitude, longitude, after);
    }

    private static Optional<Instant> next(Event event, double latitude, double longitude, Instant after) {
        var first = Sun.day(after, longitude) - 1;
        for (var day = first; day < first + DAYS_MAX; day++) {
            var at = event == Event.SOLAR_NOON
                    ? Optional.of(Sun.noon(day, longitude))
                    : Sun.crossing(day, latitude, longitude, event.altitude, event.ofLimb(), event.rising);
            if (at.isPresent() && at.get().isAfter(after)) {
                return at;
            }
        }
        return Optional.empty();
    }

    @Override
    public String words() {
        return event.word() + " at " + latitude + ", " + longitude;
    }
}
