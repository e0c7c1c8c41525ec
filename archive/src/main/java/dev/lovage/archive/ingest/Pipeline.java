package dev.lovage.archive.ingest;

import static dev.lovage.archive.event.Happened.Outcome.FAILURE;
import static dev.lovage.archive.event.Happened.Outcome.SUCCESS;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.lovage.archive.batch.Batch;
import dev.lovage.archive.batch.Catalogue;
import dev.lovage.archive.batch.Item;
import dev.lovage.archive.description.DescriptionRejected;
import dev.lovage.archive.description.Descriptions;
import dev.lovage.archive.description.Field;
import dev.lovage.archive.enrichment.Known;
import dev.lovage.archive.event.EventId;
import dev.lovage.archive.event.Events;
import dev.lovage.archive.event.Happened;
import dev.lovage.archive.manifest.Manifest;
import dev.lovage.archive.manifest.ManifestRejected;
import dev.lovage.archive.manifest.Manifests;
import dev.lovage.archive.scanner.Capture;
import dev.lovage.archive.scanner.CaptureSettings;
import dev.lovage.archive.scanner.Scanners;
import dev.lovage.archive.vault.Kept;
import dev.lovage.archive.vault.Vault;
import dev.lovage.engine.Lovage;
import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.canvas.Canvas;
import dev.lovage.engine.canvas.Chord;
import dev.lovage.engine.canvas.Group;
import dev.lovage.engine.canvas.Signature;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.task.Ending;
import dev.lovage.engine.task.RetryTask;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.task.TaskContext;
import dev.lovage.engine.task.TaskProvider;
import dev.lovage.engine.task.Tasks;
import dev.lovage.engine.tx.Tx;
import dev.lovage.sql.database.Database;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

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
public final class Pipeline {
    private static final Logger LOG = LoggerFactory.getLogger(Pipeline.class);
    private static final UUID LOOSE = new UUID(0, 0);
    private static final Set<Custody> ALIVE = Set.of(Custody.READY, Custody.TIMER, Custody.LEASED);
    private static final Set<Batch.State> WORKABLE = Set.of(Batch.State.RECEIVED, Batch.State.VALIDATED);

    /// A manifest without a fault, and the items that it names.
    private record Validated(Made made, List<Item> items) {}

    /// How the work on a batch is taken up: from the manifest's check, if that was never done.
    private record Resumption(String batch, Optional<Archival.ValidateBatchSchema> unchecked) {}

    /// What `fix` found left to do.
    private record ToFix(List<Item> items, String folder, Brief brief) {}

    /// What `process` found left to do.
    ///
    /// @param steps the steps that each item lacks
    private record ToProcess(
            UUID batch,
            List<Item> duplicates,
            Map<String, String> reasons,
            List<Todo> items,
            Optional<String> scanner,
            JsonNode settings,
            Brief brief,
            Optional<JsonNode> metadata,
            boolean enrich) {}

    private record Todo(String item, String path, Brief brief, Set<Step> steps) {}

    private enum Step {
        TECHNICAL,
        THUMBNAILS,
        OCR
    }

    /// What a capture brought.
    private record Captured(Made made, List<Item> items, List<Todo> todo, String says, Capture capture) {}

    /// A packed batch, and what was done for it.
    private record Packed(Made made, String folder, String sha256) {}

    private final Lovage lovage;
    private final Database database;
    private final Vault vault;
    private final Events events;
    private final Scanners scanners;
    private final Packaging packaging;
    private final Describing describing;
    private final String tenant;
    private final InstantSource clock;
    private final Works works;

    public Pipeline(
            Lovage lovage,
            Database database,
            Vault vault,
            Events events,
            Scanners scanners,
            Packaging packaging,
            String tenant,
            InstantSource clock) {
        this.lovage = lovage;
        this.database = database;
        this.vault = vault;
        this.events = events;
        this.scanners = scanners;
        this.packaging = packaging;
        this.describing = new Describing(
                vault, lovage.settings().data().resolve("archive").resolve("models"), clock);
        this.tenant = tenant;
        this.clock = clock;
        this.works = new Works(vault);
    }

