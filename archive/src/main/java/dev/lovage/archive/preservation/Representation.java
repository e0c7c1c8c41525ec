package dev.lovage.archive.preservation;

import java.util.List;
import java.util.UUID;

/// Files that together show an item.
///
/// @param represents an [IntellectualEntity]
/// @param files at least one, in order
public record Representation(UUID id, UUID represents, List<UUID> files) implements PremisObject {
    public Representation {
        files = List.copyOf(files);
        if (files.isEmpty()) {
            throw new IllegalArgumentException("A representation has at least one file, but " + id + " has none.");
        }
    }
}
