package dev.lovage.archive.bag;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/// Collects problems, and keeps the first of them.
final class BagFindings {
    private final int max;
    private final List<BagProblem> problems = new ArrayList<>();
    private final Set<BagProblem.Kind> kinds = EnumSet.noneOf(BagProblem.Kind.class);
    private long count;

    BagFindings(int max) {
        this.max = max;
    }

    void add(BagProblem.Kind kind, String file, String message) {
        count++;
        kinds.add(kind);
        if (problems.size() < max) {
            problems.add(new BagProblem(kind, file, message));
        }
    }

    boolean has(BagProblem.Kind kind) {
        return kinds.contains(kind);
    }

    BagReport report(String version, long payloadFiles, long payloadBytes, long tagFiles) {
        return new BagReport(version, problems, kinds, count, payloadFiles, payloadBytes, tagFiles);
    }
}
