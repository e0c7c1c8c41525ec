package dev.lovage.archive.preservation;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lovage.archive.xml.Schemas;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PremisWriterTest {
    @Test
    void a_written_document_is_valid_by_the_schema_and_breaks_no_rule() throws IOException {
        var document = Sample.premis();
        assertThat(Schemas.PREMIS.violations(Sample.stream(document))).isEmpty();
        assertThat(PremisRules.check(Sample.stream(document), Sample.CONTEXT)).isEmpty();
    }

    @Test
    void equal_records_give_equal_bytes() throws IOException {
        assertThat(Sample.premis()).isEqualTo(Sample.premis());
    }

    @ParameterizedTest
    @EnumSource
    void every_event_type_is_written_with_its_label_and_address(EventType type) throws IOException {
        var document = Sample.premis(Sample.objects(), List.of(Sample.event(1, type, Sample.source(Sample.MASTER))));
        assertThat(document)
                .contains("valueURI=\"http://id.loc.gov/vocabulary/preservation/eventType/" + type.code() + "\">"
                        + type.label() + "<");
        assertThat(PremisRules.check(Sample.stream(document), Sample.CONTEXT))
                .noneMatch(violation -> violation.rule() == 5);
    }

    @Test
    void there_are_fifty_event_types_with_codes_of_their_own() {
        assertThat(EventType.values()).hasSize(50);
        assertThat(Arrays.stream(EventType.values()).map(EventType::code).distinct())
                .hasSize(50);
        assertThat(EventType.FORENSIC_FEATURE_ANALYSIS.label()).isEqualTo("forensic feature analysis");
        assertThat(EventType.MIGRATION.valueUri()).isEqualTo("http://id.loc.gov/vocabulary/preservation/eventType/mig");
    }

    @Test
    void names_that_xml_can_hardly_carry_come_back_or_are_marked() throws Exception {
        var name = "a<b>&\"'\r\n\t😀 ü ]]>";
        assertThat(readName(name)).isEqualTo(name);
        assertThat(readName("bell\u0007, half \ud83d, none \uffff")).isEqualTo("bell\ufffd, half \ufffd, none \ufffd");
    }

    private static String readName(String name) throws Exception {
        var document = Sample.premis(List.of(file(name)), List.of());
        assertThat(Schemas.PREMIS.violations(Sample.stream(document))).isEmpty();
        var factory = DocumentBuilderFactory.newDefaultNSInstance();
        return factory.newDocumentBuilder()
                .parse(Sample.stream(document))
                .getElementsByTagNameNS(PremisDocument.NAMESPACE, "originalName")
                .item(0)
                .getTextContent();
    }

    private static FileObject file(String name) {
        return new FileObject(new UUID(0, 1), name, 0, "c".repeat(64), "Plain Text File", Optional.empty(), List.of());
    }

    @Test
    void objects_events_and_agents_come_in_the_order_of_the_schema() throws IOException {
        try (var premis = PremisWriter.begin(OutputStream.nullOutputStream())) {
            premis.object(Sample.master()).event(Sample.events().getFirst());
            assertThatThrownBy(() -> premis.object(Sample.jp2()))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("OBJECTS were to be written after EVENTS");
        }
    }

    @Test
    void an_error_of_the_disk_is_told_as_such() {
        var full = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("no space left");
            }
        };
        assertThatThrownBy(() -> {
                    try (var premis = PremisWriter.begin(full)) {
                        premis.object(Sample.master());
                    }
                })
                .isInstanceOf(IOException.class)
                .hasMessageContaining("no space left");
    }

    @Test
    void a_record_that_says_too_little_is_not_made() {
        assertThatThrownBy(() -> Sample.event(1, EventType.CAPTURE)).hasMessageContaining("0 objects");
        assertThatThrownBy(() ->
                        Sample.event(1, EventType.VIRUS_CHECK, EventOutcome.WARNING, " ", Sample.source(Sample.MASTER)))
                .hasMessageContaining("does not say why");
    }

    @Test
    void a_thousand_pages_stay_valid() throws IOException {
        var bytes = new ByteArrayOutputStream();
        var pages = new java.util.ArrayList<PremisObject>();
        for (int i = 0; i < 1000; i++) {
            pages.add(new FileObject(
                    new UUID(1, i), i + ".tif", i, "%064x".formatted(i), "TIFF", Optional.empty(), List.of()));
        }
        bytes.writeBytes(Sample.premis(pages, List.of()).getBytes(UTF_8));
        assertThat(Schemas.PREMIS.violations(Sample.stream(bytes.toString(UTF_8))))
                .isEmpty();
    }
}
