package dev.lovage.archive.preservation;

import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// A file.
///
/// @param originalName as it was when the archive got or made it
/// @param size in bytes
/// @param sha256 64 hexadecimal digits in lower case
/// @param formatName such as `Tagged Image File Format`
/// @param pronomId such as `fmt/353`
/// @param derivations what it was made from; empty for what was captured or deposited
public record FileObject(
        UUID id,
        String originalName,
        long size,
        String sha256,
        String formatName,
        Optional<String> pronomId,
        List<Derivation> derivations)
        implements PremisObject {
    /// @param source that this file was made from: a file, or a representation where many files were used
    /// @param event that made it
    public record Derivation(UUID source, UUID event) {}

    public FileObject {
        derivations = List.copyOf(derivations);
        if (size < 0 || !sha256.matches("[0-9a-f]{64}") || formatName.isBlank()) {
            throw new IllegalArgumentException(
                    "A file has a size, a SHA-256 of 64 hexadecimal digits in lower case and a" + " format, but for "
                            + id + " they are " + size + ", '" + sha256 + "' and '" + formatName + "'.");
        }
    }
}
