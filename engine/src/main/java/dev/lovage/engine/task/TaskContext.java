package dev.lovage.engine.task;

import dev.lovage.engine.canvas.Lineage;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.log.AttemptLog;
import dev.lovage.engine.result.TaskState;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What a handler can know of the execution it runs in.
///
/// @param chord the body of the chord whose member this is, in Celery's form; empty in a child process
/// @param deadline when the soft limit passes
/// @param node the worker that runs it, by its name
/// @param epoch counts the times that this execution was started; work of an older epoch changes nothing
/// @param log where the lines go that an appender finds it has logged; handlers log through SLF4J
/// @param stopped why the handler is to stop, once it is; see [#checkDeadline]
/// @param states takes what [#state] tells
/// @param sent what the handler has sent so far, in Celery's tuple form; of a handler in a child process, this
///     stays there
public record TaskContext(
        String id,
        String task,
        int retries,
        Lineage lineage,
        Optional<ObjectNode> chord,
        String node,
        Optional<Instant> deadline,
        long epoch,
        ObjectNode headers,
        AttemptLog log,
        AtomicReference<Optional<RuntimeException>> stopped,
        BiConsumer<String, JsonNode> states,
        List<JsonNode> sent) {
    /// Bound by the worker while a handler runs.
    public static final ScopedValue<TaskContext> CURRENT = ScopedValue.newInstance();

    /// @throws IllegalStateException outside a task
    public static TaskContext current() {
        if (!CURRENT.isBound()) {
            throw new IllegalStateException(
                    "TaskContext.current() was called outside a task. Only a handler has one, on "
                            + "the thread that the worker called it on.");
        }
        return CURRENT.get();
    }

    /// Records how far the task has come, for whoever looks at its result meanwhile: Celery's `update_state`. The
    /// task's end replaces it. Each call is a write to the store; one that fails is logged, and the task goes on.
    ///
    /// @param state a word of the application's own, such as `PROGRESS`
    /// @param value what belongs to it, encoded as JSON, such as a map of `current` and `total`
    /// @throws IllegalArgumentException for a state of Celery's or ours; nothing was recorded
    public void state(String state, Object value) {
        if (state.isBlank()
                || Arrays.stream(TaskState.values()).anyMatch(one -> one.name().equals(state))) {
            throw new IllegalArgumentException("A task that runs can't come to the state '" + state
                    + "'. Nothing was recorded. Use a word of your own, such as PROGRESS; how a task ends is told by"
                    + " returning or throwing.");
        }
        states.accept(state, Json.tree(value));
    }

    /// For handlers that compute without blocking: a soft limit and a termination reach them here.
    ///
    /// @throws SoftTimeLimitExceeded when the soft limit has passed
    /// @throws TaskRevoked when the task was revoked with termination
    public void checkDeadline() {
        stopped.get().ifPresent(reason -> {
            throw reason;
        });
    }

    /// The reason to stop, if `failure` is it, or comes of the interrupt that announced it, however often it
    /// was wrapped.
    public Optional<RuntimeException> stoppedBy(Throwable failure) {
        return stopped.get().filter(reason -> failure == reason || isInterrupted(failure));
    }

    private static boolean isInterrupted(Throwable failure) {
        for (Throwable one = failure; one != null; one = one.getCause()) {
            if (one instanceof InterruptedException
                    || one instanceof InterruptedIOException
                    || one instanceof ClosedByInterruptException) {
                return true;
            }
        }
        return false;
    }

    /// Time left until `deadline`, from the given instant.
    public Optional<Duration> left(Instant now) {
        return deadline.map(at -> Duration.between(now, at));
    }
}
