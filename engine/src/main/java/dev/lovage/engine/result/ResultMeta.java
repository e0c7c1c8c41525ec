package dev.lovage.engine.result;

import dev.lovage.engine.json.Json;
import java.time.Instant;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// What is recorded of a task's result.
///
/// @param result the encoded value, or Celery's `{"exc_type", "exc_message", "exc_module"}` for a failure
/// @param children the tasks that this one sent, in Celery's tuple form
/// @param word the state's name; of a task that has begun also one of the application's own, such as PROGRESS
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
        Optional<String> worker,
        String word) {
    public ResultMeta {
        if (TaskState.of(word) != state) {
            throw new IllegalArgumentException("The state " + state + " is not written " + word + ".");
        }
    }

    public ResultMeta(
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
            Optional<String> worker) {
        this(
                taskId,
                task,
                state,
                result,
                traceback,
                dateDone,
                children,
                groupId,
                parentId,
                retries,
                worker,
                state.name());
    }

    /// Of a task that runs.
    ///
    /// @param word STARTED, or a state of the application's own
    public static ResultMeta running(
            String taskId, String task, int retries, String worker, String word, JsonNode value) {
        return new ResultMeta(
                taskId,
                task,
                TaskState.STARTED,
                value,
                Optional.empty(),
                Optional.empty(),
                Json.array(),
                Optional.empty(),
                Optional.empty(),
                retries,
                Optional.of(worker),
                word);
    }
}
