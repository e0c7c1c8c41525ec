package dev.lovage.archive.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.lovage.archive.batch.Batch;
import dev.lovage.archive.batch.Catalogue;
import dev.lovage.archive.batch.Item;
import dev.lovage.archive.description.DescriptionRejected;
import dev.lovage.archive.description.Descriptions;
import dev.lovage.archive.description.Field;
import dev.lovage.archive.enrichment.Known;
import dev.lovage.archive.manifest.Manifest;
import dev.lovage.archive.manifest.Manifests;
import dev.lovage.archive.vault.Vault;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.tx.Tx;
import dev.lovage.sql.database.Database;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/// What the steps read of the batch that they work for. It changes nothing.
final class Lookups {
    /// The states in which a batch is worked on.
    static final Set<Batch.State> WORKABLE = Set.of(Batch.State.RECEIVED, Batch.State.VALIDATED);

    private final Database database;
    private final Vault vault;
    private final String tenant;

    Lookups(Database database, Vault vault, String tenant) {
        this.database = database;
        this.vault = vault;
        this.tenant = tenant;
    }

    /// @param key of the batch
    /// @throws IllegalStateException if it is not worked on
    Batch workable(String key) {
        var batch = database.read(connection -> Catalogue.of(connection, tenant).batch(UUID.fromString(key)))
                .orElseThrow(
                        () -> new IllegalStateException("There is no batch " + key + ". Nothing was done for it."));
        if (batch.state() == Batch.State.NEEDS_REVIEW) {
            throw new IllegalStateException(
                    "The batch " + batch.id() + " needs review. Nothing was done for it. When it"
                            + " is mended, ingest the same manifest again, and dispose of this dead letter.");
        }
        if (!WORKABLE.contains(batch.state())) {
            throw new IllegalStateException(
                    "The batch " + batch.id() + " has ended as " + batch.state() + ". Nothing was done for it.");
        }
        return batch;
    }

    /// Whether a step of the whole batch is recorded.
    boolean done(Batch batch, String step) {
        return database.read(connection -> Catalogue.of(connection, tenant).steps(batch.key()))
                .getOrDefault(batch.key().toString(), Set.of())
                .contains(step);
    }

    /// In their order.
    List<Item> items(Batch batch) {
        return database.read(connection -> Catalogue.of(connection, tenant).items(batch.key()));
    }

    Optional<Batch> batch(Tx tx, Optional<String> key) throws SQLException {
        return key.isEmpty() ? Optional.empty() : Catalogue.of(tx, tenant).batch(UUID.fromString(key.get()));
    }

    Optional<Item> item(Tx tx, Optional<String> key) throws SQLException {
        return key.isEmpty() ? Optional.empty() : Catalogue.of(tx, tenant).item(UUID.fromString(key.get()));
    }

    static Manifest manifest(Batch batch) {
        return Manifests.check(batch.id(), Json.read(batch.manifest().getBytes(UTF_8)));
    }

    /// The descriptive records of a manifest: none, the one, or a list.
    static Optional<JsonNode> metadata(Manifest manifest) {
        var records = Stream.concat(
                        manifest.metadata().stream(),
                        manifest.items().stream().map(item -> item.metadata()).flatMap(Optional::stream))
                .toList();
        return switch (records.size()) {
            case 0 -> Optional.empty();
            case 1 -> Optional.of(records.getFirst());
            default -> Optional.of(Json.tree(records));
        };
    }

    /// What people wrote about the running task's batch.
    Known known() {
        var records = Brief.subject()
                .flatMap(subject -> database.read(
                        connection -> Catalogue.of(connection, tenant).batch(UUID.fromString(subject))))
                .flatMap(batch -> metadata(manifest(batch)));
        if (records.isEmpty()) {
            return Known.NOTHING;
        }
        try {
            var all = Descriptions.json(records.get()).records();
            return new Known(
                    all.stream()
                            .flatMap(one -> one.texts(Field.LANGUAGE).stream())
                            .toList(),
                    all.stream()
                            .flatMap(one -> one.texts(Field.SUBJECT).stream())
                            .toList());
        } catch (DescriptionRejected e) {
            return Known.NOTHING; // normalize says so
        }
    }

    /// The files with the recognised text of the running task's batch, by the keys of its items.
    Map<String, String> texts() {
        var subject = Brief.subject();
        if (subject.isEmpty()) {
            return Map.of();
        }
        var files = new LinkedHashMap<String, String>();
        database.read(connection -> Catalogue.of(connection, tenant).outputs(UUID.fromString(subject.get()))).stream()
                .filter(output -> output.kept().kind().equals("text"))
                .forEach(output -> files.put(
                        output.subject().toString(), vault.path(output.kept()).toString()));
        return files;
    }
}
