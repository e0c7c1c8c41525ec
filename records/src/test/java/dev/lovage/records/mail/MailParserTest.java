package dev.lovage.records.mail;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class MailParserTest {
    private static final Mailroom OFFICE = new Mailroom(
            Set.of("records.example.gov"), text -> text.contains("US-X-1") ? Optional.of("US-X-1") : Optional.empty());
    private static final String MESSAGE = "From: Ann <ann@example.org>\r\nTo: foia@records.example.gov\r\n"
            + "Subject: Request\r\nMessage-ID: <1@example.org>\r\n\r\nDear office,\r\nplease send.\r\n";

    private final MailParser parser = new MailParser(System::nanoTime, OFFICE);

    @Test
    void line_ends_change_neither_the_reading_nor_the_digest() {
        var crlf = read(MESSAGE);
        var lf = read(MESSAGE.replace("\r\n", "\n"));
        var cr = read(MESSAGE.replace("\r\n", "\r"));
        assertThat(crlf.warnings()).isEmpty();
        assertThat(cr.warnings()).containsExactly(new MailWarning(MailWarning.Code.CR_ONLY_LINE_ENDS, 1));
        for (var mail : new ParsedMail[] {crlf, lf, cr}) {
            assertThat(mail.text()).isEqualTo("Dear office,\nplease send.");
            assertThat(mail.subject()).isEqualTo("Request");
            assertThat(mail.from()).contains(new MailAddress("Ann", "ann@example.org"));
            assertThat(mail.contentSha256()).isEqualTo(crlf.contentSha256());
        }
    }

    @Test
    void a_message_without_a_usable_id_is_named_by_its_content() {
        assertThat(read(MESSAGE).nativeReference()).isEqualTo("<1@example.org>");
        var one = read(MESSAGE.replace("<1@example.org>", "<1@x>"));
        var other = read(MESSAGE.replace("<1@example.org>", "<2@x>"));
        assertThat(one.nativeReference()).startsWith("sha256:").isEqualTo(other.nativeReference());
        assertThat(read(MESSAGE.replace("<1@example.org>", "<1@x>").replace("send", "sent"))
                        .nativeReference())
                .isNotEqualTo(one.nativeReference());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "=?utf-8?Q?caf=C3?= =?utf-8?Q?=A9?= x | café x",
                "=?UTF-8?B?5re75LuY?= =?UTF-8?B?44OV?= | 添付フ",
                "=?iso-2022-jp?B?GyRCRnxLXBsoQg==?= | 日本",
                "=?utf-8*en?q?a_b?= | a b",
                "=?utf-8?q?open | =?utf-8?q?open",
                "=?nonsense?q?a?= | =?nonsense?q?a?="
            })
    void subjects_are_decoded(String raw, String decoded) {
        assertThat(read(MESSAGE.replace("Subject: Request", "Subject: " + raw)).subject())
                .isEqualTo(decoded);
    }

    @Test
    void a_raw_8_bit_subject_is_utf_8_or_windows_1252() {
        var message = MESSAGE.replace("Request", "Anträge “x”");
        assertThat(read(message).subject()).isEqualTo("Anträge “x”");
        assertThat(parser.parse(message.getBytes(Charset.forName("windows-1252")), MailLimits.INTAKE)
                        .subject())
                .isEqualTo("Anträge “x”");
    }

    @ParameterizedTest
    @CsvSource({
        "gb2312, gb18030",
        "ks_c_5601-1987, x-windows-949",
        "shift_jis, windows-31j",
        "iso-8859-1, windows-1252",
        "us-askey, us-ascii",
        "'\"utf-8\"junk', utf-8",
        "charset=utf-8, utf-8"
    })
    void charset_labels_are_seen_through(String label, String charset) {
        assertThat(TextDecoding.charset(label)).contains(Charset.forName(charset));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "filename=\"../../etc/passwd\" | passwd",
                "filename=\"C:\\Users\\x\\report.pdf\" | report.pdf",
                "filename*=utf-8''a%E2%80%AEfdp.exe | afdp.exe",
                "filename*0=\"long \"; filename*1=\"name.txt\" | long name.txt",
                "filename*0*=iso-8859-1'de'%FCber; filename*1*=sicht.txt | übersicht.txt",
                "filename=\"=?utf-8?Q?caf=C3=A9.txt?=\" | café.txt",
                "filename=my file.txt; size=3 | my file.txt",
                ";;filename=a.txt | a.txt",
                "filename=\"con.txt\" | _con.txt",
                "filename=\"...\" | attachment-1"
            })
    void file_names_are_made_safe(String disposition, String safe) {
        var mail = read(MESSAGE.replace(
                "\r\n\r\n",
                "\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; " + disposition + "\r\n\r\n"));
        assertThat(mail.attachments().getFirst().safeName()).isEqualTo(safe);
    }

    @Test
    void two_attachments_of_one_name_are_kept_apart() {
        var part = "--b\r\nContent-Type: text/csv; name=a.csv\r\n\r\n1\r\n";
        var mail = read(
                "From: a@example.org\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" + part + part + "--b--");
        assertThat(mail.attachments()).extracting(MailAttachment::safeName).containsExactly("a.csv", "a (2).csv");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "X-Other: 1 | REQUEST",
                "Return-Path: <> | BOUNCE",
                "Auto-Submitted: auto-replied (vacation) | AUTO_REPLY",
                "Auto-Submitted: no | REQUEST",
                "X-Auto-Response-Suppress: All | AUTO_REPLY",
                "Precedence: bulk | BULK",
                "List-Id: <x.example.org> | BULK",
                "In-Reply-To: <US-X-1@records.example.gov> | REPLY",
                "In-Reply-To: <other@example.org> | REQUEST",
                "Content-Type: multipart/report; report-type=disposition-notification; boundary=b | MDN",
                "Content-Type: multipart/report; report-type=\"feedback-report\"; boundary=b | FEEDBACK",
                "Content-Type: multipart/report; report-type=delivery-status; boundary=b | BOUNCE"
            })
    void the_kind_is_told_from_the_header(String field, MailKind kind) {
        var mail = read(field + "\r\n" + MESSAGE);
        assertThat(mail.kind()).isEqualTo(kind);
        assertThat(mail.repliesTo().isPresent()).isEqualTo(kind == MailKind.REPLY);
        assertThat(mail.mayAcknowledge()).isEqualTo(kind == MailKind.REQUEST || kind == MailKind.REPLY);
    }

    @Test
    void an_out_of_office_subject_is_automatic() {
        assertThat(read(MESSAGE.replace("Subject: ", "Subject: Out of office: "))
                        .kind())
                .isEqualTo(MailKind.AUTO_REPLY);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "From: no-reply@example.org",
                "From: x@sub.records.example.gov",
                "From: MAILER-DAEMON@example.org",
                "From: list-request@example.org",
                "Return-Path: <evil@example.net>",
                "X-Lovage-Loop: 1",
                "From: nobody"
            })
    void some_senders_are_never_answered(String field) {
        assertThat(read(field + "\r\n" + MESSAGE).mayAcknowledge()).isFalse();
    }

    @Test
    void a_message_that_came_around_is_not_answered() {
        assertThat(read("Received: x\r\n".repeat(30) + MESSAGE).mayAcknowledge())
                .isTrue();
        assertThat(read("Received: x\r\n".repeat(31) + MESSAGE).mayAcknowledge())
                .isFalse();
    }

    @Test
    void a_return_path_that_aligns_with_from_is_answered() {
        assertThat(read("Return-Path: <bounce-7@mail.example.org>\r\n" + MESSAGE)
                        .mayAcknowledge())
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Type: application/pkcs7-mime; smime-type=enveloped-data",
                "Content-Type: multipart/encrypted; boundary=b"
            })
    void an_encrypted_message_is_refused(String field) {
        assertThatThrownBy(() -> read(field + "\r\n" + MESSAGE))
                .isInstanceOfSatisfying(
                        MailRefused.class,
                        refused -> assertThat(refused.reason()).isEqualTo(MailRefused.Reason.ENCRYPTED));
    }

    @Test
    void markup_becomes_text() {
        assertThat(HtmlText.of("<html><head><title>t</title></head><body><p>A&nbsp;&amp;&#x42;<br>c<script>x<y</script>"
                        + "<!-- no --><ul><li>1 < 2</ul><a title='>'>l</a>&unknown;"))
                .isEqualTo("A &B\nc\n\n1 < 2\nl&unknown;");
    }

    @Test
    void a_mailbox_list_is_read_with_its_quotes_comments_and_groups() {
        assertThat(AddressField.parse(
                        "\"Doe, Jane\" <jane@example.org>, bob@example.org (Bob B.), Team: x@example.org, y@example.org;",
                        new Repairs()))
                .containsExactly(
                        new MailAddress("Doe, Jane", "jane@example.org"),
                        new MailAddress("Bob B.", "bob@example.org"),
                        new MailAddress("", "x@example.org"),
                        new MailAddress("", "y@example.org"));
    }

    private ParsedMail read(String message) {
        return parser.parse(message.getBytes(StandardCharsets.UTF_8), MailLimits.INTAKE);
    }
}
