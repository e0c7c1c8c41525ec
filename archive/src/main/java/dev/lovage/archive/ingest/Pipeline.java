package dev.lovage.archive.ingest;

import dev.lovage.archive.event.Events;
import dev.lovage.archive.scanner.Scanners;
import dev.lovage.archive.vault.Vault;
import dev.lovage.engine.Lovage;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.task.Ending;
import dev.lovage.engine.task.TaskProvider;
import dev.lovage.engine.task.Tasks;
import dev.lovage.sql.database.Database;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// The way of a batch, each step a task:
///
/// ```
/// validate -> fix -> chord(group(verify each file), -) -> process -> chord(group(capture, technical metadata,
///     thumbnails, OCR of each item, normalize), enrich) -> package
/// ```
///
/// `fix` and `process` replace themselves by the chord of what is left to do, so work that was broken off is taken up
/// by sending them again. Pages that a capture brings are worked on by a chord that takes the capture's place in the
/// group.
///
/// Invariants:
/// 1. What a step made of an item, its events and the end of its execution are one transaction. A second attempt finds
///    the first one's event and changes nothing.
/// 2. An item that is bad, or whose step fails for good, goes into quarantine with the reason; the rest goes on.
/// 3. No step runs before the manifest was found right, and none on a file whose digest is not the manifest's.
///
/// | what fails for good | what becomes of the batch |
/// |---|---|
/// | the manifest's check | REJECTED, with all violations |
/// | a step of an item | the item is quarantined; when the others are through, the work is taken up without it |
/// | a step of the whole batch | NEEDS_REVIEW; the same manifest ingested again takes the work up |
/// | every item | REJECTED |
///
/// A person may release a step of an item. When it comes through before the batch is accepted, the item is taken back.
public final class Pipeline {
    private final Lookups lookups;
    private final Resumption resumption;
    private final Recording recording;
    private final Validation validation;
    private final LeftToDo left;
    private final Works works;
    private final Capturing capturing;
    private final Describing describing;
    private final Acceptance acceptance;

    public Pipeline(
            Lovage lovage,
            Database database,
            Vault vault,
            Events events,
            Scanners scanners,
            Packaging packaging,
            String tenant,
            InstantSource clock) {
        lookups = new Lookups(database, vault, tenant);
        resumption = new Resumption(lovage, lookups, tenant, clock);
        recording = new Recording(events, lookups, resumption, tenant, clock);
        validation = new Validation(lookups, recording, events, tenant, clock);
        left = new LeftToDo(database, lookups, recording, vault, tenant);
        works = new Works(vault);
        capturing = new Capturing(lovage, lookups, recording, events, scanners, vault, tenant, clock);
        describing = new Describing(
                vault, lovage.settings().data().resolve("archive").resolve("models"), clock);
        acceptance = new Acceptance(database, lookups, resumption, events, packaging, tenant, clock);
    }

    Resumption resumption() {
        return resumption;
    }

    /// The handlers of the tasks that go through these queues.
    public TaskProvider tasks(Set<String> queues) {
        return new TaskProvider() {
            @Override
            public void register(Tasks tasks) {
                if (queues.contains(Archival.DEFAULT)) {
                    decisions(tasks);
                }
                if (queues.contains(Archival.STORAGE)) {
                    storage(tasks);
                }
                if (queues.contains(Archival.COMPUTE)) {
                    compute(tasks);
                }
            }

            @Override
            public Class<? extends TaskProvider> inChild() {
                return ComputeTasks.class;
            }
        };
    }

    private void decisions(Tasks tasks) {
        tasks.handle(
                        Archival.VALIDATE_BATCH_SCHEMA,
                        Validation.Validated.class,
                        validation::validate,
                        _ -> Ending.returns(true))
                .commit(validation::commit)
                .commitFailure((tx, _, failure) -> validation.failed(tx, failure));
        tasks.handle(Archival.FIX_BATCH, LeftToDo.ToFix.class, left::toFix, LeftToDo::fix)
                .commitFailure((tx, _, failure) -> recording.batchFailed(tx, failure));
        tasks.handle(Archival.PROCESS_BATCH, LeftToDo.ToProcess.class, left::toProcess, LeftToDo::process)
                .commit(left::commit)
                .commitFailure((tx, _, failure) -> recording.batchFailed(tx, failure));
        tasks.handle(Archival.RESUME_BATCH, Resumption.Plan.class, resumption::plan, Resumption::ending)
                .commit(resumption::commit)
                .commitFailure((tx, _, failure) -> recording.batchFailed(tx, failure));
        tasks.handle(Archival.CAPTURED, says -> says);
        tasks.handle(
                        Archival.NORMALIZE_METADATA,
                        Made.class,
                        describing::normalize,
                        made -> Ending.returns(made.result()))
                .commit(recording::commit)
                .commitFailure((tx, _, failure) -> recording.batchFailed(tx, failure));
        tasks.handle(
                        Archival.APPLY_AI_ENRICHMENT,
                        Made.class,
                        in -> describing.enrich(in, lookups.texts(), lookups.known()),
                        made -> Ending.returns(made.result()))
                .commit(recording::commit)
                .commitFailure((tx, _, failure) -> recording.batchFailed(tx, failure));
    }

    private void storage(Tasks tasks) {
        tasks.handle(
                        Archival.VERIFY_CHECKSUM,
                        Made.class,
                        works::verify,
                        made -> Ending.returns(Json.value(made.result(), Archival.Fixity.class)))
                .commit(recording::commit)
                .commitFailure((tx, _, failure) -> recording.itemFailed(tx, failure));
        tasks.handle(
                        Archival.EXTRACT_TECHNICAL_METADATA,
                        Made.class,
                        works::technical,
                        made -> Ending.returns(list(made.result())))
                .commit(recording::commit)
                .commitFailure((tx, _, failure) -> recording.itemFailed(tx, failure));
        tasks.handle(
                        Archival.GENERATE_THUMBNAILS,
                        Made.class,
                        works::thumbnails,
                        made -> Ending.returns(list(made.result())))
                .commit(recording::commit)
                .commitFailure((tx, _, failure) -> recording.itemFailed(tx, failure));
        tasks.handle(Archival.ROUTE_CAPTURE_COMMAND, Capturing.Captured.class, capturing::capture, Capturing::ending)
                .commit(capturing::commit)
                .commitFailure((tx, _, failure) -> recording.batchFailed(tx, failure));
        tasks.handle(Archival.RELEASE_CAPTURE, capturing::release);
        tasks.handle(
                        Archival.PACKAGE_BATCH,
                        Acceptance.Packed.class,
                        acceptance::pack,
                        packed -> Ending.returns(packed.made().result()))
                .commit(acceptance::commit)
                .commitFailure((tx, _, failure) -> recording.batchFailed(tx, failure));
    }

    private void compute(Tasks tasks) {
        tasks.handle(Archival.RUN_OCR_PIPELINE, Made.class, works::ocr, made -> Ending.returns(list(made.result())))
                .commit(recording::commit)
                .commitFailure((tx, _, failure) -> recording.itemFailed(tx, failure));
    }

    private static List<JsonNode> list(JsonNode array) {
        return array.valueStream().toList();
    }
}
