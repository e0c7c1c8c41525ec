package dev.lovage.sql.database;

import java.time.Duration;

/// How much a database may hold back and keep open.
///
/// @param queueMax units of writing that wait at most, 1 or more; one more is answered with [DatabaseBusy]. As
///     many again may wait before all others ([Database#writeFirst])
/// @param readers connections that read a SQLite file at the same time, 1 or more; opened when first needed
/// @param poolSize connections to PostgreSQL that read or write alone, 1 or more; opened when first needed
/// @param batchMax units of writing that share one commit at most, 1 or more
/// @param waitMax how long a unit waits for its turn, and the file's lock for another program, before
///     [DatabaseBusy]
public record DatabaseSettings(int queueMax, int readers, int poolSize, int batchMax, Duration waitMax) {
    public static final DatabaseSettings DEFAULT = new DatabaseSettings(4096, 2, 10, 256, Duration.ofSeconds(10));

    public DatabaseSettings {
        atLeastOne("queueMax", queueMax);
        atLeastOne("readers", readers);
        atLeastOne("poolSize", poolSize);
        atLeastOne("batchMax", batchMax);
        if (waitMax.toMillis() < 1) {
            throw new IllegalArgumentException("waitMax is 1 ms or longer, but is " + waitMax + ".");
        }
    }

    public DatabaseSettings queueMax(int units) {
        return new DatabaseSettings(units, readers, poolSize, batchMax, waitMax);
    }

    public DatabaseSettings readers(int connections) {
        return new DatabaseSettings(queueMax, connections, poolSize, batchMax, waitMax);
    }

    public DatabaseSettings poolSize(int connections) {
        return new DatabaseSettings(queueMax, readers, connections, batchMax, waitMax);
    }

    public DatabaseSettings batchMax(int units) {
        return new DatabaseSettings(queueMax, readers, poolSize, units, waitMax);
    }

    public DatabaseSettings waitMax(Duration wait) {
        return new DatabaseSettings(queueMax, readers, poolSize, batchMax, wait);
    }

    private static void atLeastOne(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " is 1 or more, but is " + value + ".");
        }
    }
}
