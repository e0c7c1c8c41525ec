package dev.lovage.archive.ingest;

/// A package that was just written does not stand up to its own checks. Nothing was accepted; the package was removed.
public final class PackageInvalid extends RuntimeException {
    PackageInvalid(String message) {
        super(message);
    }
}
