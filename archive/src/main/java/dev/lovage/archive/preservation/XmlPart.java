package dev.lovage.archive.preservation;

import java.io.ByteArrayInputStream;
import java.io.IOException;

/// An XML document that becomes part of another: MODS, Dublin Core or MIX in METS.
public final class XmlPart {
    private final byte[] bytes;

    private XmlPart(byte[] bytes) {
        this.bytes = bytes;
    }

    public static XmlPart of(byte[] document) {
        return new XmlPart(document.clone());
    }

    /// @param what for messages
    /// @throws MetadataRefused if this is no XML, or has a document type
    void copyTo(XmlOut xml, String what) throws IOException {
        XmlIn.read(what, new ByteArrayInputStream(bytes), reader -> {
            xml.copy(reader);
            return true;
        });
    }
}
