package dev.lovage.archive.ingest;

import dev.lovage.archive.batch.Batch;
import dev.lovage.archive.event.EventId;
import dev.lovage.archive.event.Recorded;
import dev.lovage.archive.preservation.Agent;
import dev.lovage.archive.preservation.AgentRole;
import dev.lovage.archive.preservation.AgentType;
import dev.lovage.archive.preservation.EventOutcome;
import dev.lovage.archive.preservation.EventType;
import dev.lovage.archive.preservation.FileUse;
import dev.lovage.archive.preservation.IntellectualEntity;
import dev.lovage.archive.preservation.MetsPackage;
import dev.lovage.archive.preservation.MetsWriter;
import dev.lovage.archive.preservation.ObjectRole;
import dev.lovage.archive.preservation.PremisWriter;
import dev.lovage.archive.preservation.PreservationEvent;
import dev.lovage.archive.preservation.Representation;
import dev.lovage.archive.preservation.XmlPart;
import dev.lovage.archive.vault.Vault;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Writes the documents of a package.
final class PackageDocuments {
    private static final Map<String, EventType> TYPES =
            Arrays.stream(EventType.values()).collect(Collectors.toMap(EventType::label, type -> type));

    private PackageDocuments() {}

    /// PREMIS 3: the files, what happened to them, and who did it.
    static byte[] premis(Batch batch, List<PackedPage> pages, List<Recorded> events) throws IOException {
        var bytes = new ByteArrayOutputStream();
        var objects = new HashMap<UUID, PackedPage>();
        var representation = EventId.derived(batch.key(), "representation");
        try (var premis = PremisWriter.begin(bytes)) {
            premis.object(new IntellectualEntity(batch.key(), batch.id()));
            premis.object(new Representation(
                    representation,
                    batch.key(),
                    pages.stream().map(page -> page.master().id()).toList()));
            for (var page : pages) {
                objects.put(page.item().key(), page);
                for (var part : page.parts()) {
                    premis.object(part.object());
                }
            }
            var agents = new LinkedHashMap<String, Agent>();
            for (var event : events) {
                var page = objects.get(event.subject());
                if (page == null && !event.subject().equals(batch.key())) {
                    continue; // of an item in quarantine, which is not in the package
                }
                var agent = event.happened().agent();
                var device = event.happened().type().equals("capture");
                agents.putIfAbsent(
                        agent,
                        new Agent(agent, agent, device ? AgentType.HARDWARE : AgentType.SOFTWARE, Optional.empty()));
                premis.event(new PreservationEvent(
                        event.id(),
                        type(event),
                        event.at(),
                        event.happened().detail(),
                        EventOutcome.valueOf(event.happened().outcome().name()),
                        event.happened().note(),
                        List.of(new PreservationEvent.LinkedAgent(agent, AgentRole.EXECUTING_PROGRAM)),
                        linked(event, page)));
            }
            for (var agent : agents.values()) {
                premis.agent(agent);
            }
        }
        return bytes.toByteArray();
    }

    private static EventType type(Recorded event) {
        var type = TYPES.get(event.happened().type());
        if (type == null) {
            throw new PackageInvalid("The event type '" + event.happened().type() + "' is not in the vocabulary.");
        }
        return type;
    }

    /// Which files an event was about.
    private static List<PreservationEvent.LinkedObject> linked(Recorded event, @Nullable PackedPage page) {
        if (page == null) {
            var role = event.happened().step().equals("package") ? ObjectRole.OUTCOME : ObjectRole.SOURCE;
            return List.of(new PreservationEvent.LinkedObject(event.subject(), role));
        }
        var step = event.happened().step();
        if (step.equals("digest-thumbnails") || step.equals("digest-ocr")) {
            var use = step.equals("digest-ocr") ? FileUse.OCR : FileUse.THUMBNAIL;
            return page.parts().stream()
                    .filter(part -> part.use() == use)
                    .map(part ->
                            new PreservationEvent.LinkedObject(part.object().id(), ObjectRole.SOURCE))
                    .toList();
        }
        var made = page.parts().stream()
                .filter(part -> part.kept().kind().equals(step))
                .findFirst();
        var source = new PreservationEvent.LinkedObject(page.master().id(), ObjectRole.SOURCE);
        return made.map(part -> List.of(
                        source, new PreservationEvent.LinkedObject(part.object().id(), ObjectRole.OUTCOME)))
                .orElseGet(() -> List.of(source));
    }

    /// METS 1.12.1: the files, their descriptions and their order.
    static byte[] mets(Packaging.Contents contents, List<PackedPage> pages, byte[] premis, Vault vault, Instant now)
            throws IOException {
        var descriptions = new ArrayList<MetsPackage.Description>();
        for (var kept : contents.outputs()
                .getOrDefault(contents.batch().key(), Map.of())
                .values()) {
            if (kept.kind().startsWith("mods-")) {
                descriptions.add(new MetsPackage.Description(
                        MetsPackage.Description.Format.MODS, XmlPart.of(Files.readAllBytes(vault.path(kept)))));
            }
        }
        var files = new ArrayList<MetsPackage.File>();
        for (var page : pages) {
            var mix =
                    contents.outputs().getOrDefault(page.item().key(), Map.of()).get("mix");
            for (var part : page.parts()) {
                files.add(new MetsPackage.File(
                        part.object(),
                        part.path(),
                        part.kept().mediaType(),
                        part.use(),
                        part.use() == FileUse.PRESERVATION && mix != null
                                ? Optional.of(XmlPart.of(Files.readAllBytes(vault.path(mix))))
                                : Optional.empty()));
            }
        }
        var bytes = new ByteArrayOutputStream();
        MetsWriter.write(
                new MetsPackage(
                        "urn:uuid:" + contents.batch().key(),
                        now,
                        "lovage",
                        descriptions,
                        files,
                        new MetsPackage.PremisFile("metadata/premis.xml", premis.length, Vault.digest(premis)),
                        pages.stream()
                                .map(page -> new MetsPackage.Page(
                                        page.item().pageLabel().orElse(page.number()),
                                        page.parts().stream()
                                                .map(part -> part.object().id())
                                                .toList()))
                                .toList()),
                bytes);
        return bytes.toByteArray();
    }
}
