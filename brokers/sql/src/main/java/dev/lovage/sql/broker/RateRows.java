package dev.lovage.sql.broker;

import dev.lovage.engine.message.ExecutionKey;
import dev.lovage.engine.rate.Line;
import dev.lovage.sql.database.Dialect;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// The tables of lines of those who wait to start a task whose rate all workers share. Who asks holds the row
/// of the line until the end of the transaction.
final class RateRows extends Line {
    /// Places and lines of which nobody has heard since.
    static final List<String> FORGET = List.of("DELETE FROM lovage_rate_place WHERE at < ?", """
            DELETE FROM lovage_rate WHERE earliest < ?
                AND NOT EXISTS (SELECT 1 FROM lovage_rate_place p WHERE p.task = lovage_rate.task)""");

    private final Sql sql;
    private final String task;
    private Instant earliest;

    private RateRows(Sql sql, String task, Instant earliest) {
        this.sql = sql;
        this.task = task;
        this.earliest = earliest;
    }

    /// In a transaction of its own.
    ///
    /// @return empty when it may start now, or when it is to ask again
    static Optional<Instant> admit(
            Sql sql, Dialect dialect, String task, ExecutionKey execution, Duration step, Instant now)
            throws SQLException {
        sql.update("INSERT INTO lovage_rate (task, earliest) VALUES (?, 0) ON CONFLICT DO NOTHING", task);
        var earliest = sql.first(
                        "SELECT earliest FROM lovage_rate WHERE task = ?" + dialect.forUpdate(),
                        row -> Sql.instant(row.getLong(1)),
                        task)
                .orElseThrow();
        try {
            return new RateRows(sql, task, earliest).admit(execution, step, now);
        } catch (Failed e) {
            throw e.why;
        }
    }

    @Override
    protected Instant earliest() {
        return earliest;
    }

    @Override
    protected void earliest(Instant at) {
        earliest = at;
        run(() -> sql.update("UPDATE lovage_rate SET earliest = ? WHERE task = ?", Sql.micros(at), task));
    }

    @Override
    protected Optional<Instant> place(ExecutionKey execution) {
        return run(() -> sql.first(
                "SELECT at FROM lovage_rate_place WHERE task = ? AND task_id = ? AND retries = ? AND nesting = ?",
                row -> Sql.instant(row.getLong(1)),
                task,
                execution.taskId(),
                execution.retries(),
                execution.nesting()));
    }

    @Override
    protected Optional<Place> first() {
        return run(() -> sql.first(
                "SELECT task_id, retries, nesting, at FROM lovage_rate_place WHERE task = ? ORDER BY at LIMIT 1",
                RateRows::place,
                task));
    }

    private static Place place(ResultSet row) throws SQLException {
        return new Place(MessageRows.key(row), Sql.instant(row.getLong("at")));
    }

    @Override
    protected Optional<Instant> last() {
        return run(() -> sql.first(
                "SELECT at FROM lovage_rate_place WHERE task = ? ORDER BY at DESC LIMIT 1",
                row -> Sql.instant(row.getLong(1)),
                task));
    }

    @Override
    protected boolean taken(Instant at) {
        return run(() -> sql.exists("SELECT 1 FROM lovage_rate_place WHERE task = ? AND at = ?", task, Sql.micros(at)));
    }

    @Override
    protected void take(Place place) {
        run(() -> sql.update(
                "INSERT INTO lovage_rate_place (task, task_id, retries, nesting, at) VALUES (?, ?, ?, ?, ?)",
                task,
                place.execution().taskId(),
                place.execution().retries(),
                place.execution().nesting(),
                Sql.micros(place.at())));
    }

    @Override
    protected void leave(ExecutionKey execution) {
        run(() -> sql.update(
                "DELETE FROM lovage_rate_place WHERE task = ? AND task_id = ? AND retries = ? AND nesting = ?",
                task,
                execution.taskId(),
                execution.retries(),
                execution.nesting()));
    }

    private interface Step<T> {
        T run() throws SQLException;
    }

    private static <T> T run(Step<T> step) {
        try {
            return step.run();
        } catch (SQLException e) {
            throw new Failed(e);
        }
    }

    /// Carries an exception through what knows nothing of SQL.
    private static final class Failed extends RuntimeException {
        private final SQLException why;

        Failed(SQLException why) {
            super(why);
            this.why = why;
        }
    }
}
