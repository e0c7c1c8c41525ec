package dev.lovage.sql.database;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What differs between the SQL of the two databases.
public enum Dialect {
    SQLITE,
    POSTGRESQL;

    private static final Pattern PLACE = Pattern.compile("\\$\\{([^}]*)}");
    private static final Set<Integer> SQLITE_ONE_BY_ONE = Set.of(5, 19); // SQLITE_BUSY, SQLITE_CONSTRAINT

    /// What ends a query for work that several processes share: rows that another one holds are passed over.
    public String skipLocked() {
        return this == SQLITE ? "" : " FOR UPDATE SKIP LOCKED";
    }

    /// What ends a query for rows that this transaction is about to change. SQLite's writer is alone anyway.
    public String forUpdate() {
        return this == SQLITE ? "" : " FOR UPDATE";
    }

    public String blob() {
        return this == SQLITE ? "BLOB" : "BYTEA";
    }

    /// The type and constraint of a key that the database counts up.
    public String serial() {
        return this == SQLITE ? "INTEGER PRIMARY KEY AUTOINCREMENT" : "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY";
    }

    /// An expression for the store's own clock, in UTC microseconds (SQLite counts whole milliseconds).
    public String storeClock() {
        return this == SQLITE
                ? "CAST(round(unixepoch('subsec') * 1000) * 1000 AS INTEGER)"
                : "(extract(epoch from clock_timestamp()) * 1000000)::bigint";
    }

    /// Replaces `${blob}`, `${serial}`, `${clock}` and `${suffix:queue}`, the storage options of a table whose
    /// rows come and go all the time.
    ///
    /// @throws IllegalArgumentException for any other `${…}`
    public String substitute(String ddl) {
        return PLACE.matcher(ddl)
                .replaceAll(place -> Matcher.quoteReplacement(
                        switch (place.group(1)) {
                            case "blob" -> blob();
                            case "serial" -> serial();
                            case "clock" -> storeClock();
                            case "suffix:queue" ->
                                this == SQLITE
                                        ? ""
                                        : "WITH (fillfactor=70, autovacuum_vacuum_scale_factor=0.02, autovacuum_vacuum_cost_delay=0)";
                            default ->
                                throw new IllegalArgumentException(
                                        "The SQL has " + place.group()
                                                + ", and known are ${blob}, ${serial}, ${clock} and ${suffix:queue}. It was not run.");
                        }));
    }

    /// Starts a transaction. A connection to PostgreSQL is out of auto-commit, and starts one by itself.
    void begin(Connection connection) throws SQLException {
        if (this == SQLITE) {
            execute(connection, "BEGIN IMMEDIATE");
        }
    }

    void commit(Connection connection) throws SQLException {
        if (this == SQLITE) {
            execute(connection, "COMMIT");
        } else {
            connection.commit();
        }
    }

    void rollback(Connection connection) throws SQLException {
        if (this == SQLITE) {
            // Some errors (disk full) have ended the transaction already; then there is nothing to roll back.
            try {
                execute(connection, "ROLLBACK");
            } catch (SQLException e) {
                if (!String.valueOf(e.getMessage()).contains("no transaction is active")) {
                    throw e;
                }
            }
        } else {
            connection.rollback();
        }
    }

    /// Whether the same unit may well succeed when it runs again: it met another transaction, or the connection
    /// broke.
    boolean passes(Throwable error) {
        SQLException e = sql(error);
        if (e == null) {
            return false;
        }
        if (this == SQLITE) {
            return (e.getErrorCode() & 0xff) == 5;
        }
        String state = String.valueOf(e.getSQLState());
        return state.equals("40P01") || state.equals("40001") || lost(error);
    }

    /// Whether units that failed as a group are to be run one by one: some of them may be well.
    boolean oneByOne(Throwable error) {
        SQLException e = sql(error);
        if (e == null) {
            return false;
        }
        return this == SQLITE
                ? SQLITE_ONE_BY_ONE.contains(e.getErrorCode() & 0xff)
                : passes(error) || String.valueOf(e.getSQLState()).startsWith("23");
    }

    /// Whether the connection is gone.
    boolean lost(Throwable error) {
        SQLException e = sql(error);
        String state = e == null ? "" : String.valueOf(e.getSQLState());
        return this == POSTGRESQL
                && (state.startsWith("08") || state.equals("57P01") || state.equals("57P02") || state.equals("57P03"));
    }

    /// What a caller is told about an error of the database; an unchecked exception of a unit is passed on as
    /// it is.
    Throwable told(Throwable error) {
        if (!(error instanceof SQLException e)) {
            return error;
        }
        if (this == SQLITE && (e.getErrorCode() & 0xff) == 5) {
            return new DatabaseBusy(
                    "Another program keeps the SQLite file locked (" + e.getMessage()
                            + "). Nothing was written. Close that program, or try again.",
                    0);
        }
        return new DatabaseFailed("The database refused: " + e.getMessage() + ". Nothing was written.", e, false);
    }

    static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static @Nullable SQLException sql(@Nullable Throwable error) {
        Throwable cause = error instanceof DatabaseBusy || error instanceof DatabaseFailed ? null : error;
        for (int depth = 0; cause != null && depth < 20; depth++) {
            if (cause instanceof SQLException e) {
                return e;
            }
            cause = cause.getCause();
        }
        return null;
    }
}
