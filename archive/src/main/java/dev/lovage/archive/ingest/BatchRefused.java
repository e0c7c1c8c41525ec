package dev.lovage.archive.ingest;

/// What was given is no batch, or not the one that is known by its name. Nothing was taken in.
public final class BatchRefused extends RuntimeException {
    BatchRefused(String message) {
        super(message);
    }
}
