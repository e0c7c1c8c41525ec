package dev.lovage.archive.batch;

import dev.lovage.archive.vault.Kept;
import dev.lovage.engine.tx.Tx;
import dev.lovage.sql.broker.Sql;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The rows of one tenant's batches, items and files, on one connection.
public record Catalogue(Sql sql, String tenant) {
    /// A file with what it belongs to.
    public record Output(UUID subject, int generation, Kept kept) {}

    public static Catalogue of(Connection connection, String tenant) {
        return new Catalogue(new Sql(connection), tenant);
    }

    public static Catalogue of(Tx tx, String tenant) {
        return of(tx.connection(), tenant);
    }

    /// @return false if there is one of that id and generation
    public boolean add(Batch batch) throws SQLException {
        return sql.update(
                        "INSERT INTO archive_batch (tenant, batch, batch_id, generation, state, manifest, manifest_sha256,"
                                + " folder, root_id, runs, received_at, updated_at) VALUES (" + Sql.places(12)
                                + ") ON CONFLICT DO NOTHING",
                        tenant,
                        batch.key().toString(),
                        batch.id(),
                        batch.generation(),
                        batch.state().name(),
                        batch.manifest(),
                        batch.manifestSha256(),
                        batch.folder().toString(),
                        batch.rootId(),
                        batch.runs(),
                        Sql.micros(batch.receivedAt()),
                        Sql.micros(batch.updatedAt()))
                == 1;
    }

    public Optional<Batch> batch(UUID key) throws SQLException {
        return sql.first(
                "SELECT * FROM archive_batch WHERE tenant = ? AND batch = ?", Catalogue::batch, tenant, key.toString());
    }

    /// The newest generation of a batch.
    public Optional<Batch> batch(String id) throws SQLException {
        return sql.first(
                "SELECT * FROM archive_batch WHERE tenant = ? AND batch_id = ? ORDER BY generation DESC LIMIT 1",
                Catalogue::batch,
                tenant,
                id);
    }

    public List<Batch> latest(int max) throws SQLException {
        return sql.list(
                "SELECT * FROM archive_batch WHERE tenant = ? ORDER BY received_at DESC, batch DESC LIMIT ?",
                Catalogue::batch,
                tenant,
                max);
    }

    /// The batches that have not ended, oldest first.
    public List<Batch> open() throws SQLException {
        return sql.list(
                "SELECT * FROM archive_batch WHERE tenant = ? AND state IN ('RECEIVED', 'VALIDATED')"
                        + " ORDER BY received_at",
                Catalogue::batch,
                tenant);
    }

    /// Moves a batch on from one of these states.
    ///
    /// @return false if it is elsewhere; nothing was changed
    public boolean advance(UUID key, Set<Batch.State> from, Batch.State to, Optional<String> reason, Instant now)
            throws SQLException {
        var states = new ArrayList<Object>(
                List.of(to.name(), reason.map(Sql::storable).orElse(""), Sql.micros(now), tenant, key.toString()));
        from.forEach(state -> states.add(state.name()));
        return sql.update(
                        "UPDATE archive_batch SET state = ?, reason = NULLIF(?, ''), updated_at = ? WHERE tenant = ?"
                                + " AND batch = ? AND state IN (" + Sql.places(from.size()) + ")",
                        states.toArray())
                == 1;
    }

    /// Notes that the work on a batch is taken up for the nth time.
    ///
    /// @return false if another has done so
    public boolean run(UUID key, int from, Instant now) throws SQLException {
        return sql.update(
                        "UPDATE archive_batch SET runs = runs + 1, updated_at = ? WHERE tenant = ? AND batch = ?"
                                + " AND runs = ?",
                        Sql.micros(now),
                        tenant,
                        key.toString(),
                        from)
                == 1;
    }

    public void packaged(UUID key, String folder, String sha256) throws SQLException {
        sql.update(
                "UPDATE archive_batch SET package = ?, package_sha256 = ? WHERE tenant = ? AND batch = ?",
                folder,
                sha256,
                tenant,
                key.toString());
        sql.update(
                "UPDATE archive_item SET state = 'PACKAGED' WHERE tenant = ? AND batch = ? AND state = 'FIXED'",
                tenant,
                key.toString());
    }

