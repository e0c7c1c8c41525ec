package dev.lovage.archive.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.lovage.archive.batch.Batch;
import dev.lovage.archive.batch.Catalogue;
import dev.lovage.archive.manifest.Manifests;
import dev.lovage.archive.vault.Vault;
import dev.lovage.custody.ledger.Ledger;
import dev.lovage.custody.ledger.LedgerEvent;
import dev.lovage.engine.Lovage;
import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.store.Store;
import dev.lovage.sql.database.Database;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// Takes batches in, and accounts for them.
public final class Ingest {
    private static final Pattern ID = Pattern.compile("[0-9A-Za-z._-]{1,64}");
    private static final int LOOKS = 3;

    /// What became of a manifest.
    ///
    /// @param known whether the batch had been received before
    public record Receipt(Batch batch, boolean known) {}

    /// A batch that has not ended and that nothing works on.
    public record Unaccounted(String batch, String why) {}

    /// The store's totals.
    public record Totals(
            long batches,
            long accepted,
            long rejected,
            long items,
            long pagesOcred,
            long thumbnails,
            long packages,
            long events,
            long quarantined) {}

    private final Lovage lovage;
    private final Database database;
    private final Ledger ledger;
    private final Pipeline pipeline;
    private final Vault vault;
    private final Packaging packaging;
    private final StagingFolders stagings;
    private final String tenant;
    private final InstantSource clock;

    public Ingest(
            Lovage lovage,
            Database database,
            Ledger ledger,
            Pipeline pipeline,
            Vault vault,
            Packaging packaging,
            String tenant,
            InstantSource clock) {
        this.lovage = lovage;
        this.database = database;
        this.ledger = ledger;
        this.pipeline = pipeline;
        this.vault = vault;
        this.packaging = packaging;
        this.stagings = new StagingFolders(lovage.settings().data());
        this.tenant = tenant;
        this.clock = clock;
    }

    /// One transaction holds the batch, the ledger's intent and the first task.
    public Receipt ingest(Path given) throws IOException {
        var file = Files.isDirectory(given) ? given.resolve("manifest.json") : given;
        byte[] bytes;
        try (var in = Files.newInputStream(file)) {
            bytes = in.readNBytes(Manifests.SIZE_MAX + 1);
        }
        if (bytes.length > Manifests.SIZE_MAX) {
            throw new BatchRefused("The manifest " + file + " has more than the " + Manifests.SIZE_MAX
                    + " bytes that are taken. Nothing was taken in. Cut the batch into smaller ones.");
        }
        var folder = file.toAbsolutePath().normalize().resolveSibling("");
        JsonNode manifest;
        try {
            manifest = Json.read(bytes);
        } catch (JacksonException e) {
            throw new BatchRefused("The manifest " + file + " is no JSON document: " + e.getOriginalMessage()
                    + ", at line " + e.getLocation().getLineNr() + ", column "
                    + e.getLocation().getColumnNr()
                    + ". Nothing was taken in. Correct it and ingest it again.");
        }
        if (!manifest.isObject()) {
            throw new BatchRefused("The manifest " + file + " is no JSON object. Nothing was taken in.");
        }
        var id = id(manifest, file);
        var generation = manifest.path("generation").isInt()
                        && manifest.path("generation").asInt() > 0
                ? manifest.path("generation").asInt()
                : 1;
        var key = Batch.key(tenant, id, generation);
        var sha256 = Vault.digest(bytes);
        var now = clock.instant();
        var fresh = new Batch(
                key,
                id,
                generation,
                Batch.State.RECEIVED,
                Optional.empty(),
                new String(bytes, UTF_8),
                sha256,
                folder,
                key + "/validate",
                0,
                Optional.empty(),
                Optional.empty(),
                now,
                now);
        return database.write(tx -> {
            var catalogue = Catalogue.of(tx, tenant);
            if (catalogue.add(fresh)) {
                var data = Json.object();
                data.put("manifest_sha256", sha256);
                data.put("generation", generation);
                ledger.append(
                        tx,
                        LedgerEvent.of(
                                tenant, "batch.received", key.toString(), LedgerEvent.Actor.service("archive"), data));
                lovage.send(tx, Course.whole(fresh, manifest));
                return new Receipt(fresh, false);
            }
            var known = catalogue.batch(key).orElseThrow();
            if (!known.manifestSha256().equals(sha256)) {
                throw new BatchRefused("The batch " + id + ", generation " + generation
                        + ", is known with another manifest, of SHA-256 " + known.manifestSha256()
                        + ". Nothing was taken in. Give the corrected manifest a higher generation, or another id.");
            }
            if (known.state() == Batch.State.NEEDS_REVIEW
                    && catalogue.advance(
                            key, Set.of(Batch.State.NEEDS_REVIEW), taken(catalogue, key), Optional.empty(), now)) {
                pipeline.resumption().sendAnew(tx, known);
            }
            return new Receipt(catalogue.batch(key).orElseThrow(), true);
        });
    }

