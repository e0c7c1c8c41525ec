package dev.lovage.engine.message;

/// One execution of a task. Celery's retry and replace send the same task id again, so the id alone names no
/// execution.
///
/// @param taskId any string that the sender chose, by convention a UUID
/// @param retries 0 for the first execution
/// @param nesting how often the task was replaced by another signature under the same id
public record ExecutionKey(String taskId, int retries, int nesting) {
    public ExecutionKey {
        if (taskId.isEmpty() || retries < 0 || nesting < 0) {
            throw new IllegalArgumentException("An execution has a task id and counts from 0, but was given task id '"
                    + taskId + "', retries " + retries + ", nesting " + nesting + ".");
        }
    }

    @Override
    public String toString() {
        return taskId + (retries > 0 ? " retry " + retries : "") + (nesting > 0 ? " replaced " + nesting : "");
    }
}
