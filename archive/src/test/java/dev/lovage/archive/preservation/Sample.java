package dev.lovage.archive.preservation;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.lovage.archive.preservation.FileObject.Derivation;
import dev.lovage.archive.preservation.PreservationEvent.LinkedAgent;
import dev.lovage.archive.preservation.PreservationEvent.LinkedObject;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/// A package of one page: a scanned master and the JP2 that was made from it.
final class Sample {
    static final Instant START = Instant.parse("2026-11-20T11:00:00Z");
    static final Instant NOW = Instant.parse("2026-11-20T12:00:00Z");
    static final UUID ENTITY = new UUID(0xe, 1);
    static final UUID REPRESENTATION = new UUID(0xd, 1);
    static final UUID MASTER = new UUID(0xa, 1);
    static final UUID JP2 = new UUID(0xa, 2);
    static final UUID MIGRATION = new UUID(0xb, 7);
    static final String MASTER_SHA256 = "a".repeat(64);
    static final String JP2_SHA256 = "b".repeat(64);
    static final PremisContext CONTEXT = new PremisContext(START, NOW, Set.of(MASTER_SHA256, JP2_SHA256), 1);

    private Sample() {}

    static FileObject master() {
        return new FileObject(
                MASTER,
                "0001.tif",
                16_737_374,
                MASTER_SHA256,
                "Tagged Image File Format",
                Optional.of("fmt/353"),
                List.of());
    }

    static FileObject jp2() {
        return new FileObject(
                JP2,
                "0001.jp2",
                7_262_741,
                JP2_SHA256,
                "JP2 (JPEG 2000 part 1)",
                Optional.of("x-fmt/392"),
                List.of(new Derivation(MASTER, MIGRATION)));
    }

    static List<PremisObject> objects() {
        return List.of(
                new IntellectualEntity(ENTITY, "BATCH-0001/item-0001"),
                new Representation(REPRESENTATION, ENTITY, List.of(MASTER, JP2)),
                master(),
                jp2());
    }

    static List<PreservationEvent> events() {
        var events = new ArrayList<PreservationEvent>();
        events.add(event(1, EventType.CAPTURE, out(MASTER)));
        events.add(event(2, EventType.MESSAGE_DIGEST_CALCULATION, source(MASTER), source(JP2)));
        events.add(event(3, EventType.FORMAT_IDENTIFICATION, source(MASTER)));
        events.add(event(4, EventType.VALIDATION, source(MASTER)));
        events.add(event(
                5, EventType.VIRUS_CHECK, EventOutcome.WARNING, "not scanned: no scanner installed", source(MASTER)));
        events.add(event(7, EventType.MIGRATION, source(MASTER), out(JP2)));
        events.add(event(8, EventType.INFORMATION_PACKAGE_CREATION, out(ENTITY)));
        return events;
    }

    static List<Agent> agents() {
        return List.of(
                new Agent("sw:ingest/0.1", "ingest worker", AgentType.SOFTWARE, Optional.of("0.1")),
                new Agent("hw:scanner/1", "Noname frontend-tester", AgentType.HARDWARE, Optional.empty()),
                new Agent("op:0042", "operator 0042", AgentType.PERSON, Optional.empty()));
    }

    static PreservationEvent event(int number, EventType type, LinkedObject... objects) {
        return event(number, type, EventOutcome.SUCCESS, "", objects);
    }

    static PreservationEvent event(
            int number, EventType type, EventOutcome outcome, String note, LinkedObject... objects) {
        return new PreservationEvent(
                new UUID(0xb, number),
                type,
                START.plusSeconds(number),
                "step " + number,
                outcome,
                note,
                List.of(
                        new LinkedAgent("sw:ingest/0.1", AgentRole.EXECUTING_PROGRAM),
                        new LinkedAgent("op:0042", AgentRole.IMPLEMENTER)),
                List.of(objects));
    }

    static LinkedObject source(UUID object) {
        return new LinkedObject(object, ObjectRole.SOURCE);
    }

    static LinkedObject out(UUID object) {
        return new LinkedObject(object, ObjectRole.OUTCOME);
    }

    static String premis() throws IOException {
        return premis(objects(), events());
    }

    static String premis(List<PremisObject> objects, List<PreservationEvent> events) throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (var premis = PremisWriter.begin(bytes)) {
            for (var object : objects) {
                premis.object(object);
            }
            for (var event : events) {
                premis.event(event);
            }
            for (var agent : agents()) {
                premis.agent(agent);
            }
        }
        return bytes.toString(UTF_8);
    }

    static ByteArrayInputStream stream(String text) {
        return new ByteArrayInputStream(text.getBytes(UTF_8));
    }
}
