package dev.lovage.archive.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.lovage.archive.batch.Batch;
import dev.lovage.archive.batch.Catalogue;
import dev.lovage.engine.Lovage;
import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.task.Ending;
import dev.lovage.engine.task.IgnoreTask;
import dev.lovage.engine.task.RetryTask;
import dev.lovage.engine.task.TaskContext;
import dev.lovage.engine.tx.Tx;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/// Takes up the work on a batch that was broken off, when none of its tasks is left.
final class Resumption {
    /// Where a task is that will still do something.
    static final Set<Custody> ALIVE = Set.of(Custody.READY, Custody.TIMER, Custody.LEASED);

    private static final Duration LOOK_AGAIN = Duration.ofSeconds(2);
    private static final Duration LOOK_AGAIN_LATER = Duration.ofSeconds(30);
    private static final int QUICK_LOOKS = 30;

    /// How the work on a batch is taken up.
    ///
    /// @param unchecked the manifest's check, if that was never done: then it begins with it
    record Plan(String batch, Optional<Archival.ValidateBatchSchema> unchecked) {}

    private final Lovage lovage;
    private final Lookups lookups;
    private final String tenant;
    private final InstantSource clock;

    Resumption(Lovage lovage, Lookups lookups, String tenant, InstantSource clock) {
        this.lovage = lovage;
        this.lookups = lookups;
        this.tenant = tenant;
        this.clock = clock;
    }

    /// Sends what takes the work up again; once for each time that it was broken off.
    void send(Tx tx, Batch batch) {
        lovage.send(
                tx,
                Course.ofBatch(Archival.RESUME_BATCH, batch.key().toString())
                        .taskId(batch.resumption(batch.runs() + 1)));
    }

    /// The same, whatever became of what was sent for it before.
    void sendAnew(Tx tx, Batch batch) throws SQLException {
        var catalogue = Catalogue.of(tx, tenant);
        if (catalogue.run(batch.key(), batch.runs(), clock.instant())) {
            send(tx, catalogue.batch(batch.key()).orElseThrow());
        }
    }

    /// @throws RetryTask while other tasks of the batch are on their way
    Plan plan(Archival.OfBatch in) {
        var batch = lookups.workable(in.batch());
        if (number() <= batch.runs()) {
            throw new IgnoreTask("A later resumption of " + batch.id() + " has taken the place of this one.");
        }
        var subjects =
                lookups.items(batch).stream().map(item -> item.key().toString()).collect(Collectors.toSet());
        subjects.add(in.batch());
        var busy = lovage.backbone().store().inventory().stream()
                .filter(entry -> ALIVE.contains(entry.custody()))
                .filter(entry ->
                        !entry.task().equals(Archival.RESUME_BATCH.name().value()))
                .filter(entry -> entry.subject().filter(subjects::contains).isPresent())
                .count();
        if (busy > 0) {
            throw new RetryTask(
                    new IllegalStateException(busy + " tasks of the batch are not through yet"),
                    TaskContext.current().retries() < QUICK_LOOKS ? LOOK_AGAIN : LOOK_AGAIN_LATER);
        }
        return new Plan(
                in.batch(),
                batch.state() == Batch.State.RECEIVED
                        ? Optional.of(new Archival.ValidateBatchSchema(
                                batch.id(), Json.read(batch.manifest().getBytes(UTF_8))))
                        : Optional.empty());
    }

    /// Which resumption of its batch this task is.
    private static int number() {
        var id = TaskContext.current().id();
        var digits = id.substring(id.lastIndexOf('-') + 1);
        return id.contains("/resume-") && digits.matches("\\d{1,9}") ? Integer.parseInt(digits) : Integer.MAX_VALUE;
    }

    static Ending<JsonNode> ending(Plan plan) {
        return Ending.replacedBy(Course.again(plan.batch(), plan.unchecked()));
    }

    void commit(Tx tx, Plan plan) throws SQLException {
        var batch = lookups.batch(tx, Optional.of(plan.batch())).orElseThrow();
        Catalogue.of(tx, tenant).run(batch.key(), batch.runs(), clock.instant());
    }
}
