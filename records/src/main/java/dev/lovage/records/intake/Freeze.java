package dev.lovage.records.intake;

import dev.lovage.custody.ledger.Ledger;
import dev.lovage.custody.ledger.LedgerEvent;
import dev.lovage.engine.Lovage;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.message.Times;
import dev.lovage.sql.database.Database;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;

/// Parks work that is not critical, while receipt goes on: nothing is claimed from `intake_default` and
/// `intake_high`, what is there waits, and what is running finishes. Triage and critical work flow. The door is
/// never closed.
public final class Freeze {
    /// The queues that a freeze pauses.
    public static final Set<String> QUEUES = Set.of("intake_default", "intake_high");

    /// @param version grows with every change
    public record Status(boolean frozen, long version, String reason, String by, Optional<Instant> since) {}

    private final Lovage lovage;
    private final Database database;
    private final Ledger ledger;
    private final String tenant;
    private final InstantSource clock;

    Freeze(Lovage lovage, Database database, Ledger ledger, String tenant, InstantSource clock) {
        this.lovage = lovage;
        this.database = database;
        this.ledger = ledger;
        this.tenant = tenant;
        this.clock = clock;
    }

    public Status status() {
        return database.read(connection -> {
            try (var select = connection.prepareStatement(
                    "SELECT frozen, version, reason, by_whom, since FROM records_freeze WHERE tenant = ?")) {
                select.setString(1, tenant);
                try (var row = select.executeQuery()) {
                    return row.next()
                            ? new Status(
                                    row.getInt(1) == 1,
                                    row.getLong(2),
                                    row.getString(3),
                                    row.getString(4),
                                    Optional.of(Times.ofMicros(row.getLong(5))))
                            : new Status(false, 0, "", "", Optional.empty());
                }
            }
        });
    }

    /// Idempotent: a freeze that is on already keeps its reason and its beginning. State, queues and the ledger's
    /// intent are one transaction.
    ///
    /// @param by who says so, for the ledger
    public Status on(String reason, String by) {
        return change(true, reason, by);
    }

    public Status off(String reason, String by) {
        return change(false, reason, by);
    }

    private Status change(boolean frozen, String reason, String by) {
        lovage.transaction(tx -> {
            var now = clock.instant();
            if (frozen) {
                lovage.backbone().broker().pause(tx, QUEUES);
            } else {
                lovage.backbone().broker().resume(tx, QUEUES);
            }
            try (var upsert = tx.connection()
                    .prepareStatement("INSERT INTO records_freeze (tenant, frozen, version, reason, by_whom, since)"
                            + " VALUES (?, ?, 1, ?, ?, ?) ON CONFLICT (tenant) DO UPDATE SET frozen = excluded.frozen,"
                            + " version = records_freeze.version + 1, reason = excluded.reason,"
                            + " by_whom = excluded.by_whom, since = excluded.since"
                            + " WHERE records_freeze.frozen <> excluded.frozen")) {
                upsert.setString(1, tenant);
                upsert.setInt(2, frozen ? 1 : 0);
                upsert.setString(3, reason);
                upsert.setString(4, by);
                upsert.setLong(5, Times.micros(now));
                if (upsert.executeUpdate() == 1) {
                    var data = Json.object();
                    data.put("reason", reason);
                    ledger.append(
                            tx,
                            LedgerEvent.of(
                                    tenant,
                                    frozen ? "freeze.on" : "freeze.off",
                                    "intake",
                                    LedgerEvent.Actor.user(by),
                                    data));
                }
            }
            return frozen;
        });
        return status();
    }
}
