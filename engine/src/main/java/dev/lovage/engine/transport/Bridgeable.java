package dev.lovage.engine.transport;

import dev.lovage.engine.store.Backbone;
import java.util.List;

/// A backbone whose store can serve another broker.
public interface Bridgeable extends Backbone {
    /// Changes what becomes of ready entries: asked for once, before anything is published or claimed.
    Staging staging(Staging.Sharing sharing);

    /// What this store, as it is set up, does not promise, each in a sentence with what to change.
    default List<String> weaknesses() {
        return List.of();
    }
}
