package dev.lovage.archive.ingest;

import static dev.lovage.archive.event.Happened.Outcome.SUCCESS;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.lovage.archive.batch.Batch;
import dev.lovage.archive.batch.Catalogue;
import dev.lovage.archive.batch.Item;
import dev.lovage.archive.event.EventId;
import dev.lovage.archive.event.Events;
import dev.lovage.archive.event.Happened;
import dev.lovage.archive.vault.Vault;
import dev.lovage.engine.task.TaskContext;
import dev.lovage.engine.tx.Tx;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Writes what a step did, or that it failed for good, in the transaction that ends its execution.
final class Recording {
    private static final Logger LOG = LoggerFactory.getLogger(Recording.class);
    private static final UUID LOOSE = new UUID(0, 0);
    private static final String QUARANTINE = "quarantine";

    private final Events events;
    private final Lookups lookups;
    private final Resumption resumption;
    private final String tenant;
    private final InstantSource clock;

    Recording(Events events, Lookups lookups, Resumption resumption, String tenant, InstantSource clock) {
        this.events = events;
        this.lookups = lookups;
        this.resumption = resumption;
        this.tenant = tenant;
        this.clock = clock;
    }

    void commit(Tx tx, Made made) throws SQLException {
        committed(tx, made);
    }

    /// @return false if the batch or the item takes no further part; nothing was written then
    boolean committed(Tx tx, Made made) throws SQLException {
        var catalogue = Catalogue.of(tx, tenant);
        if (made.subject().isEmpty()) {
            var owner = EventId.derived(LOOSE, TaskContext.current().id());
            for (var kept : made.outputs()) {
                catalogue.add(LOOSE, owner, 1, kept);
            }
            return true;
        }
        var subject = UUID.fromString(made.subject().get());
        var item = catalogue.item(subject);
        var batch = item.isPresent() ? catalogue.batch(item.get().batch()) : catalogue.batch(subject);
        if (batch.isEmpty() || !takesPart(tx, batch.get(), item, made)) {
            LOG.info("{} takes no further part; what was made for it is not kept.", subject);
            return false;
        }
        var fresh = true;
        for (var happened : made.events()) {
            fresh &= events.record(tx, batch.get().key(), subject, batch.get().generation(), happened);
        }
        if (!fresh) {
            return false;
        }
        for (var kept : made.outputs()) {
            catalogue.add(batch.get().key(), subject, batch.get().generation(), kept);
            if (item.isPresent() && kept.kind().equals("master")) {
                catalogue.fixed(subject, kept.sha256(), kept.size(), clock.instant());
            }
        }
        if (item.isPresent() && made.quarantine().isPresent()) {
            quarantine(tx, batch.get(), subject, made.quarantine().get());
        }
        return true;
    }

    private boolean takesPart(Tx tx, Batch batch, Optional<Item> item, Made made) throws SQLException {
        var state = item.map(Item::state);
        if (state.equals(Optional.of(Item.State.QUARANTINED))
                && made.quarantine().isEmpty()) {
            return takenBack(tx, batch, item.get());
        }
        return Lookups.WORKABLE.contains(batch.state())
                && !state.equals(Optional.of(Item.State.QUARANTINED))
                && !state.equals(Optional.of(Item.State.PACKAGED));
    }

    /// An item is taken back when the very task that had failed for good, and so had put it aside, has come
    /// through after all: a person has released it.
    private boolean takenBack(Tx tx, Batch batch, Item item) throws SQLException {
        int times = times(tx, item.key(), QUARANTINE, batch.generation());
        var failed = events.find(tx, item.key(), numbered(QUARANTINE, times), batch.generation());
        if (failed.isEmpty()
                || !failed.get().taskId().equals(TaskContext.current().id())
                || batch.state() == Batch.State.ACCEPTED) {
            return false;
        }
        var catalogue = Catalogue.of(tx, tenant);
        catalogue.restore(item.key(), clock.instant());
        events.record(
                tx,
                batch.key(),
                item.key(),
                batch.generation(),
                new Happened(
                        numbered("unquarantine", times),
                        1,
                        "unquarantine",
                        SUCCESS,
                        "taken back into the batch's work",
                        TaskContext.current().task() + " was released, and came through",
                        failed.get().happened().inputs(),
                        "",
                        "",
                        false,
                        "lovage"));
        switch (batch.state()) {
            case RECEIVED, VALIDATED -> resumption.send(tx, batch);
            case REJECTED -> {
                catalogue.advance(
                        batch.key(),
                        Set.of(Batch.State.REJECTED),
                        Batch.State.VALIDATED,
                        Optional.empty(),
                        clock.instant());
                resumption.sendAnew(tx, batch);
            }
            case NEEDS_REVIEW, ACCEPTED -> {}
        }
        return true;
    }

    /// How often an item was put aside: it may be taken back, and put aside again for another reason.
    private int times(Tx tx, UUID item, String step, int generation) throws SQLException {
        int times = 0;
        while (events.find(tx, item, numbered(step, times + 1), generation).isPresent()) {
            times++;
        }
        return times;
    }

    private static String numbered(String step, int time) {
        return time <= 1 ? step : step + "-" + time;
    }

    void quarantine(Tx tx, Batch batch, UUID item, String reason) throws SQLException {
        if (Catalogue.of(tx, tenant).quarantine(item, reason, clock.instant())) {
            events.record(
                    tx,
                    batch.key(),
                    item,
                    batch.generation(),
                    new Happened(
                            numbered(QUARANTINE, times(tx, item, QUARANTINE, batch.generation()) + 1),
                            1,
                            "quarantine",
                            SUCCESS,
                            "taken out of the batch's work",
                            reason,
                            Vault.digest(reason.getBytes(UTF_8)),
                            "",
                            "",
                            false,
                            "lovage"));
        }
    }

    /// A step of an item failed for good: the item is put aside, and the rest of the batch goes on without it.
    void itemFailed(Tx tx, Throwable failure) throws SQLException {
        var item = lookups.item(tx, Brief.subject());
        if (item.isEmpty()) {
            return;
        }
        var batch =
                lookups.batch(tx, Optional.of(item.get().batch().toString())).orElseThrow();
        if (!Lookups.WORKABLE.contains(batch.state())) {
            return;
        }
        quarantine(
                tx,
                batch,
                item.get().key(),
                TaskContext.current().task() + " failed for good: " + failure.getMessage());
        resumption.send(tx, batch);
    }

    /// A step of the whole batch failed for good: a person has to look.
    void batchFailed(Tx tx, Throwable failure) throws SQLException {
        var batch = lookups.batch(tx, Brief.subject());
        if (batch.isPresent()) {
            Catalogue.of(tx, tenant)
                    .advance(
                            batch.get().key(),
                            Lookups.WORKABLE,
                            Batch.State.NEEDS_REVIEW,
                            Optional.of(TaskContext.current().task() + " failed for good: " + failure.getMessage()
                                    + " See the dead letters. When it is mended, ingest the same manifest again."),
                            clock.instant());
        }
    }
}
