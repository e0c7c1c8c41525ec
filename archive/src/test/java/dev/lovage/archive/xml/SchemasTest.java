package dev.lovage.archive.xml;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SchemasTest {
    @Test
    void the_minimal_documents_are_valid_and_a_renamed_element_is_not() throws IOException {
        assertThat(Schemas.PREMIS.violations(stream(read("premis-minimal.xml"))))
                .isEmpty();
        assertThat(Schemas.PACKAGE.violations(stream(read("mets-aip-minimal.xml"))))
                .isEmpty();
        assertThat(Schemas.PREMIS.violations(stream(read("premis-minimal.xml").replace("eventType", "eventKind"))))
                .anyMatch(violation -> violation.contains("eventKind"));
        assertThat(Schemas.PACKAGE.violations(
                        stream(read("mets-aip-minimal.xml").replace("eventType", "eventKind"))))
                .as("what METS wraps is checked too")
                .isNotEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void every_schema_loads_and_refuses_a_strange_document_and_an_entity(Schemas schema) throws IOException {
        assertThat(schema.violations(stream("<strange/>"))).isNotEmpty();
        assertThat(schema.violations(stream("<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>")))
                .anyMatch(violation -> violation.contains("DOCTYPE"));
    }

    private static String read(String name) throws IOException {
        try (var in = Objects.requireNonNull(SchemasTest.class.getResourceAsStream(name), name)) {
            return new String(in.readAllBytes(), UTF_8);
        }
    }

    private static ByteArrayInputStream stream(String text) {
        return new ByteArrayInputStream(text.getBytes(UTF_8));
    }
}
