package dev.lovage.archive.preservation;

/// A metadata document is not what it must be, and reading it again does not help.
public final class MetadataRefused extends RuntimeException {
    MetadataRefused(String message) {
        super(message);
    }

    MetadataRefused(String message, Throwable cause) {
        super(message, cause);
    }
}
