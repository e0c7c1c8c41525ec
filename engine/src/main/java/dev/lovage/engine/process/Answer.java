package dev.lovage.engine.process;

import dev.lovage.engine.result.RemoteFailure;
import java.time.Duration;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// How the work of a task ended in a child.
public sealed interface Answer {
    /// It returned, and this is the JSON of what it made.
    record Made(JsonNode value) implements Answer {}

    /// It made nothing.
    sealed interface Unmade extends Answer {}

    /// It threw.
    ///
    /// @param stopped whether it did so because it was told to stop
    record Failed(RemoteFailure failure, boolean stopped) implements Unmade {}

    /// It threw RetryTask.
    record Retry(RemoteFailure cause, Optional<Duration> countdown) implements Unmade {}

    /// It threw IgnoreTask.
    record Ignored() implements Unmade {}

    /// It threw RejectTask.
    record Rejected(String reason, boolean requeue) implements Unmade {}

    /// It threw ReplaceTask.
    ///
    /// @param canvas in Celery's serialized form
    record ReplacedBy(ObjectNode canvas) implements Unmade {}

    /// The child died of it.
    ///
    /// @param evidence in one line
    /// @param log the last lines that the child wrote
    record Crashed(String evidence, String log) implements Unmade {}

    /// The hard limit passed, and the child was killed with all that it had started.
    record LimitPassed(Duration limit, String evidence) implements Unmade {}

    /// It was killed because the worker asked for it.
    record Killed() implements Unmade {}

    /// It never began: no child could be started.
    record NotRun(String why) implements Unmade {}
}
