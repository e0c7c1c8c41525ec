package dev.lovage.engine.store;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/// A worker that has registered and has not left.
///
/// @param beats the counter that its heartbeat advances
/// @param seen by the store's clock, for people only; whether a worker lives is judged by its counter
/// @param tasks the registered names
/// @param homes for each of them the queue that it is sent to unless its sender names another; empty if that is not
/// known
public record WorkerState(
        String incarnation,
        String name,
        long pid,
        Instant started,
        Instant seen,
        long beats,
        List<String> queues,
        List<String> tasks,
        Map<String, String> homes,
        String pool,
        int slots,
        int running) {
    public WorkerState {
        queues = List.copyOf(queues);
        tasks = List.copyOf(tasks);
        homes = Map.copyOf(homes);
    }

    public WorkerState(
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
        this(incarnation, name, pid, started, seen, beats, queues, tasks, Map.of(), pool, slots, running);
    }
}
