package dev.lovage.engine.process;

import dev.lovage.engine.json.Json;
import dev.lovage.engine.task.TaskContext;
import java.time.Duration;
import java.util.Optional;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// What a child is asked to do.
///
/// @param context its `stopped` does not reach the child; see [ProcessRun]. Its `log` and `states` get what the child
/// logs
///     and tells
/// @param parentId of the message, for the log
public record ChildTask(
        TaskContext context,
        Optional<String> parentId,
        ArrayNode args,
        ObjectNode kwargs,
        Optional<Duration> hardLimit) {
    /// @param number of the turn, so that what is said to it later is not taken for another one's
    byte[] frame(long number) {
        var frame = Json.object()
                .put("task", context.task())
                .put("number", number)
                .put("id", context.id())
                .put("retries", context.retries())
                .put("node", context.node())
                .put("epoch", context.epoch());
        context.lineage().rootId().ifPresent(id -> frame.put("root_id", id));
        context.lineage().parentId().ifPresent(id -> frame.put("parent_id", id));
        context.deadline().ifPresent(at -> frame.put("deadline", at.toString()));
        parentId.ifPresent(id -> frame.put("mdc_parent", id));
        frame.set("headers", context.headers());
        frame.set("args", args);
        frame.set("kwargs", kwargs);
        return Frames.bytes(frame);
    }
}