    /// Where the work on a batch was: a manifest that was never found right has no items and is checked first.
    private static Batch.State taken(Catalogue catalogue, UUID batch) throws SQLException {
        return catalogue.steps(batch).getOrDefault(batch.toString(), Set.of()).contains("validate")
                ? Batch.State.VALIDATED
                : Batch.State.RECEIVED;
    }

    private static String id(JsonNode manifest, Path file) {
        for (var name : List.of("id", "batch_code")) {
            if (manifest.path(name).isString()
                    && ID.matcher(manifest.path(name).asString()).matches()) {
                return manifest.path(name).asString();
            }
        }
        var folder = file.toAbsolutePath().normalize().resolveSibling("").getFileName();
        var name = String.valueOf(file.getFileName()).replaceFirst("\\.[^.]*$", "");
        var best = (name.equals("manifest") && folder != null ? folder.toString() : name)
                .replaceAll("[^0-9A-Za-z._-]", "-");
        return best.isEmpty() ? "batch" : best.substring(0, Math.min(64, best.length()));
    }

    /// Looked at several times, since a batch passes from one message to the next between two looks.
    public List<Unaccounted> unaccounted() {
        var suspects = idle();
        for (int look = 1; look < LOOKS && !suspects.isEmpty(); look++) {
            suspects.retainAll(idle());
        }
        return suspects.stream()
                .map(batch -> new Unaccounted(
                        batch.id(), "it is " + batch.state() + ", and no message, timer or running task works on it"))
                .toList();
    }

    public List<String> redrive() {
        var suspects = idle();
        for (int look = 1; look < LOOKS && !suspects.isEmpty(); look++) {
            suspects.retainAll(idle());
        }
        var driven = new ArrayList<String>();
        for (var batch : suspects) {
            lovage.transaction(tx -> {
                pipeline.resumption().sendAnew(tx, batch);
                return batch;
            });
            driven.add(batch.id());
        }
        return driven;
    }

    private List<Batch> idle() {
        var open = new ArrayList<Batch>();
        var subjects = new ArrayList<Set<String>>();
        database.read(connection -> {
            var catalogue = Catalogue.of(connection, tenant);
            for (var batch : catalogue.open()) {
                open.add(batch);
                var all = catalogue.items(batch.key()).stream()
                        .map(item -> item.key().toString())
                        .collect(Collectors.toSet());
                all.add(batch.key().toString());
                subjects.add(all);
            }
            return open;
        });
        if (open.isEmpty()) {
            return open;
        }
        var alive = lovage.backbone().store().inventory().stream()
                .filter(entry -> Resumption.ALIVE.contains(entry.custody()))
                .map(Store.Entry::subject)
                .flatMap(Optional::stream)
                .collect(Collectors.toSet());
        var idle = new ArrayList<Batch>();
        for (int i = 0; i < open.size(); i++) {
            if (subjects.get(i).stream().noneMatch(alive::contains)) {
                idle.add(open.get(i));
            }
        }
        return idle;
    }

    /// What is older than two lease periods, is named by no row, and is of no running task.
    public int sweep() throws IOException {
        var age = lovage.settings().duration(Setting.WORKER_LEASE).multipliedBy(2);
        return sweep(age);
    }

    int sweep(Duration age) throws IOException {
        var swept = vault.sweep(
                this::running,
                () -> database.read(
                        connection -> Catalogue.of(connection, tenant).named()),
                age,
                clock.instant());
        swept += stagings.sweep(this::running, age, clock.instant());
        return swept + packaging.sweep(this::running, () -> database.read(Catalogue::packages));
    }

    private Set<String> running() {
        return lovage.backbone().store().inventory().stream()
                .filter(entry -> entry.custody() == Custody.LEASED)
                .map(entry -> Vault.maker(entry.execution().taskId()))
                .collect(Collectors.toSet());
    }

    public Totals totals() {
        return database.read(connection -> {
            var catalogue = Catalogue.of(connection, tenant);
            return new Totals(
                    catalogue.count("archive_batch WHERE true"),
                    catalogue.count("archive_batch WHERE state = 'ACCEPTED'"),
                    catalogue.count("archive_batch WHERE state = 'REJECTED'"),
                    catalogue.count("archive_item WHERE true"),
                    catalogue.count("archive_output WHERE kind = 'text'"),
                    catalogue.count("archive_output WHERE kind LIKE 'thumbnail-%'"),
                    catalogue.count("archive_batch WHERE package IS NOT NULL"),
                    catalogue.count("archive_event WHERE true"),
                    catalogue.count("archive_item WHERE state = 'QUARANTINED'"));
        });
    }
}
