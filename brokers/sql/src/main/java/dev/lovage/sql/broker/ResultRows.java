package dev.lovage.sql.broker;

import dev.lovage.engine.json.Json;
import dev.lovage.engine.result.ResultMeta;
import dev.lovage.engine.result.TaskState;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// The table of results. A SUCCESS is never overwritten.
final class ResultRows {
    static final String COLUMNS =
            "task_id, task, state, result, traceback, date_done, children, group_id, parent_id, retries, worker";
    private static final String RECORD = """
            INSERT INTO lovage_result (task_id, task, state, result, traceback, date_done, children, group_id,
                group_index, parent_id, retries, worker, at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (task_id) DO UPDATE SET task = excluded.task, state = excluded.state,
                result = excluded.result, traceback = excluded.traceback, date_done = excluded.date_done,
                children = excluded.children, group_id = excluded.group_id,
                group_index = COALESCE(excluded.group_index, lovage_result.group_index),
                parent_id = excluded.parent_id, retries = excluded.retries, worker = excluded.worker,
                at = excluded.at
            WHERE lovage_result.state <> 'SUCCESS'""";
    private static final String INDEX =
            "SELECT idx FROM lovage_join_member WHERE task_id = ? AND join_id = ? ORDER BY idx LIMIT 1";

    private ResultRows() {}

    /// @param headers of the message that ended so, if one did: they hold the index in a group
    static void record(Sql sql, ResultMeta meta, Optional<String> headers, Instant now) throws SQLException {
        var index = Optional.<Integer>empty();
        if (meta.groupId().isPresent()) {
            var given = headers.map(ResultRows::json).orElseGet(Json::nothing).path("group_index");
            index = given.isInt()
                    ? Optional.of(given.intValue())
                    : sql.first(
                            INDEX,
                            row -> row.getInt(1),
                            meta.taskId(),
                            meta.groupId().get());
        }
        sql.update(
                RECORD,
                meta.taskId(),
                meta.task(),
                meta.word(),
                Json.text(meta.result()),
                meta.traceback().map(Sql::storable).orElse(null),
                Sql.micros(meta.dateDone()),
                Json.text(meta.children()),
                meta.groupId().orElse(null),
                index.orElse(null),
                meta.parentId().orElse(null),
                meta.retries(),
                meta.worker().orElse(null),
                Sql.micros(now));
    }

    static ResultMeta read(ResultSet row) throws SQLException {
        return new ResultMeta(
                row.getString("task_id"),
                row.getString("task"),
                TaskState.of(row.getString("state")),
                json(row.getString("result")),
                Sql.text(row, "traceback"),
                Sql.instant(row, "date_done"),
                json(row.getString("children")),
                Sql.text(row, "group_id"),
                Sql.text(row, "parent_id"),
                row.getInt("retries"),
                Sql.text(row, "worker"),
                row.getString("state"));
    }

    static JsonNode json(String text) {
        return Json.read(text.getBytes(StandardCharsets.UTF_8));
    }
}
