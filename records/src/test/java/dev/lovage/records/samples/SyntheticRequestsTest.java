package dev.lovage.records.samples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lovage.records.channel.CsvRow;
import dev.lovage.records.channel.CsvSettings;
import dev.lovage.records.channel.CsvUpload;
import dev.lovage.records.channel.NativeJson;
import dev.lovage.records.channel.NfpPayload;
import dev.lovage.records.channel.Reading;
import dev.lovage.records.mail.MailKind;
import dev.lovage.records.mail.MailLimits;
import dev.lovage.records.mail.MailParser;
import dev.lovage.records.mail.MailRefused;
import dev.lovage.records.mail.Mailroom;
import dev.lovage.records.mail.ParsedMail;
import dev.lovage.records.samples.Sample.Kind;
import dev.lovage.records.submission.Fingerprint;
import dev.lovage.records.submission.Submission;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class SyntheticRequestsTest {
    /// Writes the set anew when asked, as its ORIGIN.md says.
    @BeforeAll
    static void write() throws IOException {
        if (!Boolean.getBoolean("lovage.samples.write")) {
            return;
        }
        Path folder = Path.of("src/main/resources/dev/lovage/records/samples");
        for (Sample sample : SyntheticRequests.shipped()) {
            Files.write(folder.resolve(sample.name()), sample.bytes());
        }
        Files.writeString(folder.resolve("synthetic/index.txt"), index());
    }

    @Test
    void the_shipped_files_are_what_the_seed_gives() throws IOException {
        Path folder = Path.of("src/main/resources/dev/lovage/records/samples");
        for (Sample sample : SyntheticRequests.shipped()) {
            assertThat(Files.readAllBytes(folder.resolve(sample.name())))
                    .as(sample.name() + ": write the set anew as its ORIGIN.md says")
                    .isEqualTo(sample.bytes());
        }
        assertThat(folder.resolve("synthetic/index.txt")).hasContent(index());
        try (Stream<Path> files = Files.list(folder.resolve("synthetic"))) {
            assertThat(files.filter(file -> !file.getFileName().toString().matches("index.txt|ORIGIN.md")))
                    .hasSize(92);
        }
    }

    @Test
    void the_set_holds_one_hundred_and_twenty_requests() {
        List<Sample> samples = SyntheticRequests.shipped();
        assertThat(samples.stream().filter(sample -> sample.kind() == Kind.MAIL))
                .hasSize(50);
        assertThat(samples.stream().filter(sample -> sample.kind() == Kind.NATIVE_JSON))
                .hasSize(40);
        assertThat(rows(samples)).hasSize(30);
    }

    @Test
    void every_body_and_row_is_accepted_and_some_repeat_others() {
        List<Sample> samples = SyntheticRequests.shipped();
        List<Submission> bodies = bodies(samples);
        List<Submission> rows = rows(samples).stream()
                .map(row -> ((CsvRow.Accepted) row).submission())
                .toList();
        assertThat(Stream.concat(bodies.stream(), rows.stream()).map(Submission::channelRef))
                .doesNotHaveDuplicates();
        assertThat(fingerprints(bodies)).isEqualTo(38);
        assertThat(fingerprints(rows)).isEqualTo(28);
        assertThat(rows).allSatisfy(row -> assertThat(row.warnings()).isEmpty());
    }

    @Test
    void every_department_urgency_and_kind_of_personal_data_occurs() {
        List<Submission> bodies = bodies(SyntheticRequests.shipped());
        String all = bodies.stream().map(Submission::description).collect(Collectors.joining("\n"));
        assertThat(all)
                .contains(
                        "police",
                        "use of force",
                        "body camera",
                        "restaurant inspection",
                        "outbreak",
                        "contract",
                        "RFP-")
                .contains("purchase order", "budget", "minutes")
                .contains("123-45-6789", "900-12-3456", "4111 1111 1111 1111", "DOB", "202-555-01");
        assertThat(bodies).anyMatch(body -> body.claims().emergency());
        assertThat(bodies).anyMatch(body -> body.claims().expediteRequested());
        assertThat(bodies).anyMatch(body -> body.claims().feeWaiverRequested());
        assertThat(bodies).anyMatch(body -> !body.attachments().isEmpty());
    }

    @Test
    void another_seed_or_size_gives_another_set_of_valid_requests() {
        List<Sample> samples = SyntheticRequests.generate(7, 120, 100, 500);
        assertThat(bodies(samples)).hasSize(100);
        assertThat(rows(samples)).hasSize(500).allMatch(row -> row instanceof CsvRow.Accepted);
        assertThat(samples.getFirst().bytes())
                .isNotEqualTo(SyntheticRequests.shipped().getFirst().bytes());
        assertThat(SyntheticRequests.generate(7, 120, 100, 500).getLast().bytes())
                .isEqualTo(samples.getLast().bytes());
    }

    @Test
    void mails_have_short_ascii_headers_and_crlf() {
        for (Sample sample : SyntheticRequests.shipped()) {
            if (sample.kind() == Kind.MAIL) {
                String mail = new String(sample.bytes(), UTF_8);
                String head = mail.substring(0, mail.indexOf("\r\n\r\n"));
                assertThat(head).matches("(?s)\\p{ASCII}*").contains("Message-ID: <", "To: Avalon Public Records");
                assertThat(mail.replace("\r\n", "")).doesNotContain("\n", "\r");
                assertThat(head.lines()).allMatch(line -> line.length() <= 200);
            }
        }
    }

    @Test
    void every_mail_but_the_encrypted_one_is_read_without_repairs() {
        MailParser parser = new MailParser(() -> 0, Mailroom.EMPTY);
        Map<String, ParsedMail> mails = new HashMap<>();
        for (Sample sample : SyntheticRequests.shipped()) {
            if (sample.name().endsWith("mail-050.eml")) {
                assertThatThrownBy(() -> parser.parse(sample.bytes(), MailLimits.INTAKE))
                        .isInstanceOf(MailRefused.class)
                        .hasMessageContaining("encrypted");
            } else if (sample.kind() == Kind.MAIL) {
                mails.put(sample.name(), parser.parse(sample.bytes(), MailLimits.INTAKE));
            }
        }
        assertThat(mails.remove("synthetic/mail-034.eml"))
                .extracting(ParsedMail::text)
                .isEqualTo("");
        assertThat(mails).allSatisfy((name, mail) -> {
            assertThat(mail.text()).startsWith("To the records officer:").contains("Sincerely,");
            assertThat(mail.warnings()).as(name).isEmpty();
            assertThat(mail.kind()).isEqualTo(MailKind.REQUEST);
            assertThat(mail.mayAcknowledge()).isTrue();
        });
        assertThat(mails.values().stream().map(ParsedMail::messageId)).doesNotHaveDuplicates();
        assertThat(mails.values().stream()
                        .map(mail -> mail.from() + mail.subject() + mail.text())
                        .distinct())
                .hasSize(46);
    }

    @Test
    void all_shipped_sets_are_found_by_their_index() {
        List<Sample> all = Samples.all();
        assertThat(all.stream().filter(sample -> sample.name().startsWith("synthetic/")))
                .hasSize(92);
        List<Sample> portal =
                all.stream().filter(sample -> sample.kind() == Kind.NFP).toList();
        assertThat(portal).hasSize(3);
        assertThat(portal)
                .allSatisfy(
                        sample -> assertThat(NfpPayload.read(sample.bytes())).isInstanceOf(Reading.Accepted.class));
        assertThat(Samples.set("absent")).isEmpty();
    }

    private static String index() {
        return SyntheticRequests.shipped().stream()
                .map(sample -> sample.name().substring("synthetic/".length()) + "\n")
                .collect(Collectors.joining());
    }

    private static List<Submission> bodies(List<Sample> samples) {
        return samples.stream()
                .filter(sample -> sample.kind() == Kind.NATIVE_JSON)
                .map(sample -> NativeJson.read(sample.bytes()))
                .peek(reading -> assertThat(reading).isInstanceOf(Reading.Accepted.class))
                .map(reading -> ((Reading.Accepted) reading).submission())
                .toList();
    }

    private static List<CsvRow> rows(List<Sample> samples) {
        return samples.stream()
                .filter(sample -> sample.kind() == Kind.CSV)
                .flatMap(sample -> CsvUpload.read(sample.bytes(), CsvSettings.DETECT))
                .toList();
    }

    private static long fingerprints(List<Submission> submissions) {
        return submissions.stream()
                .map(submission -> Fingerprint.of(submission, "AV-PRL"))
                .distinct()
                .count();
    }
}
