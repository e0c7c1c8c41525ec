package dev.lovage.archive.preservation;

import static dev.lovage.archive.preservation.XmlOut.Space.PREMIS;
import static dev.lovage.archive.preservation.XmlOut.Space.XSI;

import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.UUID;

/// Writes a PREMIS 3 document as it comes: objects, at least one, then events, then agents. Equal calls give
/// equal bytes.
///
/// What it writes is valid by the schema as soon as there is an object. Whether it is a good record,
/// [PremisRules] tells.
public final class PremisWriter implements AutoCloseable {
    private enum Part {
        OBJECTS,
        EVENTS,
        AGENTS
    }

    private final XmlOut xml;
    private Part part = Part.OBJECTS;

    private PremisWriter(XmlOut xml) {
        this.xml = xml;
    }

    /// @param stream flushed by [#close], and not closed
    public static PremisWriter begin(OutputStream stream) throws IOException {
        var xml = XmlOut.begin(stream, PREMIS, "premis", List.of(XSI));
        xml.attribute("version", "3.0").line();
        return new PremisWriter(xml);
    }

    /// @throws IllegalStateException after an event or an agent
    public PremisWriter object(PremisObject object) throws IOException {
        enter(Part.OBJECTS);
        write(object, xml);
        xml.line();
        return this;
    }

    /// @throws IllegalStateException after an agent
    public PremisWriter event(PreservationEvent event) throws IOException {
        enter(Part.EVENTS);
        xml.start(PREMIS, "event");
        identifier("eventIdentifier", "UUID", event.id().toString(), xml);
        term("eventType", event.type(), xml);
        xml.element(PREMIS, "eventDateTime", event.at().toString());
        if (!event.detail().isEmpty()) {
            xml.start(PREMIS, "eventDetailInformation")
                    .element(PREMIS, "eventDetail", event.detail())
                    .end();
        }
        xml.start(PREMIS, "eventOutcomeInformation");
        term("eventOutcome", event.outcome(), xml);
        if (!event.outcomeNote().isEmpty()) {
            xml.start(PREMIS, "eventOutcomeDetail")
                    .element(PREMIS, "eventOutcomeDetailNote", event.outcomeNote())
                    .end();
        }
        xml.end();
        for (var agent : event.agents()) {
            link("linkingAgent", "local", agent.agent(), agent.role());
        }
        for (var object : event.objects()) {
            link("linkingObject", "UUID", object.object().toString(), object.role());
        }
        xml.endLine();
        return this;
    }

    public PremisWriter agent(Agent agent) throws IOException {
        enter(Part.AGENTS);
        xml.start(PREMIS, "agent");
        identifier("agentIdentifier", "local", agent.id(), xml);
        xml.element(PREMIS, "agentName", agent.name());
        term("agentType", agent.type(), xml);
        if (agent.version().isPresent()) {
            xml.element(PREMIS, "agentVersion", agent.version().get());
        }
        xml.endLine();
        return this;
    }

    /// Ends the document.
    @Override
    public void close() throws IOException {
        xml.close();
    }

    private void enter(Part wanted) {
        if (wanted.compareTo(part) < 0) {
            throw new IllegalStateException("A PREMIS document has objects, then events, then agents, but " + wanted
                    + " were to be written after " + part + ".");
        }
        part = wanted;
    }

    /// One object element. The document around it declares the namespaces.
    static void write(PremisObject object, XmlOut xml) throws IOException {
        xml.start(PREMIS, "object");
        switch (object) {
            case IntellectualEntity entity -> {
                head("intellectualEntity", entity.id(), xml);
                xml.element(PREMIS, "originalName", entity.name());
            }
            case Representation representation -> {
                head("representation", representation.id(), xml);
                structure("includes", representation.files(), xml);
                structure("represents", List.of(representation.represents()), xml);
            }
            case FileObject file -> {
                head("file", file.id(), xml);
                characteristics(file, xml);
                xml.element(PREMIS, "originalName", file.originalName());
                for (var derivation : file.derivations()) {
                    derivation(derivation, xml);
                }
            }
        }
        xml.end();
    }

    private static void head(String type, UUID id, XmlOut xml) throws IOException {
        xml.attribute(XSI, "type", PREMIS.prefix() + ":" + type);
        identifier("objectIdentifier", "UUID", id.toString(), xml);
    }

    private static void characteristics(FileObject file, XmlOut xml) throws IOException {
        xml.start(PREMIS, "objectCharacteristics").element(PREMIS, "compositionLevel", "0");
        xml.start(PREMIS, "fixity");
        term("messageDigestAlgorithm", "cryptographicHashFunctions", "sha256", "SHA-256", xml);
        xml.element(PREMIS, "messageDigest", file.sha256()).end();
        xml.element(PREMIS, "size", Long.toString(file.size()));
        xml.start(PREMIS, "format").start(PREMIS, "formatDesignation");
        xml.element(PREMIS, "formatName", file.formatName()).end();
        if (file.pronomId().isPresent()) {
            xml.start(PREMIS, "formatRegistry")
                    .element(PREMIS, "formatRegistryName", "PRONOM")
                    .element(PREMIS, "formatRegistryKey", file.pronomId().get())
                    .end();
        }
        xml.end().end();
    }

    private static void structure(String how, List<UUID> others, XmlOut xml) throws IOException {
        xml.start(PREMIS, "relationship")
                .element(PREMIS, "relationshipType", "structural")
                .element(PREMIS, "relationshipSubType", how);
        for (var other : others) {
            identifier("relatedObjectIdentifier", "UUID", other.toString(), xml);
        }
        xml.end();
    }

    private static void derivation(FileObject.Derivation derivation, XmlOut xml) throws IOException {
        xml.start(PREMIS, "relationship");
        term("relationshipType", "relationshipType", "der", "derivation", xml);
        term("relationshipSubType", "relationshipSubType", "hss", "has source", xml);
        identifier("relatedObjectIdentifier", "UUID", derivation.source().toString(), xml);
        identifier("relatedEventIdentifier", "UUID", derivation.event().toString(), xml);
        xml.end();
    }

    private void link(String what, String type, String value, Term role) throws IOException {
        xml.start(PREMIS, what + "Identifier");
        xml.element(PREMIS, what + "IdentifierType", type).element(PREMIS, what + "IdentifierValue", value);
        term(what + "Role", role, xml);
        xml.end();
    }

    private static void identifier(String name, String type, String value, XmlOut xml) throws IOException {
        xml.start(PREMIS, name)
                .element(PREMIS, name + "Type", type)
                .element(PREMIS, name + "Value", value)
                .end();
    }

    private static void term(String name, Term term, XmlOut xml) throws IOException {
        term(name, term.scheme(), term.code(), term.label(), xml);
    }

    private static void term(String name, String scheme, String code, String label, XmlOut xml) throws IOException {
        xml.start(PREMIS, name)
                .attribute("authority", scheme)
                .attribute("authorityURI", Vocabulary.uri(scheme))
                .attribute("valueURI", Vocabulary.uri(scheme) + "/" + code)
                .text(label)
                .end();
    }
}
