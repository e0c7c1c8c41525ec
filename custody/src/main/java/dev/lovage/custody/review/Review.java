package dev.lovage.custody.review;

import dev.lovage.custody.ledger.Ledger;
import dev.lovage.custody.ledger.LedgerEvent;
import dev.lovage.engine.Lovage;
import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.store.Held;
import dev.lovage.engine.tx.Tx;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The review of what waits for a person: dead letters, quarantined and parked messages.
///
/// Invariants:
/// 1. A decision has a reason and a reviewer, and is in the ledger. Disposal and its intent are one
///    transaction; the intent to retry or release is written before it is done, so that a crash in between
///    leaves a decision that can be repeated.
/// 2. Nothing disposed of is gone: its bytes and its history lie in the record of disposals.
public final class Review {
    /// What a person may decide about.
    public static final Set<Custody> WAITING = Set.of(Custody.DEAD, Custody.QUARANTINED, Custody.PARKED);

    private final Lovage lovage;
    private final Ledger ledger;
    private final String tenant;

    public Review(Lovage lovage, Ledger ledger, String tenant) {
        this.lovage = lovage;
        this.ledger = ledger;
        this.tenant = tenant;
    }

    public List<Held> list(Set<Custody> custodies, int max) {
        return lovage.backbone().store().held(custodies, max);
    }

    public Optional<Held> show(long tag) {
        return lovage.backbone().store().find(tag).filter(held -> WAITING.contains(held.custody()));
    }

    /// Makes an entry ready again, its bytes unchanged.
    ///
    /// @return false if nothing with this tag waits for a person
    public boolean retry(long tag, String reason, Reviewer reviewer) {
        var held = show(tag);
        if (held.isEmpty()) {
            return false;
        }
        lovage.transaction(tx -> {
            record(
                    tx,
                    held.get().custody() == Custody.PARKED ? "parked.released" : "dlq.retried",
                    held.get(),
                    reason,
                    reviewer);
            return true;
        });
        return lovage.backbone().store().release(tag, reason, reviewer.reference());
    }

    /// Ends an entry without running it.
    ///
    /// @param reason required
    /// @return false if nothing with this tag waits for a person
    /// @throws IllegalArgumentException if the reason is blank; nothing was changed
    public boolean dispose(long tag, String reason, Reviewer reviewer) {
        if (reason.isBlank()) {
            throw new IllegalArgumentException("A disposal has a reason, but none was given. Nothing was changed.");
        }
        return lovage.transaction(tx -> {
            var held = show(tag);
            if (held.isEmpty() || !lovage.backbone().store().dispose(tx, tag, reason, reviewer.reference())) {
                return false;
            }
            record(tx, "dlq.disposed", held.get(), reason, reviewer);
            return true;
        });
    }

    private void record(Tx tx, String type, Held held, String reason, Reviewer reviewer) throws SQLException {
        var data = Json.object();
        data.put("task", held.message().task());
        data.put("task_id", held.message().execution().taskId());
        data.put("custody", held.custody().name());
        data.put("reason", reason);
        data.put("crashes", held.crashes());
        ledger.append(
                tx,
                LedgerEvent.of(
                        tenant,
                        type,
                        held.message()
                                .subject()
                                .orElse(held.message().execution().taskId()),
                        LedgerEvent.Actor.user(reviewer.reference()),
                        data));
    }
}
