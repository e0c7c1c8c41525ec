package dev.lovage.records.intake;

import dev.lovage.custody.inbox.Inbox;
import dev.lovage.custody.ledger.Ledger;
import dev.lovage.engine.Lovage;
import dev.lovage.engine.blob.BlobStore;
import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.message.Times;
import dev.lovage.records.pii.Pseudonyms;
import dev.lovage.records.submission.IdempotencyKey;
import dev.lovage.sql.database.Database;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// The intake of one agency: its acceptance, its pipeline, and the accounts of both.
public final class Intake {
    /// Something that was written to the ledger about a submission.
    public record Event(Instant at, String type, JsonNode data) {}

    /// The store's totals.
    ///
    /// @param duplicates accepted, and suspected to ask for the same as an earlier one
    /// @param routed by department
    /// @param levels by level 0 to 10
    public record Totals(
            long accepted,
            long duplicates,
            long acknowledged,
            Map<String, Long> routed,
            Map<String, Long> levels,
            long holding,
            long deadLettered) {}

    private final Lovage lovage;
    private final Database database;
    private final Agency agency;
    private final Acceptance acceptance;
    private final Pipeline pipeline;
    private final Reconciliation reconciliation;
    private final Freeze freeze;

    public Intake(
            Lovage lovage,
            Database database,
            Agency agency,
            Inbox inbox,
            Ledger ledger,
            BlobStore blobs,
            byte[] idempotencyKey,
            byte[] pseudonymKey,
            Path letters,
            InstantSource clock) {
        this.lovage = lovage;
        this.database = database;
        this.agency = agency;
        this.acceptance = new Acceptance(
                lovage, database, agency, inbox, ledger, blobs, new IdempotencyKey.Secret(1, idempotencyKey), clock);
        this.pipeline = new Pipeline(
                lovage,
                database,
                ledger,
                clock,
                new Steps(database, agency, new Reader(), blobs, new Pseudonyms(pseudonymKey), letters, clock));
        this.reconciliation = new Reconciliation(database, lovage.backbone().store(), agency.tenant(), letters);
        this.freeze = new Freeze(lovage, database, ledger, agency.tenant(), clock);
    }

    public Answer accept(Arrival arrival) {
        return acceptance.accept(arrival);
    }

    public Pipeline pipeline() {
        return pipeline;
    }

    public Freeze freeze() {
        return freeze;
    }

    public Optional<Item> find(String trackingId) {
        return database.read(connection -> Item.find(connection, agency.tenant(), trackingId, false));
    }

    /// @param state only those in this state
    public List<Item> latest(int max, Optional<State> state) {
        return database.read(connection -> {
            var items = new ArrayList<Item>();
            try (var select = connection.prepareStatement("SELECT " + Item.columns(false)
                    + " FROM records_submission WHERE tenant = ? AND state LIKE ?"
                    + " ORDER BY received_at DESC, tracking_id DESC LIMIT ?")) {
                select.setString(1, agency.tenant());
                select.setString(2, state.map(State::name).orElse("%"));
                select.setInt(3, max);
                try (var row = select.executeQuery()) {
                    while (row.next()) {
                        items.add(Item.of(row));
                    }
                }
            }
            return items;
        });
    }

    public List<Event> timeline(String trackingId) {
        return database.read(connection -> {
            var events = new ArrayList<Event>();
            try (var select = connection.prepareStatement("SELECT at, type, payload FROM ledger_intent"
                    + " WHERE tenant = ? AND type LIKE 'submission.%' AND subject = ? ORDER BY at, writer_seq")) {
                select.setString(1, agency.tenant());
                select.setString(2, trackingId);
                try (var row = select.executeQuery()) {
                    while (row.next()) {
                        events.add(new Event(
                                Times.ofMicros(row.getLong(1)),
                                row.getString(2),
                                Json.read(row.getBytes(3)).path("data")));
                    }
                }
            }
            return events;
        });
    }

    public List<StaffTask> staffTasks() {
        return database.read(connection -> StaffTask.all(connection, agency.tenant()));
    }

    public List<Reconciliation.Unaccounted> unaccounted() {
        return reconciliation.unaccounted();
    }

    /// Sends the next step of what is in no custody again. The number of times is part of the task id and is written in
    /// the same transaction, so that two who re-drive at once send it once.
    public List<String> redrive() {
        var driven = new ArrayList<String>();
        for (var lost : reconciliation.unaccounted()) {
            if (lost.redrivable() && redrive(lost.trackingId(), lost.redriven())) {
                driven.add(lost.trackingId());
            }
        }
        return driven;
    }

    private boolean redrive(String trackingId, int times) {
        return lovage.transaction(tx -> {
            var item = Item.find(tx.connection(), agency.tenant(), trackingId, false);
            if (item.isEmpty()) {
                return false;
            }
            try (var update = tx.connection()
                    .prepareStatement("UPDATE records_submission SET redriven = redriven + 1"
                            + " WHERE tenant = ? AND tracking_id = ? AND redriven = ?")) {
                update.setString(1, agency.tenant());
                update.setString(2, trackingId);
                update.setInt(3, times);
                if (update.executeUpdate() == 0) {
                    return false;
                }
            }
            var next = Pipeline.again(item.get(), times);
            next.ifPresent(step -> lovage.send(tx, step));
            return next.isPresent();
        });
    }

    public Totals totals() {
        var dead = lovage.backbone().store().inventory().stream()
                .filter(entry -> entry.subject().isPresent())
                .filter(entry -> entry.custody() == Custody.DEAD || entry.custody() == Custody.QUARANTINED)
                .count();
        return database.read(connection -> {
            var tenant = agency.tenant();
            var states = Register.counts(connection, tenant, "state");
            return new Totals(
                    states.values().stream().mapToLong(Long::longValue).sum(),
                    Register.counts(connection, tenant, "suspected_duplicate_of").values().stream()
                            .mapToLong(Long::longValue)
                            .sum(),
                    states.getOrDefault(State.ACKNOWLEDGED.name(), 0L),
                    Register.counts(connection, tenant, "department"),
                    Register.counts(connection, tenant, "level"),
                    states.getOrDefault(State.HOLDING.name(), 0L),
                    dead);
        });
    }
}