    /// The whole of a batch's work.
    public static Canvas<?> canvas(Batch batch, JsonNode manifest) {
        var key = batch.key().toString();
        return Archival.VALIDATE_BATCH_SCHEMA
                .with(new Archival.ValidateBatchSchema(batch.id(), manifest))
                .taskId(batch.rootId())
                .subject(key)
                .header(Brief.HEADER, NO_BRIEF.header())
                .then(rest(key));
    }

    private static final Brief NO_BRIEF = new Brief("", "", "", Optional.empty(), 0);

    private static Canvas<?> rest(String key) {
        return ofBatch(Archival.FIX_BATCH, key)
                .then(ofBatch(Archival.PROCESS_BATCH, key))
                .then(ofBatch(Archival.PACKAGE_BATCH, key));
    }

    private static Signature<JsonNode> ofBatch(Task<Archival.OfBatch, JsonNode> task, String key) {
        return task.with(new Archival.OfBatch(key)).immutable().subject(key).header(Brief.HEADER, NO_BRIEF.header());
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
        tasks.handle(Archival.VALIDATE_BATCH_SCHEMA, Validated.class, this::validate, _ -> Ending.returns(true))
                .commit(this::validated)
                .commitFailure((tx, in, failure) -> refused(tx, failure));
        tasks.handle(Archival.FIX_BATCH, ToFix.class, this::toFix, Pipeline::fix)
                .commitFailure((tx, _, failure) -> batchFailed(tx, failure));
        tasks.handle(Archival.PROCESS_BATCH, ToProcess.class, this::toProcess, Pipeline::process)
                .commit(this::processing)
                .commitFailure((tx, _, failure) -> batchFailed(tx, failure));
        tasks.handle(Archival.RESUME_BATCH, Resumption.class, this::resume, Pipeline::resumption)
                .commit(this::resumed)
                .commitFailure((tx, _, failure) -> batchFailed(tx, failure));
        tasks.handle(Archival.CAPTURED, says -> says);
        tasks.handle(
                        Archival.NORMALIZE_METADATA,
                        Made.class,
                        describing::normalize,
                        made -> Ending.returns(made.result()))
                .commit(this::commit)
                .commitFailure((tx, _, failure) -> batchFailed(tx, failure));
        tasks.handle(
                        Archival.APPLY_AI_ENRICHMENT,
                        Made.class,
                        in -> describing.enrich(in, texts(), known()),
                        made -> Ending.returns(made.result()))
                .commit(this::commit)
                .commitFailure((tx, _, failure) -> batchFailed(tx, failure));
    }

    private void storage(Tasks tasks) {
        tasks.handle(
                        Archival.VERIFY_CHECKSUM,
                        Made.class,
                        works::verify,
                        made -> Ending.returns(Json.value(made.result(), Archival.Fixity.class)))
                .commit(this::commit)
                .commitFailure((tx, _, failure) -> itemFailed(tx, failure));
        tasks.handle(
                        Archival.EXTRACT_TECHNICAL_METADATA,
                        Made.class,
                        works::technical,
                        made -> Ending.returns(list(made.result())))
                .commit(this::commit)
                .commitFailure((tx, _, failure) -> itemFailed(tx, failure));
        tasks.handle(
                        Archival.GENERATE_THUMBNAILS,
                        Made.class,
                        works::thumbnails,
                        made -> Ending.returns(list(made.result())))
                .commit(this::commit)
                .commitFailure((tx, _, failure) -> itemFailed(tx, failure));
        tasks.handle(Archival.ROUTE_CAPTURE_COMMAND, Captured.class, this::capture, Pipeline::captured)
                .commit(this::captured)
                .commitFailure((tx, _, failure) -> batchFailed(tx, failure));
        tasks.handle(Archival.RELEASE_CAPTURE, capture -> {
            scanners.named(capture.scanner()).committed(capture);
            return capture.scanner();
        });
        tasks.handle(
                        Archival.PACKAGE_BATCH,
                        Packed.class,
                        this::pack,
                        packed -> Ending.returns(packed.made().result()))
                .commit(this::packed)
                .commitFailure((tx, _, failure) -> batchFailed(tx, failure));
    }

