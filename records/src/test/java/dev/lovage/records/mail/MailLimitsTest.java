package dev.lovage.records.mail;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Messages made to hurt.
final class MailLimitsTest {
    private final MailParser parser = new MailParser(System::nanoTime, Mailroom.EMPTY);

    @ParameterizedTest
    @ValueSource(ints = {5_000, 20_000})
    void nested_multiparts_are_refused_at_the_31st(int depth) {
        var bomb = new StringBuilder("From: a@example.org\r\n");
        for (var i = 0; i < depth; i++) {
            bomb.append("Content-Type: multipart/mixed; boundary=b")
                    .append(i)
                    .append("\r\n\r\n--b")
                    .append(i)
                    .append("\r\n");
        }
        assertRefused(bomb.toString(), MailRefused.Reason.NESTED_TOO_DEEP);
    }

    @Test
    void thirty_levels_are_read() {
        var deep = new StringBuilder("From: a@example.org\r\n");
        for (var i = 0; i < 30; i++) {
            deep.append("Content-Type: multipart/mixed; boundary=b")
                    .append(i)
                    .append("x\r\n\r\n--b")
                    .append(i)
                    .append("x\r\n");
        }
        assertThat(read(deep + "\r\nstill here").text()).isEqualTo("still here");
    }

    @Test
    void nested_attached_messages_are_not_opened() {
        var bomb = "From: a@example.org\r\n" + "Content-Type: message/rfc822\r\n\r\n".repeat(20_000);
        assertThat(read(bomb).attachments())
                .singleElement()
                .satisfies(attached -> assertThat(attached.mediaTypeClaimed()).isEqualTo("message/rfc822"));
    }

    @Test
    void two_hundred_thousand_empty_parts_are_refused() {
        assertRefused(
                "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + "--b\r\n\r\n".repeat(200_000),
                MailRefused.Reason.TOO_MANY_PARTS);
    }

    @Test
    void two_hundred_thousand_header_fields_are_refused() {
        assertRefused("X: y\r\n".repeat(200_000) + "\r\ntext", MailRefused.Reason.TOO_MANY_HEADER_FIELDS);
    }

    @Test
    void a_thousand_and_first_field_is_refused_and_the_thousandth_is_not() {
        assertThat(read("X: y\r\n".repeat(1000) + "\r\ntext").text()).isEqualTo("text");
        assertRefused("X: y\r\n".repeat(1001) + "\r\ntext", MailRefused.Reason.TOO_MANY_HEADER_FIELDS);
    }

    @Test
    void a_header_block_over_its_limit_is_refused() {
        assertRefused(("X: " + "y".repeat(60_000) + "\r\n").repeat(5) + "\r\n", MailRefused.Reason.HEADER_TOO_LARGE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"y", "y\r\n "})
    void one_endless_field_is_refused(String unit) {
        assertRefused(
                "Subject: " + unit.repeat(3_000_000 / unit.length()) + "\r\n\r\n",
                MailRefused.Reason.HEADER_FIELD_TOO_LONG);
    }

    @Test
    void endless_malformed_header_lines_are_refused() {
        assertThatThrownBy(() -> read("From: a@example.org\r\n" + "no field\r\n".repeat(500_000)))
                .isInstanceOf(MailRefused.class);
    }

    @Test
    void a_body_line_may_be_long() {
        assertThat(read("From: a@example.org\r\n\r\n" + "x".repeat(500_000)).text())
                .hasSize(500_000);
    }

    @Test
    void a_message_over_its_size_is_refused_without_reading_on() throws IOException {
        var limits = new MailLimits(100, 100, 10, 100, 3, 10, 200, 100, Duration.ofSeconds(1));
        assertThatThrownBy(() -> parser.parse(new ByteArrayInputStream(new byte[5000]), limits))
                .isInstanceOfSatisfying(
                        MailRefused.class,
                        refused -> assertThat(refused.reason()).isEqualTo(MailRefused.Reason.MESSAGE_TOO_LARGE));
    }

    @Test
    void time_over_the_budget_is_refused() {
        var now = new AtomicLong();
        var slow = new MailParser(() -> now.addAndGet(1_000_000_000L), Mailroom.EMPTY);
        assertThatThrownBy(() -> slow.parse(bytes("X: y\r\n".repeat(100) + "\r\ntext"), MailLimits.INTAKE))
                .isInstanceOfSatisfying(
                        MailRefused.class,
                        refused -> assertThat(refused.reason()).isEqualTo(MailRefused.Reason.TOO_SLOW));
    }

