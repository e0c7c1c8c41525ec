package dev.lovage.archive;

import dev.lovage.archive.bag.BagReport;
import dev.lovage.archive.bag.BagVerifier;
import dev.lovage.archive.batch.Batch;
import dev.lovage.archive.batch.Catalogue;
import dev.lovage.archive.batch.Item;
import dev.lovage.archive.event.Events;
import dev.lovage.archive.event.Recorded;
import dev.lovage.archive.ingest.Ingest;
import dev.lovage.archive.ingest.Packaging;
import dev.lovage.archive.ingest.Pipeline;
import dev.lovage.archive.scanner.Scanners;
import dev.lovage.archive.vault.ReadBudget;
import dev.lovage.archive.vault.Vault;
import dev.lovage.custody.CustodySchema;
import dev.lovage.custody.ledger.Ledger;
import dev.lovage.engine.Lovage;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.task.TaskProvider;
import dev.lovage.sql.broker.SqlBackbone;
import dev.lovage.sql.database.Database;
import dev.lovage.sql.database.Migrations;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/// The door of the archive application: takes in digitization batches, brings them to verified packages, and accounts
/// for every file.
///
/// ```java
/// try (var lovage = Lovage.embedded(data);
///         var archive = Archive.open(lovage, "AV-ARC", InstantSource.system());
///         var light = lovage.worker().tasks(archive.tasks(Archive.LIGHT)).start();
///         var heavy = lovage.worker().tasks(archive.tasks(Archive.HEAVY)).pool(Pool.processes(2)).start()) {
///     archive.ingest(Path.of("batch/manifest.json"));
/// }
/// ```
public final class Archive {
    /// The queues of work that waits for storage, and of decisions: for a pool of threads.
    public static final Set<String> LIGHT = Set.of("default", "io_bound");

    /// The queues of work that computes, in native code, on files from outside: for a pool of child processes.
    public static final Set<String> HEAVY = Set.of("compute_intensive");

    private final Database database;
    private final Pipeline pipeline;
    private final Ingest ingest;
    private final Vault vault;
    private final Path packages;
    private final String tenant;

    private Archive(Database database, Pipeline pipeline, Ingest ingest, Vault vault, Path packages, String tenant) {
        this.database = database;
        this.pipeline = pipeline;
        this.ingest = ingest;
        this.vault = vault;
        this.packages = packages;
        this.tenant = tenant;
    }

    /// Opens the application in the database and the data folder of `lovage`; makes its tables at first start.
    /// The scanners are those of `scanners.yaml` in the data folder, if there is one. Depositors' files are read
    /// as fast as the setting `archive_read_budget` allows.
    ///
    /// @throws IllegalStateException if nothing is kept in SQL
    /// @throws dev.lovage.engine.settings.BadSetting if that setting can't be read
    public static Archive open(Lovage lovage, String tenant, InstantSource clock) {
        var database = SqlBackbone.databaseOf(lovage.backbone())
                .orElseThrow(() -> new IllegalStateException("The archive application keeps its truth in SQL, and"
                        + " nothing is kept there. Nothing was opened. Set store_url to sqlite: or postgresql:."));
        database.migrate(CustodySchema.migrations());
        database.migrate(migrations());
        var data = lovage.settings().data();
        var ledger = new Ledger(database, clock);
        var vault = Vault.open(data, budget(lovage.settings()));
        var packaging = new Packaging(vault, data);
        var pipeline = new Pipeline(
                lovage,
                database,
                vault,
                new Events(ledger, tenant, clock),
                scanners(data, clock),
                packaging,
                tenant,
                clock);
        var ingest = new Ingest(lovage, database, ledger, pipeline, vault, packaging, tenant, clock);
        return new Archive(database, pipeline, ingest, vault, packaging.folder(), tenant);
    }

    private static ReadBudget budget(Settings settings) {
        var bytes = settings.bytesPerSecond(Setting.ARCHIVE_READ_BUDGET);
        return bytes == 0 ? ReadBudget.unlimited() : ReadBudget.perSecond(bytes);
    }

    private static Scanners scanners(Path data, InstantSource clock) {
        var file = data.resolve("scanners.yaml");
        try {
            return Files.exists(file) ? Scanners.read(file, data, clock) : Scanners.none();
        } catch (IOException e) {
            throw new UncheckedIOException("The scanners' file " + file + " can't be read. Nothing was opened.", e);
        }
    }

