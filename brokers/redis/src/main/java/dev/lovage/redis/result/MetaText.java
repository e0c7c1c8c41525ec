package dev.lovage.redis.result;

import dev.lovage.engine.json.Json;
import dev.lovage.engine.message.Times;
import dev.lovage.engine.message.Unreadable;
import dev.lovage.engine.result.ResultMeta;
import dev.lovage.engine.result.TaskState;
import dev.lovage.engine.transport.SharedResults.Written;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A result as Celery's key-value backends keep it: one JSON object.
///
/// @see <a href="https://docs.celeryq.dev/en/stable/internals/protocol.html">Celery message protocol</a>
final class MetaText {
    private MetaText() {}

    /// @param extended whether to tell name, arguments, worker, retries and queue
    static String write(Written written, boolean extended) {
        var meta = written.meta();
        var tree = Json.object();
        tree.put("status", meta.word());
        tree.set("result", meta.result());
        text(tree, "traceback", meta.traceback());
        tree.set("children", meta.children());
        text(tree, "date_done", meta.state().ready() ? meta.dateDone().map(Times::wire) : Optional.empty());
        meta.groupId().ifPresent(id -> tree.put("group_id", id));
        meta.parentId().ifPresent(id -> tree.put("parent_id", id));
        if (extended) {
            var arguments = read(written.body());
            tree.put("name", meta.task());
            tree.set("args", arguments.path(0).isArray() ? arguments.path(0) : Json.nothing());
            tree.set("kwargs", arguments.path(1).isObject() ? arguments.path(1) : Json.nothing());
            text(tree, "worker", meta.worker());
            tree.put("retries", meta.retries());
            var queue = read(written.properties()).path("delivery_info").path("routing_key");
            tree.set("queue", queue.isString() ? queue : Json.nothing());
        }
        tree.put("task_id", meta.taskId());
        return Json.python(tree);
    }

    /// @return empty if `json` is no result that can be read here, such as a pickled one
    static Optional<ResultMeta> read(String taskId, byte[] json) {
        if (!(read(new String(json, StandardCharsets.UTF_8)) instanceof ObjectNode tree)
                || !tree.path("status").isString()) {
            return Optional.empty();
        }
        return Optional.of(new ResultMeta(
                taskId,
                tree.path("name").asString(""),
                TaskState.of(tree.path("status").stringValue()),
                tree.has("result") ? tree.get("result") : Json.nothing(),
                text(tree, "traceback"),
                text(tree, "date_done").flatMap(MetaText::instant),
                tree.has("children") ? tree.get("children") : Json.nothing(),
                text(tree, "group_id"),
                text(tree, "parent_id"),
                tree.path("retries").asInt(0),
                text(tree, "worker"),
                tree.path("status").stringValue()));
    }

    private static Optional<Instant> instant(String text) {
        try {
            return Optional.of(Times.read(text));
        } catch (Unreadable e) {
            return Optional.empty();
        }
    }

    private static JsonNode read(String json) {
        try {
            return json.isEmpty() ? Json.nothing() : Json.read(json.getBytes(StandardCharsets.UTF_8));
        } catch (JacksonException e) {
            return Json.nothing();
        }
    }

    private static void text(ObjectNode tree, String name, Optional<String> value) {
        value.ifPresentOrElse(text -> tree.put(name, text), () -> tree.putNull(name));
    }

    private static Optional<String> text(ObjectNode tree, String name) {
        return tree.path(name).isString() ? Optional.of(tree.get(name).stringValue()) : Optional.empty();
    }
}
