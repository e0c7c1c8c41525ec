package dev.lovage.custody.ledger;

import java.util.List;
import java.util.Optional;

/// What the verification of a ledger found.
///
/// @param entries entries looked at
/// @param pendingIntents intents that are not chained yet, which is no problem
/// @param problems in the order of the chain, then of the writers; the first names the first bad row. At most 100
/// @param problemsTotal how many there were
public record Verdict(long entries, long pendingIntents, List<Problem> problems, long problemsTotal) {
    /// @param where the row, such as `ledger_entry seq 17`
    /// @param what found and expected
    public record Problem(String where, String what) {}

    public Verdict {
        problems = List.copyOf(problems);
    }

    public boolean verified() {
        return problemsTotal == 0;
    }

    public Optional<Problem> first() {
        return problems.stream().findFirst();
    }
}
