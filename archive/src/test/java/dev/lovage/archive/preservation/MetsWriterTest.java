package dev.lovage.archive.preservation;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lovage.archive.preservation.MetsPackage.Description;
import dev.lovage.archive.preservation.MetsPackage.Page;
import dev.lovage.archive.preservation.MetsPackage.PremisFile;
import dev.lovage.archive.xml.Schemas;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class MetsWriterTest {
    private static final String MODS = """
            <?xml version="1.0" encoding="UTF-8"?>
            <!-- a comment -->
            <m:mods xmlns:m="http://www.loc.gov/mods/v3" version="3.8"><m:titleInfo><m:title>Test &amp; <![CDATA[<item>]]></m:title></m:titleInfo></m:mods>
            """;
    private static final String DC = """
            <dc:dc xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title xml:lang="en">Test</dc:title></dc:dc>
            """;
    private static final String MIX = """
            <mix xmlns="http://www.loc.gov/mix/v20"><BasicDigitalObjectInformation><ObjectIdentifier>\
            <objectIdentifierType>UUID</objectIdentifierType><objectIdentifierValue>1</objectIdentifierValue>\
            </ObjectIdentifier><fileSize>16737374</fileSize></BasicDigitalObjectInformation></mix>
            """;

    @Test
    void a_written_document_is_valid_by_the_schemas_of_all_its_parts() throws IOException {
        var document = written(sample());
        assertThat(Schemas.PACKAGE.violations(Sample.stream(document))).isEmpty();
        assertThat(Schemas.PACKAGE.violations(Sample.stream(document.replace("premis:size>", "premis:weight>"))))
                .as("wrapped parts are checked")
                .isNotEmpty();
        assertThat(Schemas.PACKAGE.violations(Sample.stream(document.replace("fileSize>", "fileWeight>"))))
                .isNotEmpty();
        assertThat(document)
                .contains("USE=\"preservation\"", "USE=\"access\"")
                .doesNotContain("USE=\"ocr\"", "a comment")
                .contains("xlink:href=\"metadata/item-0001-premis.xml\"")
                .contains("CHECKSUM=\"" + Sample.MASTER_SHA256 + "\" CHECKSUMTYPE=\"SHA-256\"")
                .contains("Test &amp; &lt;item&gt;");
    }

    @Test
    void equal_packages_give_equal_bytes() throws IOException {
        assertThat(written(sample())).isEqualTo(written(sample()));
    }

    @Test
    void pages_stand_in_their_order() throws IOException {
        var pages = new ArrayList<Page>();
        for (var label : List.of("1r", "1v", "2r")) {
            pages.add(new Page(label, List.of(Sample.MASTER)));
        }
        var document = written(packaged(files(), pages));
        var labels = Pattern.compile("ORDER=\"(\\d)\" ORDERLABEL=\"([^\"]*)\"")
                .matcher(document)
                .results()
                .map(found -> found.group(1) + found.group(2))
                .toList();
        assertThat(labels).containsExactly("11r", "21v", "32r");
        assertThat(Schemas.PACKAGE.violations(Sample.stream(document))).isEmpty();
    }

    @Test
    void paths_become_addresses_that_lead_back_to_them() throws IOException {
        for (var path : List.of("data/a b%.tif", "data/u\u0308#?.tif", "data/x:y&\"<.tif", "data/😀\n.tif")) {
            var file =
                    new MetsPackage.File(Sample.master(), path, "image/tiff", FileUse.PRESERVATION, Optional.empty());
            var document = written(packaged(List.of(file), List.of()));
            var href = Pattern.compile("FLocat LOCTYPE=\"URL\" xlink:href=\"([^\"]*)\"")
                    .matcher(document);
            assertThat(href.find()).isTrue();
            assertThat(URI.create(href.group(1)).getPath()).isEqualTo(path);
            assertThat(Schemas.PACKAGE.violations(Sample.stream(document))).isEmpty();
        }
    }

    @Test
    void a_part_that_is_no_xml_or_hides_an_entity_is_refused() {
        for (var part : List.of(
                "",
                "no xml",
                "<mods>",
                "<mods/><mods/>",
                "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><mods>&b;</mods>")) {
            assertThatThrownBy(() -> written(described(part)))
                    .as(part)
                    .isInstanceOf(MetadataRefused.class)
                    .hasMessageContaining("The MODS record of urn:uuid:");
        }
    }

    @Test
    void foreign_namespaces_survive() throws IOException {
        var part = "<a xmlns:p='urn:p' p:x='1' y='2'><b xmlns='urn:b'><p:c/><d xmlns=''/></b></a>";
        assertThat(written(described(part)))
                .contains(
                        "<a xmlns:p=\"urn:p\" p:x=\"1\" y=\"2\"><b xmlns=\"urn:b\"><p:c></p:c><d xmlns=\"\"></d></b></a>");
    }

    @Test
    void a_package_that_contradicts_itself_is_not_described() {
        assertThatThrownBy(() -> packaged(List.of(), List.of())).hasMessageContaining("at least one file");
        assertThatThrownBy(() -> packaged(List.of(files().getFirst(), files().getFirst()), List.of()))
                .hasMessageContaining("Two files");
        assertThatThrownBy(() -> packaged(files(), List.of(new Page("1", List.of(new UUID(9, 9))))))
                .hasMessageContaining("which is not in the package");
        assertThatThrownBy(() -> new PremisFile("metadata/events.xml", 1, "0".repeat(64)))
                .hasMessageContaining("…premis….xml");
    }

    @Test
    void four_hundred_pages_stay_valid() throws IOException {
        var files = new ArrayList<MetsPackage.File>();
        var pages = new ArrayList<Page>();
        for (int i = 0; i < 400; i++) {
            var object = new FileObject(
                    new UUID(1, i), i + ".tif", i, "%064x".formatted(i), "TIFF", Optional.empty(), List.of());
            files.add(new MetsPackage.File(
                    object, "data/" + i + ".tif", "image/tiff", FileUse.values()[i % 4], Optional.of(part(MIX))));
            pages.add(new Page(String.valueOf(i), List.of(object.id())));
        }
        var document = written(packaged(files, pages));
        assertThat(Schemas.PACKAGE.violations(Sample.stream(document))).isEmpty();
    }

    private static MetsPackage sample() {
        return packaged(files(), List.of(new Page("1r", List.of(Sample.MASTER, Sample.JP2))));
    }

    private static List<MetsPackage.File> files() {
        return List.of(
                new MetsPackage.File(
                        Sample.master(), "data/0001.tif", "image/tiff", FileUse.PRESERVATION, Optional.of(part(MIX))),
                new MetsPackage.File(Sample.jp2(), "data/0001.jp2", "image/jp2", FileUse.ACCESS, Optional.empty()));
    }

    private static MetsPackage packaged(List<MetsPackage.File> files, List<Page> pages) {
        return packaged(
                List.of(
                        new Description(Description.Format.MODS, part(MODS)),
                        new Description(Description.Format.DC, part(DC))),
                files,
                pages);
    }

    private static MetsPackage described(String mods) {
        return packaged(List.of(new Description(Description.Format.MODS, part(mods))), files(), List.of());
    }

    private static MetsPackage packaged(
            List<Description> descriptions, List<MetsPackage.File> files, List<Page> pages) {
        return new MetsPackage(
                "urn:uuid:" + Sample.ENTITY,
                Sample.NOW,
                "lovage 0.1",
                descriptions,
                files,
                new PremisFile("metadata/item-0001-premis.xml", 4711, "d".repeat(64)),
                pages);
    }

    private static XmlPart part(String xml) {
        return XmlPart.of(xml.getBytes(UTF_8));
    }

    private static String written(MetsPackage content) throws IOException {
        var bytes = new ByteArrayOutputStream();
        MetsWriter.write(content, bytes);
        return bytes.toString(UTF_8);
    }
}
