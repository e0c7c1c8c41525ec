package dev.lovage.records.channel;

import static org.assertj.core.api.Assertions.assertThat;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvRecord;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.dataformat.yaml.YAMLMapper;

class CsvCorpusTest {
    static Stream<Path> spectrum() {
        return files("csv/csv-spectrum/csvs");
    }

    static Stream<Path> boms() {
        return files("csv/bom");
    }

    static Stream<Path> specification() {
        return files("csv/fastcsv-spec").filter(file -> file.toString().endsWith(".yaml"));
    }

    @ParameterizedTest
    @MethodSource("spectrum")
    void a_csv_spectrum_file_gives_the_expected_json(Path file) throws IOException {
        String name = file.getFileName().toString().replace(".csv", ".json");
        JsonNode expected = JsonMapper.shared()
                .readTree(Files.readAllBytes(file.resolveSibling("../json").resolve(name)));
        List<List<String>> records = records(Files.readAllBytes(file));
        List<Map<String, String>> found = new ArrayList<>();
        for (List<String> record : records.subList(1, records.size())) {
            Map<String, String> row = new LinkedHashMap<>();
            for (int i = 0; i < record.size(); i++) {
                row.put(records.getFirst().get(i), record.get(i));
            }
            found.add(row);
        }
        assertThat(JsonMapper.shared().<JsonNode>valueToTree(found)).isEqualTo(expected);
    }

    @ParameterizedTest
    @MethodSource("boms")
    void a_byte_order_mark_is_understood_and_is_no_text(Path file) throws IOException {
        assertThat(records(Files.readAllBytes(file)))
                .containsExactly(List.of("foo", "\u00fc\u00dc\u00df"), List.of("123", "456"));
    }

    @ParameterizedTest
    @MethodSource("specification")
    void the_parser_as_we_set_it_keeps_the_specification(Path file) throws IOException {
        JsonNode specification = new YAMLMapper().readTree(Files.readAllBytes(file));
        boolean exceptionAllowed =
                specification.path("settings").path("exceptionAllowed").asBoolean(false);
        boolean skipsEmptyLines =
                specification.path("settings").path("skipEmptyLines").asBoolean(false);
        for (JsonNode check : specification.path("checks")) {
            for (String lineEnd : List.of("\n", "\r", "\r\n")) {
                try {
                    assertThat(records(spelled(check.path("input").asString(), lineEnd)
                                    .getBytes(StandardCharsets.UTF_8)))
                            .as(check.path("id").asString())
                            .isEqualTo(expected(check, skipsEmptyLines, lineEnd));
                } catch (CsvParseException e) {
                    assertThat(exceptionAllowed).as(check.path("id").asString()).isTrue();
                }
            }
        }
    }

    /// The expected records, without empty ones where the specification does not skip empty lines as we do.
    private static List<List<String>> expected(JsonNode check, boolean skipsEmptyLines, String lineEnd) {
        List<List<String>> records = new ArrayList<>();
        for (JsonNode record : check.path("records")) {
            List<String> fields = record.valueStream()
                    .map(field -> spelled(field.asString(), lineEnd))
                    .toList();
            if (skipsEmptyLines || !fields.equals(List.of(""))) {
                records.add(fields);
            }
        }
        return records;
    }

    private static String spelled(String text, String lineEnd) {
        return text.replace("\u23ce", lineEnd)
                .replace("\u2424", "\r\n")
                .replace('\u240d', '\r')
                .replace('\u240a', '\n')
                .replace('\u2420', ' ');
    }

    private static List<List<String>> records(byte[] upload) {
        List<List<String>> records = new ArrayList<>();
        CsvUpload.records(upload, CsvEncoding.of(upload, Optional.empty()), ',')
                .forEachRemaining((CsvRecord record) -> records.add(record.getFields()));
        return records;
    }

    private static Stream<Path> files(String folder) {
        try {
            Path path = Path.of(Objects.requireNonNull(CsvCorpusTest.class.getResource(folder))
                    .toURI());
            try (Stream<Path> files = Files.list(path)) {
                return files.sorted().toList().stream();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
