package dev.lovage.engine.transport;

import dev.lovage.engine.store.Backbone;
import java.util.List;
import java.util.Optional;

/// A backbone whose messages are moved by a [Transport].
public interface Transported extends Backbone {
    Transport transport();

    /// What the broker, and a store beside it, do not promise as they are set up, each in a sentence with what to
    /// change.
    default List<String> weaknesses() {
        return transport().weaknesses();
    }

    /// The results that Celery shares, if chords join there.
    Optional<SharedResults> joins();
}
