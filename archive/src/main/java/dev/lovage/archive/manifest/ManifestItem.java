package dev.lovage.archive.manifest;

import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// One archival item of a batch.
///
/// @param files paths of [Manifest#files], in the manifest's order
/// @param metadata the descriptive record, inline
/// @param metadataRef where the descriptive record lies, relative to the batch's folder
public record ManifestItem(
        String itemId,
        Optional<String> callNumber,
        Optional<String> title,
        Optional<String> level,
        Optional<String> parent,
        Optional<Integer> pagesExpected,
        List<String> files,
        Optional<String> rightsUri,
        Optional<JsonNode> metadata,
        Optional<String> metadataRef) {
    public ManifestItem {
        files = List.copyOf(files);
    }
}
