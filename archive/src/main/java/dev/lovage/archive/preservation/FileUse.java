package dev.lovage.archive.preservation;

import java.util.Locale;

/// What a file of a package is for.
public enum FileUse {
    PRESERVATION,
    ACCESS,
    THUMBNAIL,
    OCR;

    String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
