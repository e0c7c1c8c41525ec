package dev.lovage.engine.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

class JsonTest {
    enum Level {
        LOW,
        High
    }

    record Scan(
            Path filePath,
            String expectedSHA256,
            Level level,
            Optional<String> note,
            Instant takenAt,
            Duration tookTime,
            List<Long> sizes,
            Map<String, Boolean> flags) {}

    record Folder(String name, List<File> files) {}

    record File(String name, InputStream stream) {}

    record Twice(int aB, int a_b) {}

    static final Scan SCAN = new Scan(
            Path.of("/a/ü.tif"),
            "00ff",
            Level.High,
            Optional.empty(),
            Instant.parse("2026-02-03T04:05:06Z"),
            Duration.ofMillis(1500),
            List.of(1L, 1L << 40),
            Map.of("ok", true));

    static String text(Object value) {
        return new String(Json.bytes(Json.tree(value)), StandardCharsets.UTF_8);
    }

    static JsonNode node(String json) {
        return Json.read(json.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void writes_a_record_with_the_names_and_forms_that_python_expects() {
        assertThat(text(SCAN))
                .isEqualTo("{\"file_path\":\"/a/ü.tif\",\"expected_sha256\":\"00ff\",\"level\":\"High\",\"note\":null,"
                        + "\"taken_at\":\"2026-02-03T04:05:06.000000+00:00\",\"took_time\":1.5,"
                        + "\"sizes\":[1,1099511627776],\"flags\":{\"ok\":true}}");
    }

    @Test
    void reads_back_the_record_it_wrote_and_passes_over_unknown_keys() {
        assertThat(Json.<Scan>value(node(text(SCAN).replaceFirst("\\{", "{\"new\":1,")), Scan.class))
                .isEqualTo(SCAN);
    }

    @Test
    void writes_ascii_when_asked() {
        assertThat(new String(Json.ascii(Json.tree("ü😀")), StandardCharsets.UTF_8))
                .isEqualToIgnoringCase("\"\\u00fc\\ud83d\\ude00\"");
        assertThat(Json.read(Json.ascii(Json.tree("ü😀"))).stringValue()).isEqualTo("ü😀");
    }

    @Test
    void carries_half_a_surrogate_pair_as_python_does_for_undecodable_file_names() {
        JsonNode name = node("\"a\\udc80.tif\"");
        assertThat(Json.read(Json.ascii(name))).isEqualTo(name);
        assertThat(Json.read(Json.bytes(name))).isEqualTo(name);
    }

    @Test
    void carries_the_number_tokens_of_python() {
        assertThat(text(List.of(Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 0.1, 1e20, 1.0)))
                .isEqualTo("[NaN,Infinity,-Infinity,0.1,1.0E20,1.0]");
        assertThat(Json.<Object>value(node("[NaN, Infinity, -Infinity, 1e-07]"), Object.class))
                .isEqualTo(List.of(Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 1e-7));
    }

    @Test
    void carries_integers_of_any_size_up_to_the_limit() {
        BigInteger big = BigInteger.TEN.pow(998).negate();
        BigInteger tooBig = BigInteger.TEN.pow(1000);
        assertThat(Json.<BigInteger>value(Json.read(Json.bytes(Json.tree(big))), BigInteger.class))
                .isEqualTo(big);
        assertThatExceptionOfType(NotJson.class)
                .isThrownBy(() -> Json.tree(tooBig))
                .withMessageContaining("more than 1000 digits");
    }

    @Test
    void instants_have_six_digits_and_lose_what_is_finer() {
        assertThat(text(Instant.parse("2026-02-03T04:05:06.123456789Z")))
                .isEqualTo("\"2026-02-03T04:05:06.123456+00:00\"");
    }

    @Test
    void reads_instants_in_every_form_that_travels() {
        Instant half = Instant.parse("2026-02-03T04:05:06.500Z");
        for (String form : List.of(
                "2026-02-03T04:05:06.5Z",
                "2026-02-03T04:05:06.500000",
                "2026-02-03 04:05:06.500+00:00",
                "2026-02-03T05:05:06.500000+01:00",
                "2026-02-03T05:05:06.500000+0100",
                "2026-02-03t04:05:06.500000000z")) {
            assertThat(Json.<Instant>value(Json.tree(form), Instant.class))
                    .as(form)
                    .isEqualTo(half);
        }
    }

    @Test
    void refuses_instants_that_python_has_no_years_for() {
        assertThatExceptionOfType(NotJson.class).isThrownBy(() -> Json.tree(Instant.MAX));
        for (String form : List.of("2026-02-30T00:00:00Z", "2026-02-03", "+10000-01-01T00:00:00Z", "soon", "")) {
            assertThatIllegalArgumentException().as(form).isThrownBy(() -> Json.value(Json.tree(form), Instant.class));
        }
    }

    @Test
    void understands_the_typed_envelopes_of_kombu() {
        assertThat(Json.<Instant>value(envelope("datetime", "\"2026-01-02T03:04:05+00:00\""), Instant.class))
                .isEqualTo("2026-01-02T03:04:05Z");
        assertThat(Json.<LocalDate>value(envelope("date", "\"2026-01-02\""), LocalDate.class))
                .isEqualTo("2026-01-02");
        assertThat(Json.<LocalTime>value(envelope("time", "\"03:04:05.000006\""), LocalTime.class))
                .isEqualTo("03:04:05.000006");
        assertThat(Json.<BigDecimal>value(envelope("decimal", "\"1.10\""), BigDecimal.class))
                .isEqualTo(new BigDecimal("1.10"));
        UUID uuid = UUID.fromString("0d2cbe5c-7f5b-4d1c-8e5a-0f1d2c3b4a59");
        assertThat(Json.<UUID>value(
                        envelope("uuid", "{\"hex\":\"0d2cbe5c7f5b4d1c8e5a0f1d2c3b4a59\",\"version\":4}"), UUID.class))
                .isEqualTo(uuid);
        assertThat(Json.<byte[]>value(envelope("bytes", "\"ü\""), byte[].class))
                .isEqualTo("ü".getBytes(StandardCharsets.UTF_8));
        assertThat(Json.<byte[]>value(envelope("base64", "\"AP8=\""), byte[].class))
                .isEqualTo(new byte[] {0, -1});
        assertThat(Json.<Object>value(envelope("uuid", "{\"hex\":\"" + uuid + "\"}"), Object.class))
                .isEqualTo(uuid);
        assertThat(Json.<Object>value(envelope("date", "\"never\""), Object.class))
                .isEqualTo(Map.of("__type__", "date", "__value__", "never"));
    }

    static JsonNode envelope(String type, String value) {
        return node("{\"__type__\":\"" + type + "\",\"__value__\":" + value + "}");
    }

    @Test
    void bytes_go_only_where_someone_said_base64() {
        byte[] bytes = {0, -1};
        assertThatExceptionOfType(NotJson.class)
                .isThrownBy(() -> Json.tree(Map.of("scan", bytes)))
                .withMessageContaining("$.scan")
                .withMessageContaining("byte[]")
                .withMessageContaining("Json.base64");
        assertThat(Json.<byte[]>value(Json.read(Json.bytes(Json.base64(bytes))), byte[].class))
                .isEqualTo(bytes);
    }

    @Test
    void keeps_maps_from_looking_like_envelopes() {
        assertThatExceptionOfType(NotJson.class)
                .isThrownBy(() -> Json.tree(Map.of("__type__", "x", "__value__", 1)))
                .withMessageContaining("kombu");
        assertThatExceptionOfType(NotJson.class).isThrownBy(() -> Json.tree(envelope("mine", "1")));
        assertThat(Json.tree(envelope("date", "\"2026-01-02\""))).isEqualTo(envelope("date", "\"2026-01-02\""));
    }

    @Test
    void names_the_path_the_type_and_the_way_out() {
        Folder folder = new Folder(
                "f",
                List.of(
                        new File("a", InputStream.nullInputStream()),
                        new File("b", new ByteArrayInputStream(new byte[0]))));
        assertThatExceptionOfType(NotJson.class)
                .isThrownBy(() -> Json.tree(folder))
                .satisfies(e -> assertThat(e.path()).isEqualTo("$.files[0].stream"))
                .withMessageContaining("InputStream")
                .withMessageContaining("a reference (a path or an object key)")
                .withMessageContaining("Nothing was sent");
        assertThatExceptionOfType(NotJson.class)
                .isThrownBy(() -> Json.tree(Map.of(1, 2)))
                .withMessageContaining("Map<String, …>");
        assertThatExceptionOfType(NotJson.class)
                .isThrownBy(() -> Json.tree(List.of(1.5f)))
                .withMessageContaining("$[0]")
                .withMessageContaining("Use double");
        assertThatExceptionOfType(NotJson.class)
                .isThrownBy(() -> Json.tree(new Twice(1, 2)))
                .withMessageContaining("a_b");
    }

    @Test
    void refuses_a_list_that_contains_itself() {
        List<Object> list = new ArrayList<>();
        list.add(list);
        assertThatExceptionOfType(NotJson.class)
                .isThrownBy(() -> Json.tree(list))
                .withMessageContaining("nested deeper")
                .satisfies(e -> assertThat(e.path()).hasSizeLessThan(100));
    }

    @Test
    void what_it_makes_at_the_greatest_depth_it_also_reads() {
        Object deep = 1;
        for (int i = 0; i < Json.NESTING_MAX - 20; i++) {
            deep = List.of(deep);
        }
        JsonNode tree = Json.tree(deep);
        assertThat(Json.read(Json.bytes(tree))).isEqualTo(tree);
        Object deeper = List.of(deep);
        assertThatExceptionOfType(NotJson.class).isThrownBy(() -> Json.tree(deeper));
    }

    @Test
    void refuses_hostile_input() {
        for (String json : List.of(
                "",
                " ",
                "{\"a\":1,\"a\":2}",
                "[1] 2",
                "[1",
                "1".repeat(1001),
                "[".repeat(201) + "]".repeat(201),
                "{a:1}",
                "['a']",
                "// c\n1")) {
            assertThatExceptionOfType(JacksonException.class).as(json).isThrownBy(() -> node(json));
        }
        assertThatExceptionOfType(JacksonException.class)
                .isThrownBy(() -> Json.read(new byte[] {'"', (byte) 0xFF, '"'}));
    }

    @Test
    void says_every_place_where_json_does_not_fit_and_quotes_none_of_it() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Json.value(node("{\"name\":\"078-05-1120\",\"sizes\":[\"x\"]}"), Scan.class))
                .withMessageContaining("at '/file_path' there is nothing")
                .withMessageContaining("at '/sizes/0' there is a string of 1 character")
                .withMessageContaining("at '/taken_at'")
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("078-05"));
    }

    @Test
    void reads_enums_in_any_case_and_nulls_only_where_they_may_be() {
        assertThat(Json.<Level>value(node("\"low\""), Level.class)).isEqualTo(Level.LOW);
        assertThat(Json.<Level>value(node("\"High\""), Level.class)).isEqualTo(Level.High);
        assertThatIllegalArgumentException().isThrownBy(() -> Json.value(node("\"mid\""), Level.class));
        assertThat(Json.<String>value(node("null"), String.class)).isNull();
        assertThat(Json.<Void>value(node("1"), Void.class)).isNull();
        assertThat(Json.<JsonNode>value(node("null"), JsonNode.class).isNull()).isTrue();
    }

    @Test
    void durations_are_seconds_of_either_sign() {
        for (Duration duration : List.of(
                Duration.ZERO,
                Duration.ofNanos(-1),
                Duration.ofMillis(-1500),
                Duration.ofDays(9999).plusNanos(1000))) {
            assertThat(Json.<Duration>value(Json.read(Json.bytes(Json.tree(duration))), Duration.class))
                    .isEqualTo(duration);
        }
        for (String json : List.of("1e19", "NaN", "Infinity", "\"1\"", "true")) {
            assertThatIllegalArgumentException().as(json).isThrownBy(() -> Json.value(node(json), Duration.class));
        }
    }

    @Test
    void reads_lists_that_cannot_be_changed_and_may_hold_nulls() {
        Object list = Json.<Object>value(node("[null, {\"a\": [1, 2.5]}]"), Object.class);
        List<Object> expected = new ArrayList<>(Collections.singletonList(null));
        expected.add(Map.of("a", List.of(1, 2.5)));
        assertThat(list)
                .isEqualTo(expected)
                .asInstanceOf(InstanceOfAssertFactories.LIST)
                .isUnmodifiable();
    }

    @Test
    void uris_and_decimals_travel_as_strings() {
        assertThat(text(List.of(URI.create("s3://b/k"), new BigDecimal("1.10"))))
                .isEqualTo("[\"s3://b/k\",\"1.10\"]");
        assertThat(Json.<BigDecimal>value(node("0.1"), BigDecimal.class)).isEqualTo("0.1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Json.value(Json.tree("1".repeat(1001)), BigDecimal.class));
        assertThatExceptionOfType(NotJson.class).isThrownBy(() -> Json.tree(new BigDecimal("1".repeat(1001))));
    }
}
