package dev.lovage.archive.preservation;

import java.util.UUID;

/// What the files are of: one item of a batch.
///
/// @param name as its owner names it
public record IntellectualEntity(UUID id, String name) implements PremisObject {}
