package dev.lovage.archive.batch;

import java.util.Optional;
import java.util.UUID;

/// A file of a batch.
///
/// @param path in the manifest; `captured/0001` for a page that a capture brought
/// @param place its place in the batch, from 1
/// @param expectedSha256 what the manifest says
/// @param sha256 what was found when it was first read, 64 hexadecimal digits
/// @param size in bytes
/// @param reason why it is in quarantine
public record Item(
        UUID key,
        UUID batch,
        String path,
        int place,
        Optional<String> pageLabel,
        Optional<String> expectedSha256,
        Optional<String> sha256,
        Optional<Long> size,
        State state,
        Optional<String> reason) {
    public enum State {
        REGISTERED,
        /// Its bytes are in the vault, with their digest.
        FIXED,
        /// It is kept, and takes no further part.
        QUARANTINED,
        PACKAGED
    }
}
