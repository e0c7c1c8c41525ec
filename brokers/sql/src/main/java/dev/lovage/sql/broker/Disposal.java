package dev.lovage.sql.broker;

import dev.lovage.engine.canvas.NeverRun;
import dev.lovage.engine.canvas.Planner;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.message.ExecutionKey;
import dev.lovage.engine.message.Message;
import dev.lovage.engine.store.Happening;
import dev.lovage.engine.tx.Tx;
import dev.lovage.sql.database.Database;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Ends entries because a person said so. Bytes and history go to the record of disposals first, with the
/// reason.
///
/// What still waited ends as REVOKED: results say so, the rest of its chain fails, chords hear of it. What had
/// failed before stays as it failed.
final class Disposal {
    private static final int AT_ONCE = 200;

    private final Database database;
    private final Planner planner;
    private final PlanWriter plans;

    Disposal(Database database, Planner planner, PlanWriter plans) {
        this.database = database;
        this.planner = planner;
        this.plans = plans;
    }

    private record Entry(long id, ExecutionKey key, Message message) {
        static Entry of(ResultSet row) throws SQLException {
            return new Entry(row.getLong("id"), MessageRows.key(row), MessageRows.message(row));
        }
    }

    /// @return false if no such entry waits for a person
    boolean dispose(Tx tx, long tag, String reason, String by, Instant now) throws SQLException {
        var entries = new Sql(tx.connection())
                .list(
                        "SELECT " + MessageRows.COLUMNS + " FROM lovage_message"
                                + " WHERE id = ? AND custody IN ('PARKED', 'QUARANTINED', 'DEAD')"
                                + database.dialect().forUpdate(),
                        Entry::of,
                        tag);
        endAll(tx, entries, "disposed", reason, by, now);
        return !entries.isEmpty();
    }

    /// Some of what waits in a queue; not what a worker has claimed, and not what waits for a person.
    ///
    /// @param newest tags above it stay: what the purge itself sends, such as errbacks
    static List<Long> waiting(Sql sql, String queue, long after, long newest) throws SQLException {
        return sql.list(
                "SELECT id FROM lovage_message WHERE queue = ? AND custody IN ('READY', 'TIMER') AND id > ? AND id <= ?"
                        + " ORDER BY id LIMIT ?",
                row -> row.getLong(1),
                queue,
                after,
                newest,
                AT_ONCE);
    }

    /// Ends those that still wait.
    ///
    /// @return how many it were
    int purge(Tx tx, List<Long> tags, String reason, String by, Instant now) throws SQLException {
        var some = new Sql(tx.connection())
                .list(
                        "SELECT " + MessageRows.COLUMNS + " FROM lovage_message WHERE id IN ("
                                + Sql.places(tags.size()) + ") AND custody IN ('READY', 'TIMER') ORDER BY id"
                                + database.dialect().skipLocked(),
                        Entry::of,
                        tags.toArray());
        endAll(tx, some, "purged", reason, by, now);
        return some.size();
    }

    private void endAll(Tx tx, List<Entry> entries, String what, String reason, String by, Instant now)
            throws SQLException {
        var sql = new Sql(tx.connection());
        for (var entry : entries) {
            var taskId = entry.key().taskId();
            var history = Json.text(Json.tree(MessageRows.history(sql, taskId)));
            sql.update(
                    "INSERT INTO lovage_disposed (task_id, retries, nesting, task, queue, custody, subject, headers,"
                            + " properties, body, sent, crashes, evidence, held_because, history, disposed_at, reason,"
                            + " by_whom, payloads) SELECT task_id, retries, nesting, task, queue, custody, subject, headers,"
                            + " properties, body, sent, crashes, evidence, reason, ?, ?, ?, ?, payloads FROM lovage_message"
                            + " WHERE id = ?",
                    history,
                    Sql.micros(now),
                    Sql.storable(reason),
                    Sql.storable(by),
                    entry.id());
            MessageRows.happened(sql, taskId, new Happening(now, entry.key().retries(), what, reason, "", by));
            MessageRows.end(sql, entry.id(), entry.key(), what, now);
            if (!sql.exists(
                    "SELECT 1 FROM lovage_result WHERE task_id = ? AND state IN ('SUCCESS', 'FAILURE', 'REVOKED')",
                    taskId)) {
                revoke(tx, sql, entry.message(), what + ": " + reason, now);
            }
        }
    }

    private void revoke(Tx tx, Sql sql, Message message, String why, Instant now) throws SQLException {
        var ended = NeverRun.revoked(planner, message, why, now);
        plans.record(sql, ended.result(), Optional.of(message), now);
        plans.write(tx, ended.follows(), now);
    }
}
