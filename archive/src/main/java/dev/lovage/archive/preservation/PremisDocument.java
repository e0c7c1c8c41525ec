package dev.lovage.archive.preservation;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/// A PREMIS document as it stands, right or wrong: text is kept as text. It shares nothing with the writer.
record PremisDocument(List<Subject> subjects, List<Event> events, List<Id> agents) {
    static final String NAMESPACE = "http://www.loc.gov/premis/v3";
    private static final String XSI = "http://www.w3.org/2001/XMLSchema-instance";

    /// An identifier with its type.
    record Id(String type, String value) {
        @Override
        public String toString() {
            return value;
        }
    }

    /// A word with its address in a vocabulary, which may be empty.
    record Word(String label, String uri) {
        /// @param name a label or a code, case does not matter
        boolean is(String scheme, String code, String name) {
            return uri.isEmpty() ? label.equalsIgnoreCase(name) : uri.equals(Vocabulary.uri(scheme) + "/" + code);
        }
    }

    record Fixity(Word algorithm, String digest) {}

    record Relationship(Word type, List<Id> objects, List<Id> events) {}

    /// An object; `object` is a word of Java's.
    record Subject(
            String kind,
            List<Id> ids,
            List<Fixity> fixities,
            List<String> sizes,
            List<Relationship> relationships,
            List<Id> events) {
        String name() {
            return ids.isEmpty() ? "" : ids.getFirst().value();
        }
    }

    record Link(Id id, Optional<Word> role) {}

    record Outcome(Word word, String note) {}

    record Event(Id id, Word type, String at, List<Outcome> outcomes, List<Link> agents, List<Link> objects) {}

    /// @param bytesMax of the document
    /// @param nodesMax elements in one object, event or agent
    /// @param textMax characters in one element
    /// @param depthMax elements in each other
    record Limits(long bytesMax, int nodesMax, int textMax, int depthMax) {
        static final Limits DEFAULT = new Limits(128L << 20, 1 << 20, 1 << 20, 40);
    }

    /// @throws MetadataRefused if this is no PREMIS 3 document, or too large
    static PremisDocument read(InputStream stream, Limits limits) throws IOException {
        return XmlIn.read(
                "The PREMIS document",
                new Bounded(stream, limits.bytesMax()),
                reader -> new Reading(reader, limits).document());
    }

    /// Reads one object, event or agent at a time as a small tree, and keeps what the rules ask for.
    private static final class Reading {
        private final XMLStreamReader reader;
        private final Limits limits;
        private final Map<String, String> shared = new HashMap<>();
        private final Map<Id, Id> sharedIds = new HashMap<>();
        private int nodes;

        Reading(XMLStreamReader reader, Limits limits) {
            this.reader = reader;
            this.limits = limits;
        }

        PremisDocument document() throws XMLStreamException {
            if (!NAMESPACE.equals(reader.getNamespaceURI())
                    || !reader.getLocalName().equals("premis")) {
                throw new MetadataRefused("This document begins with {" + reader.getNamespaceURI() + "}"
                        + reader.getLocalName() + ", but a PREMIS 3 document begins with {" + NAMESPACE
                        + "}premis. It was not read.");
            }
            var subjects = new ArrayList<Subject>();
            var events = new ArrayList<Event>();
            var agents = new ArrayList<Id>();
            while (reader.next() != XMLStreamReader.END_ELEMENT) {
                if (reader.getEventType() != XMLStreamReader.START_ELEMENT) {
                    continue;
                }
                nodes = 0;
                var node = node(1);
                switch (node.name) {
                    case "object" -> subjects.add(subject(node));
                    case "event" -> events.add(event(node));
                    case "agent" -> agents.addAll(ids(node, "agentIdentifier"));
                    default -> {
                        // rights: no rule is about them
                    }
                }
            }
            return new PremisDocument(List.copyOf(subjects), List.copyOf(events), List.copyOf(agents));
        }

        /// From a start tag to its end tag.
        private Node node(int depth) throws XMLStreamException {
            if (++nodes > limits.nodesMax() || depth > limits.depthMax()) {
                throw new MetadataRefused("An object, event or agent of the PREMIS document has more than "
                        + limits.nodesMax() + " elements, or more than " + limits.depthMax()
                        + " of them in each other. It was not read further. Split the document.");
            }
            var name = NAMESPACE.equals(reader.getNamespaceURI()) ? reader.getLocalName() : "";
            var node = new Node(
                    name, attribute("", "valueURI"), attribute(XSI, "type"), new ArrayList<>(), new StringBuilder());
            while (reader.next() != XMLStreamReader.END_ELEMENT) {
                if (reader.getEventType() == XMLStreamReader.START_ELEMENT) {
                    node.children.add(node(depth + 1));
                } else if (reader.isCharacters()) {
                    if (node.text.length() + reader.getTextLength() > limits.textMax()) {
                        throw new MetadataRefused(
                                "An element " + reader.getLocation().getLineNumber()
                                        + " lines into the PREMIS document has more than " + limits.textMax()
                                        + " characters. It was not read further.");
                    }
                    node.text.append(reader.getText());
                }
            }
            return node;
        }

