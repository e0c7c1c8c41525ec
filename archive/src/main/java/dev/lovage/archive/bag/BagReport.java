package dev.lovage.archive.bag;

import java.util.List;
import java.util.Set;

/// What [BagVerifier] found. The words are those of RFC 8493, section 3: a bag is complete when everything
/// that it lists is there and in form, and valid when it is complete and every digest is right.
///
/// A bag with a `fetch.txt` whose files were not fetched is neither, and [#awaitsFetch] tells it from a bad
/// one. The Library of Congress' conformance suite has such a bag among those that must pass, `holey-bag`:
/// there the files were fetched.
///
/// @param version of BagIt, such as `1.0`; empty if `bagit.txt` does not say
/// @param problems at most 1000
/// @param kinds of all problems, also of those left out
/// @param problemCount all of them
/// @param payloadFiles found in the bag
/// @param payloadBytes of those
/// @param tagFiles found in the bag
public record BagReport(
        String version,
        List<BagProblem> problems,
        Set<BagProblem.Kind> kinds,
        long problemCount,
        long payloadFiles,
        long payloadBytes,
        long tagFiles) {
    public BagReport {
        problems = List.copyOf(problems);
        kinds = Set.copyOf(kinds);
    }

    public boolean valid() {
        return kinds.isEmpty();
    }

    public boolean complete() {
        return valid() || kinds.equals(Set.of(BagProblem.Kind.DIGEST_DIFFERS));
    }

    /// Nothing is wrong but that files of `fetch.txt` were not fetched.
    public boolean awaitsFetch() {
        return kinds.equals(Set.of(BagProblem.Kind.FETCH_INCOMPLETE));
    }
}
