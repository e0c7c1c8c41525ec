package dev.lovage.archive.xml;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import javax.xml.XMLConstants;
import javax.xml.catalog.CatalogFeatures;
import javax.xml.parsers.ParserConfigurationException;
import javax.xml.parsers.SAXParserFactory;
import javax.xml.transform.sax.SAXSource;
import javax.xml.transform.stream.StreamSource;
import javax.xml.validation.Schema;
import javax.xml.validation.SchemaFactory;
import org.xml.sax.ErrorHandler;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;
import org.xml.sax.SAXParseException;

/// The XML schemas that packages are checked against. They lie beside this class, and nothing is fetched from a
/// network: what a document or a schema refers to is looked up in their catalog only.
public enum Schemas {
    /// METS with the PREMIS, MIX and MODS parts that it wraps.
    PACKAGE("aip-all.xsd"),
    PREMIS("premis-v3-0.xsd"),
    MIX("mix20.xsd"),
    MODS("mods-3-8.xsd"),
    ALTO_4("alto-4-4.xsd"),
    DUBLIN_CORE("simpledc.xsd");

    private static final int VIOLATIONS_MAX = 100;

    private final String file;
    private final StableSchema schema = new StableSchema();

    Schemas(String file) {
        this.file = file;
    }

    /// Reads a document and compares it with the schema. Document types and entities are refused.
    ///
    /// @return what is wrong, `line:column: message` each, at most 100; empty when the document is valid
    public List<String> violations(InputStream document) throws IOException {
        var found = new ArrayList<String>();
        var validator = schema.of(file).newValidator();
        validator.setErrorHandler(new Collecting(found));
        try {
            var parsers = SAXParserFactory.newDefaultNSInstance();
            parsers.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
            validator.validate(new SAXSource(parsers.newSAXParser().getXMLReader(), new InputSource(document)));
        } catch (SAXException e) {
            if (found.isEmpty()) {
                found.add(String.valueOf(e.getMessage()));
            }
        } catch (ParserConfigurationException e) {
            throw new IllegalStateException("This Java has no XML parser that refuses document types.", e);
        }
        return List.copyOf(found);
    }

    /// Loaded once, on first use: the METS set takes 150 ms.
    private static final class StableSchema {
        private volatile @org.jspecify.annotations.Nullable Schema loaded;

        synchronized Schema of(String file) {
            var known = loaded;
            if (known == null) {
                known = load(file);
                loaded = known;
            }
            return known;
        }
    }

    private static Schema load(String file) {
        try {
            var factory = SchemaFactory.newInstance(XMLConstants.W3C_XML_SCHEMA_NS_URI);
            factory.setProperty(
                    CatalogFeatures.Feature.FILES.getPropertyName(),
                    place("catalog.xml").toString());
            factory.setProperty(
                    CatalogFeatures.Feature.RESOLVE.getPropertyName(), "continue"); // strict has no relative ones
            factory.setProperty(XMLConstants.ACCESS_EXTERNAL_SCHEMA, "file,jar:file,jar");
            factory.setProperty(XMLConstants.ACCESS_EXTERNAL_DTD, "");
            return factory.newSchema(new StreamSource(place(file).toString()));
        } catch (SAXException e) {
            throw new IllegalStateException("The schema " + file + " of this program can't be loaded.", e);
        }
    }

    private static URI place(String file) {
        try {
            return Objects.requireNonNull(Schemas.class.getResource("/dev/lovage/archive/xsd/" + file), file)
                    .toURI();
        } catch (URISyntaxException e) {
            throw new UncheckedIOException(new IOException(e));
        }
    }

    private record Collecting(List<String> found) implements ErrorHandler {
        @Override
        public void warning(SAXParseException e) {}

        @Override
        public void error(SAXParseException e) throws SAXException {
            if (found.size() == VIOLATIONS_MAX) {
                throw e;
            }
            found.add(e.getLineNumber() + ":" + e.getColumnNumber() + ": " + e.getMessage());
        }

        @Override
        public void fatalError(SAXParseException e) throws SAXException {
            error(e);
            throw e;
        }
    }
}
