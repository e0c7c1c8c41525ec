package dev.lovage.archive.preservation;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lovage.archive.xml.Schemas;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Each test edits the XML of a good document, so that the rules are tried on what no writer of ours would
/// write.
class PremisRulesTest {
    @Test
    void the_edits_of_these_tests_begin_with_a_document_that_breaks_no_rule() throws IOException {
        assertThat(PremisRules.check(Sample.stream(Sample.premis()), Sample.CONTEXT))
                .isEmpty();
    }

    @Test
    void rule_1_wants_one_sha256_and_a_size() throws IOException {
        assertThat(broken("<premis:fixity>.*?</premis:fixity>", "")).contains("1 " + Sample.MASTER);
        assertThat(broken("(<premis:fixity>.*?</premis:fixity>)", "$1$1")).containsExactly("1 " + Sample.MASTER);
        assertThat(broken("<premis:size>16737374</premis:size>", "")).containsExactly("1 " + Sample.MASTER);
        assertThat(broken("hashFunctions/sha256|HashFunctions/sha256", "HashFunctions/md5"))
                .contains("1 " + Sample.MASTER);
        assertThat(broken("a{64}", "A".repeat(64))).contains("1 " + Sample.MASTER);
    }

    @Test
    void rule_1_takes_another_digest_beside_the_sha256() throws IOException {
        assertThat(broken(
                        "<premis:fixity>",
                        "<premis:fixity><premis:messageDigestAlgorithm>MD5</premis:messageDigestAlgorithm>"
                                + "<premis:messageDigest>0</premis:messageDigest></premis:fixity><premis:fixity>"))
                .isEmpty();
    }

    @Test
    void rule_2_wants_identifiers_that_differ() throws IOException {
        assertThat(broken(
                        "<premis:eventIdentifierValue>[^<]*000b-0000-000000000003<", "<premis:eventIdentifierValue> <"))
                .containsExactly("2 ");
        assertThat(broken("b-0000-000000000003<", "b-0000-000000000004<"))
                .containsExactly("2 00000000-0000-000b-0000-000000000004");
    }

    @Test
    void rule_3_wants_outcome_agent_and_object() throws IOException {
        var event = "3 00000000-0000-000b-0000-000000000001";
        assertThat(broken("<premis:eventOutcomeInformation>.*?</premis:eventOutcomeInformation>", ""))
                .contains(event);
        assertThat(broken("(<premis:linkingAgentIdentifier>.*?</premis:linkingAgentIdentifier>){2}", ""))
                .containsExactly(event);
        assertThat(broken("<premis:linkingObjectIdentifier>.*?</premis:linkingObjectIdentifier>", ""))
                .contains(event);
        assertThat(broken(
                        "(<premis:linkingAgentRole.*?</premis:linkingAgentRole>)(.*?)<premis:linkingAgentRole"
                                + ".*?</premis:linkingAgentRole>",
                        "$2"))
                .containsExactly(event);
        assertThat(broken("<premis:linkingObjectRole[^<]*</premis:linkingObjectRole>", ""))
                .containsExactly(event);
    }

    @Test
    void rule_4_wants_links_that_lead_somewhere() throws IOException {
        assertThat(broken("(AgentIdentifierValue>)sw:ingest/0.1", "$1sw:unknown"))
                .containsExactly("4 00000000-0000-000b-0000-000000000001");
        assertThat(broken("(linkingObjectIdentifierValue>)" + Sample.ENTITY, "$1" + new java.util.UUID(9, 9)))
                .containsExactly("4 00000000-0000-000b-0000-000000000008");
        assertThat(broken("(relatedObjectIdentifierValue>)" + Sample.ENTITY, "$1" + new java.util.UUID(9, 9)))
                .containsExactly("4 " + Sample.REPRESENTATION);
        assertThat(broken("(relatedEventIdentifierValue>)" + Sample.MIGRATION, "$1" + new java.util.UUID(9, 9)))
                .containsExactly("4 " + Sample.JP2);
        assertThat(broken("linkingObjectIdentifierType>UUID", "linkingObjectIdentifierType>local"))
                .as("the type is part of an identifier")
                .contains("4 00000000-0000-000b-0000-000000000001");
    }

    @Test
    void rule_4_wants_every_file_to_lie_in_the_package() throws IOException {
        var context = new PremisContext(Sample.START, Sample.NOW, Set.of(Sample.JP2_SHA256), 1);
        assertThat(violations(Sample.premis(), context)).containsExactly("4 " + Sample.MASTER);
    }

