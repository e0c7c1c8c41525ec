package dev.lovage.records.channel;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.lovage.records.channel.Violation.Code;
import dev.lovage.records.submission.Attachment;
import dev.lovage.records.submission.RequesterClass;
import dev.lovage.records.submission.Submission;
import dev.lovage.records.submission.Warning;
import java.io.IOException;
import java.io.InputStream;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class NfpPayloadTest {
    private static final String LEAST =
            "\"request_id\": 7, \"agency_component_name\": \"OIP\", \"request_description\": \"Minutes\"";

    @Test
    void the_portal_s_sample_is_read_although_it_breaks_the_field_list() throws IOException {
        var accepted = accepted(sample("payload_sample_v1_1_0.json"));
        Submission submission = accepted.submission();
        assertThat(submission.channelRef()).isEqualTo("1534");
        assertThat(submission.agencyName()).contains("Department of Justice");
        assertThat(submission.componentName()).contains("Office of Information Policy");
        assertThat(submission.requester().name().full()).isEqualTo("George Washington");
        assertThat(submission.requester().address().lines()).containsExactly("1800 F Street", "Suite 400");
        assertThat(submission.claims().requesterClass()).contains(RequesterClass.OTHER);
        assertThat(submission.claims().feeAmountWillingUsd().orElseThrow()).isEqualByComparingTo("25");
        assertThat(submission.claims().feeWaiverRequested()).isFalse();
        assertThat(submission.test()).isFalse();
        assertThat(submission.warnings())
                .extracting(Warning::field, Warning::code)
                .containsExactly(
                        tuple("/attachments_supporting_documentation/0/filesize", "W_FILESIZE"),
                        tuple("/pdf", "W_MISSING"),
                        tuple("/testing", "W_MISSING"));
        assertThat(new String(accepted.contents().getFirst(), UTF_8)).isEqualTo("a base64 encoded file\n");
        assertThat(submission.attachments().getFirst().size()).isEqualTo(22);
    }

    @Test
    void every_shipped_payload_is_read_and_unknown_fields_are_kept() throws IOException {
        Submission large = accepted(sample("payload_with_attachment.json")).submission();
        assertThat(large.attachments().getFirst().size()).isGreaterThan(100_000);
        assertThat(large.extra()).containsEntry("delivery_method", "electronic").containsEntry("version", "1.0.0");
        assertThat(large.requester().name().full()).isEqualTo("Mr Test Ing User Jr");
        assertThat(accepted(sample("payload_attachment_size_mismatch.json"))
                        .submission()
                        .warnings())
                .extracting(Warning::code)
                .contains("W_FILESIZE");
    }

    @Test
    void a_size_in_a_string_is_compared_like_a_number() {
        String file =
                ", \"attachments_supporting_documentation\": [{\"filename\": \"a\", \"content_type\": \"text/plain\","
                        + " \"filesize\": \"2\", \"filedata\": \"aGk=\"}]";
        assertThat(accepted("{" + LEAST + file + "}").submission().warnings())
                .extracting(Warning::code)
                .doesNotContain("W_FILESIZE");
    }

    @Test
    void the_pdf_is_a_rendition_and_the_test_flag_is_kept() {
        String pdf = Base64.getEncoder().encodeToString("%PDF-1.4".getBytes(UTF_8));
        Submission submission = accepted("{" + LEAST + ", \"testing\": true, \"pdf\": {\"filename\": \"r.pdf\","
                        + " \"content_type\": \"application/pdf\", \"filesize\": 8, \"filedata\": \"" + pdf + "\"},"
                        + " \"removed_files\": [\"x.exe\"], \"confirmation_id\": 99}")
                .submission();
        assertThat(submission.test()).isTrue();
        assertThat(submission.attachments()).extracting(Attachment::role).containsExactly(Attachment.Role.RENDITION);
        assertThat(submission.extra())
                .containsEntry("removed_files", "[\"x.exe\"]")
                .containsEntry("confirmation_id", "99");
    }

    @Test
    void a_text_may_have_ten_thousand_characters_and_no_more() {
        String text = "\ud83d\ude00".repeat(10_000);
        assertThat(accepted("{" + LEAST.replace("Minutes", text) + "}")
                        .submission()
                        .description())
                .isEqualTo(text);
        assertThat(rejected("{" + LEAST.replace("Minutes", text + "x") + "}"))
                .extracting(Violation::field, Violation::code)
                .containsExactly(tuple("/request_description", Code.E_LENGTH));
    }

    @Test
    void all_that_is_wrong_is_told_at_once() {
        assertThat(
                        rejected(
                                "{\"request_id\": 0, \"request_description\": \" \", \"email\": \"nobody\", \"fee_waiver\": \"perhaps\","
                                        + " \"name_first\": {}, \"attachments_supporting_documentation\": [{\"filedata\": \"%%%\"}, 5]}"))
                .extracting(violation -> violation.field() + " " + violation.code())
                .containsExactlyInAnyOrder(
                        "/request_id E_TYPE",
                        "/agency_component_name E_REQUIRED",
                        "/request_description E_REQUIRED",
                        "/email E_EMAIL",
                        "/name_first E_TYPE",
                        "/fee_waiver E_ENUM",
                        "/attachments_supporting_documentation/0/filedata E_BASE64",
                        "/attachments_supporting_documentation/1 E_TYPE");
    }

    @Test
    void an_amount_in_words_and_an_unknown_category_are_left_to_staff() {
        Submission submission = accepted(
                        "{" + LEAST
                                + ", \"fee_amount_willing\": \"as little as possible\", \"request_category\": \"guild\", \"phone_number\": 5550143}")
                .submission();
        assertThat(submission.claims().feeAmountWillingUsd()).isEmpty();
        assertThat(submission.extra())
                .containsEntry("fee_amount_willing", "as little as possible")
                .containsEntry("request_category", "guild");
        assertThat(submission.requester().phone()).contains("5550143");
        assertThat(submission.warnings())
                .extracting(Warning::code)
                .contains("W_AMOUNT", "W_CATEGORY", "W_TYPE", "W_UNREACHABLE");
    }

    @Test
    void what_is_no_json_object_is_rejected_with_its_place() {
        assertThat(rejected("{\"request_id\": 1,\n oops"))
                .extracting(Violation::code)
                .containsExactly(Code.E_JSON);
        assertThat(rejected("{\"request_id\": 1,\n oops").getFirst().message()).contains("line 2");
        assertThat(rejected("{\"a\": 1, \"a\": 2}")).extracting(Violation::code).containsExactly(Code.E_JSON);
        assertThat(rejected("[]")).extracting(Violation::code).containsExactly(Code.E_TYPE);
        assertThat(rejected("")).hasSize(1);
        assertThat(rejected("{" + LEAST + "} {}")).extracting(Violation::code).containsExactly(Code.E_JSON);
    }

    @Test
    void a_nul_is_refused_in_a_known_field_and_replaced_in_another() {
        assertThat(rejected("{" + LEAST.replace("Minutes", "a\\u0000b") + "}"))
                .extracting(Violation::code)
                .containsExactly(Code.E_CHARACTER);
        assertThat(accepted("{" + LEAST + ", \"note\": \"a\\u0000\\ud800b\"}")
                        .submission()
                        .extra())
                .containsEntry("note", "a\ufffd\ufffdb");
    }

    static byte[] sample(String name) throws IOException {
        try (InputStream in = NfpPayloadTest.class.getResourceAsStream("/dev/lovage/records/samples/nfp/" + name)) {
            return Objects.requireNonNull(in).readAllBytes();
        }
    }

    private static Reading.Accepted accepted(String json) {
        return accepted(json.getBytes(UTF_8));
    }

    private static Reading.Accepted accepted(byte[] json) {
        Reading reading = NfpPayload.read(json);
        assertThat(reading).isInstanceOf(Reading.Accepted.class);
        return (Reading.Accepted) reading;
    }

    private static List<Violation> rejected(String json) {
        Reading reading = NfpPayload.read(json.getBytes(UTF_8));
        assertThat(reading).isInstanceOf(Reading.Rejected.class);
        return ((Reading.Rejected) reading).violations();
    }
}