    /// This application's tables.
    public static Migrations migrations() {
        return Migrations.of("archive", Archive.class, "migrations", 1);
    }

    /// The handlers of the tasks that go through these queues: [#LIGHT], [#HEAVY], or some of them.
    public TaskProvider tasks(Set<String> queues) {
        return pipeline.tasks(queues);
    }

    /// Takes in a batch: its manifest, or the folder that has it as `manifest.json`. The same manifest again changes
    /// nothing, unless the batch needed review: then the work on it is taken up again.
    ///
    /// @throws dev.lovage.archive.ingest.BatchRefused if this can't be a batch, or is another one of a known name
    /// @throws IOException if the manifest can't be read
    public Ingest.Receipt ingest(Path manifest) throws IOException {
        return ingest.ingest(manifest);
    }

    /// The newest generation of a batch.
    public Optional<Batch> find(String id) {
        return database.read(connection -> Catalogue.of(connection, tenant).batch(id))
                .map(this::placed);
    }

    /// One generation of a batch.
    public Optional<Batch> find(UUID key) {
        return database.read(connection -> Catalogue.of(connection, tenant).batch(key))
                .map(this::placed);
    }

    public Optional<Item> item(UUID key) {
        return database.read(connection -> Catalogue.of(connection, tenant).item(key));
    }

    /// The items of this path in any batch, of the batch received last first.
    public List<Item> items(String path, int max) {
        return database.read(connection -> Catalogue.of(connection, tenant).items(path, max));
    }

    /// How many steps of a batch and its items are done.
    public long steps(UUID batch) {
        return database.read(connection -> Events.count(connection, tenant, batch));
    }

    /// What the executions of a task recorded, oldest first.
    public List<Recorded> eventsOfTask(String taskId) {
        return database.read(connection -> Events.ofTask(connection, tenant, taskId));
    }

    /// The batches received last.
    public List<Batch> latest(int max) {
        return database.read(connection -> Catalogue.of(connection, tenant).latest(max)).stream()
                .map(this::placed)
                .toList();
    }

    /// Rows name a package by its folder's name, so that a data folder can be moved and restored elsewhere.
    private Batch placed(Batch batch) {
        return batch.packaged(
                batch.packaged().map(name -> packages.resolve(name).toString()));
    }

    /// In their order.
    public List<Item> items(UUID batch) {
        return database.read(connection -> Catalogue.of(connection, tenant).items(batch));
    }

    public List<Catalogue.Output> outputs(UUID batch) {
        return database.read(connection -> Catalogue.of(connection, tenant).outputs(batch));
    }

    /// Where a file of the vault lies.
    public Path file(Catalogue.Output output) {
        return vault.path(output.kept());
    }

    /// A thumbnail's JPEG file.
    ///
    /// @param sha256 of its bytes
    public Optional<Path> thumbnail(String sha256) {
        return database.read(connection -> Catalogue.of(connection, tenant).thumbnail(sha256))
                .map(vault::path);
    }

    /// The events of a batch and its items, oldest first.
    public List<Recorded> events(UUID batch) {
        return database.read(connection -> Events.ofBatch(connection, tenant, batch));
    }

    /// Verifies the package of a batch from its files alone.
    ///
    /// @return empty if the batch has no package
    public Optional<BagReport> verify(Batch batch) throws IOException {
        return batch.packaged().isEmpty()
                ? Optional.empty()
                : Optional.of(BagVerifier.verify(Path.of(batch.packaged().get())));
    }

    /// Whether the package is still the one that was accepted.
    public boolean same(Batch batch) throws IOException {
        var manifest = Path.of(batch.packaged().orElseThrow()).resolve("tagmanifest-sha256.txt");
        return Files.exists(manifest)
                && Vault.digest(manifest).equals(batch.packageSha256().orElse(""));
    }

    /// The batches that are received, have not ended, and that no message works on. Empty is the promise.
    public List<Ingest.Unaccounted> unaccounted() {
        return ingest.unaccounted();
    }

    /// Takes up the work on batches that no message works on.
    ///
    /// @return their ids
    public List<String> redrive() {
        return ingest.redrive();
    }

    /// Removes files that no row names.
    ///
    /// @return how many
    public int sweep() throws IOException {
        return ingest.sweep();
    }

    public Ingest.Totals totals() {
        return ingest.totals();
    }
}
