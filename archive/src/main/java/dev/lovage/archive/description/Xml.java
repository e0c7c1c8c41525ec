package dev.lovage.archive.description;

import java.io.ByteArrayOutputStream;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;

/// Writes one XML document, an element a line.
final class Xml {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final XMLStreamWriter out;
    private int depth;

    /// @param namespace of the default prefix; empty for none
    Xml(String root, String namespace) {
        try {
            out = XMLOutputFactory.newDefaultFactory().createXMLStreamWriter(bytes, "UTF-8");
            out.writeStartDocument("UTF-8", "1.0");
            out.writeCharacters("\n");
            out.writeStartElement(root);
            if (!namespace.isEmpty()) {
                out.writeDefaultNamespace(namespace);
            }
            depth = 1;
        } catch (XMLStreamException e) {
            throw impossible(e);
        }
    }

    Xml namespace(String prefix, String uri) {
        try {
            out.writeNamespace(prefix, uri);
            return this;
        } catch (XMLStreamException e) {
            throw impossible(e);
        }
    }

    Xml attribute(String name, String value) {
        try {
            out.writeAttribute(name, value);
            return this;
        } catch (XMLStreamException e) {
            throw impossible(e);
        }
    }

    /// Opens an element.
    ///
    /// @param attributes names and values in turn
    Xml open(String element, String... attributes) {
        try {
            line();
            out.writeStartElement(element);
            for (int i = 0; i < attributes.length; i += 2) {
                out.writeAttribute(attributes[i], attributes[i + 1]);
            }
            depth++;
            return this;
        } catch (XMLStreamException e) {
            throw impossible(e);
        }
    }

    Xml close() {
        try {
            depth--;
            line();
            out.writeEndElement();
            return this;
        } catch (XMLStreamException e) {
            throw impossible(e);
        }
    }

    /// Writes an element with a text, which XML can hold.
    Xml element(String element, String text, String... attributes) {
        try {
            open(element, attributes);
            depth--;
            out.writeCharacters(text);
            out.writeEndElement();
            return this;
        } catch (XMLStreamException e) {
            throw impossible(e);
        }
    }

    byte[] end() {
        try {
            depth = 0;
            line();
            out.writeEndElement();
            out.writeCharacters("\n");
            out.writeEndDocument();
            out.close();
            return bytes.toByteArray();
        } catch (XMLStreamException e) {
            throw impossible(e);
        }
    }

    private void line() throws XMLStreamException {
        out.writeCharacters("\n" + "  ".repeat(depth));
    }

    private static IllegalStateException impossible(XMLStreamException e) {
        return new IllegalStateException("XML could not be written to memory.", e);
    }
}
