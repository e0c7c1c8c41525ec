package dev.lovage.engine.log;

import java.time.Instant;

/// A line that a task logged.
///
/// @param at by the store's clock
/// @param epoch counts the starts of this execution, 1 for the first
/// @param node the worker that ran it, by its name
/// @param level as the logger calls it, such as `INFO`
/// @param message what the console shows of it, and the exception's trace; not longer than an [AttemptLog] lets
///     it be
public record LogLine(
        Instant at,
        String taskId,
        String rootId,
        int retries,
        long epoch,
        String node,
        String level,
        String logger,
        String message) {
    /// Counts the starts of the task, 1 for the first.
    public long attempt() {
        return retries + epoch;
    }
}
