package dev.lovage.archive.ingest;

import static dev.lovage.engine.retry.RetryRule.on;
import static dev.lovage.engine.task.TimeLimit.hard;
import static dev.lovage.engine.task.TimeLimit.soft;

import dev.lovage.archive.scanner.Capture;
import dev.lovage.archive.scanner.CaptureFailed;
import dev.lovage.engine.broker.Busy;
import dev.lovage.engine.retry.RetryRule;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.task.TypeRef;
import dev.lovage.sql.database.DatabaseFailed;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// The tasks of the archive, by the names, arguments and results that Celery programs use. Files are named by
/// their paths on the machine of the worker.
///
/// Storage that fails is tried again by itself, within 30 s, 60 s, 120 s … and at most an hour, eight times.
/// What would fail the same way each time is not.
public final class Archival {
    public static final String COMPUTE = "compute_intensive";
    public static final String STORAGE = "io_bound";
    public static final String DEFAULT = "default";

    private static final int RESUME_LOOKS_MAX = 50_000; // over a day, as long as the tasks that it waits for may take

    private static final RetryRule STORAGE_AGAIN = on(
                    IOException.class,
                    UncheckedIOException.class,
                    SQLException.class,
                    DatabaseFailed.class,
                    Busy.class,
                    CaptureFailed.Transient.class)
            .maxRetries(8)
            .backoff(Duration.ofSeconds(30), Duration.ofHours(1))
            .fullJitter();

    /// @param manifest as in the published schema
    public record ValidateBatchSchema(String batchId, JsonNode manifest) {}

    /// @param expectedHash SHA-256, 64 hexadecimal digits; without it the digest is only made
    public record VerifyChecksum(String filePath, Optional<String> expectedHash) {}

    /// @param status `verified`; `made` without an expected digest; `quarantined`
    /// @param hash SHA-256 of what was read; empty for a missing file
    public record Fixity(String status, String file, String hash) {}

    /// @param settings as in [dev.lovage.archive.scanner.CaptureSettings#read]
    public record RouteCaptureCommand(String scannerId, JsonNode settings) {}

    public record ExtractTechnicalMetadata(List<String> filePaths) {}

    public record GenerateThumbnails(List<String> filePaths) {}

    /// @param language of the trained data, `eng` unless given
    public record RunOcrPipeline(List<String> filePaths, Optional<String> language) {}

    /// @param metadata a record, or a table as text
    public record NormalizeMetadata(JsonNode metadata) {}

    /// @param results of the group
    public record ApplyAiEnrichment(List<JsonNode> results) {}

    /// @param batch its key
    public record OfBatch(String batch) {}

    public static final Task<ValidateBatchSchema, Boolean> VALIDATE_BATCH_SCHEMA = Task.named(
                    "archival.tasks.validate_batch_schema", ValidateBatchSchema.class, Boolean.class)
            .byReference()
            .queue(DEFAULT)
            .retry(STORAGE_AGAIN);

    public static final Task<VerifyChecksum, Fixity> VERIFY_CHECKSUM = Task.named(
                    "archival.tasks.verify_checksum", VerifyChecksum.class, Fixity.class)
            .queue(STORAGE)
            .retry(STORAGE_AGAIN);

    public static final Task<RouteCaptureCommand, String> ROUTE_CAPTURE_COMMAND = Task.named(
                    "archival.tasks.route_capture_command", RouteCaptureCommand.class, String.class)
            .queue(STORAGE)
            .retry(STORAGE_AGAIN);

    public static final Task<ExtractTechnicalMetadata, List<JsonNode>> EXTRACT_TECHNICAL_METADATA = Task.named(
                    "archival.tasks.extract_technical_metadata",
                    ExtractTechnicalMetadata.class,
                    new TypeRef<List<JsonNode>>() {})
            .queue(STORAGE)
            .retry(STORAGE_AGAIN);

    public static final Task<GenerateThumbnails, List<JsonNode>> GENERATE_THUMBNAILS = Task.named(
                    "archival.tasks.generate_thumbnails", GenerateThumbnails.class, new TypeRef<List<JsonNode>>() {})
            .queue(STORAGE)
            .retry(STORAGE_AGAIN);

    public static final Task<RunOcrPipeline, List<JsonNode>> RUN_OCR_PIPELINE = Task.named(
                    "archival.tasks.run_ocr_pipeline", RunOcrPipeline.class, new TypeRef<List<JsonNode>>() {})
            .queue(COMPUTE)
            .timeLimit(soft(Duration.ofMinutes(5)), hard(Duration.ofMinutes(6)))
            .retry(STORAGE_AGAIN);

    public static final Task<NormalizeMetadata, JsonNode> NORMALIZE_METADATA = Task.named(
                    "archival.tasks.normalize_metadata", NormalizeMetadata.class, JsonNode.class)
            .byReference()
            .queue(DEFAULT)
            .retry(STORAGE_AGAIN);

    public static final Task<ApplyAiEnrichment, JsonNode> APPLY_AI_ENRICHMENT = Task.named(
                    "archival.tasks.apply_ai_enrichment", ApplyAiEnrichment.class, JsonNode.class)
            .byReference()
            .queue(DEFAULT)
            .retry(STORAGE_AGAIN);

    /// Takes in the files of a batch that are not yet in the vault.
    static final Task<OfBatch, JsonNode> FIX_BATCH = internal("fix_batch", DEFAULT);

    /// Does for each item what is not yet done.
    static final Task<OfBatch, JsonNode> PROCESS_BATCH = internal("process_batch", DEFAULT);

    static final Task<OfBatch, JsonNode> PACKAGE_BATCH = internal("package_batch", STORAGE);

    /// Takes up the work on a batch again, when none of its tasks is left.
    static final Task<OfBatch, JsonNode> RESUME_BATCH =
            internal("resume_batch", DEFAULT).maxRetries(RESUME_LOOKS_MAX, Duration.ofSeconds(2));

    /// What a capture says when the pages that it brought have been worked on.
    static final Task<String, String> CAPTURED =
            Task.named("archival.tasks.captured", String.class, String.class).queue(DEFAULT);

    /// Tells the scanner that a capture is recorded, so that its originals may be put aside.
    static final Task<Capture, String> RELEASE_CAPTURE = Task.named(
                    "archival.tasks.release_capture", Capture.class, String.class)
            .queue(STORAGE)
            .ignoreResult(true)
            .retry(STORAGE_AGAIN);

    private Archival() {}

    private static Task<OfBatch, JsonNode> internal(String name, String queue) {
        return Task.named("archival.tasks." + name, OfBatch.class, JsonNode.class)
                .queue(queue)
                .retry(STORAGE_AGAIN);
    }
}
