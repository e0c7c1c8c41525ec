package dev.lovage.engine;

import dev.lovage.engine.task.Task;
import dev.lovage.engine.task.Tasks;
import dev.lovage.engine.task.TypeRef;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// Celery's own tasks that a worker has to have.
final class Builtins {
    /// Celery's `accumulate(*args, index=None)`, as canvases send it: one list in, the list out.
    record Accumulate(List<JsonNode> results, Optional<Integer> index) {}

    private static final Task<Accumulate, List<JsonNode>> ACCUMULATE =
            Task.named("celery.accumulate", Accumulate.class, new TypeRef<List<JsonNode>>() {});

    private Builtins() {}

    static void register(Tasks tasks) {
        tasks.handle(ACCUMULATE, Accumulate::results);
    }
}