    @Test
    void long_text_is_shown_in_part_and_listed_whole() {
        var mail = read("From: a@example.org\r\n\r\n" + "über allen Gipfeln\r\n".repeat(100_000));
        assertThat(mail.text().length()).isLessThan(1_000_001);
        assertThat(mail.text()).endsWith("über allen Gipfeln");
        assertThat(mail.attachments())
                .singleElement()
                .satisfies(whole -> assertThat(whole.size()).isEqualTo(2_100_000));
        assertThat(mail.warnings()).contains(new MailWarning(MailWarning.Code.TEXT_TRUNCATED, 1));
    }

    @Test
    void base64_garbage_is_read_with_warnings() {
        var random = seeded(4711);
        var garbage = new byte[100_000];
        random.nextBytes(garbage);
        var text = new String(garbage, StandardCharsets.ISO_8859_1)
                .replace("\r", "")
                .replace("\n", "");
        var mail = read("From: a@example.org\r\nContent-Type: application/pdf; name=x.pdf\r\n"
                + "Content-Transfer-Encoding: base64\r\n\r\n" + text);
        assertThat(mail.attachments())
                .singleElement()
                .satisfies(pdf -> assertThat(pdf.size()).isLessThan(100_000));
        assertThat(mail.warnings()).extracting(MailWarning::code).contains(MailWarning.Code.BODY_ENCODING_BROKEN);
    }

    @Test
    void random_bytes_are_read_or_refused() {
        var random = seeded(20260119);
        for (var round = 0; round < 2_000; round++) {
            var noise = new byte[random.nextInt(3000)];
            random.nextBytes(noise);
            readOrRefuse(noise);
        }
    }

    @Test
    void damaged_messages_are_read_or_refused() {
        var random = seeded(8086);
        var message = bytes(
                "From: =?utf-8?B?w5xuw6k=?= <a@example.org>\r\nSubject: =?iso-8859-1?Q?=E9?= x\r\n"
                        + "Content-Type: multipart/mixed; boundary=\"q\"; x*0*=utf-8''a; x*1=b\r\n\r\n--q\r\n"
                        + "Content-Type: text/html; charset=\"utf-8\r\n\r\n<p>&eacute;&#233;<script>x</script>\r\n--q\r\n"
                        + "Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename*=utf-8''%e2%82%ac\r\n\r\n"
                        + Base64.getEncoder().encodeToString(new byte[60]) + "\r\n--q\r\n"
                        + "Content-Type: message/delivery-status\r\n\r\nStatus: 5.1.1\r\nFinal-Recipient: rfc822;x\r\n--q--\r\n");
        for (var round = 0; round < 5_000; round++) {
            var damaged = message.clone();
            for (var hit = random.nextInt(8); hit >= 0; hit--) {
                damaged[random.nextInt(damaged.length)] =
                        (byte) "\r\n=?*'\";:<>&%\0\u00e9-q ".charAt(random.nextInt(18));
            }
            readOrRefuse(damaged);
        }
    }

    @Test
    void hostile_markup_takes_linear_time() {
        for (var unit : new String[] {"<a '", "&", "<!--", "<script>", "<", "<p>", "<a \"'>", "&#1;"}) {
            read("Content-Type: text/html\r\n\r\n" + unit.repeat(900_000 / unit.length()));
        }
    }

    @Test
    void hostile_fields_take_linear_time() {
        for (var unit : new String[] {
            "=?", "=?utf-8?q?", "<", "(", "\"", ",", ": ", "\\", "=?utf-8?b?YQ==?= ", "=?x?q??=", "; a=", " a*1*="
        }) {
            var value = unit.repeat(60_000 / unit.length());
            read("Subject: " + value + "\r\nFrom: " + value + "\r\nContent-Type: text/plain" + value + "\r\n\r\nx");
        }
    }

    private void readOrRefuse(byte[] message) {
        try {
            parser.parse(message, MailLimits.INTAKE);
        } catch (MailRefused refused) {
            assertThat(refused.reason()).isNotNull();
        }
    }

    private ParsedMail read(String message) {
        return parser.parse(bytes(message), MailLimits.INTAKE);
    }

    private void assertRefused(String message, MailRefused.Reason reason) {
        assertThatThrownBy(() -> read(message))
                .isInstanceOfSatisfying(
                        MailRefused.class,
                        refused -> assertThat(refused.reason()).isEqualTo(reason));
    }

    private static byte[] bytes(String message) {
        return message.getBytes(StandardCharsets.UTF_8);
    }

    private static Random seeded(long seed) {
        System.out.println("seed " + seed);
        return new Random(seed);
    }
}