        private String attribute(String space, String name) {
            for (int i = 0; i < reader.getAttributeCount(); i++) {
                var found = reader.getAttributeNamespace(i) == null ? "" : reader.getAttributeNamespace(i);
                if (found.equals(space) && reader.getAttributeLocalName(i).equals(name)) {
                    return reader.getAttributeValue(i).strip();
                }
            }
            return "";
        }

        private Subject subject(Node node) {
            var fixities = new ArrayList<Fixity>();
            var sizes = new ArrayList<String>();
            for (var characteristics : node.all("objectCharacteristics")) {
                for (var fixity : characteristics.all("fixity")) {
                    fixities.add(new Fixity(word(fixity, "messageDigestAlgorithm"), text(fixity, "messageDigest")));
                }
                for (var size : characteristics.all("size")) {
                    sizes.add(size.text.toString().strip());
                }
            }
            var relationships = new ArrayList<Relationship>();
            for (var relationship : node.all("relationship")) {
                relationships.add(new Relationship(
                        word(relationship, "relationshipType"),
                        ids(relationship, "relatedObjectIdentifier"),
                        ids(relationship, "relatedEventIdentifier")));
            }
            return new Subject(
                    shared(node.type.substring(node.type.indexOf(':') + 1)),
                    ids(node, "objectIdentifier"),
                    List.copyOf(fixities),
                    List.copyOf(sizes),
                    List.copyOf(relationships),
                    ids(node, "linkingEventIdentifier"));
        }

        private Event event(Node node) {
            var ids = ids(node, "eventIdentifier");
            var outcomes = new ArrayList<Outcome>();
            for (var information : node.all("eventOutcomeInformation")) {
                var notes = new StringBuilder();
                for (var detail : information.all("eventOutcomeDetail")) {
                    notes.append(text(detail, "eventOutcomeDetailNote"));
                }
                outcomes.add(new Outcome(word(information, "eventOutcome"), notes.toString()));
            }
            return new Event(
                    ids.isEmpty() ? new Id("", "") : ids.getFirst(),
                    word(node, "eventType"),
                    text(node, "eventDateTime"),
                    List.copyOf(outcomes),
                    links(node, "linkingAgent"),
                    links(node, "linkingObject"));
        }

        private List<Link> links(Node node, String what) {
            var links = new ArrayList<Link>();
            for (var link : node.all(what + "Identifier")) {
                var role = word(link, what + "Role");
                links.add(new Link(
                        id(link, what + "Identifier"), role.label().isEmpty() ? Optional.empty() : Optional.of(role)));
            }
            return List.copyOf(links);
        }

        private List<Id> ids(Node node, String name) {
            return node.all(name).stream().map(each -> id(each, name)).toList();
        }

        private Id id(Node node, String name) {
            var id = new Id(shared(text(node, name + "Type")), text(node, name + "Value"));
            var known = sharedIds.putIfAbsent(id, id);
            return known == null ? id : known;
        }

        private Word word(Node node, String name) {
            for (var word : node.all(name)) {
                return new Word(shared(word.text.toString().strip()), shared(word.uri));
            }
            return new Word("", "");
        }

        private static String text(Node node, String name) {
            for (var element : node.all(name)) {
                return element.text.toString().strip();
            }
            return "";
        }

        private String shared(String text) {
            var known = shared.putIfAbsent(text, text);
            return known == null ? text : known;
        }
    }

    private record Node(String name, String uri, String type, List<Node> children, StringBuilder text) {
        List<Node> all(String wanted) {
            return children.stream().filter(child -> child.name.equals(wanted)).toList();
        }
    }

    private static final class Bounded extends FilterInputStream {
        private final long max;
        private long count;

        Bounded(InputStream in, long max) {
            super(in);
            this.max = max;
        }

        @Override
        public int read() throws IOException {
            int b = super.read();
            count(b < 0 ? 0 : 1);
            return b;
        }

        @Override
        public int read(byte[] target, int from, int length) throws IOException {
            int n = super.read(target, from, length);
            count(n);
            return n;
        }

        private void count(int n) {
            count += Math.max(0, n);
            if (count > max) {
                throw new MetadataRefused("The PREMIS document has more than " + max
                        + " bytes. It was not read further. Write one event for many objects, or split the package.");
            }
        }
    }
}
