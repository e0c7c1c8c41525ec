package dev.lovage.archive.preservation;

import java.io.CharConversionException;
import java.io.IOException;
import java.io.InputStream;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/// Reads XML that others wrote: no document types, no entities but the five, nothing fetched.
final class XmlIn {
    interface Use<T> {
        T of(XMLStreamReader reader) throws IOException, XMLStreamException;
    }

    private XmlIn() {}

    /// @param what for messages, such as `The PREMIS document`
    /// @param use begins at the root element
    /// @throws MetadataRefused if this is no XML, or has a document type
    static <T> T read(String what, InputStream stream, Use<T> use) throws IOException {
        var factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        factory.setProperty(XMLInputFactory.IS_COALESCING, false);
        try {
            var reader = factory.createXMLStreamReader(stream);
            while (reader.getEventType() != XMLStreamReader.START_ELEMENT) {
                if (reader.getEventType() == XMLStreamReader.DTD) {
                    throw new MetadataRefused(what + " has a document type declaration, which could hide anything."
                            + " It was not read further. Remove the declaration.");
                }
                reader.next();
            }
            T result = use.of(reader);
            while (reader.hasNext()) {
                reader.next(); // what follows the root element must be XML too
            }
            return result;
        } catch (XMLStreamException e) {
            if (e.getNestedException() instanceof IOException io && !(io instanceof CharConversionException)) {
                throw io;
            }
            var place = e.getLocation();
            throw new MetadataRefused(
                    what + " is no XML"
                            + (place == null
                                    ? ""
                                    : ": at line " + place.getLineNumber() + ", column " + place.getColumnNumber()
                                            + " it can't be read")
                            + ". Nothing of it was taken over. Write it again.",
                    e);
        }
    }
}
