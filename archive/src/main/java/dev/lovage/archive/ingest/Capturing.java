package dev.lovage.archive.ingest;

import static dev.lovage.archive.event.Happened.Outcome.SUCCESS;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.lovage.archive.batch.Batch;
import dev.lovage.archive.batch.Catalogue;
import dev.lovage.archive.batch.Item;
import dev.lovage.archive.event.EventId;
import dev.lovage.archive.event.Events;
import dev.lovage.archive.event.Happened;
import dev.lovage.archive.manifest.Manifest;
import dev.lovage.archive.scanner.Capture;
import dev.lovage.archive.scanner.CaptureSettings;
import dev.lovage.archive.scanner.Scanners;
import dev.lovage.archive.vault.Kept;
import dev.lovage.archive.vault.Vault;
import dev.lovage.engine.Lovage;
import dev.lovage.engine.canvas.Chord;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.task.Ending;
import dev.lovage.engine.task.IgnoreTask;
import dev.lovage.engine.task.TaskContext;
import dev.lovage.engine.tx.Tx;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/// The step that brings pages from a scanner. They become items of the batch, and go through the steps of all pages.
final class Capturing {
    private static final Logger LOG = LoggerFactory.getLogger(Capturing.class);
    private static final int PLACES_BEFORE = 1_000_000; // captured pages come after the files of a manifest
    private static final double UNIT_MM = 25.4 / 300; // 1/300 inch

    /// A captured page, in the vault.
    record Page(Item item, Kept master) {}

    /// What a capture brought.
    ///
    /// @param pages empty when a program outside the pipeline asked
    /// @param work what is to be done for the pages
    /// @param says what the task returns
    record Captured(Made made, List<Page> pages, List<PageWork> work, String says, Capture capture) {}

    private final Lovage lovage;
    private final Lookups lookups;
    private final Recording recording;
    private final Events events;
    private final Scanners scanners;
    private final Vault vault;
    private final StagingFolders stagings;
    private final String tenant;
    private final InstantSource clock;

    Capturing(
            Lovage lovage,
            Lookups lookups,
            Recording recording,
            Events events,
            Scanners scanners,
            Vault vault,
            String tenant,
            InstantSource clock) {
        this.lovage = lovage;
        this.lookups = lookups;
        this.recording = recording;
        this.events = events;
        this.scanners = scanners;
        this.vault = vault;
        this.stagings = new StagingFolders(lovage.settings().data());
        this.tenant = tenant;
        this.clock = clock;
    }

