package dev.lovage.sql.broker;

import dev.lovage.engine.broker.Busy;
import dev.lovage.engine.result.ResultBackend;
import dev.lovage.engine.result.ResultMeta;
import dev.lovage.engine.store.ResultWatch;
import dev.lovage.sql.database.Database;
import dev.lovage.sql.database.DatabaseFailed;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// Results in the broker's own database.
final class SqlResults implements ResultBackend {
    private final Database database;
    private final ResultWatch watch;

    SqlResults(Database database) {
        this.database = database;
        this.watch = new ResultWatch(new Source(database));
    }

    private record Source(Database database) implements ResultWatch.Source {
        @Override
        public List<ResultMeta> ready(List<String> taskIds) {
            try {
                return database.read(connection -> new Sql(connection)
                        .list(
                                "SELECT " + ResultRows.COLUMNS + " FROM lovage_result WHERE task_id IN ("
                                        + Sql.places(taskIds.size())
                                        + ") AND state IN ('SUCCESS', 'FAILURE', 'REVOKED')",
                                ResultRows::read,
                                taskIds.toArray()));
            } catch (DatabaseFailed e) {
                throw new Busy(String.valueOf(e.getMessage()));
            }
        }

        @Override
        public long changes() {
            return database.changes();
        }

        @Override
        public void awaitChange(long seen, Duration wait) throws InterruptedException {
            database.awaitChange(seen, wait);
        }
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
