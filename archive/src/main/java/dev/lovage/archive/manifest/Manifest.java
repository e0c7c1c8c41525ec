package dev.lovage.archive.manifest;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// A manifest that broke no rule. Made by [Manifests] only.
///
/// @param id of the batch, unique for ever; empty only if the document has none and was read without one
/// @param generation 1 or more: a corrected manifest has the same id and a higher generation
/// @param scannerId of the pool's device
/// @param scannerModel what the device must report
/// @param resolutionDpi nominal; files may have their own
/// @param colorProfile such as `sRGB`; `none` if there is none
/// @param colorMode `bitonal`, `gray` or `rgb`
/// @param bitDepth bits of one pixel
/// @param settings how to capture
/// @param files in the order of `file_paths`; empty for a batch that is still to be captured
/// @param items empty if the whole batch is one item
/// @param metadata the descriptive record of the whole batch, inline
/// @param metadataRef where that record lies, relative to the batch's folder
/// @param document everything as it was sent, not to be changed
/// @param digest SHA-256 of the canonical form ([dev.lovage.custody.ledger.CanonicalJson]), 64 hexadecimal digits: the
///     same for the same content, whatever its white space and order of names
public record Manifest(
        Optional<String> id,
        int generation,
        Optional<Instant> created,
        Optional<String> scannerId,
        String scannerModel,
        int resolutionDpi,
        String colorProfile,
        Optional<String> colorMode,
        Optional<Integer> bitDepth,
        Optional<String> compression,
        Optional<JsonNode> settings,
        List<ManifestFile> files,
        List<ManifestItem> items,
        Optional<JsonNode> metadata,
        Optional<String> metadataRef,
        JsonNode document,
        String digest) {
    public Manifest {
        files = List.copyOf(files);
        items = List.copyOf(items);
    }
}
