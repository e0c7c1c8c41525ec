package dev.lovage.redis.store;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/// Times as the scripts know them: UTC microseconds in decimal digits, nothing where there is none.
final class Micros {
    private static final Instant EARLIEST = Instant.parse("-9999-01-01T00:00:00Z");
    private static final Instant LATEST = Instant.parse("+99999-01-01T00:00:00Z");

    private Micros() {}

    static String of(Instant at) {
        var near = at.isBefore(EARLIEST) ? EARLIEST : at.isAfter(LATEST) ? LATEST : at;
        return String.valueOf(ChronoUnit.MICROS.between(Instant.EPOCH, near));
    }

    static String of(Optional<Instant> at) {
        return at.map(Micros::of).orElse("");
    }

    /// @param micros also the score of a sorted set, which has an exponent beyond 2^53
    static Instant instant(String micros) {
        var number = micros.contains("e") ? (long) Double.parseDouble(micros) : Long.parseLong(micros);
        return Instant.EPOCH.plus(number, ChronoUnit.MICROS);
    }

    static Optional<Instant> read(String micros) {
        return micros.isEmpty() ? Optional.empty() : Optional.of(instant(micros));
    }
}
