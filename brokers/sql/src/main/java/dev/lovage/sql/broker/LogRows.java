package dev.lovage.sql.broker;

import dev.lovage.engine.log.LogLine;
import dev.lovage.engine.store.Store;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The table of lines that tasks logged.
final class LogRows {
    private static final int TASKS_AT_ONCE = 500;
    private static final String INSERT = """
            INSERT INTO lovage_log (task_id, root_id, retries, epoch, node, at, level, logger, message)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)""";

    private LogRows() {}

    static void insert(Sql sql, List<LogLine> lines) throws SQLException {
        var rows = new ArrayList<@Nullable Object[]>();
        for (var line : lines) {
            rows.add(new Object[] {
                Sql.storable(line.taskId()),
                Sql.storable(line.rootId()),
                line.retries(),
                line.epoch(),
                Sql.storable(line.node()),
                Sql.micros(line.at()),
                Sql.storable(line.level()),
                Sql.storable(line.logger()),
                Sql.storable(line.message())
            });
        }
        sql.updateEach(INSERT, rows);
    }

    /// Never holds more than twice `max` lines, however many there are.
    static Store.Log newest(Sql sql, Set<String> taskIds, int max) throws SQLException {
        var ids = List.copyOf(taskIds);
        var all = 0L;
        List<LogLine> newest = List.of();
        for (int from = 0; from < ids.size(); from += TASKS_AT_ONCE) {
            var some = ids.subList(from, Math.min(ids.size(), from + TASKS_AT_ONCE));
            var where = " FROM lovage_log WHERE task_id IN (" + Sql.places(some.size()) + ")";
            all += sql.first("SELECT COUNT(*)" + where, row -> row.getLong(1), some.toArray())
                    .orElseThrow();
            var args = new ArrayList<Object>(some);
            args.add(max);
            var found = new ArrayList<>(newest);
            found.addAll(
                    sql.list("SELECT *" + where + " ORDER BY at DESC, id DESC LIMIT ?", LogRows::read, args.toArray())
                            .reversed());
            found.sort(Comparator.comparing(LogLine::at));
            newest = List.copyOf(found.subList(Math.max(0, found.size() - max), found.size()));
        }
        return new Store.Log(newest, all - newest.size());
    }

    static Set<String> tasks(Sql sql, Set<String> rootIds) throws SQLException {
        var ids = List.copyOf(rootIds);
        var tasks = new HashSet<String>();
        for (int from = 0; from < ids.size(); from += TASKS_AT_ONCE) {
            var some = ids.subList(from, Math.min(ids.size(), from + TASKS_AT_ONCE));
            tasks.addAll(sql.list(
                    "SELECT DISTINCT task_id FROM lovage_log WHERE root_id IN (" + Sql.places(some.size()) + ")",
                    row -> row.getString(1),
                    some.toArray()));
        }
        return tasks;
    }

    private static LogLine read(ResultSet row) throws SQLException {
        return new LogLine(
                Sql.instant(row.getLong("at")),
                row.getString("task_id"),
                row.getString("root_id"),
                row.getInt("retries"),
                row.getLong("epoch"),
                row.getString("node"),
                row.getString("level"),
                row.getString("logger"),
                row.getString("message"));
    }
}
