package dev.lovage.sql.broker;

import dev.lovage.engine.result.ResultBackend;
import dev.lovage.engine.result.ResultMeta;
import dev.lovage.sql.database.Database;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// Results in the broker's own database.
final class SqlResults implements ResultBackend {
    private final Database database;
    private final ResultWatch watch;

    SqlResults(Database database) {
        this.database = database;
        this.watch = new ResultWatch(database);
    }

    @Override
    public Optional<ResultMeta> result(String taskId) {
        return database.read(connection -> new Sql(connection)
                .first(
                        "SELECT " + ResultRows.COLUMNS + " FROM lovage_result WHERE task_id = ?",
                        ResultRows::read,
                        taskId));
    }

    @Override
    public List<ResultMeta> group(String groupId) {
        return database.read(connection -> new Sql(connection)
                .list(
                        "SELECT " + ResultRows.COLUMNS
                                + " FROM lovage_result WHERE group_id = ? ORDER BY COALESCE(group_index, 2147483647), at",
                        ResultRows::read,
                        groupId));
    }

    @Override
    public Optional<ResultMeta> await(String taskId, Duration wait) throws InterruptedException {
        return watch.await(taskId, wait);
    }

    void close() {
        watch.close();
    }
}
