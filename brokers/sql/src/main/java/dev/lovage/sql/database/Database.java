package dev.lovage.sql.database;

import dev.lovage.engine.tx.Tx;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;

/// A SQL database that Lovage keeps its truth in: SQLite in one file, or PostgreSQL.
///
/// Invariants:
/// 1. When [#write] has returned, what the unit wrote is durable; when it has thrown, nothing of it was written
///    (one exception: [DatabaseFailed#uncertain]).
/// 2. A unit of writing is a closure of SQL only, short, and may run again when the commit itself failed.
/// 3. Waiting for a turn is bounded: a full queue throws [DatabaseBusy] at once.
public interface Database extends AutoCloseable {
    /// A unit of writing. SQL only: no waiting, no network, no lock.
    @FunctionalInterface
    interface Unit<T> {
        T run(Tx tx) throws SQLException;
    }

    /// A query. It sees one consistent state and writes nothing.
    @FunctionalInterface
    interface Query<T> {
        T run(Connection connection) throws SQLException;
    }

    /// Runs `unit` in a transaction, perhaps grouped with others (each in a savepoint of its own), and returns
    /// when it is durable.
    ///
    /// An unchecked exception of the unit is thrown on as it is; all that the unit wrote is then rolled back.
    ///
    /// @throws DatabaseBusy when too many units wait already, or this one had no turn in time; nothing was
    ///     written
    /// @throws DatabaseFailed with the cause, when the database refused; nothing was written, unless
    ///     `uncertain`
    /// @throws IllegalStateException inside a unit or a query, which would wait for itself
    <T> T write(Unit<T> unit);

    /// As [#write], before all others that wait: for heartbeats.
    <T> T writeFirst(Unit<T> unit);

    /// As [#write], in a database transaction of its own where the database can run several at once
    /// (PostgreSQL).
    <T> T writeAlone(Unit<T> unit);

    /// Runs `query` on one consistent state of the database. It sees every commit that was answered before.
    ///
    /// @throws DatabaseBusy when too many queries wait already
    /// @throws DatabaseFailed with the cause, when the database refused
    <T> T read(Query<T> query);

    Dialect dialect();

    /// Brings the schema of one component to its newest version, under a lock that one process holds at a time.
    ///
    /// @throws SchemaChanged when a step that was applied reads differently now
    /// @throws SchemaTooNew when another program has already brought it further
    void migrate(Migrations migrations);

    /// A number that has grown when this or another process may have written since it was last asked for.
    long changes();

    /// Waits until [#changes] is above `seen`, or until `wait` has passed.
    void awaitChange(long seen, Duration wait) throws InterruptedException;

    /// A wake-up for other processes after the transaction is durable (coalesced; nothing to do on SQLite,
    /// whose change counter tells).
    void announce(Tx tx);

    @Override
    void close();
}
