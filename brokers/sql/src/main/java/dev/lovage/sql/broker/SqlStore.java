package dev.lovage.sql.broker;

import dev.lovage.engine.broker.Busy;
import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.broker.Lease;
import dev.lovage.engine.broker.LeaseLost;
import dev.lovage.engine.canvas.Join;
import dev.lovage.engine.canvas.Plan;
import dev.lovage.engine.log.LogLine;
import dev.lovage.engine.message.ExecutionKey;
import dev.lovage.engine.payload.ByReference;
import dev.lovage.engine.result.ResultMeta;
import dev.lovage.engine.store.Happening;
import dev.lovage.engine.store.Held;
import dev.lovage.engine.store.Store;
import dev.lovage.engine.store.Transition;
import dev.lovage.engine.store.WorkerState;
import dev.lovage.engine.tx.Tx;
import dev.lovage.sql.database.Database;
import dev.lovage.sql.database.DatabaseFailed;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Executions, timers, held entries, revokes, workers and joins, beside the messages in one database.
///
/// Invariants:
/// 1. A row under claim changes only after its incarnation and epoch were compared, in the same transaction.
/// 2. Ending a row ends its execution in the same transaction: there is a row as long as it is open.
final class SqlStore implements Store {
    private final Database database;
    private final StoreClock clock;
    private final PlanWriter plans;
    private final JoinRows joins;
    private final Disposal disposal;
    private final WorkerRows workers;

    SqlStore(Database database, StoreClock clock, PlanWriter plans, JoinRows joins, Disposal disposal) {
        this.database = database;
        this.clock = clock;
        this.plans = plans;
        this.joins = joins;
        this.disposal = disposal;
        this.workers = new WorkerRows(database, clock);
    }

    @Override
    public boolean transactional() {
        return true;
    }

    /// In a group with others, unless it ends members of joins: what waits for a join's row would else keep a
    /// whole group.
    @Override
    public void settle(Lease lease, Transition transition) {
        Database.Unit<Transition> unit = tx -> apply(tx, lease, transition, ignored -> {});
        untilItIsBack(() -> transition.send().ends().isEmpty() ? database.write(unit) : database.writeAlone(unit));
    }

    @Override
    public void settle(Lease lease, Transition transition, Effects effects) {
        untilItIsBack(() -> database.writeAlone(tx -> apply(tx, lease, transition, effects)));
    }

    /// A settlement that did not reach the database, or whose commit is uncertain, is to be tried again: the
    /// epoch keeps it from happening twice.
    private static void untilItIsBack(Supplier<Transition> settlement) {
        try {
            var _ = settlement.get();
        } catch (DatabaseFailed e) {
            throw e.passing() ? new Busy(String.valueOf(e.getMessage())) : e;
        }
    }

    private Transition apply(Tx tx, Lease lease, Transition transition, Effects effects) throws SQLException {
        var sql = new Sql(tx.connection());
        var now = clock.now();
        var delivery = transition.delivery();
        var key = delivery.message().execution();
        if (!sql.exists(
                "SELECT 1 FROM lovage_message WHERE id = ? AND custody = 'LEASED' AND lease = ? AND epoch = ?"
                        + database.dialect().forUpdate(),
                delivery.tag(),
                lease.incarnation(),
                delivery.epoch())) {
            throw new LeaseLost("Settling " + delivery.message().task() + "[" + key + "] under epoch "
                    + delivery.epoch() + " by " + lease.worker());
        }
        write(effects, tx);
        for (var result : transition.results()) {
            plans.record(sql, result, Optional.of(delivery.message()), now);
        }
        if (transition.happened().isPresent()) {
            MessageRows.happened(sql, key.taskId(), transition.happened().get());
        }
        if (transition.to().isPresent()) {
            hold(sql, transition, transition.to().get(), now);
        } else {
            MessageRows.end(sql, delivery.tag(), key, endedAs(transition), now);
        }
        plans.follow(tx, transition.send(), now);
        database.announce(tx);
        return transition;
    }