    /// What is there already stays as it is.
    public void add(List<Item> items, Instant now) throws SQLException {
        List<@Nullable Object[]> rows = new ArrayList<>();
        for (var item : items) {
            rows.add(new @Nullable Object[] {
                tenant,
                item.key().toString(),
                item.batch().toString(),
                item.path(),
                item.place(),
                item.pageLabel().orElse(null),
                item.expectedSha256().orElse(null),
                item.sha256().orElse(null),
                item.size().orElse(null),
                item.state().name(),
                Sql.micros(now)
            });
        }
        sql.updateEach(
                "INSERT INTO archive_item (tenant, item, batch, path, place, page_label, expected_sha256, sha256, size,"
                        + " state, updated_at) VALUES (" + Sql.places(11) + ") ON CONFLICT DO NOTHING",
                rows);
    }

    public Optional<Item> item(UUID key) throws SQLException {
        return sql.first(
                "SELECT * FROM archive_item WHERE tenant = ? AND item = ?", Catalogue::item, tenant, key.toString());
    }

    /// Those of this path in any batch, of the batch received last first.
    public List<Item> items(String path, int max) throws SQLException {
        return sql.list(
                "SELECT i.* FROM archive_item i JOIN archive_batch b ON b.tenant = i.tenant AND b.batch = i.batch"
                        + " WHERE i.tenant = ? AND i.path = ? ORDER BY b.received_at DESC, b.batch DESC LIMIT ?",
                Catalogue::item,
                tenant,
                path,
                max);
    }

    /// In their order.
    public List<Item> items(UUID batch) throws SQLException {
        return sql.list(
                "SELECT * FROM archive_item WHERE tenant = ? AND batch = ? ORDER BY place, path",
                Catalogue::item,
                tenant,
                batch.toString());
    }

    /// Another item of the same bytes that was taken in and is in an accepted package.
    public Optional<String> kept(String sha256, UUID batch) throws SQLException {
        return sql.first(
                "SELECT b.batch_id, i.path FROM archive_item i JOIN archive_batch b ON b.tenant = i.tenant AND b.batch ="
                        + " i.batch WHERE i.tenant = ? AND i.sha256 = ? AND i.state = 'PACKAGED' AND i.batch <> ?",
                row -> row.getString(2) + " of the batch " + row.getString(1),
                tenant,
                sha256,
                batch.toString());
    }

    public void fixed(UUID item, String sha256, long size, Instant now) throws SQLException {
        sql.update(
                "UPDATE archive_item SET state = 'FIXED', sha256 = ?, size = ?, updated_at = ? WHERE tenant = ?"
                        + " AND item = ? AND state = 'REGISTERED'",
                sha256,
                size,
                Sql.micros(now),
                tenant,
                item.toString());
    }

    /// @return false if it is in quarantine or in a package already
    public boolean quarantine(UUID item, String reason, Instant now) throws SQLException {
        return sql.update(
                        "UPDATE archive_item SET state = 'QUARANTINED', reason = ?, updated_at = ? WHERE tenant = ?"
                                + " AND item = ? AND state IN ('REGISTERED', 'FIXED')",
                        Sql.storable(reason),
                        Sql.micros(now),
                        tenant,
                        item.toString())
                == 1;
    }

    /// Takes an item back that was put aside.
    ///
    /// @return false if it is not in quarantine
    public boolean restore(UUID item, Instant now) throws SQLException {
        return sql.update(
                        "UPDATE archive_item SET state = CASE WHEN sha256 IS NULL THEN 'REGISTERED' ELSE 'FIXED' END,"
                                + " reason = NULL, updated_at = ? WHERE tenant = ? AND item = ?"
                                + " AND state = 'QUARANTINED'",
                        Sql.micros(now),
                        tenant,
                        item.toString())
                == 1;
    }

