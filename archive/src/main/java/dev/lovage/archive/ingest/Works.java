package dev.lovage.archive.ingest;

import static dev.lovage.archive.event.Happened.Outcome.FAILURE;
import static dev.lovage.archive.event.Happened.Outcome.SUCCESS;
import static dev.lovage.archive.event.Happened.Outcome.WARNING;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.lovage.archive.event.Happened;
import dev.lovage.archive.image.Finding;
import dev.lovage.archive.image.ImageFormat;
import dev.lovage.archive.image.ImageUnreadable;
import dev.lovage.archive.image.Mix;
import dev.lovage.archive.image.Thumbnails;
import dev.lovage.archive.image.Tiff;
import dev.lovage.archive.ocr.LanguageUnavailable;
import dev.lovage.archive.ocr.OcrEngine;
import dev.lovage.archive.ocr.OcrPage;
import dev.lovage.archive.ocr.PageImage;
import dev.lovage.archive.ocr.PageUnreadable;
import dev.lovage.archive.vault.Kept;
import dev.lovage.archive.vault.Vault;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.task.TaskContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The work of the steps that look at one file. They know no database, so that they can run in a child process.
///
/// A file that is bad is not an error of the step: it says so in its events, and the item goes into quarantine. Only
/// storage that fails is one, and is tried again.
final class Works {
    private static final String EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    private static final String AGENT = "lovage " + version();
    private static final String NOT_SCANNED = "not scanned: this version has no virus scanner";
    private static final Pattern EXTENSION = Pattern.compile("\\.([A-Za-z0-9]{1,8})$");

    private final Vault vault;
    private final ReentrantLock engineLock = new ReentrantLock();
    private Optional<OcrEngine> engine = Optional.empty();
    private String engineLanguage = "";

    Works(Vault vault) {
        this.vault = vault;
    }

    Made verify(Archival.VerifyChecksum in) throws IOException {
        var expected = in.expectedHash().map(hash -> hash.toLowerCase(Locale.ROOT));
        var source = Path.of(in.filePath());
        if (Brief.subject().isEmpty()) {
            var found = vault.digestOutside(source);
            if (expected.isPresent() && !found.equals(expected.get())) {
                throw new ChecksumMismatch(in.filePath(), expected.get(), found);
            }
            return making().done(new Archival.Fixity(expected.isPresent() ? "verified" : "made", in.filePath(), found));
        }
        var making = making();
        if (!Files.isRegularFile(source)) {
            making.event(event("receive", "ingestion", FAILURE, "taken in from the depositor's folder", "", "", ""));
            making.quarantine("The file " + in.filePath() + " is missing.");
            return making.done(new Archival.Fixity("quarantined", in.filePath(), ""));
        }
        var extension = extension(source);
        Kept kept;
        try {
            kept = vault.keep("master", source, extension, "application/octet-stream", attempt());
        } catch (NoSuchFileException e) {
            throw new IOException("The file " + source + " went away while it was read.", e);
        }
        var copy = Vault.digest(vault.path(kept));
        if (!copy.equals(kept.sha256())) {
            throw new IOException("The copy of " + source + " in the vault reads as " + copy + ", and " + kept.sha256()
                    + " was written. It is made again.");
        }
        making.event(
                event("receive", "ingestion", SUCCESS, "taken in from the depositor's folder", "", "", kept.sha256()));
        making.event(event(
                "digest",
                "message digest calculation",
                SUCCESS,
                "SHA-256 while copying; the copy was read again and is the same",
                "",
                kept.sha256(),
                kept.sha256()));
        var bad = expected.isPresent() && !kept.sha256().equals(expected.get());
        if (expected.isPresent()) {
            making.event(event(
                    "fixity",
                    "fixity check",
                    bad ? FAILURE : SUCCESS,
                    "compared with the manifest",
                    bad ? "expected " + expected.get() + ", found " + kept.sha256() : "",
                    kept.sha256() + expected.get(),
                    kept.sha256()));
        }
        if (kept.sha256().equals(EMPTY)) {
            making.quarantine("The file has no bytes.");
        } else if (bad) {
            making.quarantine("The manifest says that its SHA-256 is " + expected.get() + ", and it is " + kept.sha256()
                    + ". Have it delivered again.");
        }
        making.output(
                making.quarantine().isEmpty()
                        ? kept
                        : new Kept("quarantined", kept.file(), kept.sha256(), kept.size(), kept.mediaType()));
        var status = making.quarantine().isPresent() ? "quarantined" : expected.isPresent() ? "verified" : "made";
        return making.done(new Archival.Fixity(status, in.filePath(), kept.sha256()));
    }

    Made technical(Archival.ExtractTechnicalMetadata in) throws IOException {
        var making = making();
        var results = new ArrayList<JsonNode>();
        for (var path : in.filePaths()) {
            results.add(technical(making, Path.of(path)));
        }
        return making.done(results);
    }