    /// What a manifest asks of its scanner, in the words of [CaptureSettings].
    static ObjectNode settings(Manifest manifest) {
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
        var source = asked.path("source").asString();
        settings.put("source", source.equals("platen") ? "flatbed" : source);
        if (asked.path("pages_expected").isInt()) {
            settings.put("pages_expected", asked.path("pages_expected").asInt());
        }
        if (asked.path("region").isObject()) {
            var region = asked.path("region");
            var unit = region.path("unit").asString().equals("mm") ? 1.0 : UNIT_MM;
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

    /// @throws IllegalStateException if the batch is not worked on: no scanner was touched then
    /// @throws IgnoreTask if the batch has been captured: the same
    Captured capture(Archival.RouteCaptureCommand in) throws IOException {
        Brief.subject().map(lookups::workable).ifPresent(batch -> {
            if (lookups.done(batch, "capture")) {
                throw ignored(batch, "No scanner was touched.");
            }
        });
        var scanner = scanners.named(in.scannerId());
        var settings = CaptureSettings.read(in.settings());
        var readiness = scanner.check(settings);
        var context = TaskContext.current();
        var attempt = Vault.attempt(context.id(), context.retries(), context.epoch());
        var staging = stagings.of(attempt);
        try {
            var capture = scanner.capture(settings, staging);
            var making = new Made.Making(Brief.subject());
            making.output(vault.keep(
                    "readiness", Json.bytes(Json.tree(readiness)), "readiness.json", "application/json", attempt));
            var masters = masters(capture, staging, attempt);
            var digests = new StringBuilder();
            masters.forEach(master -> digests.append(master.sha256()));
            making.event(new Happened(
                    "capture",
                    1,
                    "capture",
                    SUCCESS,
                    capture.device() + " through " + capture.scanner(),
                    masters.size() + " pages",
                    Vault.digest(Json.bytes(in.settings())),
                    "",
                    Vault.digest(digests.toString().getBytes(UTF_8)),
                    false,
                    capture.device()));
            var pages = new ArrayList<Page>();
            if (Brief.subject().isPresent()) {
                pages.addAll(pages(UUID.fromString(Brief.subject().get()), capture, masters));
            } else {
                masters.forEach(making::output);
            }
            var says = "capture_initiated_" + in.scannerId();
            return new Captured(
                    making.done(says), pages, pages.stream().map(this::work).toList(), says, capture);
        } finally {
            stagings.remove(staging);
        }
    }

    private List<Kept> masters(Capture capture, Path staging, String attempt) throws IOException {
        var masters = new ArrayList<Kept>();
        for (var page : capture.pages()) {
            var kept = vault.keep("master", staging.resolve(page.name()), "tif", "application/octet-stream", attempt);
            if (!kept.sha256().equals(page.sha256())) {
                throw new IOException("The page " + page.name() + " reads as " + kept.sha256() + ", and "
                        + page.sha256() + " was captured. The capture is made again.");
            }
            masters.add(kept);
        }
        return masters;
    }

    private static List<Page> pages(UUID batch, Capture capture, List<Kept> masters) {
        var pages = new ArrayList<Page>();
        for (var master : masters) {
            var number = pages.size() + 1;
            var path = "captured/%04d-%s"
                    .formatted(number, capture.pages().get(number - 1).name());
            pages.add(new Page(
                    new Item(
                            EventId.derived(batch, path),
                            batch,
                            path,
                            PLACES_BEFORE + number,
                            Optional.empty(),
                            Optional.empty(),
                            Optional.of(master.sha256()),
                            Optional.of(master.size()),
                            Item.State.FIXED,
                            Optional.empty()),
                    master));
        }
        return pages;
    }

    private PageWork work(Page page) {
        return PageWork.whole(
                page.item().key().toString(),
                vault.path(page.master()).toString(),
                Brief.current()
                        .orElseThrow()
                        .of(page.item().path(), page.master().sha256()));
    }

    static Ending<String> ending(Captured captured) {
        if (captured.work().isEmpty()) {
            return Ending.returns(captured.says());
        }
        return Ending.replacedBy(Chord.of(
                captured.work().stream()
                        .flatMap(page -> page.signatures().stream())
                        .toList(),
                Archival.CAPTURED.with(captured.says()).immutable()));
    }

    void commit(Tx tx, Captured captured) throws SQLException {
        var subject = captured.made().subject();
        if (!recording.committed(tx, captured.made())) {
            // As an error it would put the batch aside, which another capture has brought further by now.
            throw ignored(
                    lookups.batch(tx, subject).orElseThrow(),
                    "The pages of this capture are not kept, and nothing is done for them; the originals stay where"
                            + " they are.");
        }
        // Only what is recorded may be put aside: until this task has run, the originals stay where they are.
        lovage.send(tx, Archival.RELEASE_CAPTURE.with(captured.capture()));
        if (subject.isEmpty()) {
            return;
        }
        var batch = lookups.batch(tx, subject).orElseThrow();
        var catalogue = Catalogue.of(tx, tenant);
        catalogue.add(captured.pages().stream().map(Page::item).toList(), clock.instant());
        var capture = captured.made().events().getFirst();
        for (var page : captured.pages()) {
            var key = page.item().key();
            var sha256 = page.master().sha256();
            catalogue.add(batch.key(), key, batch.generation(), page.master());
            events.record(
                    tx,
                    batch.key(),
                    key,
                    batch.generation(),
                    new Happened(
                            "receive",
                            1,
                            "capture",
                            SUCCESS,
                            capture.detail(),
                            "",
                            capture.inputs(),
                            "",
                            sha256,
                            false,
                            capture.agent()));
            events.record(
                    tx,
                    batch.key(),
                    key,
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

    private static IgnoreTask ignored(Batch batch, String became) {
        var says = "The batch " + batch.id() + " is captured already, or is " + batch.state() + ". " + became;
        LOG.warn(says);
        return new IgnoreTask(says);
    }

    /// Puts the originals aside.
    String release(Capture capture) throws IOException {
        scanners.named(capture.scanner()).committed(capture);
        return capture.scanner();
    }
}
