package dev.lovage.engine.canvas;

import java.util.Optional;

/// Where a message comes from: the first task of its workflow, and the task that sent it.
public record Lineage(Optional<String> rootId, Optional<String> parentId) {
    /// Sent from outside any task.
    public static final Lineage CLIENT = new Lineage(Optional.empty(), Optional.empty());

    public static Lineage of(String rootId, String parentId) {
        return new Lineage(Optional.of(rootId), Optional.of(parentId));
    }
}
