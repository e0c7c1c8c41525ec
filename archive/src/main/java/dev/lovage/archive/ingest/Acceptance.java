package dev.lovage.archive.ingest;

import dev.lovage.archive.batch.Batch;
import dev.lovage.archive.batch.Catalogue;
import dev.lovage.archive.batch.Item;
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
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The last step of a batch: it is packed, and accepted with its package; or rejected, if nothing is left to pack.
final class Acceptance {
    private static final Logger LOG = LoggerFactory.getLogger(Acceptance.class);

    /// A packed batch, and what was done for it.
    ///
    /// @param items the keys of those in the package
    record Packed(Made made, Set<UUID> items, String folder, String sha256) {}

    private final Database database;
    private final Lookups lookups;
    private final Resumption resumption;
    private final Events events;
    private final Packaging packaging;
    private final String tenant;
    private final InstantSource clock;

    Acceptance(
            Database database,
            Lookups lookups,
            Resumption resumption,
            Events events,
            Packaging packaging,
            String tenant,
            InstantSource clock) {
        this.database = database;
        this.lookups = lookups;
        this.resumption = resumption;
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
                    Set.of(),
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
                contents.items().stream().map(Item::key).collect(Collectors.toSet()),
                String.valueOf(bag.folder().getFileName()),
                bag.tagManifestSha256());
    }

    void commit(Tx tx, Packed packed) throws SQLException {
        var batch = lookups.batch(tx, packed.made().subject());
        if (batch.isEmpty() || !Lookups.WORKABLE.contains(batch.get().state())) {
            return;
        }
        var catalogue = Catalogue.of(tx, tenant);
        var good = catalogue.items(batch.get().key()).stream()
                .filter(item -> item.state() == Item.State.FIXED)
                .map(Item::key)
                .collect(Collectors.toSet());
        var steps = catalogue.steps(batch.get().key());
        if (!good.equals(packed.items())
                || !good.stream().allMatch(item -> PageWork.complete(steps.getOrDefault(item.toString(), Set.of())))) {
            LOG.info(
                    "An item of {} was taken back while it was packed. What it lacks is done, and it is packed anew.",
                    batch.get().id());
            resumption.send(tx, batch.get());
            return;
        }
        var to = packed.made().quarantine().isPresent() ? Batch.State.REJECTED : Batch.State.ACCEPTED;
        catalogue.advance(batch.get().key(), Lookups.WORKABLE, to, packed.made().quarantine(), clock.instant());
        for (var happened : packed.made().events()) {
            events.record(tx, batch.get().key(), batch.get().key(), batch.get().generation(), happened);
        }
        if (to == Batch.State.ACCEPTED) {
            catalogue.packaged(batch.get().key(), packed.folder(), packed.sha256());
        }
    }
}
