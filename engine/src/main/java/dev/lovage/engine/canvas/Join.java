package dev.lovage.engine.canvas;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.lovage.engine.json.Json;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// A chord that has begun: it waits for its members and fires its body once.
///
/// @param id the group id of the header
/// @param body the body's signature as JSON text
/// @param members the task ids whose end counts, in the order of their index
/// @param rootId, parentId of the body
public record Join(String id, String body, List<String> members, String rootId, String parentId) {
    public Join {
        members = List.copyOf(members);
    }

    /// The ids of all tasks that belong to it: its members, and each that its body's signature names.
    public Set<String> tasks() {
        var tasks = new LinkedHashSet<>(members);
        collect(Json.read(body.getBytes(UTF_8)), tasks);
        return tasks;
    }

    private static void collect(JsonNode node, Set<String> tasks) {
        var id = node.path("options").path("task_id");
        if (id.isString()) {
            tasks.add(id.stringValue());
        }
        node.forEach(child -> collect(child, tasks));
    }

    /// How one member ended.
    ///
    /// @param result the encoded value, or the encoded failure
    /// @param body the body's signature as JSON text, as the member carried it: a join that was begun
    ///     elsewhere, by Celery's own rules, is known by that alone. Empty where the join itself is at hand
    /// @param rootId of the member's workflow, which the body belongs to; empty where the join itself is at
    ///     hand
    public record End(
            String joinId, int index, String taskId, boolean succeeded, JsonNode result, String body, String rootId) {
        /// Of a join that is at hand.
        public End(String joinId, int index, String taskId, boolean succeeded, JsonNode result, String body) {
            this(joinId, index, taskId, succeeded, result, body, "");
        }
    }
}
