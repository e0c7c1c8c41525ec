package dev.lovage.engine.worker;

import dev.lovage.engine.result.CeleryError;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// How one execution of a task ended. Each ends in exactly one of these.
public sealed interface Outcome {
    /// The task returned.
    ///
    /// @param sent the tasks that it sent while it ran, in Celery's tuple form
    record Success(JsonNode value, List<JsonNode> sent) implements Outcome {
        public Success {
            sent = List.copyOf(sent);
        }
    }

    /// The task is to run again, after `wait`.
    record Retry(Throwable cause, Duration delay) implements Outcome {}

    /// The task raised an error and has no attempts left.
    record Failure(Throwable cause) implements Outcome {}

    /// The task refused the delivery, or the worker could not finish it: it goes back, or to the dead letters.
    record Reject(String reason, boolean requeue) implements Outcome {}

    /// The task asked that nothing be recorded.
    record Ignore() implements Outcome {}

    /// Another canvas runs under this task's id.
    ///
    /// @param by in Celery's serialized form
    record Replaced(ObjectNode by) implements Outcome {}

    /// The child process that ran the task has died of it: it runs again, with one crash more.
    ///
    /// @param log the last lines that the child wrote
    record Crashed(String evidence, String log) implements Outcome {}

    /// The process that ran the task is gone, this often that it is not run again.
    record Lost(String evidence, boolean quarantine) implements Outcome {}

    /// It was not to run: revoked, or expired, or terminated while it ran.
    record Revoked(String reason) implements Outcome {}

    /// No worker here can read or run it: its bytes are kept.
    record Parked(String reason) implements Outcome {}

    /// One word for metrics and logs.
    default String word() {
        return getClass().getSimpleName().toLowerCase(java.util.Locale.ROOT);
    }

    /// The error of an outcome that ends in the dead letters.
    default Optional<Throwable> forGood() {
        return switch (this) {
            case Failure(var cause) -> Optional.of(cause);
            case Lost(var evidence, var _) -> Optional.of(CeleryError.workerLost(evidence));
            case Reject(var reason, var requeue) ->
                requeue ? Optional.empty() : Optional.of(CeleryError.celery("Reject", reason));
            case Success _, Retry _, Ignore _, Replaced _, Crashed _, Revoked _, Parked _ -> Optional.empty();
        };
    }
}