    private ObjectNode technical(Made.Making making, Path path) throws IOException {
        var brief = Brief.current();
        var name = brief.map(Brief::name).orElseGet(() -> String.valueOf(path.getFileName()));
        var sha256 = brief.map(Brief::sha256).orElse("");
        var result = Json.object();
        result.put("file", path.toString());
        var format = ImageFormat.of(path);
        if (format.isEmpty()) {
            making.event(event(
                    "format",
                    "format identification",
                    FAILURE,
                    "by the first bytes",
                    "no known image format",
                    sha256,
                    ""));
            making.event(notScanned(sha256));
            making.quarantine(
                    "It is no image of a known format (TIFF, BigTIFF, JPEG, PNG, JP2). Have it delivered again.");
            result.put("status", "unreadable");
            return result;
        }
        result.put("format", format.get().name());
        result.put("media_type", format.get().mediaType());
        result.put("pronom", format.get().pronomId());
        making.event(event(
                "format",
                "format identification",
                SUCCESS,
                "by the first bytes",
                format.get().name() + ", " + format.get().pronomId(),
                sha256,
                Vault.digest(format.get().pronomId().getBytes(UTF_8))));
        making.event(notScanned(sha256));
        var capture = new Mix.Capture(
                brief.map(Brief::scannerModel).orElse("unknown"),
                brief.flatMap(Brief::scannerSerial),
                Optional.empty());
        var file = new Mix.File(name, Files.size(path), sha256.isEmpty() ? Vault.digest(path) : sha256);
        byte[] mix;
        if (format.get().mediaType().equals("image/tiff")) {
            Tiff tiff;
            try {
                tiff = Tiff.read(path);
            } catch (ImageUnreadable e) {
                making.event(event("structure", "validation", FAILURE, "TIFF structure", message(e), sha256, ""));
                making.quarantine(message(e));
                result.put("status", "unreadable");
                return result;
            }
            describe(result, tiff);
            mix = Mix.document(tiff, file, capture);
            var errors = tiff.findings().stream()
                    .filter(finding -> finding.severity() == Finding.Severity.ERROR)
                    .map(Finding::message)
                    .collect(Collectors.joining(" "));
            var warnings = tiff.findings().stream().map(Finding::message).collect(Collectors.joining(" "));
            making.event(event(
                    "structure",
                    "validation",
                    !errors.isEmpty() ? FAILURE : warnings.isEmpty() ? SUCCESS : WARNING,
                    "TIFF structure: header, directories, tags, strips and tiles",
                    errors.isEmpty() ? warnings : errors,
                    sha256,
                    Vault.digest(Json.bytes(Json.tree(tiff.findings())))));
            if (!errors.isEmpty()) {
                making.quarantine("The file is damaged. " + errors);
                result.put("status", "damaged");
            }
        } else {
            format.get().size().ifPresent(size -> {
                result.put("width", size.width());
                result.put("height", size.height());
            });
            mix = Mix.document(format.get(), file, capture);
            making.event(event(
                    "structure",
                    "validation",
                    WARNING,
                    "only the header was looked at",
                    "this version checks the structure of TIFF only",
                    sha256,
                    ""));
        }
        var kept = making.output(vault.keep("mix", mix, "mix.xml", "application/xml", attempt()));
        making.event(event("technical", "metadata extraction", SUCCESS, "NISO MIX 2.0", "", sha256, kept.sha256()));
        return result;
    }

    private static void describe(ObjectNode result, Tiff tiff) {
        var image = tiff.images().getFirst();
        result.put("width", image.width());
        result.put("height", image.height());
        result.set("bits_per_sample", Json.tree(image.bitsPerSample()));
        result.put("compression", image.compression());
        image.resolution()
                .map(Tiff.Resolution::xPerInch)
                .filter(OptionalDouble::isPresent)
                .ifPresent(dpi -> result.put("resolution_dpi", Math.round(dpi.getAsDouble())));
        result.set(
                "findings",
                Json.tree(tiff.findings().stream().map(Finding::message).toList()));
    }

    Made thumbnails(Archival.GenerateThumbnails in) throws IOException {
        var making = making();
        var results = new ArrayList<JsonNode>();
        for (var path : in.filePaths()) {
            var result = Json.object();
            result.put("file", path);
            var sha256 = Brief.current().map(Brief::sha256).orElse("");
            try {
                var made = Json.array();
                var all = new ArrayList<Kept>();
                for (var thumbnail : Thumbnails.of(Path.of(path), Thumbnails.SIDES)) {
                    var kind = "thumbnail-" + thumbnail.side();
                    var kept = making.output(vault.keep(kind, thumbnail.jpeg(), "jpg", "image/jpeg", attempt()));
                    making.event(event(
                            kind,
                            "creation",
                            SUCCESS,
                            "JPEG, sRGB, longest side " + thumbnail.side() + " pixels",
                            thumbnail.width() + " x " + thumbnail.height() + " pixels",
                            sha256,
                            kept.sha256()));
                    all.add(kept);
                    made.add(Json.object()
                            .put("side", thumbnail.side())
                            .put("width", thumbnail.width())
                            .put("height", thumbnail.height())
                            .put("file", vault.path(kept).toString()));
                }
                making.event(digestOf("digest-thumbnails", all));
                result.set("thumbnails", made);
            } catch (ImageUnreadable e) {
                making.quarantine(message(e));
                result.put("status", "unreadable").put("reason", message(e));
            }
            results.add(result);
        }
        return making.done(results);
    }

