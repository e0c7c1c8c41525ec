package dev.lovage.engine.canvas;

import tools.jackson.databind.node.ObjectNode;

/// Work to be sent: one task, or several composed. `O` is what its result holds.
public sealed interface Canvas<O> permits Signature, Chain, Group, Chord {
    /// Celery's serialized form, with the keys `task`, `args`, `kwargs`, `options`, `subtask_type` and
    /// `immutable`. The caller owns the copy.
    ObjectNode node();

    /// The type of the result, as `java.lang.reflect.Type`.
    java.lang.reflect.Type result();
}
