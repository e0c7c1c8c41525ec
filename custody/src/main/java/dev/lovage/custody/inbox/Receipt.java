package dev.lovage.custody.inbox;

import java.util.Optional;

/// What the inbox knows of a key that has just come in.
public sealed interface Receipt {
    /// The key was never seen. It is now written, in the caller's transaction; the caller does the work and calls
    /// [Inbox#complete].
    record New() implements Receipt {}

    /// The same key with the same content was finished before: answer this, byte for byte.
    ///
    /// @param reference what the first one became, such as a tracking id
    @SuppressWarnings("ArrayRecordComponent") // handed through to a socket; never compared
    record Replay(byte[] response, String reference) implements Receipt {}

    /// The same key with the same content is in work, in a transaction that has not completed it.
    record StillRunning() implements Receipt {}

    /// The same key came with other content. Nothing was written.
    ///
    /// @param reference what the first one became, empty while it is still in work
    record Conflict(Optional<String> reference) implements Receipt {}
}
