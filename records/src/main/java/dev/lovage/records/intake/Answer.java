package dev.lovage.records.intake;

import java.util.Optional;

/// What a deliverer is told.
public sealed interface Answer {
    /// It is ours now, durably.
    ///
    /// @param response the JSON that a repetition of the same delivery gets too, byte for byte
    @SuppressWarnings("ArrayRecordComponent") // handed through to a socket; never compared
    record Accepted(String trackingId, byte[] response, Optional<String> suspectedDuplicateOf) implements Answer {}

    /// The same delivery was accepted before.
    @SuppressWarnings("ArrayRecordComponent") // handed through to a socket; never compared
    record Replayed(String trackingId, byte[] response) implements Answer {}

    /// The same name came with other content. Nothing of it was kept.
    ///
    /// @param trackingId what the first one became
    record Conflict(Optional<String> trackingId) implements Answer {}

    /// The same delivery is being accepted at this moment.
    record Running() implements Answer {}
}
