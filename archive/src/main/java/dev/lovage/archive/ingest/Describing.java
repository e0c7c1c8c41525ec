package dev.lovage.archive.ingest;

import static dev.lovage.archive.event.Happened.Outcome.FAILURE;
import static dev.lovage.archive.event.Happened.Outcome.SUCCESS;
import static dev.lovage.archive.event.Happened.Outcome.WARNING;

import dev.lovage.archive.description.DescriptionRejected;
import dev.lovage.archive.description.Descriptions;
import dev.lovage.archive.enrichment.Enricher;
import dev.lovage.archive.enrichment.Enrichment;
import dev.lovage.archive.enrichment.Known;
import dev.lovage.archive.enrichment.ModelUnavailable;
import dev.lovage.archive.event.Happened;
import dev.lovage.archive.vault.Vault;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.task.TaskContext;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import tools.jackson.databind.JsonNode;

/// The work of the steps that describe a batch.
final class Describing {
    private static final int TEXTS_MAX = 1_000;
    private static final int TEXT_BYTES_MAX = 64 * 1024;

    private final Vault vault;
    private final Path cache;
    private final InstantSource clock;
    private final ReentrantLock lock = new ReentrantLock();
    private Optional<Enricher> enricher = Optional.empty();

    /// @param cache for the native library of the model's tokenizer
    Describing(Vault vault, Path cache, InstantSource clock) {
        this.vault = vault;
        this.cache = cache;
        this.clock = clock;
    }

    Made normalize(Archival.NormalizeMetadata in) throws IOException {
        var making = new Made.Making(Brief.subject());
        var attempt = attempt();
        var bytes = in.metadata().isString()
                ? in.metadata().asString().getBytes(StandardCharsets.UTF_8)
                : Json.bytes(in.metadata());
        var inputs = Vault.digest(bytes);
        Descriptions descriptions;
        try {
            descriptions = in.metadata().isString() ? Descriptions.csv(bytes) : Descriptions.json(in.metadata());
        } catch (DescriptionRejected e) {
            var reason = String.valueOf(e.getMessage());
            making.event(Works.event(
                    "normalize", "metadata modification", FAILURE, "Dublin Core and MODS", reason, inputs, ""));
            return making.done(Json.object().put("status", "rejected").put("reason", reason));
        }
        making.output(vault.keep(
                "metadata-original",
                descriptions.original(),
                in.metadata().isString() ? "csv" : "json",
                in.metadata().isString() ? "text/csv" : "application/json",
                attempt));
        var result = Json.object();
        var records = Json.array();
        var digests = new StringBuilder();
        int findings = 0;
        int changes = 0;
        for (var record : descriptions.records()) {
            var dc = making.output(
                    vault.keep("dc-" + record.row(), record.dublinCore(), "dc.xml", "application/xml", attempt));
            var mods = making.output(
                    vault.keep("mods-" + record.row(), record.mods(), "mods.xml", "application/xml", attempt));
            digests.append(dc.sha256()).append(mods.sha256());
            findings += record.findings().size();
            changes += record.changes().size();
            records.add(Json.object()
                    .put("dc", vault.path(dc).toString())
                    .put("mods", vault.path(mods).toString())
                    .set("changes", Json.tree(record.changes()))
                    .set("findings", Json.tree(record.findings())));
        }
        making.event(Works.event(
                "normalize",
                "metadata modification",
                findings == 0 ? SUCCESS : WARNING,
                "Dublin Core and MODS 3.8; dates to EDTF, languages to ISO 639; the original is kept",
                changes + " values changed, " + findings + " findings for a person",
                inputs,
                Vault.digest(digests.toString().getBytes(StandardCharsets.UTF_8))));
        result.put("status", "normalized");
        result.set("records", records);
        return making.done(result);
    }

    /// @param texts files with the recognised text of each item, by the item's key
    Made enrich(Archival.ApplyAiEnrichment in, Map<String, String> texts, Known known) throws IOException {
        var making = new Made.Making(Brief.subject());
        var all = new LinkedHashMap<>(texts);
        if (texts.isEmpty()) {
            for (var result : in.results()) {
                collect(result, all);
            }
        }
        var suggestions = Json.object();
        var inputs = new StringBuilder();
        var agent = "none";
        int looked = 0;
        for (var one : all.entrySet()) {
            if (looked++ == TEXTS_MAX) {
                suggestions.put("note", "only the first " + TEXTS_MAX + " texts were looked at");
                break;
            }
            var text = one.getValue().startsWith("text:") ? one.getValue().substring(5) : head(Path.of(one.getValue()));
            inputs.append(Vault.digest(text.getBytes(StandardCharsets.UTF_8)));
            var enrichment = suggest(text, known);
            if (!enrichment.subjects().isEmpty()) {
                agent = enrichment.subjects().getFirst().by().model();
            }
            suggestions.set(one.getKey(), Json.tree(enrichment));
        }
        var bytes = Json.bytes(suggestions);
        var kept = making.output(vault.keep("enrichment", bytes, "json", "application/json", attempt()));
        making.event(new Happened(
                "enrich",
                1,
                "metadata modification",
                SUCCESS,
                "language and subjects suggested by models; nothing that people wrote was changed",
                all.size() + " texts",
                Vault.digest(inputs.toString().getBytes(StandardCharsets.UTF_8)),
                "",
                kept.sha256(),
                false,
                agent));
        return making.done(Json.object()
                .put("status", "enriched")
                .put("texts", all.size())
                .put("file", vault.path(kept).toString()));
    }

    private Enrichment suggest(String text, Known known) {
        lock.lock();
        try {
            if (enricher.isEmpty()) {
                enricher = Optional.of(Enricher.load(cache));
            }
            return enricher.get().suggest(text, known, clock.instant());
        } catch (ModelUnavailable e) {
            return Enrichment.none(String.valueOf(e.getMessage()));
        } finally {
            lock.unlock();
        }
    }

    /// Finds texts in what the members of a group returned: `text`, or the file that `text_file` names.
    private static void collect(JsonNode result, Map<String, String> texts) {
        if (result.isArray()) {
            result.forEach(one -> collect(one, texts));
        } else if (result.path("text").isString()) {
            texts.put(
                    result.path("file").asString("text " + texts.size()),
                    "text:" + result.path("text").asString());
        } else if (result.path("text_file").isString()) {
            texts.put(
                    result.path("file").asString("text " + texts.size()),
                    result.path("text_file").asString());
        }
    }

    private static String head(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return new String(in.readNBytes(TEXT_BYTES_MAX), StandardCharsets.UTF_8);
        }
    }

    private static String attempt() {
        var context = TaskContext.current();
        return Vault.attempt(context.id(), context.retries(), context.epoch());
    }
}
