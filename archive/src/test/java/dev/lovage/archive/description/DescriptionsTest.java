package dev.lovage.archive.description;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lovage.archive.xml.Schemas;
import dev.lovage.engine.json.Json;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DescriptionsTest {
    private static final String CSV = """
            Identifier,Title,Author,Date,Language,Keywords,Shelfmark,Box colour,Publisher
            L-1,"Letters, from the harbour","Moreno, Ada",ca. 1923,English; German,Harbours;Ships,YY 1/1,red,City Archive
            L-2,Plan of the mill,,3/12/1923,Trade talk,Mills,,,

            L-3,Minutes of the council|Second part,Clerk,12 March 1923,deu,,,,
            """;

    @Test
    void a_csv_file_becomes_records_with_each_change_recorded() throws IOException {
        var read = Descriptions.csv(bytes(CSV));
        assertThat(read.original()).isEqualTo(bytes(CSV));
        assertThat(read.originalSha256()).hasSize(64);
        assertThat(read.records()).hasSize(3);
        var letters = read.records().getFirst();
        assertThat(letters.row()).isEqualTo(2);
        assertThat(letters.texts(Field.DATE)).containsExactly("1923~");
        assertThat(letters.texts(Field.LANGUAGE)).containsExactly("eng", "deu");
        assertThat(letters.texts(Field.SUBJECT)).containsExactly("Harbours", "Ships");
        assertThat(letters.texts(Field.CALL_NUMBER)).containsExactly("YY 1/1");
        assertThat(letters.changes())
                .contains(
                        new Change("Date", "ca. 1923", "1923~", "circa"),
                        new Change("Language", "English; German", "English", "one of several values"),
                        new Change("Language", "German", "deu", "ISO 639-3 code"));
        assertThat(letters.findings()).singleElement().satisfies(finding -> {
            assertThat(finding.field()).isEqualTo("Box colour");
            assertThat(finding.value()).isEqualTo("red");
            assertThat(finding.message()).contains("original only");
        });
        assertThat(read.records().get(2).texts(Field.TITLE)).containsExactly("Minutes of the council", "Second part");
        for (var record : read.records()) {
            valid(record);
        }
    }

    @Test
    void what_cannot_be_normalised_is_kept_and_reported() throws IOException {
        var mill = Descriptions.csv(bytes(CSV)).records().get(1);
        assertThat(mill.texts(Field.DATE)).containsExactly("3/12/1923");
        assertThat(mill.texts(Field.LANGUAGE)).containsExactly("Trade talk");
        assertThat(mill.changes()).isEmpty();
        assertThat(mill.findings()).extracting(Finding::value).containsExactly("3/12/1923", "Trade talk");
        assertThat(text(mill.dublinCore())).contains("<dc:date>3/12/1923</dc:date>", "<dc:language>Trade talk<");
        assertThat(text(mill.mods()))
                .contains("<dateCreated>3/12/1923</dateCreated>", "<languageTerm type=\"text\">Trade talk<");
        valid(mill);
    }

    @Test
    void mods_says_which_dates_and_languages_are_coded() throws IOException {
        var letters = Descriptions.csv(bytes(CSV)).records().getFirst();
        assertThat(text(letters.mods()))
                .contains(
                        "<dateCreated encoding=\"edtf\">1923~</dateCreated>",
                        "<languageTerm type=\"code\" authority=\"iso639-2b\">ger</languageTerm>",
                        "<shelfLocator>YY 1/1</shelfLocator>",
                        "<publisher>City Archive</publisher>");
        assertThat(text(letters.dublinCore()))
                .contains("<dc:creator>Moreno, Ada</dc:creator>", "<dc:date>1923~</dc:date>", "<dc:language>deu<");
        assertThat(letters.mods())
                .isEqualTo(Descriptions.csv(bytes(CSV)).records().getFirst().mods());
    }

    @Test
    void every_field_makes_valid_documents() throws IOException {
        var all = Json.object();
        for (Field field : Field.values()) {
            all.putArray(field.name().toLowerCase(java.util.Locale.ROOT))
                    .add("<a> & \"b\" ]]>")
                    .add("1923");
        }
        var record = Descriptions.json(all).records().getFirst();
        assertThat(record.values()).hasSize(Field.values().length);
        valid(record);
    }

    @Test
    void json_is_read_as_objects_of_texts_numbers_and_arrays() throws IOException {
        var json = bytes("""
                [{"dc:title": "Letters", "dcterms.created": 1923, "subject": ["Ships", "Mills"], "creator": {"name": "Ada"}},
                 {"Title": "  Minutes ", "lang": "en-US"}]
                """);
        var read = Descriptions.json(json);
        assertThat(read.original()).isEqualTo(json);
        var first = read.records().getFirst();
        assertThat(first.texts(Field.DATE)).containsExactly("1923");
        assertThat(first.texts(Field.SUBJECT)).containsExactly("Ships", "Mills");
        assertThat(first.findings()).extracting(Finding::field).containsExactly("creator");
        assertThat(read.records().get(1).texts(Field.TITLE)).containsExactly("Minutes");
        assertThat(read.records().get(1).texts(Field.LANGUAGE)).containsExactly("eng");
        valid(first);
    }

    @Test
    void characters_that_xml_cannot_hold_are_replaced_and_reported() throws IOException {
        var record = Descriptions.json(Json.object().put("title", "a\u0001b\uD800c\uFFFFd e\u0301"))
                .records()
                .getFirst();
        assertThat(record.texts(Field.TITLE)).containsExactly("a\uFFFDb\uFFFDc\uFFFDd é");
        assertThat(record.changes()).extracting(Change::rule).hasSize(2);
        assertThat(record.findings()).hasSize(1);
        valid(record);
    }

    @Test
    void a_record_without_title_and_a_row_of_another_length_are_findings() throws IOException {
        var records =
                Descriptions.csv(bytes("title,date\nA,1923,x\nB\n,1924\n")).records();
        assertThat(records.get(0).findings()).extracting(Finding::value).containsExactly("x");
        assertThat(records.get(1).findings())
                .singleElement()
                .satisfies(finding -> assertThat(finding.message()).contains("1 values"));
        assertThat(records.get(2).findings())
                .singleElement()
                .satisfies(finding -> assertThat(finding.message()).contains("no title"));
        valid(records.get(2));
    }

    @ParameterizedTest
    @ValueSource(strings = {"title;date\nA, b;1923\n", "title\tdate\nA, b\t1923\n", "title|date\nA, b|1923\n"})
    void the_delimiter_is_the_one_that_finds_the_columns(String csv) {
        var record = Descriptions.csv(bytes(csv)).records().getFirst();
        assertThat(record.texts(Field.TITLE)).containsExactly("A, b");
        assertThat(record.texts(Field.DATE)).containsExactly("1923");
    }

    @Test
    void utf_16_with_its_mark_is_read_and_latin_1_is_refused() {
        assertThat(Descriptions.csv(CSV.getBytes(UTF_16)).records()).hasSize(3);
        assertThat(Descriptions.csv(bytes("\uFEFF" + CSV)).records()).hasSize(3);
        assertThatThrownBy(() -> Descriptions.csv("title\nMühle\n".getBytes(ISO_8859_1)))
                .isInstanceOf(DescriptionRejected.class)
                .hasMessageContaining("Save the file as UTF-8");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a,b\n1,2\n", "title\n\"open", "title\n\"a\"b\n"})
    void csv_that_cannot_be_read_is_rejected(String csv) {
        assertThatThrownBy(() -> Descriptions.csv(bytes(csv)))
                .isInstanceOf(DescriptionRejected.class)
                .hasMessageContaining("No description was made");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "7", "[1]", "{\"a\": 1, \"a\": 2}", "{\"a\": ", "{} x", "[[{}]]"})
    void json_that_cannot_be_read_is_rejected(String json) {
        assertThatThrownBy(() -> Descriptions.json(bytes(json))).isInstanceOf(DescriptionRejected.class);
    }

    @Test
    void what_is_too_large_is_rejected() {
        var large = new byte[Descriptions.SIZE_MAX + 1];
        Arrays.fill(large, (byte) 'a');
        assertThatThrownBy(() -> Descriptions.csv(large)).hasMessageContaining("at most");
        assertThatThrownBy(() -> Descriptions.csv(bytes("title\n" + "a\n".repeat(Descriptions.RECORDS_MAX + 1))))
                .hasMessageContaining("more than");
        assertThatThrownBy(() -> Descriptions.csv(bytes("title\n" + "a".repeat(70_000) + "\n")))
                .isInstanceOf(DescriptionRejected.class);
    }

    @ParameterizedTest
    @CsvSource({
        "German,deu,ger",
        "ger,deu,ger",
        "deu,deu,ger",
        "de,deu,ger",
        "Deutsch,deu,ger",
        "de-AT,deu,ger",
        "FRENCH,fra,fre",
        "français,fra,fre",
        "Ancient Greek,grc,grc",
        "Hawaiian,haw,haw",
        "Latin,lat,lat",
        "zxx,zxx,zxx",
        "Montenegrin,cnr,cnr",
        "zh_Hant,zho,chi"
    })
    void languages_are_found_by_code_and_by_name(String text, String code, String bibliographic) {
        assertThat(Languages.of(text)).hasValueSatisfying(language -> {
            assertThat(language.code()).isEqualTo(code);
            assertThat(language.bibliographic()).contains(bibliographic);
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Klingonese", "english german", "xx", "qqq", "germ"})
    void what_is_no_language_is_none(String text) {
        assertThat(Languages.of(text)).isEmpty();
    }

    private static void valid(Description record) throws IOException {
        assertThat(Schemas.DUBLIN_CORE.violations(new ByteArrayInputStream(record.dublinCore())))
                .as(text(record.dublinCore()))
                .isEmpty();
        assertThat(Schemas.MODS.violations(new ByteArrayInputStream(record.mods())))
                .as(text(record.mods()))
                .isEmpty();
    }

    private static String text(byte[] bytes) {
        return new String(bytes, UTF_8);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }
}
