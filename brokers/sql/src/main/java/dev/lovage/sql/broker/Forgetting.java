package dev.lovage.sql.broker;

import dev.lovage.sql.database.Database;
import java.time.Instant;
import java.util.List;

/// Forgets what is old and over: never anything of a task that has an entry left, nor a result that an open join
/// still waits for. How its attempts went and what they logged goes after its result and its executions.
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
}
