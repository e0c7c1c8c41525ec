package dev.lovage.archive.description;

/// The descriptive metadata can't be read at all. Permanent: the same bytes are refused each time.
public final class DescriptionRejected extends RuntimeException {
    DescriptionRejected(String message) {
        super(message + " No description was made; the original was not changed.");
    }
}
