package dev.lovage.records.submission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class IdentityTest {
    private static final String REGIME = "US-FED-FOIA";
    private static final Attachment MAP = file("map", Attachment.Role.SUPPORTING);

    @Test
    void blanks_quotations_and_unicode_forms_do_not_change_a_fingerprint() {
        Fingerprint plain = fingerprint("All caf\u00e9 inspections of 2025.", Claims.NONE, MAP);
        assertThat(fingerprint("  All cafe\u0301\r\n inspections\u00a0 of 2025. ", Claims.NONE, MAP))
                .isEqualTo(plain);
        assertThat(fingerprint(
                        "All caf\u00e9 inspections of 2025.\n\nOn Mon, 2 Mar 2026, the clerk wrote:\n> Which ones?",
                        Claims.NONE,
                        MAP))
                .isEqualTo(plain);
        assertThat(fingerprint("All caf\u00e9 inspections of 2026.", Claims.NONE, MAP))
                .isNotEqualTo(plain);
    }

    @Test
    void a_request_that_is_only_a_quotation_keeps_its_content() {
        assertThat(fingerprint("> one", Claims.NONE)).isNotEqualTo(fingerprint("> two", Claims.NONE));
    }

    @Test
    void the_order_of_files_and_the_portal_s_rendition_do_not_change_a_fingerprint() {
        Attachment plan = file("plan", Attachment.Role.SUPPORTING);
        Fingerprint both = fingerprint("Minutes", Claims.NONE, MAP, plan);
        assertThat(fingerprint("Minutes", Claims.NONE, plan, file("pdf", Attachment.Role.RENDITION), MAP))
                .isEqualTo(both);
        assertThat(fingerprint("Minutes", Claims.NONE, MAP)).isNotEqualTo(both);
    }

    @Test
    void claims_and_regime_change_a_fingerprint_but_the_scale_of_an_amount_does_not() {
        Fingerprint none = fingerprint("Minutes", Claims.NONE);
        assertThat(fingerprint("Minutes", paying("25")))
                .isNotEqualTo(none)
                .isEqualTo(fingerprint("Minutes", paying("25.00")));
        assertThat(Fingerprint.of(submission("Minutes", Claims.NONE), "US-CA-PRA"))
                .isNotEqualTo(none);
    }

    @Test
    void a_fingerprint_is_the_digest_of_canonical_json() {
        // SHA-256, by another implementation, over the names in order and no blanks.
        assertThat(fingerprint("Minutes", Claims.NONE).hex())
                .isEqualTo("f05d2ee16ffe0c72f981e221c59ef988325de20bb0732d3700c862d51ce26cea");
    }

    @Test
    void an_idempotency_key_depends_on_secret_channel_source_and_reference() {
        var secret = new IdempotencyKey.Secret(3, new byte[32]);
        IdempotencyKey key = IdempotencyKey.of(secret, Channel.API_NFP, "portal", "1534");
        // From an independent HMAC implementation over "api.nfp\x1fportal\x1f1534" with 32 zero bytes.
        assertThat(key)
                .isEqualTo(new IdempotencyKey(3, "b3e6a186c69522deb498fd9c46f5e93ebe76a9b473e9dff907e28431798f0e71"));
        assertThat(IdempotencyKey.of(secret, Channel.API_NATIVE, "portal", "1534"))
                .isNotEqualTo(key);
        assertThat(IdempotencyKey.of(secret, Channel.API_NFP, "portal1", "534")).isNotEqualTo(key);
        assertThatThrownBy(() -> IdempotencyKey.of(secret, Channel.CSV, "a\u001fb", "c"))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new IdempotencyKey.Secret(1, new byte[31])).hasMessageContaining("32 bytes");
    }

    @Test
    void a_mail_without_a_usable_message_id_is_named_by_its_content() {
        assertThat(NativeRef.ofMail(Optional.of("<a1b2c3@example.org>"), () -> "unused", "records@avalon.example"))
                .isEqualTo("<a1b2c3@example.org> records@avalon.example");
        assertThat(NativeRef.ofMail(Optional.of("<1>"), () -> "abc", "records@avalon.example"))
                .isEqualTo("sha256:abc records@avalon.example");
    }

    @Test
    void an_idempotency_header_is_short_and_printable() {
        assertThat(NativeRef.ofHeader("a".repeat(255))).hasSize(255);
        for (String wrong : List.of("", " ", "a".repeat(256), "caf\u00e9", "a\nb")) {
            assertThatThrownBy(() -> NativeRef.ofHeader(wrong)).hasMessageContaining("Idempotency-Key");
        }
    }

    @Test
    void a_submission_survives_being_stored_as_json() {
        Submission submission = submission("Minutes", paying("25.00"), MAP);
        JsonMapper mapper = JsonMapper.builder().build();
        assertThat(mapper.readValue(mapper.writeValueAsBytes(submission), Submission.class))
                .isEqualTo(submission);
    }

    private static Claims paying(String dollars) {
        return new Claims(
                Optional.of(RequesterClass.NEWS_MEDIA),
                Optional.of(new BigDecimal(dollars)),
                true,
                Optional.of("For the public"),
                false,
                Optional.empty(),
                false,
                Optional.empty());
    }

    private static Attachment file(String content, Attachment.Role role) {
        return Attachment.of(content + ".txt", "text/plain", content.getBytes(StandardCharsets.UTF_8), role);
    }

    private static Fingerprint fingerprint(String description, Claims claims, Attachment... attachments) {
        return Fingerprint.of(submission(description, claims, attachments), REGIME);
    }

    private static Submission submission(String description, Claims claims, Attachment... attachments) {
        return new Submission(
                Channel.API_NATIVE,
                "external:1",
                Requester.ofMail("Ada Moreno", "Ada@Example.org "),
                Optional.of("Commonwealth of Avalon"),
                Optional.of("Clerk"),
                description,
                claims,
                List.of(attachments),
                List.of(new Warning("/pdf", "W_MISSING", "Not there.")),
                Map.of("version", "1.1.0"),
                false);
    }
}