    private void compute(Tasks tasks) {
        tasks.handle(Archival.RUN_OCR_PIPELINE, Made.class, works::ocr, made -> Ending.returns(list(made.result())))
                .commit(this::commit)
                .commitFailure((tx, _, failure) -> itemFailed(tx, failure));
    }

    private static List<JsonNode> list(JsonNode array) {
        return array.valueStream().toList();
    }

    // ---- the manifest

    private Validated validate(Archival.ValidateBatchSchema in) {
        var manifest = Manifests.check(in.batchId(), in.manifest());
        var making = new Made.Making(Brief.subject());
        making.event(Works.event(
                "validate",
                "validation",
                SUCCESS,
                "the manifest, by its schema and the rules between its fields",
                "",
                manifest.digest(),
                manifest.digest()));
        var items = new ArrayList<Item>();
        if (Brief.subject().isPresent()) {
            var batch = UUID.fromString(Brief.subject().get());
            for (var file : manifest.files()) {
                items.add(new Item(
                        EventId.derived(batch, file.path()),
                        batch,
                        file.path(),
                        items.size() + 1,
                        file.pageLabel(),
                        file.sha256(),
                        Optional.empty(),
                        Optional.empty(),
                        Item.State.REGISTERED,
                        Optional.empty()));
            }
        }
        return new Validated(making.done(manifest.files().size()), items);
    }

    private void validated(Tx tx, Validated validated) throws SQLException {
        var batch = batch(tx, validated.made().subject());
        var catalogue = Catalogue.of(tx, tenant);
        if (batch.isPresent()
                && catalogue.advance(
                        batch.get().key(),
                        Set.of(Batch.State.RECEIVED),
                        Batch.State.VALIDATED,
                        Optional.empty(),
                        clock.instant())) {
            commit(tx, validated.made());
            catalogue.add(validated.items(), clock.instant());
        }
    }

    private void refused(Tx tx, Throwable failure) throws SQLException {
        if (!(failure instanceof ManifestRejected rejected)) {
            batchFailed(tx, failure);
            return;
        }
        var batch = batch(tx, Brief.subject());
        if (batch.isPresent()
                && Catalogue.of(tx, tenant)
                        .advance(
                                batch.get().key(),
                                Set.of(Batch.State.RECEIVED),
                                Batch.State.REJECTED,
                                Optional.of(String.valueOf(rejected.getMessage())),
                                clock.instant())) {
            var key = batch.get().key();
            events.record(
                    tx,
                    key,
                    key,
                    batch.get().generation(),
                    Works.event(
                            "validate",
                            "validation",
                            FAILURE,
                            "the manifest, by its schema and the rules between its fields",
                            rejected.violations().size() + rejected.unlisted() + " violations",
                            batch.get().manifestSha256(),
                            batch.get().manifestSha256()));
        }
    }

    // ---- fixity

    private ToFix toFix(Archival.OfBatch in) {
        var batch = workable(in.batch());
        var items = database.read(connection -> Catalogue.of(connection, tenant).items(batch.key()).stream()
                .filter(item -> item.state() == Item.State.REGISTERED)
                .toList());
        return new ToFix(items, batch.folder().toString(), brief(manifest(batch)));
    }