    /// Whatever the effects throw leaves the transaction as it is, and rolls it back.
    private static void write(Effects effects, Tx tx) throws SQLException {
        try {
            effects.write(tx);
        } catch (SQLException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            SqlStore.<RuntimeException>throwOn(e);
        }
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <E extends Exception> void throwOn(Exception e) throws E {
        throw (E) e;
    }

    private static void hold(Sql sql, Transition transition, Custody to, Instant now) throws SQLException {
        if (transition.crash().isPresent()) {
            sql.update(
                    "UPDATE lovage_message SET crashes = crashes + 1, evidence = ?, fail_on_loss = early WHERE id = ?",
                    Sql.storable(transition.crash().get()),
                    transition.delivery().tag());
        }
        sql.update(
                "UPDATE lovage_message SET custody = ?, lease = NULL, at_broker = 0, handed = NULL, reason = ?, since = ?"
                        + " WHERE id = ?",
                to.name(),
                transition.reason().map(Sql::storable).orElse(null),
                Sql.micros(now),
                transition.delivery().tag());
        if (transition.due().isPresent()) {
            sql.update(
                    "UPDATE lovage_message SET eta = ? WHERE id = ?",
                    Sql.micros(transition.due().get()),
                    transition.delivery().tag());
        }
    }

    private static String endedAs(Transition transition) {
        return transition.results().isEmpty()
                ? transition.happened().map(Happening::what).orElse("ended")
                : transition.results().getLast().state().name();
    }

    @Override
    public void state(Lease lease, long tag, String state, JsonNode value) {
        database.write(tx -> {
            var sql = new Sql(tx.connection());
            var message = sql.first(
                    "SELECT " + MessageRows.COLUMNS
                            + " FROM lovage_message WHERE id = ? AND custody = 'LEASED' AND lease = ?"
                            + database.dialect().forUpdate(),
                    MessageRows::message,
                    tag,
                    lease.incarnation());
            if (message.isPresent()) {
                var key = message.get().execution();
                plans.record(
                        sql,
                        ResultMeta.running(
                                key.taskId(), message.get().task(), key.retries(), lease.worker(), state, value),
                        message,
                        clock.now());
                database.announce(tx);
            }
            return tag;
        });
    }

    @Override
    public Instant now() {
        return clock.now();
    }

    @Override
    public void register(Lease lease, WorkerState state) {
        workers.register(lease, state);
    }

    @Override
    public void beat(Lease lease, int running) {
        workers.beat(lease, running);
    }

    @Override
    public List<WorkerState> workers() {
        return workers.all();
    }

    @Override
    public int bury(String incarnation, long beats, String evidence) {
        return workers.bury(incarnation, beats, evidence);
    }

    @Override
    public void leave(Lease lease) {
        workers.leave(lease);
    }

    @Override
    public List<Held> held(Set<Custody> custodies, int max) {
        if (custodies.isEmpty()) {
            return List.of();
        }
        var args = new Object[custodies.size() + 1];
        var next = 0;
        for (var custody : custodies) {
            args[next++] = custody.name();
        }
        args[next] = max;
        // By way of the queues, because the index of custodies begins with them; a large backlog is not read.
        var where = "WHERE id IN (SELECT id FROM lovage_message WHERE custody IN (" + Sql.places(custodies.size())
                + ") AND queue IN (SELECT DISTINCT queue FROM lovage_message) ORDER BY id LIMIT ?) ORDER BY id";
        return database.read(connection -> MessageRows.held(new Sql(connection), where, args));
    }

    @Override
    public Optional<Held> find(long tag) {
        return database.read(connection -> MessageRows.held(new Sql(connection), "WHERE id = ?", tag)).stream()
                .findFirst();
    }

    @Override
    public List<Held> findTask(String taskId) {
        return database.read(
                connection -> MessageRows.held(new Sql(connection), "WHERE task_id = ? ORDER BY id", taskId));
    }

    @Override
    public boolean release(long tag, String reason, String by) {
        return database.write(tx -> {
            var sql = new Sql(tx.connection());
            var now = clock.now();
            var key = sql.first(
                    "SELECT task_id, retries, nesting FROM lovage_message"
                            + " WHERE id = ? AND custody IN ('PARKED', 'QUARANTINED', 'DEAD')"
                            + database.dialect().forUpdate(),
                    MessageRows::key,
                    tag);
            if (key.isEmpty()) {
                return false;
            }
            sql.update(
                    "UPDATE lovage_message SET custody = 'READY', crashes = 0, evidence = NULL, fail_on_loss = 0,"
                            + " lease = NULL, handed = NULL, reason = ?, since = ? WHERE id = ?",
                    Sql.storable(reason),
                    Sql.micros(now),
                    tag);
            sql.update(
                    "DELETE FROM lovage_result WHERE task_id = ? AND state IN ('FAILURE', 'PARKED')",
                    key.get().taskId());
            MessageRows.happened(
                    sql, key.get().taskId(), new Happening(now, key.get().retries(), "released", reason, "", by));
            database.announce(tx);
            return true;
        });
    }

    @Override
    public boolean dispose(Tx tx, long tag, String reason, String by) {
        try {
            return disposal.dispose(tx, tag, reason, by, clock.now());
        } catch (SQLException e) {
            throw new PublicationFailed(e);
        }
    }

    @Override
    public List<Happening> history(String taskId) {
        return database.read(connection -> MessageRows.history(new Sql(connection), taskId));
    }

    /// What may have been written is not written again: a line is missing rather than there twice.
    @Override
    public void keep(List<LogLine> lines) {
        try {
            var _ = database.write(tx -> {
                LogRows.insert(new Sql(tx.connection()), lines);
                return lines.size();
            });
        } catch (DatabaseFailed e) {
            throw e.passing() && !e.uncertain() ? new Busy(String.valueOf(e.getMessage())) : e;
        }
    }

    @Override
    public Log log(Set<String> taskIds, int max) {
        return database.read(connection -> LogRows.newest(new Sql(connection), taskIds, max));
    }

    @Override
    public Set<String> tasksOf(Set<String> rootIds) {
        return database.read(connection -> {
            var sql = new Sql(connection);
            var tasks = LogRows.tasks(sql, rootIds);
            tasks.addAll(JoinRows.tasks(sql, rootIds));
            return tasks;
        });
    }

    @Override
    public void revoke(Collection<String> taskIds, boolean terminate) {
        var now = Sql.micros(clock.now());
        var rows = new ArrayList<@Nullable Object[]>();
        for (var id : taskIds) {
            rows.add(new Object[] {Sql.storable(id), terminate ? 1 : 0, now});
        }
        database.write(tx -> {
            new Sql(tx.connection())
                    .updateEach(
                            "INSERT INTO lovage_revoke (task_id, terminate, at) VALUES (?, ?, ?) ON CONFLICT (task_id)"
                                    + " DO UPDATE SET at = excluded.at,"
                                    + " terminate = CASE WHEN excluded.terminate = 1 THEN 1 ELSE lovage_revoke.terminate END",
                            rows);
            return rows.size();
        });
    }

    @Override
    public Map<String, Boolean> revoked(Set<String> taskIds) {
        if (taskIds.isEmpty()) {
            return Map.of();
        }
        return database.read(connection -> {
            var revoked = new HashMap<String, Boolean>();
            new Sql(connection)
                    .list(
                            "SELECT task_id, terminate FROM lovage_revoke WHERE task_id IN ("
                                    + Sql.places(taskIds.size()) + ")",
                            row -> revoked.put(row.getString(1), row.getInt(2) == 1),
                            taskIds.toArray());
            return revoked;
        });
    }

    @Override
    public List<String> revokes(int max) {
        return database.read(connection -> new Sql(connection)
                .list("SELECT task_id FROM lovage_revoke ORDER BY at DESC LIMIT ?", row -> row.getString(1), max));
    }

    @Override
    public List<Join> stalled(int max) {
        return database.read(connection -> joins.stalled(new Sql(connection), max));
    }

    @Override
    public void closeStalled(String joinId, String reason) {
        database.writeAlone(tx -> {
            var now = clock.now();
            plans.write(
                    tx,
                    joins.closeStalled(new Sql(tx.connection()), joinId, reason, now)
                            .orElse(Plan.NOTHING),
                    now);
            return joinId;
        });
    }

    @Override
    public List<Entry> inventory() {
        return database.read(connection -> new Sql(connection)
                .list(
                        "SELECT task_id, retries, nesting, custody, queue, task, subject FROM lovage_message ORDER BY id",
                        row -> new Entry(
                                new ExecutionKey(row.getString(1), row.getInt(2), row.getInt(3)),
                                MessageRows.custody(row.getString(4)),
                                row.getString(5),
                                row.getString(6),
                                Optional.ofNullable(row.getString(7)))));
    }

    /// Alone, because it holds the line's row, for which others may wait.
    @Override
    public Optional<Instant> admit(String task, ExecutionKey execution, Duration step) {
        return database.writeAlone(
                tx -> RateRows.admit(new Sql(tx.connection()), database.dialect(), task, execution, step, clock.now()));
    }

    /// In one statement, which sees one moment: what moves from one table to another is in either.
    @Override
    public Set<String> payloads() {
        var texts = database.read(connection -> new Sql(connection)
                .list(
                        "SELECT payloads FROM lovage_message WHERE payloads IS NOT NULL"
                                + " UNION ALL SELECT payloads FROM lovage_disposed WHERE payloads IS NOT NULL"
                                + " UNION ALL SELECT body FROM lovage_join WHERE closed = 0 AND body LIKE '%"
                                + ByReference.NAME
                                + "%' UNION ALL SELECT content FROM lovage_note WHERE content LIKE '%"
                                + ByReference.NAME + "%'",
                        row -> row.getString(1)));
        var named = new HashSet<String>();
        texts.forEach(text -> ByReference.digests(text, named));
        return named;
    }

    @Override
    public int forget(Duration keep) {
        return new Forgetting(database).olderThan(clock.now().minus(keep));
    }
}