    public void add(UUID batch, UUID subject, int generation, Kept kept) throws SQLException {
        sql.update(
                "INSERT INTO archive_output (tenant, subject, kind, generation, batch, file, sha256, size, media_type)"
                        + " VALUES (" + Sql.places(9) + ") ON CONFLICT DO NOTHING",
                tenant,
                subject.toString(),
                kept.kind(),
                generation,
                batch.toString(),
                kept.file(),
                kept.sha256(),
                kept.size(),
                kept.mediaType());
    }

    public List<Output> outputs(UUID batch) throws SQLException {
        return sql.list(
                "SELECT * FROM archive_output WHERE tenant = ? AND batch = ? ORDER BY subject, kind",
                Catalogue::output,
                tenant,
                batch.toString());
    }

    public Optional<Kept> output(UUID subject, String kind) throws SQLException {
        return sql.first(
                        "SELECT * FROM archive_output WHERE tenant = ? AND subject = ? AND kind = ?"
                                + " ORDER BY generation DESC LIMIT 1",
                        Catalogue::output,
                        tenant,
                        subject.toString(),
                        kind)
                .map(Output::kept);
    }

    /// A thumbnail by its digest.
    public Optional<Kept> thumbnail(String sha256) throws SQLException {
        return sql.first(
                        "SELECT * FROM archive_output WHERE tenant = ? AND sha256 = ? AND kind LIKE 'thumbnail-%'",
                        Catalogue::output, tenant, sha256)
                .map(Output::kept);
    }

    /// Every file of the vault that a row of any tenant names.
    public Set<String> named() throws SQLException {
        return new HashSet<>(sql.list("SELECT file FROM archive_output", row -> row.getString(1)));
    }

    /// The steps that were done for each item of a batch.
    public Map<String, Set<String>> steps(UUID batch) throws SQLException {
        var steps = new TreeMap<String, Set<String>>();
        sql.list(
                        "SELECT subject, step FROM archive_event WHERE tenant = ? AND batch = ?",
                        row -> List.of(row.getString(1), row.getString(2)),
                        tenant,
                        batch.toString())
                .forEach(pair ->
                        steps.computeIfAbsent(pair.get(0), _ -> new HashSet<>()).add(pair.get(1)));
        return steps;
    }

    public long count(String what) throws SQLException {
        return sql.first("SELECT count(*) FROM " + what + " AND tenant = ?", row -> row.getLong(1), tenant)
                .orElse(0L);
    }

    /// The folders of all accepted packages, of all tenants.
    public static List<String> packages(Connection connection) throws SQLException {
        return new Sql(connection)
                .list("SELECT package FROM archive_batch WHERE package IS NOT NULL", row -> row.getString(1));
    }

    private static Batch batch(ResultSet row) throws SQLException {
        return new Batch(
                UUID.fromString(row.getString("batch")),
                row.getString("batch_id"),
                row.getInt("generation"),
                Batch.State.valueOf(row.getString("state")),
                Sql.text(row, "reason"),
                row.getString("manifest"),
                row.getString("manifest_sha256"),
                Path.of(row.getString("folder")),
                row.getString("root_id"),
                row.getInt("runs"),
                Sql.text(row, "package"),
                Sql.text(row, "package_sha256"),
                Sql.instant(row.getLong("received_at")),
                Sql.instant(row.getLong("updated_at")));
    }

    private static Item item(ResultSet row) throws SQLException {
        var size = row.getLong("size");
        var sized = !row.wasNull();
        return new Item(
                UUID.fromString(row.getString("item")),
                UUID.fromString(row.getString("batch")),
                row.getString("path"),
                row.getInt("place"),
                Sql.text(row, "page_label"),
                Sql.text(row, "expected_sha256"),
                Sql.text(row, "sha256"),
                sized ? Optional.of(size) : Optional.empty(),
                Item.State.valueOf(row.getString("state")),
                Sql.text(row, "reason"));
    }

    private static Output output(ResultSet row) throws SQLException {
        return new Output(
                UUID.fromString(row.getString("subject")),
                row.getInt("generation"),
                new Kept(
                        row.getString("kind"),
                        row.getString("file"),
                        row.getString("sha256"),
                        row.getLong("size"),
                        row.getString("media_type")));
    }
}