    private static Ending<JsonNode> fix(ToFix todo) {
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

    // ---- what is done for each item

    private ToProcess toProcess(Archival.OfBatch in) {
        var batch = workable(in.batch());
        var manifest = manifest(batch);
        var brief = brief(manifest);
        return database.read(connection -> {
            var catalogue = Catalogue.of(connection, tenant);
            var done = catalogue.steps(batch.key());
            var mine = done.getOrDefault(batch.key().toString(), Set.of());
            var first = new HashMap<String, Item>();
            var duplicates = new ArrayList<Item>();
            var reasons = new HashMap<String, String>();
            var todo = new ArrayList<Todo>();
            for (var item : catalogue.items(batch.key())) {
                if (item.state() != Item.State.FIXED) {
                    continue;
                }
                var sha256 = item.sha256().orElseThrow();
                var same = first.putIfAbsent(sha256, item);
                var elsewhere = same == null ? catalogue.kept(sha256, batch.key()) : Optional.of(same.path());
                if (elsewhere.isPresent()) {
                    duplicates.add(item);
                    reasons.put(
                            item.key().toString(),
                            "It has the same bytes as " + elsewhere.get()
                                    + ". Deliver the page that was meant, or nothing.");
                    continue;
                }
                var master = catalogue.output(item.key(), "master").orElseThrow();
                var lacks = lacking(done.getOrDefault(item.key().toString(), Set.of()));
                if (!lacks.isEmpty()) {
                    todo.add(new Todo(
                            item.key().toString(),
                            vault.path(master).toString(),
                            brief.of(item.path(), sha256),
                            lacks));
                }
            }
            var captures = manifest.settings().isPresent() && !mine.contains("capture");
            return new ToProcess(
                    batch.key(),
                    duplicates,
                    reasons,
                    todo,
                    captures ? Optional.of(manifest.scannerId().orElse(manifest.scannerModel())) : Optional.empty(),
                    captures ? settings(manifest) : Json.nothing(),
                    brief,
                    mine.contains("normalize") ? Optional.empty() : metadata(manifest),
                    !mine.contains("enrich"));
        });
    }

    private static Set<Step> lacking(Set<String> done) {
        var lacks = new java.util.TreeSet<Step>();
        if (!done.contains("technical")) {
            lacks.add(Step.TECHNICAL);
        }
        if (!done.contains("thumbnail-512")) {
            lacks.add(Step.THUMBNAILS);
        }
        if (!done.contains("text")) {
            lacks.add(Step.OCR);
        }
        return lacks;
    }

    private void processing(Tx tx, ToProcess todo) throws SQLException {
        for (var item : todo.duplicates()) {
            quarantine(
                    tx,
                    todo.batch(),
                    batch(tx, todo.batch().toString()).orElseThrow().generation(),
                    item.key(),
                    String.valueOf(todo.reasons().get(item.key().toString())));
        }
    }

    private static Ending<JsonNode> process(ToProcess todo) {
        var key = todo.batch().toString();
        var members = new ArrayList<Signature<?>>();
        todo.scanner()
                .ifPresent(scanner -> members.add(Archival.ROUTE_CAPTURE_COMMAND
                        .with(new Archival.RouteCaptureCommand(scanner, todo.settings()))
                        .immutable()
                        .subject(key)
                        .header(Brief.HEADER, todo.brief().header())));
        todo.items().forEach(item -> members.addAll(steps(item)));
        todo.metadata()
                .ifPresent(metadata -> members.add(Archival.NORMALIZE_METADATA
                        .with(new Archival.NormalizeMetadata(metadata))
                        .immutable()
                        .subject(key)
                        .header(Brief.HEADER, todo.brief().header())));
        if (members.isEmpty() && !todo.enrich()) {
            return Ending.returns(Json.tree(0));
        }
        if (members.isEmpty()) {
            return Ending.replacedBy(Archival.APPLY_AI_ENRICHMENT
                    .with(new Archival.ApplyAiEnrichment(List.of()))
                    .immutable()
                    .subject(key)
                    .header(Brief.HEADER, todo.brief().header()));
        }
        return Ending.replacedBy(Chord.of(
                members,
                Archival.APPLY_AI_ENRICHMENT
                        .partial()
                        .subject(key)
                        .header(Brief.HEADER, todo.brief().header())));
    }

    private static List<Signature<?>> steps(Todo item) {
        var files = List.of(item.path());
        return item.steps().stream()
                .<Signature<?>>map(step -> switch (step) {
                    case TECHNICAL ->
                        forItem(
                                Archival.EXTRACT_TECHNICAL_METADATA.with(new Archival.ExtractTechnicalMetadata(files)),
                                item);
                    case THUMBNAILS ->
                        forItem(Archival.GENERATE_THUMBNAILS.with(new Archival.GenerateThumbnails(files)), item);
                    case OCR ->
                        forItem(
                                Archival.RUN_OCR_PIPELINE.with(new Archival.RunOcrPipeline(files, Optional.empty())),
                                item);
                })
                .toList();
    }

    private static <O> Signature<O> forItem(Signature<O> signature, Todo item) {
        return signature
                .immutable()
                .subject(item.item())
                .header(Brief.HEADER, item.brief().header());
    }

    // ---- capture

    private Captured capture(Archival.RouteCaptureCommand in) throws IOException {
        var scanner = scanners.named(in.scannerId());
        var settings = CaptureSettings.read(in.settings());
        var readiness = scanner.check(settings);
        var context = TaskContext.current();
        var attempt = Vault.attempt(context.id(), context.retries(), context.epoch());
        var staging = lovage.settings().data().resolve("archive").resolve("staging-" + attempt);
        var says = "capture_initiated_" + in.scannerId();
        try {
            var capture = scanner.capture(settings, staging);
            var making = new Made.Making(Brief.subject());
            var items = new ArrayList<Item>();
            var todo = new ArrayList<Todo>();
            making.output(vault.keep(
                    "readiness", Json.bytes(Json.tree(readiness)), "readiness.json", "application/json", attempt));
            var digests = new StringBuilder();
            int number = 0;
            for (var page : capture.pages()) {
                var kept =
                        vault.keep("master", staging.resolve(page.name()), "tif", "application/octet-stream", attempt);
                if (!kept.sha256().equals(page.sha256())) {
                    throw new IOException("The page " + page.name() + " reads as " + kept.sha256() + ", and "
                            + page.sha256() + " was captured. The capture is made again.");
                }
                digests.append(kept.sha256());
                number++;
                var path = "captured/%04d-%s".formatted(number, page.name());
                if (Brief.subject().isPresent()) {
                    var batch = UUID.fromString(Brief.subject().get());
                    var key = EventId.derived(batch, path);
                    items.add(new Item(
                            key,
                            batch,
                            path,
                            1_000_000 + number,
                            Optional.empty(),
                            Optional.empty(),
                            Optional.of(kept.sha256()),
                            Optional.of(kept.size()),
                            Item.State.FIXED,
                            Optional.of(kept.file())));
                    todo.add(new Todo(
                            key.toString(),
                            vault.path(kept).toString(),
                            Brief.current().orElseThrow().of(path, kept.sha256()),
                            Set.of(Step.values())));
                } else {
                    making.output(kept);
                }
            }
            making.event(new Happened(
                    "capture",
                    1,
                    "capture",
                    SUCCESS,
                    capture.device() + " through " + capture.scanner(),
                    number + " pages",
                    Vault.digest(Json.bytes(in.settings())),
                    "",
                    Vault.digest(digests.toString().getBytes(UTF_8)),
                    false,
                    capture.device()));
            return new Captured(making.done(says), items, todo, says, capture);
        } finally {
            remove(staging);
        }
    }

    private static void remove(Path staging) throws IOException {
        if (Files.isDirectory(staging)) {
            try (var files = Files.list(staging)) {
                for (var file : files.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(staging);
        }
    }

    private static Ending<String> captured(Captured captured) {
        if (captured.todo().isEmpty()) {
            return Ending.returns(captured.says());
        }
        return Ending.replacedBy(Chord.of(
                captured.todo().stream().flatMap(item -> steps(item).stream()).toList(),
                Archival.CAPTURED.with(captured.says()).immutable()));
    }

    private void captured(Tx tx, Captured captured) throws SQLException {
        var subject = captured.made().subject();
        if (!commit(tx, captured.made())) {
            return;
        }
        // Only what is recorded may be put aside: until this task has run, the originals stay where they are.
        lovage.send(tx, Archival.RELEASE_CAPTURE.with(captured.capture()));
        if (subject.isEmpty()) {
            return;
        }
        var batch = batch(tx, subject.get()).orElseThrow();
        for (var item : captured.items()) {
            var catalogue = Catalogue.of(tx, tenant);
            catalogue.add(List.of(item), clock.instant());
            var sha256 = item.sha256().orElseThrow();
            catalogue.add(
                    batch.key(),
                    item.key(),
                    batch.generation(),
                    new Kept(
                            "master",
                            item.reason().orElseThrow(),
                            sha256,
                            item.size().orElseThrow(),
                            "application/octet-stream"));
            events.record(
                    tx,
                    batch.key(),
                    item.key(),
                    batch.generation(),
                    new Happened(
                            "receive",
                            1,
                            "capture",
                            SUCCESS,
                            captured.made().events().getFirst().detail(),
                            "",
                            captured.made().events().getFirst().inputs(),
                            "",
                            sha256,
                            false,
                            captured.made().events().getFirst().agent()));
            events.record(
                    tx,
                    batch.key(),
                    item.key(),
                    batch.generation(),
                    Works.event(
                            "digest",
                            "message digest calculation",
                            SUCCESS,
                            "SHA-256 of the captured file",
                            "",
                            sha256,
                            sha256));
        }
    }

    // ---- the package

    private Packed pack(Archival.OfBatch in) throws IOException {
        var batch = workable(in.batch());
        var contents = database.read(connection -> packaging.contents(connection, tenant, batch));
        if (contents.items().isEmpty()) {
            return new Packed(
                    new Made(
                            Brief.subject(),
                            List.of(),
                            List.of(),
                            Optional.of("Every file of the batch is in quarantine; nothing was packaged."),
                            Json.object().put("status", "rejected")),
                    "",
                    "");
        }
        var context = TaskContext.current();
        var attempt = Vault.attempt(context.id(), context.retries(), context.epoch());
        var bag = packaging.write(contents, manifest(batch), attempt, context, clock.instant());
        var making = new Made.Making(Brief.subject());
        making.event(bag.event());
        return new Packed(
                making.done(Json.object()
                        .put("status", "accepted")
                        .put("package", bag.folder().toString())
                        .put("items", contents.items().size())),
                String.valueOf(bag.folder().getFileName()),
                bag.tagManifestSha256());
    }

    private void packed(Tx tx, Packed packed) throws SQLException {
        var batch = batch(tx, packed.made().subject());
        if (batch.isEmpty()) {
            return;
        }
        var catalogue = Catalogue.of(tx, tenant);
        var to = packed.made().quarantine().isPresent() ? Batch.State.REJECTED : Batch.State.ACCEPTED;
        if (!catalogue.advance(batch.get().key(), WORKABLE, to, packed.made().quarantine(), clock.instant())) {
            return;
        }
        for (var happened : packed.made().events()) {
            events.record(tx, batch.get().key(), batch.get().key(), batch.get().generation(), happened);
        }
        if (to == Batch.State.ACCEPTED) {
            catalogue.packaged(batch.get().key(), packed.folder(), packed.sha256());
        }
    }

    // ---- what ends a step

    /// @return false if the batch or the item takes no further part; nothing was written then
    private boolean commit(Tx tx, Made made) throws SQLException {
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
        if (batch.isEmpty()
                || !WORKABLE.contains(batch.get().state())
                || item.filter(known -> known.state() == Item.State.QUARANTINED || known.state() == Item.State.PACKAGED)
                        .isPresent()) {
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
            quarantine(
                    tx,
                    batch.get().key(),
                    batch.get().generation(),
                    subject,
                    made.quarantine().get());
        }
        return true;
    }

    private void quarantine(Tx tx, UUID batch, int generation, UUID item, String reason) throws SQLException {
        if (Catalogue.of(tx, tenant).quarantine(item, reason, clock.instant())) {
            events.record(
                    tx,
                    batch,
                    item,
                    generation,
                    new Happened(
                            "quarantine",
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
    private void itemFailed(Tx tx, Throwable failure) throws SQLException {
        var item = item(tx, Brief.subject());
        if (item.isEmpty()) {
            return;
        }
        var batch = batch(tx, item.get().batch().toString()).orElseThrow();
        if (!WORKABLE.contains(batch.state())) {
            return;
        }
        quarantine(
                tx,
                batch.key(),
                batch.generation(),
                item.get().key(),
                TaskContext.current().task() + " failed for good: " + failure.getMessage());
        resume(tx, batch);
    }

    /// Sends what takes the work up again, whatever became of what was sent for it before.
    void resumeAnew(Tx tx, Batch batch) throws SQLException {
        var catalogue = Catalogue.of(tx, tenant);
        if (catalogue.run(batch.key(), batch.runs(), clock.instant())) {
            resume(tx, catalogue.batch(batch.key()).orElseThrow());
        }
    }

    /// Sends what takes the work up again; once for each time that it was broken off.
    private void resume(Tx tx, Batch batch) {
        lovage.send(
                tx,
                ofBatch(Archival.RESUME_BATCH, batch.key().toString())
                        .taskId(batch.key() + "/resume-" + (batch.runs() + 1)));
    }

    private void batchFailed(Tx tx, Throwable failure) throws SQLException {
        var batch = batch(tx, Brief.subject());
        if (batch.isPresent()) {
            Catalogue.of(tx, tenant)
                    .advance(
                            batch.get().key(),
                            WORKABLE,
                            Batch.State.NEEDS_REVIEW,
                            Optional.of(TaskContext.current().task() + " failed for good: " + failure.getMessage()
                                    + " See the dead letters. When it is mended, ingest the same manifest again."),
                            clock.instant());
        }
    }

    private Resumption resume(Archival.OfBatch in) {
        var batch = workable(in.batch());
        var subjects = new java.util.HashSet<String>();
        database.read(connection -> Catalogue.of(connection, tenant).items(batch.key())).stream()
                .map(item -> item.key().toString())
                .forEach(subjects::add);
        subjects.add(in.batch());
        var busy = lovage.backbone().store().inventory().stream()
                .filter(entry -> ALIVE.contains(entry.custody()))
                .filter(entry -> entry.subject().filter(subjects::contains).isPresent())
                .filter(entry ->
                        !entry.execution().taskId().equals(TaskContext.current().id()))
                .count();
        if (busy > 0) {
            throw new RetryTask(
                    new IllegalStateException(busy + " tasks of the batch are not through yet"), Duration.ofSeconds(2));
        }
        return new Resumption(
                in.batch(),
                batch.state() == Batch.State.RECEIVED
                        ? Optional.of(new Archival.ValidateBatchSchema(
                                batch.id(), Json.read(batch.manifest().getBytes(UTF_8))))
                        : Optional.empty());
    }

    private static Ending<JsonNode> resumption(Resumption in) {
        return Ending.replacedBy(in.unchecked()
                .<Canvas<?>>map(check -> Archival.VALIDATE_BATCH_SCHEMA
                        .with(check)
                        .subject(in.batch())
                        .header(Brief.HEADER, NO_BRIEF.header())
                        .then(rest(in.batch())))
                .orElseGet(() -> rest(in.batch())));
    }

    private void resumed(Tx tx, Resumption in) throws SQLException {
        var batch = batch(tx, in.batch()).orElseThrow();
        Catalogue.of(tx, tenant).run(batch.key(), batch.runs(), clock.instant());
    }

    // ---- looking up

    private Batch workable(String key) {
        return database.read(connection -> Catalogue.of(connection, tenant).batch(UUID.fromString(key)))
                .filter(batch -> WORKABLE.contains(batch.state()))
                .orElseThrow(() -> new IllegalStateException(
                        "The batch " + key + " is not there, or has ended. Nothing was done for it."));
    }

    private Optional<Batch> batch(Tx tx, Optional<String> key) throws SQLException {
        return key.isEmpty() ? Optional.empty() : Catalogue.of(tx, tenant).batch(UUID.fromString(key.get()));
    }

    private Optional<Batch> batch(Tx tx, String key) throws SQLException {
        return batch(tx, Optional.of(key));
    }

    private Optional<Item> item(Tx tx, Optional<String> key) throws SQLException {
        return key.isEmpty() ? Optional.empty() : Catalogue.of(tx, tenant).item(UUID.fromString(key.get()));
    }

    private static Manifest manifest(Batch batch) {
        return Manifests.check(batch.id(), Json.read(batch.manifest().getBytes(UTF_8)));
    }

    private static Brief brief(Manifest manifest) {
        return new Brief(
                "",
                "",
                manifest.scannerModel(),
                Optional.ofNullable(manifest.document().path("scanner_serial").asString(null)),
                manifest.resolutionDpi());
    }

    /// What a manifest asks of its scanner, in the words of [CaptureSettings].
    private static ObjectNode settings(Manifest manifest) {
        var asked = manifest.settings().orElseThrow();
        var mode = manifest.colorMode().orElse("rgb");
        var settings = Json.object();
        settings.put("resolution_dpi", manifest.resolutionDpi());
        settings.put("scanner_model", manifest.scannerModel());
        settings.put(
                "mode",
                switch (mode) {
                    case "bitonal" -> "lineart";
                    case "gray" -> "gray";
                    default -> "color";
                });
        var bits = manifest.bitDepth().orElse(mode.equals("bitonal") ? 1 : 8);
        settings.put("depth", bits >= 24 ? bits / 3 : bits);
        settings.put(
                "source",
                asked.path("source").asString().equals("platen")
                        ? "flatbed"
                        : asked.path("source").asString());
        if (asked.path("pages_expected").isInt()) {
            settings.put("pages_expected", asked.path("pages_expected").asInt());
        }
        if (asked.path("region").isObject()) {
            var region = asked.path("region");
            var unit = region.path("unit").asString().equals("mm") ? 1.0 : 25.4 / 300;
            settings.set(
                    "region_mm",
                    Json.object()
                            .put("left", region.path("x").asDouble(0) * unit)
                            .put("top", region.path("y").asDouble(0) * unit)
                            .put("width", region.path("width").asDouble() * unit)
                            .put("height", region.path("height").asDouble() * unit));
        }
        return settings;
    }

    private static Optional<JsonNode> metadata(Manifest manifest) {
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

    private Known known() {
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

    private Map<String, String> texts() {
        var subject = Brief.subject();
        if (subject.isEmpty()) {
            return Map.of();
        }
        var files = new java.util.LinkedHashMap<String, String>();
        database.read(connection -> Catalogue.of(connection, tenant).outputs(UUID.fromString(subject.get()))).stream()
                .filter(output -> output.kept().kind().equals("text"))
                .forEach(output -> files.put(
                        output.subject().toString(), vault.path(output.kept()).toString()));
        return files;
    }
}
