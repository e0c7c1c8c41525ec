package dev.lovage.sql.database;

import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import org.jspecify.annotations.Nullable;

/// The database refused. Nothing was written, unless [#uncertain] says that this cannot be known.
public final class DatabaseFailed extends RuntimeException {
    private static final int SQLITE_FULL = 13;

    private final String sqlState;
    private final int vendorCode;
    private final boolean uncertain;

    DatabaseFailed(String message, @Nullable Throwable cause, boolean uncertain) {
        super(message, cause);
        this.sqlState = cause instanceof SQLException e && e.getSQLState() != null ? e.getSQLState() : "";
        this.vendorCode = cause instanceof SQLException e ? e.getErrorCode() : 0;
        this.uncertain = uncertain;
    }

    /// The five letters of the SQL standard, or empty: SQLite has none.
    public String sqlState() {
        return sqlState;
    }

    /// SQLite's primary or extended result code; 0 on PostgreSQL.
    public int vendorCode() {
        return vendorCode;
    }

    /// Whether the database could not be reached, or is full: the same call may work once it is back.
    public boolean passing() {
        return uncertain
                || getCause() instanceof SQLTransientConnectionException
                || sqlState.startsWith("08")
                || sqlState.startsWith("57P0")
                || sqlState.equals("25P03") // this process stood still in a transaction, which the server ended
                || sqlState.equals("53300")
                || (vendorCode & 0xff) == SQLITE_FULL;
    }

    /// Whether the connection broke during the commit, so that the transaction is either durable or gone.
    public boolean uncertain() {
        return uncertain;
    }
}