    @Test
    void rule_5_wants_addresses_of_the_vocabulary_with_their_labels() throws IOException {
        var event = "5 00000000-0000-000b-0000-000000000004";
        assertThat(broken(">validation<", ">Validation<")).containsExactly(event);
        assertThat(broken("eventType/val\"", "eventType/xyz\"")).containsExactly(event);
        assertThat(broken(" valueURI=\"[^\"]*eventType/val\"", "")).containsExactly(event);
        assertThat(broken("eventType/val\">validation<", "eventType/val\">quality control<"))
                .containsExactly(event);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "2026-11-20T11:00:04",
                "2026-11-20",
                "2026-11-20T10:59:59Z",
                "2026-11-20T12:00:01Z",
                "2026-11-20T11:30:00+01:00",
                "yesterday",
                "2026-02-30T11:00:00Z"
            })
    void rule_6_wants_a_time_with_offset_within_the_batch(String time) throws IOException {
        assertThat(broken("2026-11-20T11:00:04Z", time)).containsExactly("6 00000000-0000-000b-0000-000000000004");
    }

    @Test
    void rule_6_takes_any_offset() throws IOException {
        assertThat(broken("2026-11-20T11:00:04Z", "2026-11-20T12:00:04.5+01:00"))
                .isEmpty();
    }

    @Test
    void rule_7_wants_one_source_one_outcome_and_the_derivation() throws IOException {
        var migration = "7 " + Sample.MIGRATION;
        var link = "<premis:linkingObjectIdentifier>((?!</premis:linkingObjectIdentifier>).)*";
        assertThat(broken(
                        link + Sample.JP2 + "((?!premis:linkingObjectIdentifier>).)*ObjectRole/out\".*?"
                                + "</premis:linkingObjectIdentifier>",
                        ""))
                .contains(migration);
        assertThat(broken("(eventType/mig\".*?eventRelatedObjectRole/)sou\">source", "$1out\">outcome"))
                .contains(migration);
        assertThat(broken("<premis:relationship><premis:relationshipType authority.*?</premis:relationship>", ""))
                .containsExactly("7 " + Sample.JP2);
        assertThat(broken("(has source.*?relatedObjectIdentifierValue>)" + Sample.MASTER, "$1" + Sample.ENTITY))
                .containsExactly("7 " + Sample.JP2);
    }

    @Test
    void rule_7_wants_no_outcome_of_what_failed() throws IOException {
        var events = new ArrayList<>(Sample.events());
        events.add(Sample.event(
                20, EventType.MIGRATION, EventOutcome.FAILURE, "out of memory", Sample.source(Sample.MASTER)));
        assertThat(violations(Sample.premis(Sample.objects(), events), Sample.CONTEXT))
                .isEmpty();
        events.add(Sample.event(
                21,
                EventType.MIGRATION,
                EventOutcome.FAILURE,
                "out of memory",
                Sample.source(Sample.MASTER),
                Sample.out(Sample.JP2)));
        assertThat(violations(Sample.premis(Sample.objects(), events), Sample.CONTEXT))
                .containsExactly("7 00000000-0000-000b-0000-000000000015");
    }

    @Test
    void rule_8_wants_no_event_after_the_deletion() throws IOException {
        var events = new ArrayList<>(Sample.events());
        events.add(Sample.event(9, EventType.DELETION, Sample.source(Sample.JP2)));
        var withoutJp2 = new PremisContext(Sample.START, Sample.NOW, Set.of(Sample.MASTER_SHA256), 1);
        var document = Sample.premis(Sample.objects(), events);
        assertThat(violations(document, withoutJp2))
                .as("a deleted file is not in the package")
                .isEmpty();
        assertThat(violations(edited(document, "2026-11-20T11:00:09Z", "2026-11-20T11:00:06Z"), withoutJp2))
                .containsExactly("8 " + Sample.MIGRATION);
    }

    @ParameterizedTest
    @CsvSource({
        "cap, capture, no ingestion and no capture",
        "mes, message digest calculation, no message digest calculation",
        "for, format identification, no format identification",
        "val, validation, no validation",
        "vir, virus check, no virus check"
    })
    void rule_9_wants_every_check_of_a_file_that_came_in(String code, String label, String message) throws IOException {
        var document =
                edited(Sample.premis(), "eventType/" + code + "\">" + label, "eventType/mee\">metadata extraction");
        assertThat(PremisRules.check(Sample.stream(document), Sample.CONTEXT))
                .anySatisfy(violation -> {
                    assertThat(violation.rule()).isEqualTo(9);
                    assertThat(violation.identifier()).isEqualTo(Sample.MASTER.toString());
                    assertThat(violation.message()).contains(message);
                })
                .allMatch(violation -> violation.rule() == 9);
    }

    @Test
    void rule_9_takes_a_warning_for_a_check_only_with_its_reason() throws IOException {
        assertThat(broken("not scanned: no scanner installed", " ")).containsExactly("9 " + Sample.MASTER);
        assertThat(broken("eventOutcome/war\">warning", "eventOutcome/fai\">fail"))
                .as("what failed was not passed")
                .containsExactly("9 " + Sample.MASTER);
    }

    @Test
    void rule_9_takes_an_ingestion_for_a_capture() throws IOException {
        assertThat(broken("eventType/cap\">capture", "eventType/ing\">ingestion"))
                .isEmpty();
    }

    @Test
    void rule_10_wants_one_package_creation_per_version() throws IOException {
        assertThat(broken("eventType/ipc\">information package creation", "eventType/ing\">ingestion"))
                .containsExactly("10 ");
        assertThat(broken("eventType/for\">format identification", "eventType/ipc\">information package creation"))
                .contains("10 ");
        var second = new PremisContext(Sample.START, Sample.NOW, Set.of(Sample.MASTER_SHA256, Sample.JP2_SHA256), 2);
        assertThat(violations(Sample.premis(), second)).containsExactly("10 ");
    }

    @Test
    void a_document_of_another_hand_is_judged_too() throws IOException {
        String document;
        try (var in = Objects.requireNonNull(Schemas.class.getResourceAsStream("premis-minimal.xml"))) {
            document = new String(in.readAllBytes(), UTF_8);
        }
        var context = new PremisContext(
                Sample.START,
                Sample.NOW,
                Set.of(
                        "e82009ce4b4a741fab47ee8f38465bbbb27fc63e8774212ee7492e659c10f7b2",
                        "0000000000000000000000000000000000000000000000000000000000000001"),
                1);
        var master = "9 7d1c0c1e-0d6a-4c1f-9c55-0f6a1a0d0001";
        assertThat(violations(document, context))
                .as("no format identification, no virus check, no digest of the derivative, no package")
                .containsExactly(master, master, "9 7d1c0c1e-0d6a-4c1f-9c55-0f6a1a0d0002", "10 ");
    }

    @Test
    void what_is_no_premis_is_refused() {
        for (var document : List.of(
                "",
                "<premis/>",
                "<premis xmlns='info:lc/xmlns/premis-v2'/>",
                "<premis xmlns='http://www.loc.gov/premis/v3'><object></premis>",
                "<premis xmlns='http://www.loc.gov/premis/v3'/><more/>",
                "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]>"
                        + "<premis xmlns='http://www.loc.gov/premis/v3'>&b;</premis>")) {
            assertThatThrownBy(() -> PremisRules.check(Sample.stream(document), Sample.CONTEXT))
                    .as(document)
                    .isInstanceOf(MetadataRefused.class);
        }
        assertThatThrownBy(() -> PremisRules.check(
                        new ByteArrayInputStream(new byte[] {'<', 'a', '>', (byte) 0xff, (byte) 0xfe}), Sample.CONTEXT))
                .isInstanceOf(MetadataRefused.class);
    }

    @Test
    void a_document_without_end_is_given_up() {
        refused("x".repeat(101), new PremisDocument.Limits(1000, 10, 100, 10));
        refused("<a/>".repeat(10), new PremisDocument.Limits(1000, 10, 100, 10));
        refused("<a>".repeat(10) + "</a>".repeat(10), new PremisDocument.Limits(1000, 100, 100, 10));
        refused(" ".repeat(1000), new PremisDocument.Limits(500, 10, 10_000, 10));
    }

    private static void refused(String content, PremisDocument.Limits limits) {
        var document = "<premis xmlns='http://www.loc.gov/premis/v3'><event>" + content + "</event></premis>";
        assertThatThrownBy(() -> PremisDocument.read(Sample.stream(document), limits))
                .isInstanceOf(MetadataRefused.class)
                .hasMessageContaining("was not read");
    }

    /// What is wrong with the good document after the first match was replaced.
    private static List<String> broken(String regex, String replacement) throws IOException {
        return violations(edited(Sample.premis(), regex, replacement), Sample.CONTEXT);
    }

    private static String edited(String document, String regex, String replacement) {
        var edited = document.replaceFirst("(?s)" + regex, replacement);
        assertThat(edited.equals(document)).as("nothing to edit for " + regex).isFalse();
        return edited;
    }

    private static List<String> violations(String document, PremisContext context) throws IOException {
        return PremisRules.check(Sample.stream(document), context).stream()
                .map(violation -> violation.rule() + " " + violation.identifier())
                .toList();
    }
}