    Made ocr(Archival.RunOcrPipeline in) throws IOException {
        var making = making();
        var results = new ArrayList<JsonNode>();
        for (var path : in.filePaths()) {
            results.add(ocr(making, Path.of(path), in.language().orElse("eng")));
        }
        return making.done(results);
    }

    private ObjectNode ocr(Made.Making making, Path path, String language) throws IOException {
        var sha256 = Brief.current().map(Brief::sha256).orElse("");
        var result = Json.object().put("file", path.toString());
        OcrPage page;
        try {
            page = read(path, language);
        } catch (PageUnreadable | LanguageUnavailable e) {
            making.event(event("text", "extraction", FAILURE, "text recognition", message(e), sha256, ""));
            return result.put("status", "unreadable").put("reason", message(e));
        }
        var text = making.output(vault.keep("text", page.text().getBytes(UTF_8), "txt", "text/plain", attempt()));
        var hocr = making.output(vault.keep("hocr", page.hocr(), "hocr.html", "application/xhtml+xml", attempt()));
        var alto = making.output(vault.keep("alto", page.alto(), "alto.xml", "application/xml", attempt()));
        var parameters =
                Vault.digest((page.language() + page.engineVersion() + page.trainedDataSha256()).getBytes(UTF_8));
        var note = page.words() + " words"
                + page.confidence().stream()
                        .mapToObj(mean -> ", mean confidence " + Math.round(mean))
                        .collect(Collectors.joining());
        for (var kept : List.of(text, hocr, alto)) {
            making.event(new Happened(
                    kept.kind(),
                    1,
                    "creation",
                    SUCCESS,
                    "text recognition, language " + page.language(),
                    note,
                    sha256,
                    parameters,
                    kept.sha256(),
                    true,
                    page.engineVersion()));
        }
        making.event(digestOf("digest-ocr", List.of(text, hocr, alto)));
        result.put("language", page.language());
        result.put("words", page.words());
        page.confidence().ifPresent(mean -> result.put("confidence", mean));
        result.put("text_file", vault.path(text).toString());
        result.put("alto_file", vault.path(alto).toString());
        return result;
    }

    /// One page at a time: the engine is native, and opened once per process.
    private OcrPage read(Path path, String language) throws IOException {
        engineLock.lock();
        try {
            if (engine.isEmpty() || !engineLanguage.equals(language)) {
                engine.ifPresent(OcrEngine::close);
                engine = Optional.empty();
                engine = Optional.of(OcrEngine.open(language));
                engineLanguage = language;
            }
            // The name in the vault says who made the copy: with it, the same page would not make the same documents.
            var file = Brief.current().map(brief -> Path.of(brief.name())).orElse(path);
            var name = String.valueOf(file.getFileName());
            var dpi = Brief.current().map(Brief::dpi).filter(given -> given >= 70 && given <= 2400);
            return engine.get().read(new PageImage(path, name, 0, dpi));
        } finally {
            engineLock.unlock();
        }
    }

    private static Made.Making making() {
        return new Made.Making(Brief.subject());
    }

    private static String attempt() {
        var context = TaskContext.current();
        return Vault.attempt(context.id(), context.retries(), context.epoch());
    }

    static Happened event(
            String step,
            String type,
            Happened.Outcome outcome,
            String detail,
            String note,
            String inputs,
            String outputs) {
        return new Happened(step, 1, type, outcome, detail, note, inputs, "", outputs, true, AGENT);
    }

    private static Happened digestOf(String step, List<Kept> files) {
        var digests = Vault.digest(files.stream()
                .map(Kept::sha256)
                .collect(Collectors.joining("\n"))
                .getBytes(UTF_8));
        return event(step, "message digest calculation", SUCCESS, "SHA-256 while writing", "", digests, digests);
    }

    private static Happened notScanned(String sha256) {
        return event("virus", "virus check", WARNING, "virus check", NOT_SCANNED, sha256, "");
    }

    private static String message(Throwable e) {
        return String.valueOf(e.getMessage());
    }

    private static String extension(Path source) {
        var found = EXTENSION.matcher(source.toString());
        return found.find() ? found.group(1).toLowerCase(Locale.ROOT) : "bin";
    }

    private static String version() {
        var version = Works.class.getPackage().getImplementationVersion();
        return version == null ? "0.1.0" : version;
    }
}
