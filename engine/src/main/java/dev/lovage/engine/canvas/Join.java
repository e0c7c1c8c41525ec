package dev.lovage.engine.canvas;

import java.util.List;
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
