package dev.lovage.custody.ledger;

import java.util.ArrayList;
import java.util.List;

/// Collects problems in the order they are found; counts all and keeps the first hundred.
final class Findings {
    private static final int KEPT_MAX = 100;

    private final List<Verdict.Problem> kept = new ArrayList<>();
    private long total;

    void add(String where, String what) {
        total++;
        if (kept.size() < KEPT_MAX) {
            kept.add(new Verdict.Problem(where, what));
        }
    }

    Verdict verdict(long entries, long pending) {
        return new Verdict(entries, pending, kept, total);
    }
}
