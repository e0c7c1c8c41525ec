package dev.lovage.engine.beat;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// Where the sun stands, by the low-precision formulas of the almanac: within a hundredth of a degree for some
/// centuries around 2000, without refraction. All machines compute the same to the last bit.
///
/// @see <a href="https://gml.noaa.gov/grad/solcalc/calcdetails.html">NOAA, after Jean Meeus</a>
final class Sun {
    private static final Instant J2000 = Instant.parse("2000-01-01T12:00:00Z");
    private static final double DEGREES_PER_DAY = 360.98564736629;
    private static final double RADIUS_AT_ONE_AU = 959.63 / 3600;
    private static final int ROUNDS = 10;

    private Sun() {}

    /// @param days since J2000, UTC
    private record Place(double days, double rightAscension, double declination, double radius) {
        static Place at(double days) {
            var t = days / 36525;
            var anomaly = 357.52911 + t * (35999.05029 - 0.0001537 * t);
            var eccentricity = 0.016708634 - 0.000042037 * t;
            var centre = sin(anomaly) * (1.914602 - t * (0.004817 + 0.000014 * t))
                    + sin(2 * anomaly) * (0.019993 - 0.000101 * t)
                    + sin(3 * anomaly) * 0.000289;
            var distance = 1.000001018 * (1 - eccentricity * eccentricity) / (1 + eccentricity * cos(anomaly + centre));
            var node = 125.04 - 1934.136 * t;
            var longitude = 280.46646 + t * (36000.76983 + 0.0003032 * t) + centre - 0.00569 - 0.00478 * sin(node);
            var obliquity = 23.4392911 - t * (0.0130042 + 0.00000016 * t) + 0.00256 * cos(node);
            return new Place(
                    days,
                    StrictMath.toDegrees(StrictMath.atan2(cos(obliquity) * sin(longitude), cos(longitude))),
                    StrictMath.toDegrees(StrictMath.asin(sin(obliquity) * sin(longitude))),
                    RADIUS_AT_ONE_AU / distance);
        }

        /// In degrees, -180 to 180, negative before noon.
        double hourAngle(double east) {
            var sidereal = 280.46061837 + DEGREES_PER_DAY * days;
            return turned(sidereal + east - rightAscension);
        }
    }

    /// The number of the day, as [#noon] counts, whose noon is the last one before an instant, or near it.
    static long day(Instant at, double east) {
        return (long) StrictMath.floor(days(at) + east / 360);
    }

    /// When the sun is highest.
    static Instant noon(long day, double east) {
        return instant(transit(day, east));
    }

    /// When the sun rises through an altitude, or sets through it, around one noon.
    ///
    /// @param altitude in degrees
    /// @param limb whether that of its upper limb counts, not that of its centre
    /// @return empty if it stays above or below all that day
    static Optional<Instant> crossing(
            long day, double north, double east, double altitude, boolean limb, boolean rising) {
        var noon = transit(day, east);
        var days = noon;
        var crosses = false;
        for (int i = 0; i < ROUNDS; i++) {
            var place = Place.at(days);
            var height = limb ? altitude - place.radius() : altitude;
            var cosine =
                    (sin(height) - sin(north) * sin(place.declination())) / (cos(north) * cos(place.declination()));
            crosses = cosine >= -1 && cosine <= 1;
            var halfDay = StrictMath.toDegrees(StrictMath.acos(StrictMath.clamp(cosine, -1, 1)));
            var wanted = rising ? -halfDay : halfDay;
            days = i == 0
                    ? noon + wanted / DEGREES_PER_DAY
                    : days - turned(place.hourAngle(east) - wanted) / DEGREES_PER_DAY;
        }
        return crosses ? Optional.of(instant(days)) : Optional.empty();
    }

    private static double transit(long day, double east) {
        var days = day - east / 360;
        for (int i = 0; i < 4; i++) {
            days -= Place.at(days).hourAngle(east) / DEGREES_PER_DAY;
        }
        return days;
    }

    private static double days(Instant at) {
        return Duration.between(J2000, at).toMillis() / 86_400_000.0;
    }

    /// To the second: more is not known.
    private static Instant instant(double days) {
        return J2000.plusSeconds(Math.round(days * 86_400));
    }

    private static double turned(double degrees) {
        return degrees - 360 * StrictMath.floor((degrees + 180) / 360);
    }

    private static double sin(double degrees) {
        return StrictMath.sin(StrictMath.toRadians(degrees));
    }

    private static double cos(double degrees) {
        return StrictMath.cos(StrictMath.toRadians(degrees));
    }
}
