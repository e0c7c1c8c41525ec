package dev.lovage.records.mail;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Reads the shipped sample messages.
final class MailSamplesTest {
    private static final String FOLDER = "/dev/lovage/records/samples/mail/enmime/";

    private final MailParser parser = new MailParser(System::nanoTime, Mailroom.EMPTY);

    static List<String> samples() throws IOException {
        return new String(bytes("index.txt"), StandardCharsets.UTF_8).lines().toList();
    }

    @Test
    void the_index_lists_all_92_samples() throws IOException {
        assertThat(samples()).hasSize(92).doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @MethodSource("samples")
    void each_sample_is_read_or_refused_with_a_reason(String name) throws IOException {
        try {
            var mail = parser.parse(bytes(name), MailLimits.INTAKE);
            assertThat(mail.contentSha256()).hasSize(64);
            assertThat(mail.text()).doesNotContain("\r", "\0");
        } catch (MailRefused refused) {
            assertThat(name).isEqualTo("mail__erroneous.raw");
            assertThat(refused.reason()).isEqualTo(MailRefused.Reason.NOT_A_MAIL);
        }
    }

    @Test
    void a_bounce_names_each_recipient_and_is_never_answered() throws IOException {
        var mail = read("dsn__multi_recipient_dsn.raw");
        assertThat(mail.kind()).isEqualTo(MailKind.BOUNCE);
        assertThat(mail.mayAcknowledge()).isFalse();
        assertThat(mail.deliveries())
                .containsExactly(
                        new DeliveryReport("arathib@vnet.ibm.com", "failed", "5.0.0"),
                        new DeliveryReport("johnh@hpnjld.njd.hp.com", "delayed", "4.0.0"),
                        new DeliveryReport("wsnell@sdcc13.ucsd.edu", "failed", "5.0.0"));
        assertThat(mail.deliveries().stream().map(DeliveryReport::permanent)).containsExactly(true, false, true);
    }

    @Test
    void encoded_words_in_subject_and_names_are_decoded() throws IOException {
        assertThat(read("mail__qp-ascii-header.raw").subject()).isEqualTo("Test QP Subject!");
        var mail = read("mail__qp-utf8-header.raw");
        assertThat(mail.subject()).isEqualTo("MIME UTF8 Test ¢ More Text");
        assertThat(mail.to()).containsExactly(new MailAddress("Mirosław Marczak", "marczak@inbucket.com"));
        assertThat(mail.charset()).contains("windows-1252");
    }

    @Test
    void text_declared_as_ascii_is_read_as_the_utf_8_it_is() throws IOException {
        var mail = read("low-quality__incorrect-charset.raw");
        assertThat(mail.charset()).contains("utf-8");
        assertThat(mail.text()).contains("∮ E⋅da = Q").contains("Yen [jɛn]");
        assertThat(codes(mail)).contains(MailWarning.Code.CHARSET_WRONG);
    }

    @Test
    void an_html_body_becomes_text_and_its_image_an_attachment() throws IOException {
        var mail = read("mail__html-only-inline.raw");
        assertThat(mail.text()).isEqualTo("Test of HTML section");
        assertThat(mail.attachments()).singleElement().satisfies(image -> {
            assertThat(image.nameGiven()).contains("favicon.png");
            assertThat(image.mediaTypeClaimed()).isEqualTo("image/png");
            assertThat(image.size()).isEqualTo(687);
            assertThat(image.sha256()).hasSize(64);
        });
    }

    @Test
    void of_an_alternative_the_plain_text_is_shown() throws IOException {
        assertThat(read("parts__nestedmulti.raw").text()).isEqualTo("A text section");
        assertThat(read("parts__nestedmulti.raw").attachments().stream().map(MailAttachment::safeName))
                .containsExactly("attach.txt", "attach2.txt");
    }

    @Test
    void a_file_name_in_raw_8_bit_is_read() throws IOException {
        var mail = read("mail__mime-bad-8bit-filename.raw");
        assertThat(mail.attachments().getFirst().nameGiven()).contains("管理.doc");
        assertThat(codes(mail)).contains(MailWarning.Code.HEADER_RAW_8BIT);
    }

    @Test
    void broken_base64_is_a_warning() throws IOException {
        var mail = read("low-quality__malformed-base64-attach.raw");
        assertThat(mail.attachments().getFirst().size()).isEqualTo(7);
        assertThat(mail.warnings()).contains(new MailWarning(MailWarning.Code.BODY_ENCODING_BROKEN, 1));
    }

    @Test
    void an_unknown_transfer_encoding_counts_as_none() throws IOException {
        var mail = read("low-quality__unk-encoding-part.raw");
        assertThat(mail.attachments().getFirst().size()).isEqualTo(14);
        assertThat(codes(mail)).contains(MailWarning.Code.TRANSFER_ENCODING_UNKNOWN);
    }

    @Test
    void a_header_continued_without_space_keeps_its_parameter() throws IOException {
        var mail = read("low-quality__bad-header-wrap.raw");
        assertThat(mail.attachments().getFirst().safeName()).isEqualTo("7DDA4_foo_9E5D72.zip");
        assertThat(codes(mail)).contains(MailWarning.Code.HEADER_CONTINUED_WITHOUT_SPACE);
    }

    @Test
    void text_that_stands_in_the_header_is_not_lost() throws IOException {
        assertThat(read("low-quality__bad-header-start.raw").text()).contains("An HTML section");
    }

    @Test
    void a_multipart_without_boundary_is_shown_as_text() throws IOException {
        var mail = read("mail__multipart-wo-boundary.raw");
        assertThat(mail.text()).isEqualTo("I'm  multipart message without boundary");
        assertThat(codes(mail)).contains(MailWarning.Code.BOUNDARY_MISSING);
    }

    @Test
    void two_mailboxes_without_a_comma_between_them_are_two() throws IOException {
        var mail = read("mail__malformed-multiple-address-header-values.raw");
        assertThat(mail.from()).contains(new MailAddress("Bob Dunite", "bob@extern"));
        assertThat(codes(mail)).contains(MailWarning.Code.FROM_SEVERAL);
    }

    @Test
    void html_without_a_declared_charset_names_its_own() throws IOException {
        assertThat(read("mail__non-mime-missing-charset.raw").charset()).contains("windows-1250");
    }

    private ParsedMail read(String name) throws IOException {
        return parser.parse(bytes(name), MailLimits.INTAKE);
    }

    private static List<MailWarning.Code> codes(ParsedMail mail) {
        return mail.warnings().stream().map(MailWarning::code).toList();
    }

    private static byte[] bytes(String name) throws IOException {
        try (var stream = MailSamplesTest.class.getResourceAsStream(FOLDER + name)) {
            assertThat(stream).as(name).isNotNull();
            return stream.readAllBytes();
        }
    }
}
