package dev.lovage.sql.broker;

import dev.lovage.engine.message.Message;
import dev.lovage.sql.database.Database;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Forgets what is old and over: never anything of a task that has an entry left, nor a result that an open
/// join still waits for. How its attempts went and what they logged goes after its result and its executions.
final class Forgetting {
    private static final int AT_ONCE = 2_000;

    /// Results and executions, in this order; these are counted.
    private static final List<String> COUNTED = List.of("""
            DELETE FROM lovage_result WHERE task_id IN (SELECT r.task_id FROM lovage_result r WHERE r.at < ?
                AND NOT EXISTS (SELECT 1 FROM lovage_message m WHERE m.task_id = r.task_id)
                AND NOT EXISTS (SELECT 1 FROM lovage_join_member k JOIN lovage_join j ON j.id = k.join_id
                    WHERE k.task_id = r.task_id AND j.closed = 0)
                LIMIT ?)""", """
            DELETE FROM lovage_execution WHERE state = 'ended' AND at < ?
                AND task_id IN (SELECT e.task_id FROM lovage_execution e WHERE e.state = 'ended' AND e.at < ?
                    AND NOT EXISTS (SELECT 1 FROM lovage_message m WHERE m.task_id = e.task_id)
                    AND NOT EXISTS (SELECT 1 FROM lovage_join_member k JOIN lovage_join j ON j.id = k.join_id
                        WHERE k.task_id = e.task_id AND j.closed = 0)
                    LIMIT ?)""");

    private static final List<String> BESIDE = List.of("""
            DELETE FROM lovage_join_member WHERE join_id IN
                (SELECT id FROM lovage_join WHERE closed = 1 AND at < ?)""", """
            DELETE FROM lovage_join WHERE closed = 1 AND at < ?""", """
            DELETE FROM lovage_revoke WHERE at < ?
                AND NOT EXISTS (SELECT 1 FROM lovage_message m WHERE m.task_id = lovage_revoke.task_id)""");

    /// What a join here waits for.
    private static final String AWAITED = """
            EXISTS (SELECT 1 FROM lovage_join j WHERE j.closed = 0 AND (j.id = m.join_id
                OR (m.joins IS NOT NULL AND m.joins LIKE '%' || j.id || '%')))""";

    /// Tables of what is left of attempts: many rows of one task.
    private static final List<String> ATTEMPTS = List.of("lovage_happening", "lovage_log");

    private static final String OF_FORGOTTEN = """
            DELETE FROM %1$s WHERE id IN (SELECT a.id FROM %1$s a WHERE a.at < ?
                AND NOT EXISTS (SELECT 1 FROM lovage_message m WHERE m.task_id = a.task_id)
                AND NOT EXISTS (SELECT 1 FROM lovage_execution e WHERE e.task_id = a.task_id)
                AND NOT EXISTS (SELECT 1 FROM lovage_result r WHERE r.task_id = a.task_id)
                LIMIT ?)""";

    private final Database database;

    Forgetting(Database database) {
        this.database = database;
    }

    /// @return how many results and executions
    int olderThan(Instant time) {
        var before = Sql.micros(time);
        var all = 0;
        for (int counted = 0; counted < COUNTED.size(); counted++) {
            var sql = COUNTED.get(counted);
            all += inParts(sql, counted == 0 ? new Object[] {before, AT_ONCE} : new Object[] {before, before, AT_ONCE});
        }
        for (var table : ATTEMPTS) {
            var _ = inParts(OF_FORGOTTEN.formatted(table), before, AT_ONCE);
        }
        for (var sql : BESIDE) {
            database.write(tx -> new Sql(tx.connection()).update(sql, before));
        }
        for (var sql : RateRows.FORGET) {
            database.write(tx -> new Sql(tx.connection()).update(sql, before));
        }
        return all;
    }

    /// What went on to another broker before `time`, and of whose end nobody told. Its execution is forgotten
    /// with it, rather than ended: should it lie there still, it is run. What waits at the broker for its time
    /// counts from that time on.
    ///
    /// @param except queues that are left alone
    /// @return how many
    int sentBefore(Instant time, Set<String> except) {
        var args = new ArrayList<Object>(List.of(Sql.micros(time)));
        args.addAll(except);
        args.add(AT_ONCE);
        var all = 0;
        List<Away> some;
        do {
            some = database.write(tx -> {
                var sql = new Sql(tx.connection());
                var found = sql.list(
                        "SELECT m.id, m.task_id, m.retries, m.nesting, m.queue, m.headers, m.properties"
                                + " FROM lovage_message m"
                                + " WHERE m.custody = 'SENT' AND m.since < ?"
                                + (except.isEmpty() ? "" : " AND m.queue NOT IN (" + Sql.places(except.size()) + ")")
                                + " AND NOT " + AWAITED + " ORDER BY m.since LIMIT ?"
                                + database.dialect().skipLocked(),
                        row -> new Away(
                                row.getLong(1),
                                new @Nullable Object[] {row.getString(2), row.getInt(3), row.getInt(4)},
                                Message.received(row.getString(5), row.getString(6), row.getString(7), new byte[0])
                                        .eta()
                                        .filter(time::isBefore)),
                        args.toArray());
                sql.updateEach(
                        "UPDATE lovage_message SET since = ? WHERE id = ?",
                        found.stream()
                                .filter(one -> one.due().isPresent())
                                .<@Nullable Object[]>map(
                                        one -> new @Nullable Object[] {Sql.micros(one.due()), one.id()})
                                .toList());
                var gone = found.stream().filter(one -> one.due().isEmpty()).toList();
                sql.updateEach(
                        "DELETE FROM lovage_message WHERE id = ?",
                        gone.stream()
                                .<@Nullable Object[]>map(one -> new @Nullable Object[] {one.id()})
                                .toList());
                sql.updateEach(
                        "DELETE FROM lovage_execution WHERE task_id = ? AND retries = ? AND nesting = ?",
                        gone.stream().map(Away::execution).toList());
                return found;
            });
            all += (int) some.stream().filter(one -> one.due().isEmpty()).count();
        } while (!some.isEmpty());
        return all;
    }

    /// So that nobody waits for long.
    private int inParts(String sql, Object... args) {
        var all = 0;
        int some;
        do {
            some = database.write(tx -> new Sql(tx.connection()).update(sql, args));
            all += some;
        } while (some > 0);
        return all;
    }

    /// @param due when it leaves the broker's delay levels, where that is later than what is forgotten
    private record Away(long id, @Nullable Object[] execution, Optional<Instant> due) {}
}
