package dev.lovage.archive.manifest;

import java.time.Instant;
import java.util.Optional;

/// One file of a batch.
///
/// @param path relative to the batch's folder, with `/`
/// @param sha256 64 hexadecimal digits in lower case; empty only if the manifest has no `files`, and then the digest
///     is made when the file is first read
/// @param size in bytes
/// @param sequence the page's place within its item, from 1
/// @param pageLabel what is printed on the page, such as `iv`
/// @param side `recto` or `verso`
/// @param resolutionDpi the file's own, or the batch's
/// @param width in pixels
/// @param height in pixels
public record ManifestFile(
        String path,
        Optional<String> sha256,
        Optional<Long> size,
        Optional<Integer> sequence,
        Optional<String> pageLabel,
        Optional<String> side,
        Role role,
        int resolutionDpi,
        Optional<Integer> width,
        Optional<Integer> height,
        Optional<Instant> capturedAt) {
    /// What a file is for. One that does not say is a master.
    public enum Role {
        MASTER,
        /// The picture of a test chart.
        TARGET,
        ACCESS
    }
}
