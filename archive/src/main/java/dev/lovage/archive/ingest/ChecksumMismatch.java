package dev.lovage.archive.ingest;

/// A file does not have the digest that it is to have. It is not tried again: a read error would have been an
/// [java.io.IOException].
public final class ChecksumMismatch extends RuntimeException {
    ChecksumMismatch(String file, String expected, String found) {
        super(file + " has the SHA-256 " + found + ", and " + expected
                + " was expected. The file was left as it is. Copy it anew from its source.");
    }
}
