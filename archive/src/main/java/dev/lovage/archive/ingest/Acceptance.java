package dev.lovage.archive.ingest;

import dev.lovage.archive.batch.Batch;
import dev.lovage.archive.batch.Catalogue;
import dev.lovage.archive.event.Events;
import dev.lovage.archive.vault.Vault;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.task.TaskContext;
import dev.lovage.engine.tx.Tx;
import dev.lovage.sql.database.Database;
import java.io.IOException;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/// The last step of a batch: it is packed, and accepted with its package; or rejected, if nothing is left to pack.
final class Acceptance {
    /// A packed batch, and what was done for it.
    record Packed(Made made, String folder, String sha256) {}

    private final Database database;
    private final Lookups lookups;
    private final Events events;
    private final Packaging packaging;
    private final String tenant;
    private final InstantSource clock;

    Acceptance(
            Database database,
            Lookups lookups,
            Events events,
            Packaging packaging,
            String tenant,
            InstantSource clock) {
        this.database = database;
        this.lookups = lookups;
        this.events = events;
        this.packaging = packaging;
        this.tenant = tenant;
        this.clock = clock;
    }

    Packed pack(Archival.OfBatch in) throws IOException {
        var batch = lookups.workable(in.batch());
        var contents = database.read(connection -> packaging.contents(connection, tenant, batch));
        if (contents.items().isEmpty()) {
            return new Packed(
                    new Made(
                            Brief.subject(),
                            List.of(),
                            List.of(),
                            Optional.of("Every file of the batch is in quarantine; nothing was packaged."),
                            Json.object().put("status", "rejected")),
                    "",
                    "");
        }
        var context = TaskContext.current();
        var attempt = Vault.attempt(context.id(), context.retries(), context.epoch());
        var bag = packaging.write(contents, Lookups.manifest(batch), attempt, context, clock.instant());
        var making = new Made.Making(Brief.subject());
        making.event(bag.event());
        return new Packed(
                making.done(Json.object()
                        .put("status", "accepted")
                        .put("package", bag.folder().toString())
                        .put("items", contents.items().size())),
                String.valueOf(bag.folder().getFileName()),
                bag.tagManifestSha256());
    }

    void commit(Tx tx, Packed packed) throws SQLException {
        var batch = lookups.batch(tx, packed.made().subject());
        if (batch.isEmpty()) {
            return;
        }
        var catalogue = Catalogue.of(tx, tenant);
        var to = packed.made().quarantine().isPresent() ? Batch.State.REJECTED : Batch.State.ACCEPTED;
        if (!catalogue.advance(
                batch.get().key(), Lookups.WORKABLE, to, packed.made().quarantine(), clock.instant())) {
            return;
        }
        for (var happened : packed.made().events()) {
            events.record(tx, batch.get().key(), batch.get().key(), batch.get().generation(), happened);
        }
        if (to == Batch.State.ACCEPTED) {
            catalogue.packaged(batch.get().key(), packed.folder(), packed.sha256());
        }
    }
}
