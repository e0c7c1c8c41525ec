package dev.lovage.archive.description;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.testkit.Seeds;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DatesTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1923|1923",
                "ca. 1923|1923~",
                "c. 1923|1923~",
                "circa 1923|1923~",
                "about March 1923|1923-03~",
                "[ca. 1923?]|1923%",
                "1923?|1923?",
                "[1923?]|1923?",
                "[1923]|1923",
                "March 1923|1923-03",
                "Sept. 1923|1923-09",
                "1923 March|1923-03",
                "12 March 1923|1923-03-12",
                "12th of March, 1923|1923-03-12",
                "March 12, 1923|1923-03-12",
                "1923 Mar 12|1923-03-12",
                "25/12/1923|1923-12-25",
                "12/25/1923|1923-12-25",
                "5.5.1923|1923-05-05",
                "1923/03/12|1923-03-12",
                "19230312|1923-03-12",
                "1923-1925|1923/1925",
                "1923 – 1925|1923/1925",
                "1923–25|1923/1925",
                "ca. 1920-1925|1920~/1925~",
                "1920-1925?|1920?/1925?",
                "from March 1923 to May 1924|1923-03/1924-05",
                "12 March 1923 - 14 March 1923|1923-03-12/1923-03-14",
                "192-|192X",
                "[192-?]|192X?",
                "19--|19XX",
                "1920s|192X",
                "circa the 1920s|192X~",
                "19th century|18XX",
                "Summer 1923|1923-22",
                "Fall 1923|1923-23"
            })
    void human_forms_become_edtf(String text, String edtf) {
        assertThat(Dates.read(text))
                .isInstanceOfSatisfying(
                        Dates.Reading.Normal.class,
                        normal -> assertThat(normal.edtf()).isEqualTo(edtf));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1923",
                "1923-03",
                "1923-03-12",
                "1923-03-12T10:20:30Z",
                "1923-03-12T10:20:30+05:30",
                "1923~",
                "1923-03?",
                "1923-03-12%",
                "192X",
                "19XX",
                "1923-XX",
                "1923-03-XX",
                "1923-XX-XX",
                "1923-22",
                "1923/1925",
                "1923-03/1924",
                "1923/..",
                "../1923",
                "1923/",
                "/1923",
                "1923~/1925?",
                "-0044",
                "Y170000002",
                "1924-02-29",
                "192X/1930"
            })
    void edtf_stays_as_it_is(String text) {
        assertThat(Edtf.valid(text)).isTrue();
        assertThat(Dates.read(text))
                .isInstanceOfSatisfying(
                        Dates.Reading.Normal.class,
                        normal -> assertThat(normal.edtf()).isEqualTo(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "3/12/1923",
                "03.12.1923",
                "3-12-1923",
                "3/12/23",
                "c1923",
                "©1923",
                "1900s",
                "1920-21",
                "1905–12",
                "1923-13",
                "1923-02-29",
                "30 February 1923",
                "1925-1923",
                "1925/1923",
                "undated",
                "n.d.",
                "before 1923",
                "between 1920 and 1925",
                "..",
                "../..",
                "/",
                "1923-00",
                "1923-XX-12",
                "0th century",
                "Meiji 12",
                "1923?~",
                "1923-03-12T25:00:00Z",
                "the year after the flood"
            })
    void what_has_no_or_two_readings_is_not_read(String text) {
        assertThat(Dates.read(text)).isInstanceOf(Dates.Reading.Unread.class);
    }

    @Test
    void a_month_that_may_be_a_range_is_read_with_a_doubt() {
        assertThat(Dates.read("1905-12")).isInstanceOfSatisfying(Dates.Reading.Normal.class, normal -> {
            assertThat(normal.edtf()).isEqualTo("1905-12");
            assertThat(normal.doubt())
                    .hasValueSatisfying(doubt -> assertThat(doubt).contains("1905/1912"));
        });
    }

    @Test
    void whatever_is_read_is_valid_and_reads_as_itself() {
        Random random = Seeds.random("DatesTest");
        String[] pieces = {
            "1923", "19", "-", "/", "?", "~", "X", "ca. ", "[", "]", " ", "March", "12", "s", "th", "3", " to ", "."
        };
        for (int round = 0; round < 20_000; round++) {
            var text = new StringBuilder();
            for (int i = random.nextInt(8); i >= 0; i--) {
                text.append(pieces[random.nextInt(pieces.length)]);
            }
            if (Dates.read(text.toString()) instanceof Dates.Reading.Normal normal) {
                assertThat(Edtf.valid(normal.edtf()))
                        .as("%s -> %s", text, normal)
                        .isTrue();
            }
        }
    }
}
