package dev.lovage.engine.result;

/// Where a task stands, in Celery's words, and one of our own for work that waits for a person.
public enum TaskState {
    /// Nothing is known of it: sent and waiting, or never sent.
    PENDING,
    STARTED,
    RETRY,
    SUCCESS,
    FAILURE,
    REVOKED,
    /// Kept with its bytes because no worker here can read or run it.
    PARKED;

    /// The state of that name. One of an application's own, such as PROGRESS, says that the task has begun.
    public static TaskState of(String word) {
        for (var state : values()) {
            if (state.name().equals(word)) {
                return state;
            }
        }
        return STARTED;
    }

    /// Whether waiting for the result is over.
    public boolean ready() {
        return this == SUCCESS || this == FAILURE || this == REVOKED;
    }
}
