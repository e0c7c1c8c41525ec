package dev.lovage.archive.preservation;

import java.time.Instant;
import java.util.Set;

/// What a PREMIS document is judged against.
///
/// @param batchStart no event is before this
/// @param now no event is after this
/// @param sha256s of the files that lie in the package
/// @param packageVersion 1 for the first; a document of version 3 has three package creations
public record PremisContext(Instant batchStart, Instant now, Set<String> sha256s, int packageVersion) {
    public PremisContext {
        sha256s = Set.copyOf(sha256s);
        if (packageVersion < 1) {
            throw new IllegalArgumentException("Package versions count from 1, but this is " + packageVersion + ".");
        }
    }
}
