package dev.lovage.archive.ingest;

import dev.lovage.archive.batch.Catalogue;
import dev.lovage.archive.batch.Item;
import dev.lovage.archive.vault.Vault;
import dev.lovage.engine.canvas.Chord;
import dev.lovage.engine.canvas.Group;
import dev.lovage.engine.canvas.Signature;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.task.Ending;
import dev.lovage.engine.tx.Tx;
import dev.lovage.sql.database.Database;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import tools.jackson.databind.JsonNode;

/// The steps that look at what is done of a batch, and replace themselves by what is left.
final class LeftToDo {
    /// What `fix` found.
    ///
    /// @param items those that are not yet in the vault
    /// @param folder of the depositor
    record ToFix(List<Item> items, String folder, Brief brief) {}

    /// What `process` found.
    ///
    /// @param duplicates items with the bytes of another one, and why each is put aside
    /// @param pages what each page lacks
    /// @param scanner from which is captured first, with `settings`
    /// @param metadata what is to be normalized
    record ToProcess(
            UUID batch,
            Map<UUID, String> duplicates,
            List<PageWork> pages,
            Optional<String> scanner,
            JsonNode settings,
            Brief brief,
            Optional<JsonNode> metadata,
            boolean enrich) {}

    private final Database database;
    private final Lookups lookups;
    private final Recording recording;
    private final Vault vault;
    private final String tenant;

    LeftToDo(Database database, Lookups lookups, Recording recording, Vault vault, String tenant) {
        this.database = database;
        this.lookups = lookups;
        this.recording = recording;
        this.vault = vault;
        this.tenant = tenant;
    }

    ToFix toFix(Archival.OfBatch in) {
        var batch = lookups.workable(in.batch());
        var items = lookups.items(batch).stream()
                .filter(item -> item.state() == Item.State.REGISTERED)
                .toList();
        return new ToFix(items, batch.folder().toString(), Brief.of(Lookups.manifest(batch)));
    }

    static Ending<JsonNode> fix(ToFix todo) {
        if (todo.items().isEmpty()) {
            return Ending.returns(Json.tree(0));
        }
        return Ending.replacedBy(Group.of(todo.items().stream()
                .map(item -> Archival.VERIFY_CHECKSUM
                        .with(new Archival.VerifyChecksum(
                                Path.of(todo.folder()).resolve(item.path()).toString(), item.expectedSha256()))
                        .immutable()
                        .subject(item.key().toString())
                        .header(Brief.HEADER, todo.brief().of(item.path(), "").header()))
                .toList()));
    }

    ToProcess toProcess(Archival.OfBatch in) {
        var batch = lookups.workable(in.batch());
        var manifest = Lookups.manifest(batch);
        var brief = Brief.of(manifest);
        return database.read(connection -> {
            var catalogue = Catalogue.of(connection, tenant);
            var done = catalogue.steps(batch.key());
            var ofBatch = done.getOrDefault(batch.key().toString(), Set.of());
            var first = new HashMap<String, Item>();
            var duplicates = new HashMap<UUID, String>();
            var pages = new ArrayList<PageWork>();
            for (var item : catalogue.items(batch.key())) {
                if (item.state() != Item.State.FIXED) {
                    continue;
                }
                var sha256 = item.sha256().orElseThrow();
                var same = first.putIfAbsent(sha256, item);
                var elsewhere = same == null ? catalogue.kept(sha256, batch.key()) : Optional.of(same.path());
                if (elsewhere.isPresent()) {
                    duplicates.put(
                            item.key(),
                            "It has the same bytes as " + elsewhere.get()
                                    + ". Deliver the page that was meant, or nothing.");
                    continue;
                }
                var master = catalogue.output(item.key(), "master").orElseThrow();
                var page = PageWork.without(
                        done.getOrDefault(item.key().toString(), Set.of()),
                        item.key().toString(),
                        vault.path(master).toString(),
                        brief.of(item.path(), sha256));
                if (!page.steps().isEmpty()) {
                    pages.add(page);
                }
            }
            var captures = manifest.settings().isPresent() && !ofBatch.contains("capture");
            return new ToProcess(
                    batch.key(),
                    duplicates,
                    pages,
                    captures ? Optional.of(manifest.scannerId().orElse(manifest.scannerModel())) : Optional.empty(),
                    captures ? Capturing.settings(manifest) : Json.nothing(),
                    brief,
                    ofBatch.contains("normalize") ? Optional.empty() : Lookups.metadata(manifest),
                    !ofBatch.contains("enrich"));
        });
    }

    void commit(Tx tx, ToProcess todo) throws SQLException {
        var batch = lookups.batch(tx, Optional.of(todo.batch().toString())).orElseThrow();
        for (var duplicate : todo.duplicates().entrySet()) {
            recording.quarantine(tx, batch, duplicate.getKey(), duplicate.getValue());
        }
    }

    static Ending<JsonNode> process(ToProcess todo) {
        var key = todo.batch().toString();
        var header = todo.brief().header();
        var members = new ArrayList<Signature<?>>();
        todo.scanner()
                .ifPresent(scanner -> members.add(Archival.ROUTE_CAPTURE_COMMAND
                        .with(new Archival.RouteCaptureCommand(scanner, todo.settings()))
                        .immutable()
                        .subject(key)
                        .header(Brief.HEADER, header)));
        todo.pages().forEach(page -> members.addAll(page.signatures()));
        todo.metadata()
                .ifPresent(metadata -> members.add(Archival.NORMALIZE_METADATA
                        .with(new Archival.NormalizeMetadata(metadata))
                        .immutable()
                        .subject(key)
                        .header(Brief.HEADER, header)));
        if (members.isEmpty() && !todo.enrich()) {
            return Ending.returns(Json.tree(0));
        }
        if (members.isEmpty()) {
            return Ending.replacedBy(Archival.APPLY_AI_ENRICHMENT
                    .with(new Archival.ApplyAiEnrichment(List.of()))
                    .immutable()
                    .subject(key)
                    .header(Brief.HEADER, header));
        }
        return Ending.replacedBy(Chord.of(
                members, Archival.APPLY_AI_ENRICHMENT.partial().subject(key).header(Brief.HEADER, header)));
    }
}
