package dev.lovage.engine.payload;

import dev.lovage.engine.blob.BlobRef;
import java.io.IOException;
import java.time.Instant;
import java.util.Set;
import java.util.function.Supplier;

/// Keeps arguments that are too long for a message, by their digest, as long as something names them.
///
/// Invariants:
/// 1. When `keep` has returned, the bytes are durable. The message that names them is sent afterwards: a crash
///    in between leaves bytes that nothing names, and never a message without its bytes.
/// 2. What `fetch` returns is what was kept.
/// 3. What was kept lately stays, named or not: somebody may be about to send what names it.
public interface Payloads {
    /// Keeps nothing: what is too long is refused.
    Payloads NONE = new NoPayloads();

    /// The most that one payload has.
    int bytesMax();

    /// The same bytes kept again are new again, and whole again should they have been damaged.
    ///
    /// @throws PayloadsAway if they can't be written just now
    BlobRef keep(byte[] bytes, String mediaType);

    /// @throws java.nio.file.NoSuchFileException if it is not there
    /// @throws dev.lovage.engine.blob.BlobDamaged if it is not what was kept
    byte[] fetch(BlobRef ref) throws IOException;

    /// Removes what was last kept before a time and is named by nothing.
    ///
    /// @param named the digests that something names; asked once what might go is known, and not asked if
    ///     nothing might
    /// @return how many
    int sweep(Instant before, Supplier<Set<String>> named);
}
