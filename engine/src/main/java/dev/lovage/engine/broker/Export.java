package dev.lovage.engine.broker;

import java.util.List;

/// Keeps a copy of what [Broker#purge] is about to end.
@FunctionalInterface
public interface Export {
    /// Of whoever has one already: the broker records the bytes of what it ends in any case.
    Export NONE = _ -> {};

    /// Returns once the copy is durable; what it throws, the purge throws, and these entries stay. Some may be
    /// claimed in the meantime, and are not ended then.
    void keep(List<Long> tags);
}
