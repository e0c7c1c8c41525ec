package dev.lovage.engine.store;

import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.message.Message;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// An entry that has not ended, for a person to look at.
///
/// @param tag names it for release, retry and disposal
public record Held(
        long tag,
        Message message,
        Custody custody,
        Optional<String> reason,
        int redelivered,
        int crashes,
        Optional<String> worker,
        Instant sent,
        Instant since,
        List<Happening> history) {
    public Held {
        history = List.copyOf(history);
    }
}
