package dev.lovage.engine.transport;

import dev.lovage.engine.store.Backbone;
import java.util.Optional;

/// A backbone whose messages are moved by a [Transport].
public interface Transported extends Backbone {
    Transport transport();

    /// The results that Celery shares, if chords join there.
    Optional<SharedResults> joins();
}
