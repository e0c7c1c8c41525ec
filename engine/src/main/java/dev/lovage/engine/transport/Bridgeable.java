package dev.lovage.engine.transport;

import dev.lovage.engine.store.Backbone;

/// A backbone whose store can serve another broker.
public interface Bridgeable extends Backbone {
    /// Changes what becomes of ready entries: asked for once, before anything is published or claimed.
    Staging staging(Staging.Sharing sharing);
}
