package dev.lovage.archive.manifest;

import java.util.List;
import java.util.stream.Collectors;

/// The manifest breaks its schema or the rules between its fields. Permanent: the same manifest is refused each time.
public final class ManifestRejected extends RuntimeException {
    private final transient List<Violation> violations;
    private final long unlisted;

    ManifestRejected(List<Violation> violations, long unlisted) {
        super(message(violations, unlisted));
        this.violations = List.copyOf(violations);
        this.unlisted = unlisted;
    }

    /// All that is wrong, at least one and at most [Manifests#VIOLATIONS_MAX]: of the single fields first, then of
    /// fields compared with each other.
    public List<Violation> violations() {
        return violations;
    }

    /// How many more there were than are listed.
    public long unlisted() {
        return unlisted;
    }

    private static String message(List<Violation> violations, long unlisted) {
        long all = violations.size() + unlisted;
        return "The manifest has " + all + (all == 1 ? " violation" : " violations")
                + ". Nothing of the batch was taken in. Correct it and send it again.\n"
                + violations.stream()
                        .map(violation -> (violation.pointer().isEmpty() ? "(document)" : violation.pointer()) + ": "
                                + violation.message())
                        .collect(Collectors.joining("\n"))
                + (unlisted == 0 ? "" : "\nand " + unlisted + " more");
    }
}
