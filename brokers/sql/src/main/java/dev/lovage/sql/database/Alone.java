package dev.lovage.sql.database;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs one unit in a database transaction of its own.
final class Alone {
    private static final Logger LOG = LoggerFactory.getLogger(Alone.class);

    private Alone() {}

    /// Runs the unit, again when it met another transaction or the connection broke before its commit, and
    /// answers it.
    static void run(Turn<?> turn, Lender lender, Dialect dialect, int attemptsMax) {
        for (int attempt = 1; ; attempt++) {
            Connection connection = null;
            boolean committing = false;
            try {
                connection = lender.lend();
                dialect.begin(connection);
                turn.run(connection);
                committing = true;
                dialect.commit(connection);
                lender.giveBack(connection, true);
                turn.committed();
                return;
            } catch (Throwable e) {
                boolean sound = rollBack(connection, dialect, e);
                if (connection != null) {
                    lender.giveBack(connection, sound);
                }
                if (committing && dialect.lost(e)) {
                    turn.failed(uncertain(e));
                    return;
                }
                if (!dialect.passes(e) || attempt >= attemptsMax) {
                    turn.failed(dialect.told(e));
                    return;
                }
                pause(attempt);
            }
        }
    }

    /// @return whether the connection is without a transaction, and usable
    static boolean rollBack(@Nullable Connection connection, Dialect dialect, Throwable reason) {
        if (connection == null) {
            return false;
        }
        try {
            dialect.rollback(connection);
            return !dialect.lost(reason);
        } catch (SQLException e) {
            LOG.debug("Rolling back failed, the connection is opened again: {}", e.toString());
            return false;
        }
    }

    static DatabaseFailed uncertain(Throwable e) {
        return new DatabaseFailed(
                "The connection broke during the commit (" + e.getMessage()
                        + "). What was written is either durable or gone: look it up before writing it again.",
                e,
                true);
    }

    /// 10 to 20 ms after the first attempt, and each time thrice as long.
    private static void pause(int attempt) {
        long millis = 10L * (long) Math.pow(3, attempt - 1);
        LockSupport.parkNanos((millis + ThreadLocalRandom.current().nextLong(millis)) * 1_000_000);
    }
}
