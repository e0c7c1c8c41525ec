package dev.lovage.archive.bag;

/// What was to be bagged can't be a bag, and trying again does not help.
public final class BagRefused extends RuntimeException {
    BagRefused(String message) {
        super(message);
    }
}
