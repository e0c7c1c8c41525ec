package dev.lovage.engine.result;

/// A failure that Python catches as a class of its own, such as `celery.exceptions.ChordError`.
public interface KnownToCelery {
    /// Of Python's class.
    String module();

    /// Its qualified name.
    String type();
}
