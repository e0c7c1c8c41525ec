package dev.lovage.archive.ingest;

import static dev.lovage.archive.event.Happened.Outcome.FAILURE;
import static dev.lovage.archive.event.Happened.Outcome.SUCCESS;

import dev.lovage.archive.batch.Batch;
import dev.lovage.archive.batch.Catalogue;
import dev.lovage.archive.batch.Item;
import dev.lovage.archive.event.EventId;
import dev.lovage.archive.event.Events;
import dev.lovage.archive.manifest.ManifestRejected;
import dev.lovage.archive.manifest.Manifests;
import dev.lovage.engine.tx.Tx;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/// The first step of a batch: its manifest is checked, and its items are entered.
final class Validation {
    private static final String CHECKED = "the manifest, by its schema and the rules between its fields";

    /// A manifest without a fault, and the items that it names.
    record Validated(Made made, List<Item> items) {}

    private final Lookups lookups;
    private final Recording recording;
    private final Events events;
    private final String tenant;
    private final InstantSource clock;

    Validation(Lookups lookups, Recording recording, Events events, String tenant, InstantSource clock) {
        this.lookups = lookups;
        this.recording = recording;
        this.events = events;
        this.tenant = tenant;
        this.clock = clock;
    }

    /// @throws ManifestRejected with all violations
    Validated validate(Archival.ValidateBatchSchema in) {
        var manifest = Manifests.check(in.batchId(), in.manifest());
        var making = new Made.Making(Brief.subject());
        making.event(Works.event("validate", "validation", SUCCESS, CHECKED, "", manifest.digest(), manifest.digest()));
        var items = new ArrayList<Item>();
        if (Brief.subject().isPresent()) {
            var batch = UUID.fromString(Brief.subject().get());
            for (var file : manifest.files()) {
                items.add(new Item(
                        EventId.derived(batch, file.path()),
                        batch,
                        file.path(),
                        items.size() + 1,
                        file.pageLabel(),
                        file.sha256(),
                        Optional.empty(),
                        Optional.empty(),
                        Item.State.REGISTERED,
                        Optional.empty()));
            }
        }
        return new Validated(making.done(manifest.files().size()), items);
    }

    void commit(Tx tx, Validated validated) throws SQLException {
        var batch = lookups.batch(tx, validated.made().subject());
        var catalogue = Catalogue.of(tx, tenant);
        if (batch.isPresent()
                && catalogue.advance(
                        batch.get().key(),
                        Set.of(Batch.State.RECEIVED),
                        Batch.State.VALIDATED,
                        Optional.empty(),
                        clock.instant())) {
            recording.commit(tx, validated.made());
            catalogue.add(validated.items(), clock.instant());
        }
    }

    void failed(Tx tx, Throwable failure) throws SQLException {
        if (!(failure instanceof ManifestRejected rejected)) {
            recording.batchFailed(tx, failure);
            return;
        }
        var batch = lookups.batch(tx, Brief.subject());
        if (batch.isPresent()
                && Catalogue.of(tx, tenant)
                        .advance(
                                batch.get().key(),
                                Set.of(Batch.State.RECEIVED),
                                Batch.State.REJECTED,
                                Optional.of(String.valueOf(rejected.getMessage())),
                                clock.instant())) {
            events.record(
                    tx,
                    batch.get().key(),
                    batch.get().key(),
                    batch.get().generation(),
                    Works.event(
                            "validate",
                            "validation",
                            FAILURE,
                            CHECKED,
                            rejected.violations().size() + rejected.unlisted() + " violations",
                            batch.get().manifestSha256(),
                            batch.get().manifestSha256()));
        }
    }
}
