package dev.lovage.engine.transport;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.lovage.engine.canvas.Join;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.message.Message;
import dev.lovage.engine.message.Request;
import dev.lovage.engine.message.Unreadable;
import dev.lovage.engine.result.ResultMeta;
import dev.lovage.engine.result.TaskState;
import dev.lovage.engine.transport.Staging.Note;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A [Note] as a store keeps it until the results were told of it.
///
/// @param kind `begin`, `end` or `result`
/// @param about the join's id, or the task's
/// @param content a JSON object
public record Noted(String kind, String about, String content) {
    private static final String BEGIN = "begin";
    private static final String END = "end";

    public static Noted begin(Join join) {
        var content = Json.object()
                .put("id", join.id())
                .put("body", join.body())
                .put("root_id", join.rootId())
                .put("parent_id", join.parentId());
        content.set("members", Json.tree(join.members()));
        return new Noted(BEGIN, join.id(), Json.text(content));
    }

    public static Noted end(Join.End end) {
        var content = Json.object()
                .put("id", end.joinId())
                .put("index", end.index())
                .put("task_id", end.taskId())
                .put("succeeded", end.succeeded())
                .put("body", end.body())
                .put("root_id", end.rootId());
        content.set("result", end.result());
        return new Noted(END, end.joinId(), Json.text(content));
    }

    /// @param arguments whether to note those of the message, and its queue, too
    public static Noted result(ResultMeta meta, Optional<Message> of, boolean arguments) {
        var content = content(meta)
                .put("headers", of.map(Message::headers).orElse("{}"))
                .put("properties", of.map(Message::properties).orElse("{}"));
        if (arguments) {
            of.ifPresent(message -> extend(content, message));
        }
        return new Noted("result", meta.taskId(), Json.text(content));
    }

    /// A result alone, for [#meta].
    public static String text(ResultMeta meta) {
        return Json.text(content(meta));
    }

    private static ObjectNode content(ResultMeta meta) {
        var content = Json.object()
                .put("task_id", meta.taskId())
                .put("task", meta.task())
                .put("state", meta.word())
                .put("traceback", meta.traceback().orElse(null))
                .put(
                        "date_done",
                        meta.dateDone()
                                .map(at -> ChronoUnit.MICROS.between(Instant.EPOCH, at))
                                .orElse(null))
                .put("group_id", meta.groupId().orElse(null))
                .put("parent_id", meta.parentId().orElse(null))
                .put("retries", meta.retries())
                .put("worker", meta.worker().orElse(null));
        content.set("result", meta.result());
        content.set("children", meta.children());
        return content;
    }

    private static void extend(ObjectNode content, Message message) {
        if (Json.read(message.properties().getBytes(UTF_8)) instanceof ObjectNode properties
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

    /// @param id by which the store knows it
    public Note note(long id) {
        var read = Json.read(content.getBytes(UTF_8));
        return switch (kind) {
            case BEGIN -> new Note.Begin(id, join(read));
            case END -> new Note.End(id, end(read));
            default ->
                new Note.Result(
                        id,
                        new SharedResults.Written(
                                meta(read),
                                read.get("headers").stringValue(),
                                read.get("properties").stringValue(),
                                read.path("body").asString("")));
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

    /// What [#text] wrote.
    public static ResultMeta meta(String text) {
        return meta(Json.read(text.getBytes(UTF_8)));
    }

    private static ResultMeta meta(JsonNode content) {
        var done = content.path("date_done");
        return new ResultMeta(
                content.get("task_id").stringValue(),
                content.get("task").stringValue(),
                TaskState.of(content.get("state").stringValue()),
                content.get("result"),
                text(content, "traceback"),
                done.isNumber()
                        ? Optional.of(Instant.EPOCH.plus(done.longValue(), ChronoUnit.MICROS))
                        : Optional.empty(),
                content.get("children"),
                text(content, "group_id"),
                text(content, "parent_id"),
                content.get("retries").intValue(),
                text(content, "worker"),
                content.get("state").stringValue());
    }

    private static Optional<String> text(JsonNode content, String key) {
        return Optional.ofNullable(content.path(key).asString(null));
    }
}
