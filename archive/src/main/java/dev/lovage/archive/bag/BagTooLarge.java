package dev.lovage.archive.bag;

/// Ends a verification: what it would hold in memory has no bound.
final class BagTooLarge extends RuntimeException {
    private final String file;

    BagTooLarge(String file, String message) {
        super(message, null, false, false);
        this.file = file;
    }

    String file() {
        return file;
    }
}
