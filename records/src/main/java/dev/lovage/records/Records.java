package dev.lovage.records;

import dev.lovage.custody.CustodySchema;
import dev.lovage.custody.blob.FolderBlobStore;
import dev.lovage.custody.inbox.Inbox;
import dev.lovage.custody.ledger.Ledger;
import dev.lovage.custody.ledger.LedgerBroken;
import dev.lovage.custody.ledger.LedgerVerifier;
import dev.lovage.custody.ledger.Sequencer;
import dev.lovage.custody.ledger.Verdict;
import dev.lovage.custody.review.Review;
import dev.lovage.custody.secret.Secrets;
import dev.lovage.engine.Lovage;
import dev.lovage.engine.task.TaskProvider;
import dev.lovage.records.intake.Agency;
import dev.lovage.records.intake.Answer;
import dev.lovage.records.intake.Arrival;
import dev.lovage.records.intake.Freeze;
import dev.lovage.records.intake.Intake;
import dev.lovage.records.intake.Item;
import dev.lovage.records.intake.Reader;
import dev.lovage.records.intake.Reconciliation;
import dev.lovage.records.intake.StaffTask;
import dev.lovage.records.intake.State;
import dev.lovage.sql.broker.SqlBackbone;
import dev.lovage.sql.database.Database;
import dev.lovage.sql.database.Migrations;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The door of the records application: accepts public-records requests, brings them through the pipeline, and
/// accounts for every one.
///
/// ```java
/// try (var lovage = Lovage.embedded(data); var records = Records.open(lovage, Agency.sample(),
/// InstantSource.system());
///         var worker = lovage.worker().tasks(records.tasks()).queues(Pipeline.QUEUES).start()) {
///     records.reader().file("request.eml", bytes, "mailbox").arrivals().forEach(records::accept);
/// }
/// ```
public final class Records {
    private static final Logger LOG = LoggerFactory.getLogger(Records.class);
    private static final long BLOB_BYTES_MAX = 160L * 1024 * 1024;

    private final Database database;
    private final Agency agency;
    private final Reader reader = new Reader();
    private final Intake intake;
    private final Review review;
    private final InstantSource clock;

    private Records(Database database, Agency agency, Intake intake, Review review, InstantSource clock) {
        this.database = database;
        this.agency = agency;
        this.intake = intake;
        this.review = review;
        this.clock = clock;
    }

    /// Opens the application in the database and the data folder of `lovage`; makes its tables and secrets at
    /// first start.
    ///
    /// @throws IllegalStateException if nothing is kept in SQL
    public static Records open(Lovage lovage, Agency agency, InstantSource clock) {
        var database = SqlBackbone.databaseOf(lovage.backbone())
                .orElseThrow(() -> new IllegalStateException("The records application keeps its truth in SQL, and"
                        + " nothing is kept there. Nothing was opened. Set store_url to sqlite: or postgresql:."));
        var data = lovage.settings().data();
        database.migrate(CustodySchema.migrations());
        database.migrate(migrations());
        var secrets = Secrets.open(data);
        try {
            var blobs = FolderBlobStore.open(data.resolve("blobs"), BLOB_BYTES_MAX);
            var ledger = new Ledger(database, clock);
            var intake = new Intake(
                    lovage,
                    database,
                    agency,
                    new Inbox(clock),
                    ledger,
                    blobs,
                    secrets.key("idempotency"),
                    secrets.key("pseudonym"),
                    data.resolve("letters"),
                    clock);
            return new Records(database, agency, intake, new Review(lovage, ledger, agency.tenant()), clock);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "The folder for blobs in " + data + " can't be used. Nothing was opened.", e);
        }
    }

    /// This application's tables.
    public static Migrations migrations() {
        return Migrations.of("records", Records.class, "migrations", 1);
    }

    public Agency agency() {
        return agency;
    }

    /// The handlers of the pipeline, for a worker on [Pipeline#QUEUES].
    public TaskProvider tasks() {
        return intake.pipeline();
    }

    /// Finds out what a file or a body holds.
    public Reader reader() {
        return reader;
    }

    /// Accepts a delivery durably, or says what it became before.
    ///
    /// @throws dev.lovage.engine.broker.Busy if too much waits to be written; nothing was accepted, send it
    ///     again later
    public Answer accept(Arrival arrival) {
        return intake.accept(arrival);
    }

    public Optional<Item> find(String trackingId) {
        return intake.find(trackingId);
    }

    /// The submissions received last.
    ///
    /// @param max 1 or more
    public List<Item> latest(int max) {
        return intake.latest(max, Optional.empty());
    }

    /// The submissions received last of those in one state, such as the ones that wait for a person.
    public List<Item> latest(int max, State state) {
        return intake.latest(max, Optional.of(state));
    }

    /// What was written to the ledger about a submission, oldest first, chained or not.
    public List<Intake.Event> timeline(String trackingId) {
        return intake.timeline(trackingId);
    }

    public List<StaffTask> staffTasks() {
        return intake.staffTasks();
    }

    /// The review of dead letters, quarantined and parked messages.
    public Review review() {
        return review;
    }

    public Freeze freeze() {
        return intake.freeze();
    }

    /// The accepted submissions that are not accounted for. Empty is the promise.
    public List<Reconciliation.Unaccounted> unaccounted() {
        return intake.unaccounted();
    }

    /// Sends the next step of unaccounted submissions again, where that can be done.
    ///
    /// @return their tracking ids
    public List<String> redrive() {
        return intake.redrive();
    }

    /// Starts chaining the ledger's intents, on a thread of its own.
    public Sequencer sequencer() {
        return Sequencer.start(database, origin(), clock);
    }

    /// Chains what waits, on this thread, and verifies the whole ledger. What can't be chained is among what it finds.
    public Verdict verify() {
        try {
            Sequencer.runOnce(database, origin(), clock);
        } catch (LedgerBroken found) {
            LOG.warn("The ledger could not be continued before it was verified: {}", found.getMessage());
        }
        return LedgerVerifier.verify(database);
    }

    /// How many entries the ledger has.
    public long ledgerEntries() {
        return database.read(Ledger::entries);
    }

    /// Goes through a transaction that changes nothing.
    ///
    /// @throws RuntimeException if the database can't be written to now
    public void probe() {
        database.write(tx -> {
            try (var update = tx.connection()
                    .prepareStatement("UPDATE records_sequence SET taken = taken WHERE tenant = ? AND series = ''")) {
                update.setString(1, agency.tenant());
                return update.executeUpdate();
            }
        });
    }

    /// The name of this installation's ledger.
    public String origin() {
        return "lovage/" + agency.tenant();
    }

    /// The store's totals.
    public Intake.Totals totals() {
        return intake.totals();
    }
}
