package dev.lovage.records.pii;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PersonalDataTest {
    private final PersonalData personalData = new PersonalData(new Pseudonyms(new byte[32]));

    static List<String> labelled() throws IOException {
        try (var stream = PersonalDataTest.class.getResourceAsStream("labelled.txt")) {
            assertThat(stream).isNotNull();
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .toList();
        }
    }

    @ParameterizedTest
    @MethodSource("labelled")
    void finds_exactly_what_is_labelled(String line) {
        var expected = new ArrayList<String>();
        var text = new StringBuilder();
        var rest = line;
        for (var open = rest.indexOf("{{"); open >= 0; open = rest.indexOf("{{")) {
            text.append(unescaped(rest.substring(0, open)));
            var colon = rest.indexOf(':', open);
            var close = rest.indexOf("}}", open);
            var start = length(text);
            text.append(unescaped(rest.substring(colon + 1, close)));
            expected.add(rest.substring(open + 2, colon) + " " + start + "-" + length(text));
            rest = rest.substring(close + 2);
        }
        text.append(unescaped(rest));
        var spans = personalData.separate(text.toString(), MaskingPolicy.ALL).spans();
        assertThat(spans.stream().map(span -> span.type() + " " + span.start() + "-" + span.end()))
                .containsExactlyElementsOf(expected);
    }

    @Test
    void masks_each_class_and_keeps_the_last_four_of_a_card() {
        var copy = personalData.separate(
                "123-45-6789, 4111 1111 1111 1234 no, 4111 1111 1111 1111, dob 01/02/1980, 202-555-0143.",
                MaskingPolicy.ALL);
        assertThat(copy.masked())
                .isEqualTo("[SSN], 4111 1111 1111 1234 no, [CARD 1111], dob [DATE OF BIRTH], [PHONE].");
    }

    @Test
    void keeps_phone_numbers_in_a_body_and_still_lists_them() {
        var copy = personalData.separate("call 202-555-0143", MaskingPolicy.BODY);
        assertThat(copy.masked()).isEqualTo("call 202-555-0143");
        assertThat(copy.spans())
                .singleElement()
                .satisfies(span -> assertThat(span.type()).isEqualTo(PersonalClass.PHONE));
    }

    @Test
    void a_disguised_address_has_the_pseudonym_of_the_plain_one() {
        assertThat(personalData
                        .separate("Ja\u200BNE\uFF20example.org", MaskingPolicy.BODY)
                        .masked())
                .isEqualTo(personalData
                        .separate("jane@example.org", MaskingPolicy.BODY)
                        .masked())
                .startsWith("[EMAIL ");
    }

    @Test
    void says_how_sure_it_is() {
        assertThat(confidence("123-45-6789")).isEqualTo(Confidence.VALIDATED);
        assertThat(confidence("ssn 123456789")).isEqualTo(Confidence.CONTEXTUAL);
        assertThat(confidence("4111111111111111")).isEqualTo(Confidence.VALIDATED);
        assertThat(confidence("born 01/02/1980")).isEqualTo(Confidence.CONTEXTUAL);
        assertThat(confidence("jane@example.org")).isEqualTo(Confidence.PATTERN);
        assertThat(confidence("2025550143")).isEqualTo(Confidence.PATTERN);
        assertThat(confidence("phone 2025550143")).isEqualTo(Confidence.CONTEXTUAL);
    }

    @Test
    void context_counts_within_forty_characters_only() {
        assertThat(personalData
                        .separate("ssn" + " ".repeat(37) + "123456789", MaskingPolicy.ALL)
                        .spans())
                .hasSize(1);
        assertThat(personalData
                        .separate("ssn" + " ".repeat(38) + "123456789", MaskingPolicy.ALL)
                        .spans())
                .isEmpty();
    }

    @Test
    void no_value_stands_in_a_span_or_in_the_printed_copy() {
        var copy = personalData.separate("ssn 123-45-6789 card 4111111111111111 jane@example.org", MaskingPolicy.ALL);
        assertThat(copy.toString()).doesNotContain("6789", "411111", "jane");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1",
                "1-",
                "a.@",
                "123-45-",
                "(",
                "+",
                "+1 ",
                "@",
                "a@",
                "a.",
                "a@a.",
                "4",
                "4111 ",
                "202-555-0143 ",
                "jan 1, ",
                "dob 01/02/1980 ",
                "<",
                "1<b",
                "\u200B",
                "=\n",
                "1\u200B",
                "123-45-6789 ",
                "x@example.org ",
                " ",
                "\n",
                "ssn "
            })
    void a_megabyte_of_anything_takes_linear_time(String unit) {
        var copy = personalData.separate(unit.repeat(1_000_000 / unit.length()), MaskingPolicy.ALL);
        assertThat(copy.masked()).isNotNull();
    }

    @Test
    void spans_are_in_order_and_never_overlap() {
        var seed = 1936L;
        System.out.println("seed " + seed);
        var random = new Random(seed);
        var pieces = List.of(
                "123-45-6789",
                "4111111111111111",
                "jane@example.org",
                "202-555-0143",
                "born 01/02/1980",
                " ",
                "\n",
                ", ",
                "-",
                "x",
                "\u200B",
                "7",
                "\uD83D\uDE00",
                "e\u0301");
        for (var round = 0; round < 5_000; round++) {
            var text = new StringBuilder();
            for (var i = random.nextInt(12); i >= 0; i--) {
                text.append(pieces.get(random.nextInt(pieces.size())));
            }
            var copy = personalData.separate(text.toString(), MaskingPolicy.ALL);
            var end = 0;
            for (var span : copy.spans()) {
                assertThat(span.start()).isGreaterThanOrEqualTo(end);
                end = span.end();
            }
            var codePoints = Normalizer.normalize(text, Normalizer.Form.NFC)
                    .codePointCount(
                            0, Normalizer.normalize(text, Normalizer.Form.NFC).length());
            assertThat(end).isLessThanOrEqualTo(codePoints);
        }
    }

    private Confidence confidence(String text) {
        return personalData.separate(text, MaskingPolicy.ALL).spans().getFirst().confidence();
    }

    private static int length(CharSequence text) {
        var normal = Normalizer.normalize(text, Normalizer.Form.NFC);
        return normal.codePointCount(0, normal.length());
    }

    private static String unescaped(String text) {
        var result = new StringBuilder();
        for (var i = 0; i < text.length(); i++) {
            if (text.startsWith("\\n", i)) {
                result.append('\n');
                i++;
            } else if (text.startsWith("\\u", i)) {
                result.append((char) Integer.parseInt(text.substring(i + 2, i + 6), 16));
                i += 5;
            } else {
                result.append(text.charAt(i));
            }
        }
        return result.toString();
    }
}
