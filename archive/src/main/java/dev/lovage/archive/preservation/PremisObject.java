package dev.lovage.archive.preservation;

import java.util.UUID;

/// Something that is preserved.
public sealed interface PremisObject permits IntellectualEntity, Representation, FileObject {
    UUID id();
}
