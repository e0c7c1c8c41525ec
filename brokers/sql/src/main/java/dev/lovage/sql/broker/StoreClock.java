package dev.lovage.sql.broker;

import dev.lovage.sql.database.Database;
import dev.lovage.sql.database.Dialect;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.atomic.AtomicLong;

/// The store's clock, which decides what is due and what has expired.
///
/// On SQLite that is this machine's. On PostgreSQL it is the server's: this machine's, corrected by the
/// distance that was measured within the last minute. A clock that is not the machine's own was set by someone
/// on purpose, and is left alone.
final class StoreClock {
    private static final Duration MEASURED_EACH = Duration.ofMinutes(1);

    private final Database database;
    private final InstantSource clock;
    private final boolean corrected;
    private final AtomicLong measureAtNanos = new AtomicLong(System.nanoTime());
    private volatile Duration distance = Duration.ZERO;

    StoreClock(Database database, InstantSource clock) {
        this.database = database;
        this.clock = clock;
        this.corrected = database.dialect() == Dialect.POSTGRESQL
                && (clock.equals(InstantSource.system()) || clock.equals(Clock.systemUTC()));
    }

    Instant now() {
        return clock.instant().plus(distance).truncatedTo(ChronoUnit.MICROS);
    }

    /// Measures the distance when that is due. Not to be called in a transaction.
    void measure() {
        var due = measureAtNanos.get();
        var now = System.nanoTime();
        if (!corrected || now - due < 0 || !measureAtNanos.compareAndSet(due, now + MEASURED_EACH.toNanos())) {
            return;
        }
        distance = database.read(connection -> {
            var before = clock.instant();
            var theirs = new Sql(connection)
                    .first("SELECT " + database.dialect().storeClock(), row -> Sql.instant(row.getLong(1)))
                    .orElseThrow();
            var middle = before.plus(Duration.between(before, clock.instant()).dividedBy(2));
            return Duration.between(middle, theirs);
        });
    }
}
