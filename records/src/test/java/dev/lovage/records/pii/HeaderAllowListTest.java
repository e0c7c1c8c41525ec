package dev.lovage.records.pii;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class HeaderAllowListTest {
    private final Pseudonyms pseudonyms = new Pseudonyms(key(1));
    private final String requester = pseudonyms.requesterRef("jane@example.org");
    private final HeaderAllowList allowList =
            new HeaderAllowList(pseudonyms, Map.of("foia@agency.example", "FOIA office"), "mx.agency.example");

    @Test
    void lets_through_what_is_named_and_no_identity() {
        var copy = allowList.apply(
                List.of(
                        new HeaderLine("Received", "from home (1.2.3.4)"),
                        new HeaderLine("Return-Path", "<jane@example.org>"),
                        new HeaderLine("From", "Jane Doe <jane@example.org>"),
                        new HeaderLine("To", "\"F\" <FOIA@agency.example>, other@agency.example"),
                        new HeaderLine("Subject", "My SSN 123-45-6789, call 202-555-0143"),
                        new HeaderLine("Date", "Mon, 19 Jan 2026 10:00:00 -0500 (EST)"),
                        new HeaderLine("Message-ID", "<jane@example.org>"),
                        new HeaderLine("References", "<a@x> <b@x>"),
                        new HeaderLine("Content-Type", "text/plain; charset=\"utf-8\"; name=\"jane doe.txt\""),
                        new HeaderLine("Content-Disposition", "attachment; filename=jane.txt"),
                        new HeaderLine("Auto-Submitted", "no (jane)"),
                        new HeaderLine("X-Originating-IP", "1.2.3.4"),
                        new HeaderLine("Bcc", "jane@example.org"),
                        new HeaderLine("X-Mailer", "Jane's"),
                        new HeaderLine("DKIM-Signature", "d=example.org")),
                requester);
        assertThat(copy)
                .containsExactly(
                        new HeaderLine("Return-Path", "present"),
                        new HeaderLine("From", requester),
                        new HeaderLine("To", "FOIA office, @agency.example"),
                        new HeaderLine("Subject", "My SSN [SSN], call [PHONE]"),
                        new HeaderLine("Date", "Mon, 19 Jan 2026 10:00:00 -0500 (EST)"),
                        new HeaderLine("Message-ID", pseudonyms.messageRef("<jane@example.org>")),
                        new HeaderLine(
                                "References", pseudonyms.messageRef("<a@x>") + " " + pseudonyms.messageRef("<b@x>")),
                        new HeaderLine("Content-Type", "text/plain; charset=utf-8"),
                        new HeaderLine("Content-Disposition", "attachment"),
                        new HeaderLine("Auto-Submitted", "no"));
        assertThat(copy.toString()).doesNotContainIgnoringCase("jane", "1.2.3.4", "6789");
    }

    @Test
    void trusts_only_the_topmost_results_of_our_own_server() {
        var copy = allowList.apply(
                List.of(
                        new HeaderLine("Authentication-Results", "evil.example; spf=pass"),
                        new HeaderLine(
                                "Authentication-Results",
                                "mx.agency.example; spf=fail smtp.mailfrom=jane@x.org; dkim=pass (ok)"),
                        new HeaderLine("Authentication-Results", "mx.agency.example; spf=pass")),
                requester);
        assertThat(copy).containsExactly(new HeaderLine("Authentication-Results", "spf=fail dkim=pass"));
    }

    @Test
    void withholds_what_is_still_encoded_and_a_date_that_is_none() {
        var copy = allowList.apply(
                List.of(
                        new HeaderLine("Subject", "=?utf-8?q?123-45-6789?="),
                        new HeaderLine("Date", "ask jane@example.org at 10:00"),
                        new HeaderLine("Return-Path", "<>")),
                requester);
        assertThat(copy)
                .containsExactly(
                        new HeaderLine("Subject", "[encoded text withheld]"), new HeaderLine("Return-Path", "null"));
    }

    @Test
    void a_pseudonym_depends_on_the_address_and_the_tenant_alone() {
        assertThat(pseudonyms.requesterRef(" Jane@EXAMPLE.org ")).isEqualTo(requester);
        assertThat(pseudonyms.requesterRef("j\u00FCrgen@b\u00FCcher.example"))
                .isEqualTo(pseudonyms.requesterRef("j\u00FCrgen@xn--bcher-kva.example"));
        assertThat(new Pseudonyms(key(2)).requesterRef("jane@example.org")).isNotEqualTo(requester);
        assertThat(pseudonyms.messageRef("jane@example.org").substring(4)).isNotEqualTo(requester.substring(4));
    }

    @Test
    void a_short_key_is_refused() {
        assertThatThrownBy(() -> new Pseudonyms(new byte[31]))
                .hasMessageContaining("at least 32 bytes, but this one has 31");
    }

    private static byte[] key(int fill) {
        var key = new byte[32];
        Arrays.fill(key, (byte) fill);
        return key;
    }
}
