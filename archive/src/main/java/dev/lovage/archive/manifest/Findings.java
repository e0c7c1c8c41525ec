package dev.lovage.archive.manifest;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// What is found wrong with one manifest. The first are kept, the rest is counted: a hostile manifest has millions.
final class Findings {
    private final List<Violation> violations = new ArrayList<>();
    private final Set<String> pointers = new HashSet<>();
    private long unlisted;

    void add(String pointer, String message) {
        if (violations.size() == Manifests.VIOLATIONS_MAX) {
            unlisted++;
            return;
        }
        violations.add(new Violation(pointer, message));
        pointers.add(pointer);
    }

    /// Adds what is nothing new about a value that is known to be wrong.
    void addFirst(String pointer, String message) {
        if (!pointers.contains(pointer)) {
            add(pointer, message);
        }
    }

    /// Counts what was left out elsewhere for its number.
    void addUnlisted(long more) {
        unlisted += more;
    }

    boolean any() {
        return !violations.isEmpty();
    }

    ManifestRejected rejected() {
        return new ManifestRejected(violations, unlisted);
    }

    static ManifestRejected rejected(String pointer, String message) {
        return new ManifestRejected(List.of(new Violation(pointer, message)), 0);
    }
}
