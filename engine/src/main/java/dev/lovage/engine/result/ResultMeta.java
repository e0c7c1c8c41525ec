package dev.lovage.engine.result;

import java.time.Instant;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// What is recorded of a task's result.
///
/// @param result the encoded value, or Celery's `{"exc_type", "exc_message", "exc_module"}` for a failure
/// @param children the tasks that this one sent, in Celery's tuple form
/// @see <a href="https://docs.celeryq.dev/en/stable/internals/protocol.html">Celery message protocol</a>
public record ResultMeta(
        String taskId,
        String task,
        TaskState state,
        JsonNode result,
        Optional<String> traceback,
        Optional<Instant> dateDone,
        JsonNode children,
        Optional<String> groupId,
        Optional<String> parentId,
        int retries,
        Optional<String> worker) {}
