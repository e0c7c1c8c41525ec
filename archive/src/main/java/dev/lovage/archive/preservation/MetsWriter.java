package dev.lovage.archive.preservation;

import static dev.lovage.archive.preservation.XmlOut.Space.METS;
import static dev.lovage.archive.preservation.XmlOut.Space.PREMIS;
import static dev.lovage.archive.preservation.XmlOut.Space.XLINK;
import static dev.lovage.archive.preservation.XmlOut.Space.XSI;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Locale;
import java.util.UUID;

/// Writes the METS 1.12.1 document of a package as it goes. Equal packages give equal bytes.
///
/// The objects of PREMIS stand in it, one per file, and its events do not: thousands of pages with their
/// events in one document are what makes METS unusable. `digiprovMD` refers to the file that has them.
public final class MetsWriter {
    private static final String PROFILE = "lovage:archive-aip-1";

    private final MetsPackage content;
    private final XmlOut xml;

    private MetsWriter(MetsPackage content, XmlOut xml) {
        this.content = content;
        this.xml = xml;
    }

    /// @param stream flushed, and not closed
    /// @throws MetadataRefused if a part that was given is no XML; what was written is then to be thrown away
    public static void write(MetsPackage content, OutputStream stream) throws IOException {
        try (var xml = XmlOut.begin(stream, METS, "mets", List.of(PREMIS, XLINK, XSI))) {
            new MetsWriter(content, xml).write();
        }
    }

    private void write() throws IOException {
        xml.attribute("OBJID", content.id())
                .attribute("TYPE", "AIP")
                .attribute("PROFILE", PROFILE)
                .line();
        header();
        for (int i = 0; i < content.descriptions().size(); i++) {
            description(i + 1, content.descriptions().get(i));
        }
        for (var file : content.files()) {
            technical(file);
        }
        provenance(content.premis());
        files();
        pages();
    }

    private void header() throws IOException {
        xml.start(METS, "metsHdr")
                .attribute("CREATEDATE", content.created().toString())
                .attribute("RECORDSTATUS", "COMPLETE");
        xml.start(METS, "agent")
                .attribute("ROLE", "CREATOR")
                .attribute("TYPE", "OTHER")
                .attribute("OTHERTYPE", "SOFTWARE");
        xml.element(METS, "name", content.creator()).end().endLine();
    }

    private void description(int number, MetsPackage.Description description) throws IOException {
        xml.start(METS, "dmdSec").attribute("ID", "dmd-" + number);
        switch (description.format()) {
            case MODS -> wrap("MODS", "3.8");
            case DC -> wrap("DC", "1.1");
        }
        description.document().copyTo(xml, "The " + description.format() + " record of " + content.id());
        endWrap().endLine();
    }

    private void technical(MetsPackage.File file) throws IOException {
        xml.start(METS, "amdSec").attribute("ID", "amd-" + file.id());
        xml.start(METS, "techMD").attribute("ID", "premis-" + file.id());
        wrap("PREMIS:OBJECT", "3.0");
        PremisWriter.write(file.object(), xml);
        endWrap().end();
        if (file.mix().isPresent()) {
            xml.start(METS, "techMD").attribute("ID", "mix-" + file.id());
            wrap("NISOIMG", "2.0");
            file.mix().get().copyTo(xml, "The MIX record of " + file.path());
            endWrap().end();
        }
        xml.endLine();
    }

    private void provenance(MetsPackage.PremisFile premis) throws IOException {
        xml.start(METS, "amdSec").attribute("ID", "amd-package");
        xml.start(METS, "digiprovMD").attribute("ID", "events");
        xml.start(METS, "mdRef")
                .attribute("LOCTYPE", "URL")
                .attribute(XLINK, "href", href(premis.path()))
                .attribute("MDTYPE", "PREMIS")
                .attribute("MDTYPEVERSION", "3.0")
                .attribute("MIMETYPE", "application/xml")
                .attribute("SIZE", Long.toString(premis.size()))
                .attribute("CHECKSUM", premis.sha256())
                .attribute("CHECKSUMTYPE", "SHA-256");
        xml.end().end().endLine();
    }

    private void files() throws IOException {
        xml.start(METS, "fileSec").line();
        for (var use : FileUse.values()) {
            var group =
                    content.files().stream().filter(file -> file.use() == use).toList();
            if (group.isEmpty()) {
                continue;
            }
            xml.start(METS, "fileGrp").attribute("USE", use.label()).line();
            for (var file : group) {
                file(file);
            }
            xml.endLine();
        }
        xml.endLine();
    }

    private void file(MetsPackage.File file) throws IOException {
        xml.start(METS, "file")
                .attribute("ID", fileId(file.id()))
                .attribute("ADMID", "amd-" + file.id())
                .attribute("MIMETYPE", file.mediaType())
                .attribute("SIZE", Long.toString(file.object().size()))
                .attribute("CHECKSUM", file.object().sha256())
                .attribute("CHECKSUMTYPE", "SHA-256");
        xml.start(METS, "FLocat").attribute("LOCTYPE", "URL").attribute(XLINK, "href", href(file.path()));
        xml.end().endLine();
    }

    private void pages() throws IOException {
        xml.start(METS, "structMap").attribute("TYPE", "PHYSICAL");
        xml.start(METS, "div").attribute("TYPE", "physSequence").attribute("ADMID", "amd-package");
        if (!content.descriptions().isEmpty()) {
            var ids = new StringBuilder();
            for (int i = 1; i <= content.descriptions().size(); i++) {
                ids.append(i == 1 ? "dmd-" : " dmd-").append(i);
            }
            xml.attribute("DMDID", ids.toString());
        }
        xml.line();
        for (int i = 0; i < content.pages().size(); i++) {
            var page = content.pages().get(i);
            xml.start(METS, "div")
                    .attribute("ID", "page-" + (i + 1))
                    .attribute("TYPE", "page")
                    .attribute("ORDER", Integer.toString(i + 1))
                    .attribute("ORDERLABEL", page.label());
            for (var file : page.files()) {
                xml.start(METS, "fptr").attribute("FILEID", fileId(file)).end();
            }
            xml.endLine();
        }
        xml.end().endLine();
    }

    private void wrap(String type, String version) throws IOException {
        xml.start(METS, "mdWrap").attribute("MDTYPE", type).attribute("MDTYPEVERSION", version);
        xml.start(METS, "xmlData");
    }

    private XmlOut endWrap() throws IOException {
        return xml.end().end();
    }

    /// An XML identifier does not begin with a digit.
    private static String fileId(UUID id) {
        return "file-" + id;
    }

    /// A path as a relative reference: what RFC 3986 does not let stand is percent-encoded, byte by byte of
    /// its UTF-8. Nothing is normalized, which [java.net.URI] would do.
    private static String href(String path) {
        var href = new StringBuilder(path.length());
        for (byte b : path.getBytes(UTF_8)) {
            char c = (char) (b & 0xff);
            if (c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || "-._~/".indexOf(c) >= 0) {
                href.append(c);
            } else {
                href.append(String.format(Locale.ROOT, "%%%02X", (int) c));
            }
        }
        return href.toString();
    }
}
