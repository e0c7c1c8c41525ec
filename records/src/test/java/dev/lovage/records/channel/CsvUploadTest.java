package dev.lovage.records.channel;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.lovage.records.channel.Violation.Code;
import dev.lovage.records.submission.Submission;
import dev.lovage.records.submission.Warning;
import java.io.ByteArrayOutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CsvUploadTest {
    private static final String HEADER = "external_id,email,request_description\n";

    @Test
    void rows_carry_their_first_physical_line() {
        List<CsvRow> rows = rows("E-Mail,Request,Component,Note\r\n"
                + "a@example.org,\"Minutes\r\nof \"\"May\"\", 2026\",Clerk,blue\r\n\r\nb@example.org,Budget,,\r\n");
        assertThat(rows).hasSize(2).allMatch(row -> row instanceof CsvRow.Accepted);
        Submission first = submission(rows.getFirst());
        assertThat(rows).extracting(CsvRow::row).containsExactly(2L, 5L);
        assertThat(first.description()).isEqualTo("Minutes\r\nof \"May\", 2026");
        assertThat(first.componentName()).contains("Clerk");
        assertThat(first.extra()).isEqualTo(Map.of("Note", "blue"));
        assertThat(first.channelRef()).matches("[0-9a-f]{64}:2");
        assertThat(submission(rows.getLast()).extra()).isEmpty();
    }

    @Test
    void every_byte_order_mark_and_a_declared_encoding_give_the_same_rows() {
        String text = "external_id;email;description\n1;a@example.org;Caf\u00e9 inspections\n";
        Map<String, Charset> marks = Map.of(
                "efbbbf", UTF_8,
                "feff", StandardCharsets.UTF_16BE,
                "fffe", StandardCharsets.UTF_16LE,
                "0000feff", StandardCharsets.UTF_32BE,
                "fffe0000", StandardCharsets.UTF_32LE);
        marks.forEach((mark, charset) -> {
            var bytes = new ByteArrayOutputStream();
            bytes.writeBytes(HexFormat.of().parseHex(mark));
            bytes.writeBytes(text.getBytes(charset));
            // The mark beats a declaration.
            assertOneCafe(bytes.toByteArray(), declared(StandardCharsets.US_ASCII));
        });
        assertOneCafe(text.getBytes(StandardCharsets.UTF_16LE), CsvSettings.DETECT);
        assertOneCafe(text.getBytes(StandardCharsets.UTF_16BE), CsvSettings.DETECT);
        assertOneCafe(text.getBytes(Charset.forName("windows-1252")), declared(Charset.forName("windows-1252")));
    }

    private static void assertOneCafe(byte[] upload, CsvSettings settings) {
        List<CsvRow> rows = CsvUpload.read(upload, settings).toList();
        assertThat(rows).hasSize(1);
        assertThat(submission(rows.getFirst()).description()).isEqualTo("Caf\u00e9 inspections");
    }

    private static CsvSettings declared(Charset charset) {
        return new CsvSettings(Optional.of(charset), Optional.empty(), Optional.empty());
    }

    @Test
    void a_file_in_another_encoding_is_rejected_whole_with_the_line() {
        byte[] upload = (HEADER + "1,a@example.org,Minutes\n2,a@example.org,Caf\u00e9\n")
                .getBytes(Charset.forName("windows-1252"));
        assertThat(CsvUpload.read(upload, CsvSettings.DETECT)).singleElement().satisfies(row -> {
            assertThat(row.row()).isEqualTo(3);
            assertThat(violations(row).getFirst().code()).isEqualTo(Code.E_ENCODING);
            assertThat(violations(row).getFirst().message()).contains("declare its encoding");
        });
    }

    @Test
    void the_delimiter_is_found_by_the_header_or_declared() {
        for (String delimiter : List.of(",", ";", "\t", "|")) {
            String text = "email^description\na@example.org^\"a, b; c| d\"\n".replace("^", delimiter);
            assertThat(submission(rows(text).getFirst()).description()).isEqualTo("a, b; c| d");
        }
        var declared = new CsvSettings(Optional.empty(), Optional.of('^'), Optional.empty());
        assertThat(submission(CsvUpload.read("email^description\na@example.org^Minutes".getBytes(UTF_8), declared)
                                .toList()
                                .getFirst())
                        .description())
                .isEqualTo("Minutes");
    }

    @Test
    void a_bad_row_is_rejected_with_all_its_reasons_and_the_next_is_read() {
        List<CsvRow> rows = rows("external_id,email,description,expedite,max_fee,category,component\n"
                + "1,nobody,,perhaps,much,king,Moon\n"
                + "2,a@example.org,Minutes\n"
                + "3,a@example.org,Minutes,YES,\"$1,250.00\",journalist,clerk\n"
                + "4,,Minutes,,,,\n"
                + "5,a@example.org," + "x".repeat(10_001) + ",,,,\n"
                + "6,a@example.org," + "x".repeat(70_000) + ",,,,\n"
                + "7,a@example.org,Minutes,,,,\n");
        assertThat(rows)
                .extracting(CsvUploadTest::outcome)
                .containsExactly(
                        "2 [E_COMPONENT_UNKNOWN agency_component_name, E_EMAIL email, E_REQUIRED request_description,"
                                + " E_ENUM request_category, E_AMOUNT fee_amount_willing, E_ENUM expedited_processing]",
                        "3 [E_FIELD_COUNT ]",
                        "4 accepted",
                        "5 [E_REQUIRED email]",
                        "6 [E_LENGTH request_description]",
                        "7 [E_LENGTH request_description]",
                        "8 accepted");
        Submission third = submission(rows.get(2));
        assertThat(third.channelRef()).isEqualTo("external:3");
        assertThat(third.claims().expediteRequested()).isTrue();
        assertThat(third.claims().feeAmountWillingUsd().orElseThrow()).isEqualByComparingTo("1250");
    }

    @Test
    void an_id_that_an_earlier_row_has_is_rejected() {
        assertThat(
                        rows(
                                HEADER
                                        + "1,a@example.org,Minutes\n,a@example.org,Budget\n,a@example.org,Budget\n1,b@example.org,Maps\n"))
                .extracting(CsvUploadTest::outcome)
                .containsExactly("2 accepted", "3 accepted", "4 accepted", "5 [E_DUP_IN_FILE external_id]");
    }

    @Test
    void a_stray_quotation_mark_ends_the_file_and_says_so() {
        assertThat(rows(HEADER + "1,a@example.org,Minutes\n2,a@example.org,\"open\n3,a@example.org,x\n"))
                .extracting(CsvUploadTest::outcome)
                .containsExactly("2 accepted", "3 [E_UNCLOSED_QUOTE ]");
        assertThat(rows(HEADER + "1,a@example.org,\"Minutes\" of May\n2,a@example.org,x\n"))
                .extracting(CsvUploadTest::outcome)
                .containsExactly("2 [E_QUOTE ]");
        assertThat(rows(HEADER + "1,a@example.org," + "x".repeat(2_000_000) + "\n2,a@example.org,x\n"))
                .extracting(CsvUploadTest::outcome)
                .containsExactly("2 [E_LIMIT ]");
    }

    @Test
    void a_header_that_is_not_understood_rejects_the_file() {
        for (String text : List.of(
                "", "\n", "a,b\n1,2\n", "email,description,request\nx,y,z\n", "x,".repeat(300) + "description\n")) {
            assertThat(rows(text)).extracting(CsvUploadTest::outcome).containsExactly("1 [E_HEADER ]");
        }
    }

    @Test
    void rows_beyond_the_limit_are_not_read() {
        String text = "email,description\n" + "a@example.org,M\n".repeat(CsvUpload.ROWS_MAX + 5);
        List<CsvRow> rows = rows(text);
        assertThat(rows).hasSize(CsvUpload.ROWS_MAX + 1);
        assertThat(outcome(rows.getLast())).isEqualTo((CsvUpload.ROWS_MAX + 2) + " [E_LIMIT ]");
    }

    @Test
    void a_formula_is_taken_as_text_with_a_warning() {
        List<CsvRow> rows = rows("email,description,phone\na@example.org,=HYPERLINK(1),+1 202 555 0143\n");
        assertThat(submission(rows.getFirst()).description()).isEqualTo("=HYPERLINK(1)");
        assertThat(submission(rows.getFirst()).warnings())
                .extracting(Warning::field, Warning::code)
                .containsExactly(tuple("request_description", "E_FORMULA"));
    }

    private static List<CsvRow> rows(String text) {
        var settings = new CsvSettings(Optional.empty(), Optional.empty(), Optional.of(Set.of("Clerk")));
        return CsvUpload.read(text.getBytes(UTF_8), settings).toList();
    }

    private static Submission submission(CsvRow row) {
        assertThat(row).isInstanceOf(CsvRow.Accepted.class);
        return ((CsvRow.Accepted) row).submission();
    }

    private static List<Violation> violations(CsvRow row) {
        return row instanceof CsvRow.Rejected rejected ? rejected.violations() : List.of();
    }

    private static String outcome(CsvRow row) {
        return row.row() + " "
                + (row instanceof CsvRow.Accepted
                        ? "accepted"
                        : violations(row).stream()
                                .map(violation -> violation.code() + " " + violation.field())
                                .toList());
    }
}
