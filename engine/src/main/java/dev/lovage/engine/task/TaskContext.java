package dev.lovage.engine.task;

import dev.lovage.engine.canvas.Lineage;
import dev.lovage.engine.log.AttemptLog;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
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
