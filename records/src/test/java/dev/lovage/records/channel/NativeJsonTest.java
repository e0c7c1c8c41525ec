package dev.lovage.records.channel;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.records.submission.Channel;
import dev.lovage.records.submission.RequesterClass;
import dev.lovage.records.submission.Submission;
import java.util.List;
import org.junit.jupiter.api.Test;

class NativeJsonTest {
    @Test
    void every_field_of_the_shape_is_read() {
        Submission submission = accepted("""
                {"external_id": "client-4711",
                 "requester": {"prefix": "Dr", "first": "Ada", "middle": "K", "last": "Moreno", "suffix": "Jr",
                   "organization": "Harbor Gazette", "email": "ada@example.org", "phone": "+1 202 555 0143", "fax": null,
                   "address": {"line1": "12 Quay Street", "line2": "Rear", "city": "Port Avalon", "state": "AV",
                     "postal_code": "00112", "country": "US"}},
                 "agency": "Commonwealth of Avalon", "component": "Harbor Police",
                 "description": "All use-of-force reports of March 2026.",
                 "requester_class": "news_media", "fee_amount_willing": 25.50,
                 "fee_waiver": true, "fee_waiver_explanation": "Public interest",
                 "expedited_processing": true, "expedited_processing_explanation": "Election",
                 "emergency": true, "emergency_explanation": "Ongoing", "test": true,
                 "attachments": [{"filename": "note.txt", "content_type": "Text/Plain", "filedata": "aGk="}]}
                """).submission();
        assertThat(submission.channel()).isEqualTo(Channel.API_NATIVE);
        assertThat(submission.channelRef()).isEqualTo("external:client-4711");
        assertThat(submission.requester().name().full()).isEqualTo("Dr Ada K Moreno Jr");
        assertThat(submission.requester().organisation()).contains("Harbor Gazette");
        assertThat(submission.requester().address().lines()).containsExactly("12 Quay Street", "Rear");
        assertThat(submission.claims().requesterClass()).contains(RequesterClass.NEWS_MEDIA);
        assertThat(submission.claims().feeAmountWillingUsd().orElseThrow()).isEqualByComparingTo("25.5");
        assertThat(submission.claims().expediteRequested()).isTrue();
        assertThat(submission.claims().emergencyExplanation()).contains("Ongoing");
        assertThat(submission.attachments().getFirst().mediaType()).isEqualTo("text/plain");
        assertThat(submission.test()).isTrue();
        assertThat(submission.warnings()).isEmpty();
    }

    @Test
    void the_least_that_is_needed_is_a_description_and_a_way_to_answer() {
        byte[] body = "{\"requester\": {\"email\": \"a@example.org\"}, \"description\": \"Minutes\"}".getBytes(UTF_8);
        Submission submission = ((Reading.Accepted) NativeJson.read(body)).submission();
        assertThat(submission.channelRef()).matches("sha256:[0-9a-f]{64}");
        assertThat(submission.componentName()).isEmpty();
        assertThat(submission.withChannelRef("key-1").channelRef()).isEqualTo("key-1");
    }

    @Test
    void all_violations_come_at_once_each_at_its_pointer() {
        assertThat(rejected("""
                {"requester": {"email": "a b", "adress": {}, "address": {"line1": 5}}, "fee_wavier": true, "fee_waiver": "yes",
                 "fee_amount_willing": "-5", "requester_class": "king", "emergency": 1, "a/b~c": 0,
                 "attachments": [{"filedata": ""}, {"filename": "x"}, {"filename": "y", "filedata": "a", "size": 1}]}
                """))
                .extracting(violation -> violation.field() + " " + violation.code())
                .containsExactlyInAnyOrder(
                        "/requester/email E_EMAIL",
                        "/requester/adress E_UNKNOWN_FIELD",
                        "/requester/address/line1 E_TYPE",
                        "/description E_REQUIRED",
                        "/fee_wavier E_UNKNOWN_FIELD",
                        "/fee_waiver E_TYPE",
                        "/fee_amount_willing E_AMOUNT",
                        "/requester_class E_ENUM",
                        "/emergency E_TYPE",
                        "/a~1b~0c E_UNKNOWN_FIELD",
                        "/attachments/1/filedata E_REQUIRED",
                        "/attachments/2/filedata E_BASE64",
                        "/attachments/2/size E_UNKNOWN_FIELD");
    }

    @Test
    void a_request_that_nobody_could_answer_is_rejected() {
        assertThat(rejected("{\"description\": \"Minutes\"}"))
                .extracting(violation -> violation.field() + " " + violation.code())
                .containsExactly("/requester E_REQUIRED");
        assertThat(rejected("{\"description\": \"Minutes\", \"requester\": [\"x\"]}"))
                .extracting(violation -> violation.field() + " " + violation.code())
                .containsExactly("/requester E_TYPE");
    }

    private static Reading.Accepted accepted(String json) {
        Reading reading = NativeJson.read(json.getBytes(UTF_8));
        assertThat(reading).isInstanceOf(Reading.Accepted.class);
        return (Reading.Accepted) reading;
    }

    private static List<Violation> rejected(String json) {
        Reading reading = NativeJson.read(json.getBytes(UTF_8));
        assertThat(reading).isInstanceOf(Reading.Rejected.class);
        return ((Reading.Rejected) reading).violations();
    }
}
