package dev.lovage.engine.store;

import java.time.Instant;
import java.util.List;

/// A worker that has registered and has not left.
///
/// @param beats the counter that its heartbeat advances
/// @param seen by the store's clock, for people only; whether a worker lives is judged by its counter
/// @param tasks the registered names
public record WorkerState(
        String incarnation,
        String name,
        long pid,
        Instant started,
        Instant seen,
        long beats,
        List<String> queues,
        List<String> tasks,
        String pool,
        int slots,
        int running) {
    public WorkerState {
        queues = List.copyOf(queues);
        tasks = List.copyOf(tasks);
    }
}
