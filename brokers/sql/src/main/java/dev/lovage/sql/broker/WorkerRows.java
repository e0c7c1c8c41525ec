package dev.lovage.sql.broker;

import dev.lovage.engine.broker.Lease;
import dev.lovage.engine.broker.LeaseLost;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.store.WorkerState;
import dev.lovage.engine.tx.Tx;
import dev.lovage.sql.database.Database;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The table of workers, and what becomes of their claims when they go. An incarnation without a row holds no
/// claim.
final class WorkerRows {
    private final Database database;
    private final StoreClock clock;

    WorkerRows(Database database, StoreClock clock) {
        this.database = database;
        this.clock = clock;
    }

    void register(Lease lease, WorkerState state) {
        database.writeFirst(tx -> new Sql(tx.connection())
                .update(
                        "INSERT INTO lovage_worker (incarnation, name, pid, started, seen, beats, queues, tasks, pool,"
                                + " slots, running) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                        lease.incarnation(),
                        state.name(),
                        state.pid(),
                        Sql.micros(state.started()),
                        Sql.micros(clock.now()),
                        state.beats(),
                        Json.text(Json.tree(state.queues())),
                        Json.text(Json.tree(state.homes().isEmpty() ? state.tasks() : state.homes())),
                        state.pool(),
                        state.slots(),
                        state.running()));
    }

    void beat(Lease lease, int running) {
        clock.measure();
        var rows = database.writeFirst(tx -> new Sql(tx.connection())
                .update(
                        "UPDATE lovage_worker SET beats = beats + 1, seen = ?, running = ? WHERE incarnation = ?",
                        Sql.micros(clock.now()),
                        running,
                        lease.incarnation()));
        if (rows == 0) {
            throw new LeaseLost("The heartbeat of " + lease.worker());
        }
    }

    List<WorkerState> all() {
        return database.read(connection -> new Sql(connection)
                .list("SELECT * FROM lovage_worker ORDER BY started, incarnation", WorkerRows::read));
    }

    private static WorkerState read(ResultSet row) throws SQLException {
        return new WorkerState(
                row.getString("incarnation"),
                row.getString("name"),
                row.getLong("pid"),
                Sql.instant(row.getLong("started")),
                Sql.instant(row.getLong("seen")),
                row.getLong("beats"),
                names(row.getString("queues")),
                tasks(row.getString("tasks")),
                homes(row.getString("tasks")),
                row.getString("pool"),
                row.getInt("slots"),
                row.getInt("running"));
    }

    /// A list of their names, or a map of these to the queues that they are sent to.
    private static List<String> tasks(String json) {
        var tasks = ResultRows.json(json);
        return tasks.isObject() ? List.copyOf(tasks.propertyNames()) : names(json);
    }

    private static Map<String, String> homes(String json) {
        var homes = new HashMap<String, String>();
        ResultRows.json(json)
                .properties()
                .forEach(task -> homes.put(task.getKey(), task.getValue().stringValue()));
        return homes;
    }

    private static List<String> names(String json) {
        var names = new ArrayList<String>();
        ResultRows.json(json).forEach(name -> names.add(name.stringValue()));
        return names;
    }

    int bury(String incarnation, long beats, String evidence) {
        return database.writeAlone(tx -> {
            var sql = new Sql(tx.connection());
            var still = sql.exists(
                    "SELECT 1 FROM lovage_worker WHERE incarnation = ? AND beats = ?"
                            + database.dialect().forUpdate(),
                    incarnation,
                    beats);
            if (!still) {
                return 0;
            }
            var now = clock.now();
            sql.update(
                    "INSERT INTO lovage_happening (task_id, at, retries, what, detail, trace, by_whom)"
                            + " SELECT m.task_id, ?, m.retries, 'crash', ?, '', w.name FROM lovage_message m"
                            + " JOIN lovage_worker w ON w.incarnation = m.lease"
                            + " WHERE m.lease = ? AND m.custody = 'LEASED'",
                    Sql.micros(now),
                    Sql.storable(evidence),
                    incarnation);
            var back = sql.update(
                    "UPDATE lovage_message SET custody = " + MessageRows.BACK + ", crashes = crashes + 1, evidence = ?,"
                            + " fail_on_loss = early, lease = NULL, since = ? WHERE lease = ? AND custody = 'LEASED'",
                    Sql.storable(evidence),
                    Sql.micros(now),
                    incarnation);
            signOff(tx, sql, incarnation);
            return back;
        });
    }

    void leave(Lease lease) {
        database.writeAlone(tx -> {
            var sql = new Sql(tx.connection());
            // First the worker's own row, so that no claim of its own comes in between.
            sql.exists(
                    "SELECT 1 FROM lovage_worker WHERE incarnation = ?"
                            + database.dialect().forUpdate(),
                    lease.incarnation());
            Instant now = clock.now();
            sql.update(
                    "UPDATE lovage_message SET custody = " + MessageRows.BACK + ", lease = NULL, since = ?, handed = "
                            + "CASE WHEN at_broker = 1 THEN ? END WHERE lease = ? AND custody = 'LEASED'",
                    Sql.micros(now),
                    Sql.micros(now),
                    lease.incarnation());
            signOff(tx, sql, lease.incarnation());
            return now;
        });
    }

    private void signOff(Tx tx, Sql sql, String incarnation) throws SQLException {
        sql.update("DELETE FROM lovage_worker WHERE incarnation = ?", incarnation);
        database.announce(tx);
    }
}
