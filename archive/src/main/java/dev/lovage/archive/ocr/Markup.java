package dev.lovage.archive.ocr;

import java.io.ByteArrayOutputStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.OptionalDouble;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import javax.xml.stream.XMLStreamWriter;

/// The two documents of a page. Tesseract writes one element of each; here that element is read and written again
/// inside of a whole document: an ALTO 4.4 one around its ALTO 3 page, an XHTML one around its hOCR page.
final class Markup {
    private static final String ALTO = "http://www.loc.gov/standards/alto/ns-v4#";
    private static final String ALTO_PLACE = "http://www.loc.gov/standards/alto/v4/alto-4-4.xsd";
    private static final String INSTANCE = "http://www.w3.org/2001/XMLSchema-instance";
    private static final String XHTML = "http://www.w3.org/1999/xhtml";

    private Markup() {}

    /// How sure Tesseract is of a page's words.
    record Words(int count, OptionalDouble confidence, double shareUnder60) {}

    /// Counts the words of an ALTO page. A `String` of blanks, which Tesseract sees in pictures, is no word.
    static Words words(String altoPage) {
        int count = 0;
        int under60 = 0;
        long sum = 0;
        try {
            var in = reader(altoPage);
            while (in.hasNext()) {
                if (in.next() == XMLStreamReader.START_ELEMENT
                        && in.getLocalName().equals("String")
                        && !in.getAttributeValue(null, "CONTENT").isBlank()) {
                    long confidence = Math.round(100 * Double.parseDouble(in.getAttributeValue(null, "WC")));
                    count++;
                    sum += confidence;
                    under60 += confidence < 60 ? 1 : 0;
                }
            }
        } catch (XMLStreamException e) {
            throw notWellFormed("ALTO", e);
        }
        return count == 0
                ? new Words(0, OptionalDouble.empty(), 0)
                : new Words(count, OptionalDouble.of((double) sum / count), (double) under60 / count);
    }

    /// @param fileName as it is to stand in the document
    /// @param version `tesseract` and its version
    /// @param settings in words
    static byte[] alto(String altoPage, Words words, String fileName, String version, String settings) {
        var bytes = new ByteArrayOutputStream();
        try {
            var out = writer(bytes);
            out.writeStartElement("alto");
            out.writeDefaultNamespace(ALTO);
            out.writeNamespace("xsi", INSTANCE);
            out.writeAttribute("xsi", INSTANCE, "schemaLocation", ALTO + " " + ALTO_PLACE);
            out.writeAttribute("SCHEMAVERSION", "4.4");
            out.writeStartElement("Description");
            element(out, "MeasurementUnit", "pixel");
            out.writeStartElement("sourceImageInformation");
            element(out, "fileName", printable(fileName));
            out.writeEndElement();
            out.writeStartElement("Processing");
            out.writeAttribute("ID", "processing_0");
            element(out, "processingCategory", "contentGeneration");
            element(out, "processingStepDescription", "OCR");
            element(out, "processingStepSettings", settings);
            out.writeStartElement("processingSoftware");
            var name = version.split(" ", 2);
            element(out, "softwareCreator", "Tesseract contributors");
            element(out, "softwareName", name[0]);
            element(out, "softwareVersion", name[1]);
            out.writeEndElement();
            out.writeEndElement();
            out.writeEndElement();
            out.writeStartElement("Layout");
            copy(reader(altoPage), out, words.confidence());
            out.writeEndElement();
            out.writeEndElement();
            out.writeEndDocument();
            out.close();
        } catch (XMLStreamException e) {
            throw notWellFormed("ALTO", e);
        }
        return bytes.toByteArray();
    }

    static byte[] hocr(String hocrPage, String fileName, String version, String language) {
        var bytes = new ByteArrayOutputStream();
        try {
            var out = writer(bytes);
            out.writeStartElement("html");
            out.writeDefaultNamespace(XHTML);
            out.writeStartElement("head");
            element(out, "title", printable(fileName));
            meta(out, "http-equiv", "Content-Type", "text/html;charset=utf-8");
            meta(out, "name", "ocr-system", version);
            meta(out, "name", "ocr-capabilities", "ocr_page ocr_carea ocr_par ocr_line ocrx_word ocrp_wconf");
            meta(out, "name", "ocr-langs", language);
            meta(out, "name", "ocr-number-of-pages", "1");
            out.writeEndElement();
            out.writeStartElement("body");
            copy(reader(hocrPage), out, OptionalDouble.empty());
            out.writeEndElement();
            out.writeEndElement();
            out.writeEndDocument();
            out.close();
        } catch (XMLStreamException e) {
            throw notWellFormed("hOCR", e);
        }
        return bytes.toByteArray();
    }

    /// A name with what XML can't hold replaced.
    static String printable(String name) {
        var text = new StringBuilder();
        name.codePoints()
                .map(c -> c < 0x20 || c >= 0x7F && c < 0xA0 || c >= 0xD800 && c < 0xE000 || c >= 0xFFFE && c < 0x10000
                        ? 0xFFFD
                        : c)
                .forEach(text::appendCodePoint);
        return text.toString();
    }

    /// Copies a document's one element with what is in it, by local names.
    ///
    /// @param confidence is added to an ALTO page
    private static void copy(XMLStreamReader in, XMLStreamWriter out, OptionalDouble confidence)
            throws XMLStreamException {
        while (in.hasNext()) {
            switch (in.next()) {
                case XMLStreamReader.START_ELEMENT -> {
                    out.writeStartElement(in.getLocalName());
                    for (int i = 0; i < in.getAttributeCount(); i++) {
                        out.writeAttribute(in.getAttributeLocalName(i), in.getAttributeValue(i));
                    }
                    if (confidence.isPresent() && in.getLocalName().equals("Page")) {
                        out.writeAttribute("PC", String.format(Locale.ROOT, "%.4f", confidence.getAsDouble() / 100));
                    }
                }
                case XMLStreamReader.END_ELEMENT -> out.writeEndElement();
                case XMLStreamReader.CHARACTERS, XMLStreamReader.SPACE, XMLStreamReader.CDATA ->
                    out.writeCharacters(in.getText());
                default -> {} // the document's start and end; Tesseract writes no comments
            }
        }
    }

    private static void element(XMLStreamWriter out, String name, String text) throws XMLStreamException {
        out.writeStartElement(name);
        out.writeCharacters(text);
        out.writeEndElement();
    }

    private static void meta(XMLStreamWriter out, String kind, String name, String content) throws XMLStreamException {
        out.writeEmptyElement("meta");
        out.writeAttribute(kind, name);
        out.writeAttribute("content", content);
    }

    private static XMLStreamReader reader(String page) throws XMLStreamException {
        var factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        return factory.createXMLStreamReader(new StringReader(page.strip()));
    }

    private static XMLStreamWriter writer(ByteArrayOutputStream bytes) throws XMLStreamException {
        var out = XMLOutputFactory.newDefaultFactory().createXMLStreamWriter(bytes, StandardCharsets.UTF_8.name());
        out.writeStartDocument(StandardCharsets.UTF_8.name(), "1.0");
        out.writeCharacters("\n");
        return out;
    }

    private static IllegalStateException notWellFormed(String format, XMLStreamException cause) {
        return new IllegalStateException(
                "Tesseract's " + format + " is no well-formed XML. No text was written.", cause);
    }
}
