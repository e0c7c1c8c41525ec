package dev.lovage.archive.preservation;

import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import javax.xml.stream.XMLStreamWriter;

/// Writes XML, UTF-8, as it comes. Characters that XML can't carry become U+FFFD: a record about a badly
/// named file is better than none.
final class XmlOut implements AutoCloseable {
    /// The namespaces that are written here. All have prefixes, so that foreign XML may use the default one.
    enum Space {
        METS("mets", "http://www.loc.gov/METS/"),
        PREMIS("premis", "http://www.loc.gov/premis/v3"),
        XLINK("xlink", "http://www.w3.org/1999/xlink"),
        XSI("xsi", "http://www.w3.org/2001/XMLSchema-instance");

        private final String prefix;
        private final String uri;

        Space(String prefix, String uri) {
            this.prefix = prefix;
            this.uri = uri;
        }

        String prefix() {
            return prefix;
        }

        String uri() {
            return uri;
        }
    }

    private interface Step {
        void run() throws XMLStreamException;
    }

    private final XMLStreamWriter out;

    private XmlOut(XMLStreamWriter out) {
        this.out = out;
    }

    /// Begins a document. The stream is flushed at the end, not closed.
    static XmlOut begin(OutputStream stream, Space space, String root, List<Space> others) throws IOException {
        XMLStreamWriter writer;
        try {
            writer = XMLOutputFactory.newDefaultFactory().createXMLStreamWriter(stream, "UTF-8");
        } catch (XMLStreamException e) {
            throw new IllegalStateException("This Java can't write XML.", e);
        }
        var xml = new XmlOut(writer);
        run(() -> {
            writer.writeStartDocument("UTF-8", "1.0");
            writer.writeCharacters("\n");
            writer.writeStartElement(space.prefix, root, space.uri);
            writer.writeNamespace(space.prefix, space.uri);
            for (var other : others) {
                writer.writeNamespace(other.prefix, other.uri);
            }
        });
        return xml;
    }

    XmlOut start(Space space, String name) throws IOException {
        run(() -> out.writeStartElement(space.prefix, name, space.uri));
        return this;
    }

    XmlOut attribute(String name, String value) throws IOException {
        run(() -> out.writeAttribute(name, oneLine(value)));
        return this;
    }

    XmlOut attribute(Space space, String name, String value) throws IOException {
        run(() -> out.writeAttribute(space.prefix, space.uri, name, oneLine(value)));
        return this;
    }

    XmlOut text(String value) throws IOException {
        run(() -> characters(value));
        return this;
    }

    XmlOut end() throws IOException {
        run(out::writeEndElement);
        return this;
    }

    /// An end, and the next element stands on a line of its own.
    XmlOut endLine() throws IOException {
        run(() -> {
            out.writeEndElement();
            out.writeCharacters("\n");
        });
        return this;
    }

    XmlOut line() throws IOException {
        run(() -> out.writeCharacters("\n"));
        return this;
    }

    XmlOut element(Space space, String name, String value) throws IOException {
        return start(space, name).text(value).end();
    }

    /// Copies the element that the reader stands on, with all in it but comments and processing instructions.
    void copy(XMLStreamReader reader) throws IOException, XMLStreamException {
        int depth = 0;
        while (true) {
            switch (reader.getEventType()) {
                case XMLStreamReader.START_ELEMENT -> {
                    depth++;
                    copyStart(reader);
                }
                case XMLStreamReader.END_ELEMENT -> {
                    depth--;
                    end();
                }
                case XMLStreamReader.CHARACTERS, XMLStreamReader.CDATA, XMLStreamReader.SPACE -> text(reader.getText());
                default -> {
                    // comments and processing instructions say nothing to a reader of the package
                }
            }
            if (depth == 0) {
                return;
            }
            reader.next();
        }
    }

    private void copyStart(XMLStreamReader reader) throws IOException {
        var prefix = prefix(reader.getPrefix());
        run(() -> {
            if (prefix.isEmpty()) {
                out.writeStartElement(reader.getLocalName());
            } else {
                out.writeStartElement(prefix, reader.getLocalName(), reader.getNamespaceURI());
            }
            for (int i = 0; i < reader.getNamespaceCount(); i++) {
                var uri = reader.getNamespaceURI(i) == null ? "" : reader.getNamespaceURI(i);
                var declared = prefix(reader.getNamespacePrefix(i));
                if (declared.isEmpty()) {
                    out.writeDefaultNamespace(uri);
                } else {
                    out.writeNamespace(declared, uri);
                }
            }
            for (int i = 0; i < reader.getAttributeCount(); i++) {
                var attributePrefix = prefix(reader.getAttributePrefix(i));
                var value = oneLine(reader.getAttributeValue(i));
                if (attributePrefix.isEmpty()) {
                    out.writeAttribute(reader.getAttributeLocalName(i), value);
                } else {
                    out.writeAttribute(
                            attributePrefix, reader.getAttributeNamespace(i), reader.getAttributeLocalName(i), value);
                }
            }
        });
    }

    private static String prefix(@org.jspecify.annotations.Nullable String prefix) {
        return prefix == null ? "" : prefix;
    }

    /// Ends the document.
    @Override
    public void close() throws IOException {
        run(() -> {
            out.writeEndDocument();
            out.writeCharacters("\n");
            out.flush();
        });
    }

    /// A carriage return that is written as such is a line feed to every reader.
    private void characters(String value) throws XMLStreamException {
        var clean = clean(value);
        int from = 0;
        for (int i = clean.indexOf('\r'); i >= 0; i = clean.indexOf('\r', from)) {
            out.writeCharacters(clean.substring(from, i));
            out.writeEntityRef("#13");
            from = i + 1;
        }
        out.writeCharacters(clean.substring(from));
    }

    private static String oneLine(String value) {
        return clean(value).replace('\n', ' ').replace('\r', ' ').replace('\t', ' ');
    }

    private static String clean(String value) {
        if (value.codePoints().allMatch(XmlOut::carried)) {
            return value;
        }
        var clean = new StringBuilder(value.length());
        value.codePoints().forEach(c -> clean.appendCodePoint(carried(c) ? c : 0xFFFD));
        return clean.toString();
    }

    private static boolean carried(int c) {
        return c == '\t'
                || c == '\n'
                || c == '\r'
                || c >= 0x20 && c <= 0xD7FF
                || c >= 0xE000 && c <= 0xFFFD
                || c >= 0x10000;
    }

    private static void run(Step step) throws IOException {
        try {
            step.run();
        } catch (XMLStreamException e) {
            if (e.getNestedException() instanceof IOException io) {
                throw io;
            }
            throw new IllegalStateException("The document being written is no XML any more.", e);
        }
    }
}
