package dev.lovage.sql.broker;

import dev.lovage.engine.canvas.Join;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.message.Message;
import dev.lovage.engine.message.Request;
import dev.lovage.engine.message.Unreadable;
import dev.lovage.engine.result.ResultMeta;
import dev.lovage.engine.result.TaskState;
import dev.lovage.engine.transport.SharedResults;
import dev.lovage.engine.transport.Staging.Note;
import dev.lovage.sql.database.Dialect;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The table of what results that are shared with Celery have still to be told.
final class NoteRows {
    private static final String FREE = "n.handed IS NULL"
            + " AND NOT EXISTS (SELECT 1 FROM lovage_note e WHERE e.about = n.about AND e.handed IS NOT NULL)";

    private NoteRows() {}

    static void begin(Sql sql, Join join, Instant now) throws SQLException {
        var content = Json.object()
                .put("id", join.id())
                .put("body", join.body())
                .put("root_id", join.rootId())
                .put("parent_id", join.parentId());
        content.set("members", Json.tree(join.members()));
        write(sql, "begin", join.id(), content, now);
    }

    static void end(Sql sql, Join.End end, Instant now) throws SQLException {
        var content = Json.object()
                .put("id", end.joinId())
                .put("index", end.index())
                .put("task_id", end.taskId())
                .put("succeeded", end.succeeded())
                .put("body", end.body())
                .put("root_id", end.rootId());
        content.set("result", end.result());
        write(sql, "end", end.joinId(), content, now);
    }

    /// @param arguments whether to note those of the message, and its queue, too
    static void result(Sql sql, ResultMeta meta, Optional<Message> of, boolean arguments, Instant now)
            throws SQLException {
        var content = Json.object()
                .put("task_id", meta.taskId())
                .put("task", meta.task())
                .put("state", meta.word())
                .put("traceback", meta.traceback().orElse(null))
                .put("date_done", Sql.micros(meta.dateDone()))
                .put("group_id", meta.groupId().orElse(null))
                .put("parent_id", meta.parentId().orElse(null))
                .put("retries", meta.retries())
                .put("worker", meta.worker().orElse(null))
                .put("headers", of.map(Message::headers).orElse("{}"))
                .put("properties", of.map(Message::properties).orElse("{}"));
        content.set("result", meta.result());
        content.set("children", meta.children());
        if (arguments) {
            of.ifPresent(message -> extend(content, message));
        }
        write(sql, "result", meta.taskId(), content, now);
    }

    private static void extend(ObjectNode content, Message message) {
        if (ResultRows.json(message.properties()) instanceof ObjectNode properties
                && properties.at("/delivery_info/routing_key").isMissingNode()) {
            properties.putObject("delivery_info").put("exchange", "").put("routing_key", message.queue());
            content.put("properties", Json.text(properties));
        }
        try {
            var request = Request.read(message);
            var body = Json.array().add(request.args()).add(request.kwargs());
            content.put("body", Json.text(body));
        } catch (Unreadable e) {
            // Then there are no arguments to tell of.
        }
    }

    private static void write(Sql sql, String kind, String about, ObjectNode content, Instant now) throws SQLException {
        sql.update(
                "INSERT INTO lovage_note (kind, about, content, at) VALUES (?, ?, ?, ?)",
                kind,
                about,
                Sql.storable(Json.text(content)),
                Sql.micros(now));
    }

    /// Whether nobody else claims notes until this transaction ends: two that do can't see each other's claims.
    static boolean alone(Sql sql, Dialect dialect) throws SQLException {
        return dialect == Dialect.SQLITE
                || sql.first("SELECT pg_try_advisory_xact_lock(hashtext('lovage_note'))", row -> row.getBoolean(1))
                        .orElseThrow();
    }

    /// Takes the first notes for this process. What another one has still to tell of the same task or join goes
    /// first.
    static List<Note> claim(Sql sql, int max, long bytesMax, long mark) throws SQLException {
        var ids = Size.upTo(
                bytesMax,
                sql.list(
                        "SELECT id, length(content) FROM lovage_note n WHERE " + FREE + " ORDER BY id LIMIT ?",
                        Size::of,
                        max));
        if (ids.isEmpty()) {
            return List.of();
        }
        sql.updateEach(
                "UPDATE lovage_note SET handed = ? WHERE id = ?",
                ids.stream()
                        .<@Nullable Object[]>map(id -> new @Nullable Object[] {mark, id})
                        .toList());
        return sql.list(
                "SELECT id, kind, content FROM lovage_note WHERE id IN (" + Sql.places(ids.size()) + ") ORDER BY id",
                NoteRows::note,
                ids.toArray());
    }

    static boolean any(Sql sql) throws SQLException {
        return sql.exists("SELECT 1 FROM lovage_note n WHERE " + FREE + " LIMIT 1");
    }

    static void done(Sql sql, List<Long> ids) throws SQLException {
        sql.updateEach(
                "DELETE FROM lovage_note WHERE id = ?",
                ids.stream()
                        .<@Nullable Object[]>map(id -> new @Nullable Object[] {id})
                        .toList());
    }

    private static Note note(ResultSet row) throws SQLException {
        var id = row.getLong("id");
        var content = ResultRows.json(row.getString("content"));
        return switch (row.getString("kind")) {
            case "begin" -> new Note.Begin(id, join(content));
            case "end" -> new Note.End(id, end(content));
            default -> new Note.Result(id, written(content));
        };
    }

    private static Join join(JsonNode content) {
        var members = new ArrayList<String>();
        content.get("members").forEach(member -> members.add(member.stringValue()));
        return new Join(
                content.get("id").stringValue(),
                content.get("body").stringValue(),
                members,
                content.get("root_id").stringValue(),
                content.get("parent_id").stringValue());
    }

    private static Join.End end(JsonNode content) {
        return new Join.End(
                content.get("id").stringValue(),
                content.get("index").intValue(),
                content.get("task_id").stringValue(),
                content.get("succeeded").booleanValue(),
                content.get("result"),
                content.get("body").stringValue(),
                content.get("root_id").stringValue());
    }

    private static SharedResults.Written written(JsonNode content) {
        var done = content.path("date_done");
        return new SharedResults.Written(
                new ResultMeta(
                        content.get("task_id").stringValue(),
                        content.get("task").stringValue(),
                        TaskState.of(content.get("state").stringValue()),
                        content.get("result"),
                        text(content, "traceback"),
                        done.isNumber() ? Optional.of(Sql.instant(done.longValue())) : Optional.empty(),
                        content.get("children"),
                        text(content, "group_id"),
                        text(content, "parent_id"),
                        content.get("retries").intValue(),
                        text(content, "worker"),
                        content.get("state").stringValue()),
                content.get("headers").stringValue(),
                content.get("properties").stringValue(),
                content.path("body").asString(""));
    }

    private static Optional<String> text(JsonNode content, String key) {
        return Optional.ofNullable(content.path(key).asString(null));
    }
}
