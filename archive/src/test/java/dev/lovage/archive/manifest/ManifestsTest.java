package dev.lovage.archive.manifest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.lovage.engine.json.Json;
import dev.lovage.testkit.Seeds;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

class ManifestsTest {
    private static final String MINIMAL = """
            {"scanner_model": "Model 9", "resolution_dpi": 400, "color_profile": "sRGB", "file_paths": ["a/1.tif"]}
            """;

    @Test
    void the_four_required_fields_are_enough_and_digests_are_left_to_the_first_touch() {
        var manifest = Manifests.read(bytes(MINIMAL));
        assertThat(manifest.id()).isEmpty();
        assertThat(manifest.generation()).isEqualTo(1);
        assertThat(manifest.scannerModel()).isEqualTo("Model 9");
        assertThat(manifest.resolutionDpi()).isEqualTo(400);
        assertThat(manifest.colorProfile()).isEqualTo("sRGB");
        assertThat(manifest.files()).singleElement().satisfies(file -> {
            assertThat(file.path()).isEqualTo("a/1.tif");
            assertThat(file.sha256()).isEmpty();
            assertThat(file.resolutionDpi()).isEqualTo(400);
            assertThat(file.role()).isEqualTo(ManifestFile.Role.MASTER);
        });
        assertThat(Manifests.check("batch-7", Json.read(bytes(MINIMAL))).id()).contains("batch-7");
    }

    @Test
    void a_manifest_with_every_field_is_read_whole() {
        var manifest = Manifests.read(bytes(full().toString()));
        assertThat(manifest.id()).contains("YY1Y16B002");
        assertThat(manifest.generation()).isEqualTo(2);
        assertThat(manifest.created()).contains(Instant.parse("2026-11-20T10:00:00Z"));
        assertThat(manifest.scannerId()).contains("lab-1");
        assertThat(manifest.settings().orElseThrow().path("source").stringValue())
                .isEqualTo("feeder");
        assertThat(manifest.files()).hasSize(4);
        assertThat(manifest.files().get(1).sequence()).contains(2);
        assertThat(manifest.files().get(1).pageLabel()).contains("iv");
        assertThat(manifest.files().get(1).resolutionDpi()).isEqualTo(600);
        assertThat(manifest.files().get(3).role()).isEqualTo(ManifestFile.Role.TARGET);
        assertThat(manifest.items()).hasSize(2);
        assertThat(manifest.items().get(0).files()).containsExactly("m/1.tif", "m/2.tif");
        assertThat(manifest.items()
                        .get(0)
                        .metadata()
                        .orElseThrow()
                        .path("title")
                        .stringValue())
                .isEqualTo("Letters");
        assertThat(manifest.digest()).matches("[0-9a-f]{64}");
    }

    @Test
    void the_digest_is_the_contents_and_not_the_white_spaces() {
        var manifest = Manifests.read(bytes(MINIMAL));
        var spaced = Manifests.read(bytes("""
                {"file_paths": ["a/1.tif"],
                 "scanner_model": "Model 9", "color_profile": "sRGB", "resolution_dpi": 400}"""));
        assertThat(spaced.digest()).isEqualTo(manifest.digest());
        assertThat(Manifests.read(bytes(MINIMAL.replace("400", "401"))).digest())
                .isNotEqualTo(manifest.digest());
    }

    @Test
    void a_manifest_travels_as_a_tasks_result() {
        var manifest = Manifests.read(bytes(full().toString()));
        Manifest back = Json.value(Json.read(Json.bytes(Json.tree(manifest))), Manifest.class);
        assertThat(back).isEqualTo(manifest);
    }

    @Test
    void every_field_of_the_published_schema_says_what_is_expected() {
        var schema = Json.read(Manifests.schema());
        assertThat(schema.path("required").size()).isEqualTo(4);
        assertThat(schema.path("$schema").stringValue()).contains("2020-12");
        for (var property : schema.path("properties").properties()) {
            var rule = property.getValue();
            var target =
                    rule.has("$ref") ? schema.at(rule.path("$ref").stringValue().substring(1)) : rule;
            assertThat(target.path("description").asString(""))
                    .as(property.getKey())
                    .isNotEmpty();
        }
    }

    static Stream<Arguments> broken() {
        return Stream.of(
                bad(
                        "nothing at all",
                        node -> node.removeAll(),
                        "/color_profile",
                        "/file_paths",
                        "/resolution_dpi",
                        "/scanner_model"),
                bad("wrong version", node -> node.put("schema_version", 2), "/schema_version"),
                bad("id with a blank", node -> node.put("id", "a b"), "/id", "/batch_code"),
                bad("id too long", node -> node.put("id", "a".repeat(65)), "/id", "/batch_code"),
                bad("two ids", node -> node.put("batch_code", "other"), "/batch_code"),
                bad("generation 0", node -> node.put("generation", 0), "/generation"),
                bad("generation 1.5", node -> node.put("generation", 1.5), "/generation"),
                bad("generation 2.0", node -> node.put("generation", 2.0), "/generation"),
                bad("time without offset", node -> node.put("created", "2026-11-20T10:00:00"), "/created"),
                bad("leap second", node -> node.put("deadline", "2016-12-31T23:59:60Z"), "/deadline"),
                bad("no model", node -> node.put("scanner_model", ""), "/scanner_model"),
                bad("null is a value", node -> node.putNull("project"), "/project"),
                bad("dpi as text", node -> node.put("resolution_dpi", "400"), "/resolution_dpi"),
                bad("dpi low", node -> node.put("resolution_dpi", 49), "/resolution_dpi"),
                bad("dpi high", node -> node.put("resolution_dpi", 6401), "/resolution_dpi"),
                bad("profile", node -> node.put("color_profile", "srgb"), "/color_profile"),
                bad("icc in upper case", node -> node.put("icc_sha256", "A".repeat(64)), "/icc_sha256"),
                bad("depth of another mode", node -> node.put("bit_depth", 8), "/bit_depth"),
                bad("depth of none", node -> node.put("bit_depth", 12), "/bit_depth"),
                bad("group4 in colour", node -> node.put("compression", "group4"), "/compression"),
                bad("unknown field", node -> node.put("resolution", 400), "/resolution"),
                bad("unknown field with a slash", node -> node.put("a/b", 400), "/a~1b"),
                bad("unknown field in a file", node -> file(node, 0).put("sha-256", ""), "/files/0/sha-256"),
                bad("paths no array", node -> node.put("file_paths", "m/1.tif"), "/file_paths"),
                bad("a path no text", node -> paths(node).set(3, 7), "/file_paths/3", "/files/3/path"),
                bad("absolute", node -> rename(node, 3, "/etc/passwd"), "/file_paths/3"),
                bad("up", node -> rename(node, 3, "m/../../x.tif"), "/file_paths/3"),
                bad("here", node -> rename(node, 3, "./x.tif"), "/file_paths/3"),
                bad("empty part", node -> rename(node, 3, "m//x.tif"), "/file_paths/3"),
                bad("folder", node -> rename(node, 3, "m/"), "/file_paths/3"),
                bad("drive", node -> rename(node, 3, "C:/x.tif"), "/file_paths/3"),
                bad("backslash", node -> rename(node, 3, "m\\x.tif"), "/file_paths/3"),
                bad("line feed", node -> rename(node, 3, "m/x\n.tif"), "/file_paths/3"),
                bad("not NFC", node -> rename(node, 3, "m/e\u0301.tif"), "/file_paths/3"),
                bad("long part", node -> rename(node, 3, "é".repeat(128)), "/file_paths/3"),
                bad("zero character", node -> rename(node, 3, "m/x\0.tif"), "/file_paths/3", "/files/3/path"),
                bad("same but for case", node -> rename(node, 3, "M/1.TIF"), "/file_paths/3"),
                bad("a file as folder", node -> rename(node, 3, "m/1.tif/x"), "/file_paths/3"),
                bad("a path twice", node -> paths(node).add("m/1.tif"), "/file_paths/4", "/expected/files"),
                bad(
                        "an entry twice",
                        node -> files(node).add(file(node, 3).deepCopy()),
                        "/files/4/path",
                        "/expected/bytes"),
                bad("not described", node -> files(node).remove(3), "/file_paths/3", "/expected/bytes"),
                bad("not listed", node -> paths(node).remove(3), "/files/3/path", "/expected/files"),
                bad("a file without digest", node -> file(node, 0).remove("sha256"), "/files/0/sha256"),
                bad("an empty file", node -> file(node, 0).put("sha256", sha256OfNothing()), "/files/0/sha256"),
                bad("size 0", node -> file(node, 3).put("size", 0), "/files/3/size", "/expected/bytes"),
                bad(
                        "uuid of version 1",
                        node -> file(node, 0).put("file_uuid", "7d444840-9dc0-11d1-b245-5ffdce74fad2"),
                        "/files/0/file_uuid"),
                bad("role", node -> file(node, 3).put("role", "copy"), "/files/3/role"),
                bad(
                        "action by nobody",
                        node -> file(node, 0).putObject("crop").put("at", "2026-11-20T10:00:00Z"),
                        "/files/0/crop/by"),
                bad(
                        "by hand, by whom",
                        node -> file(node, 0)
                                .putObject("crop")
                                .put("by", "manual")
                                .put("at", "2026-11-20T10:00:00Z"),
                        "/files/0/crop/operator_ref"),
                bad("gap", node -> file(node, 1).put("sequence", 3), "/files/1/sequence"),
                bad("begins at two", node -> file(node, 2).put("sequence", 2), "/files/2/sequence"),
                bad("repeat", node -> file(node, 1).put("sequence", 1), "/files/1/sequence"),
                bad("some without", node -> file(node, 1).remove("sequence"), "/files/1/sequence"),
                bad("pixels do not fit", node -> file(node, 0).put("width", 1000), "/files/0/size"),
                bad("fewer files", node -> expected(node).put("files", 5), "/expected/files"),
                bad("fewer bytes", node -> expected(node).put("bytes", 1), "/expected/bytes"),
                bad("item twice", node -> item(node, 1).put("item_id", "i-1"), "/items/1/item_id"),
                bad(
                        "dangling file",
                        node -> itemFiles(node, 1).set(0, "m/9.tif"),
                        "/items/1/files/0",
                        "/files/2",
                        "/items/1/pages_expected"),
                bad("a file in two items", node -> itemFiles(node, 1).add("m/1.tif"), "/items/1/files/1"),
                bad("pages", node -> item(node, 0).put("pages_expected", 3), "/items/0/pages_expected"),
                bad("own parent", node -> item(node, 0).put("parent", "i-1"), "/items/0/parent"),
                bad(
                        "parents in a ring",
                        node -> {
                            item(node, 0).put("parent", "i-2");
                            item(node, 1).put("parent", "i-1");
                        },
                        "/items/0/parent"),
                bad(
                        "reference outside",
                        node -> item(node, 0).put("metadata_ref", "../m.csv"),
                        "/items/0/metadata_ref"),
                bad(
                        "metadata within metadata",
                        node -> ((ObjectNode) item(node, 0).path("metadata")).putObject("creator"),
                        "/items/0/metadata/creator"),
                bad("calibration failed", node -> calibration(node).put("passed", false), "/calibration/passed"),
                bad(
                        "calibration old",
                        node -> calibration(node).put("measured_at", "2026-11-18T09:00:00Z"),
                        "/calibration/measured_at"),
                bad(
                        "nothing to do",
                        node -> {
                            node.remove("settings");
                            node.remove("files");
                            node.remove("items");
                            node.remove("expected");
                            node.putArray("file_paths");
                        },
                        "/settings"),
                bad("source", node -> ((ObjectNode) node.path("settings")).put("source", "tray"), "/settings/source"),
                bad("callback", node -> node.put("callback_url", "file:///etc/passwd"), "/callback_url"),
                bad(
                        "schema and cross rules at once",
                        node -> {
                            node.put("resolution_dpi", 1);
                            node.put("colour", "x");
                            file(node, 1).put("sequence", 9);
                            expected(node).put("files", 99);
                        },
                        "/colour",
                        "/expected/files",
                        "/files/1/sequence",
                        "/resolution_dpi"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("broken")
    void each_bad_manifest_lists_exactly_its_faults(String what, ObjectNode manifest, List<String> pointers) {
        assertThat(faults(() -> Manifests.read(Json.bytes(manifest))).violations())
                .as(what)
                .extracting(Violation::pointer)
                .containsExactlyInAnyOrderElementsOf(pointers);
        assertThat(faults(() -> Manifests.check("YY1Y16B002", manifest)).violations())
                .as("parsed before")
                .extracting(Violation::pointer)
                .containsAll(pointers);
    }

    @Test
    void the_message_names_found_expected_and_what_became_of_the_batch() {
        var manifest = full();
        manifest.put("resolution_dpi", 7).put("scaner_model", "x");
        assertThat(faults(() -> Manifests.read(Json.bytes(manifest))))
                .hasMessageContaining("2 violations. Nothing of the batch was taken in.")
                .hasMessageContaining(
                        "\n/resolution_dpi: Found 7; expected a whole number of dots per inch from 50 to 6400.")
                .hasMessageContaining("\n/scaner_model: There is no field of this name here. The nearest known one is"
                        + " scanner_model.");
        manifest.remove("color_profile");
        assertThat(faults(() -> Manifests.read(Json.bytes(manifest))))
                .hasMessageContaining("/color_profile: This field is missing; expected one of sRGB, ");
    }

    static Stream<Arguments> unreadable() {
        return Stream.of(
                arguments("", "", "empty"),
                arguments("  \n", "", "empty"),
                arguments("[]", "", "array of 0"),
                arguments("\"text\"", "", "expected an object"),
                arguments("{\"a\": 1, \"a\": 2}", "/a", "twice at line 1"),
                arguments("{\"files\": [{\"path\": \"a\", \"path\": \"b\"}]}", "/files/0/path", "twice"),
                arguments(MINIMAL + "x", "", "follows the end"),
                arguments(MINIMAL + "{}", "", "follows the end"),
                arguments("{\"resolution_dpi\": NaN}", "/resolution_dpi", "not JSON"),
                arguments("{\"resolution_dpi\": 07}", "/resolution_dpi", "not JSON"),
                arguments("{\"a\": 'b'}", "/a", "not JSON"),
                arguments("{\"a\": 1", "/a", "not JSON"),
                arguments("{\"a\": " + "[".repeat(40) + "]".repeat(40) + "}", "", "beyond the limits"),
                arguments("{\"resolution_dpi\": " + "9".repeat(1_001) + "}", "", "beyond the limits"));
    }

    @ParameterizedTest
    @MethodSource("unreadable")
    void what_is_no_json_is_refused_with_its_place(String json, String pointer, String message) {
        assertThat(faults(() -> Manifests.read(bytes(json))).violations())
                .singleElement()
                .satisfies(violation -> {
                    assertThat(violation.pointer()).isEqualTo(pointer);
                    assertThat(violation.message()).contains(message);
                });
    }

    @Test
    void other_encodings_are_refused_and_a_byte_order_mark_is_not() {
        for (var charset : List.of(StandardCharsets.UTF_16LE, StandardCharsets.UTF_16BE, StandardCharsets.UTF_32BE)) {
            assertThat(faults(() -> Manifests.read(MINIMAL.getBytes(charset)))).hasMessageContaining("as UTF-8");
        }
        assertThat(faults(
                        () -> Manifests.read(MINIMAL.replace("Model", "Modèle").getBytes(StandardCharsets.ISO_8859_1))))
                .hasMessageContaining("is no UTF-8");
        assertThat(Manifests.read(bytes("\uFEFF" + MINIMAL)).resolutionDpi()).isEqualTo(400);
    }

    @Test
    void half_a_character_is_refused_wherever_it_stands() {
        assertThat(pointers(MINIMAL.replace("Model", "\\ud800"))).containsExactly("/scanner_model");
        assertThat(pointers(MINIMAL.replace("{", "{\"metadata\": {\"\\udc00\": \"x\"}, ")))
                .singleElement()
                .satisfies(pointer -> assertThat(pointer).startsWith("/metadata"));
    }

    @Test
    void a_batch_that_is_still_to_be_captured_has_settings_and_no_files() {
        var manifest = Manifests.check("b-1", Json.read(bytes("""
                {"scanner_model": "Model 9", "resolution_dpi": 300, "color_profile": "none", "file_paths": [],
                 "settings": {"source": "platen", "region": {"width": 2550, "height": 3300, "unit": "1/300 inch"}}}""")));
        assertThat(manifest.files()).isEmpty();
        assertThat(manifest.settings()).isPresent();
    }

    @Test
    void a_task_that_calls_the_batch_otherwise_is_refused() {
        assertThat(faults(() -> Manifests.check("B003", full())).violations())
                .extracting(Violation::pointer)
                .containsExactly("/id");
        assertThat(faults(() -> Manifests.check("../x", Json.read(bytes(MINIMAL))))
                        .violations())
                .extracting(Violation::pointer)
                .containsExactly("/id");
        assertThat(faults(() -> Manifests.check("b", Json.read(bytes(MINIMAL.replace("400", "NaN")))))
                        .violations())
                .extracting(Violation::pointer)
                .containsExactly("/resolution_dpi");
    }

    @Test
    void the_calibration_policy_counts_hours_and_pages() {
        var strict = new CalibrationPolicy(true, Duration.ofHours(1), 2);
        assertThat(faults(() -> Manifests.read(Json.bytes(full()), strict)).violations())
                .extracting(Violation::pointer)
                .containsExactlyInAnyOrder("/calibration/measured_at", "/calibration");
        assertThat(faults(() -> Manifests.read(bytes(MINIMAL), strict)).violations())
                .extracting(Violation::pointer)
                .containsExactly("/calibration");
        assertThatThrownBy(() -> new CalibrationPolicy(false, Duration.ZERO, 1))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void a_hundred_thousand_files_are_read_and_one_more_is_refused() {
        var manifest = many(Manifests.FILES_MAX);
        assertThat(Manifests.read(Json.bytes(manifest)).files()).hasSize(Manifests.FILES_MAX);
        assertThat(pointers(many(Manifests.FILES_MAX + 1).toString())).contains("/file_paths", "/files");
    }

    @Test
    void of_very_many_violations_the_first_are_listed_and_the_others_counted() {
        var manifest = (ObjectNode) Json.read(bytes(MINIMAL));
        var array = manifest.putArray("file_paths");
        for (int i = 0; i < 500_000; i++) {
            array.add(0);
        }
        var rejected = faults(() -> Manifests.read(Json.bytes(manifest)));
        assertThat(rejected.violations()).hasSize(Manifests.VIOLATIONS_MAX);
        assertThat(rejected.unlisted()).isEqualTo(500_001 - Manifests.VIOLATIONS_MAX);
        assertThat(rejected).hasMessageContaining("The manifest has 500001 violations.");
    }

    @Test
    void more_values_than_any_batch_has_are_refused_before_they_fill_the_memory() {
        var json = new byte[20_000_000];
        Arrays.fill(json, (byte) '0');
        for (int i = 2; i < json.length; i += 2) {
            json[i] = ',';
        }
        json[0] = '[';
        assertThat(faults(() -> Manifests.read(json))).hasMessageContaining("beyond the limits");
        assertThat(faults(() -> Manifests.read(new byte[Manifests.SIZE_MAX + 1])))
                .hasMessageContaining("Split");
    }

    @Test
    void whatever_the_bytes_are_a_manifest_is_read_or_rejected() {
        Random random = Seeds.random("ManifestsTest");
        byte[] good = Json.bytes(full());
        for (int round = 0; round < 3_000; round++) {
            byte[] bytes = round % 10 == 0 ? noise(random) : mutated(good, random);
            try {
                assertThat(Manifests.read(bytes).digest()).hasSize(64);
            } catch (ManifestRejected e) {
                assertThat(e.violations()).isNotEmpty();
            }
        }
    }

    @Test
    void whatever_a_value_is_replaced_by_a_manifest_is_read_or_rejected() {
        Random random = Seeds.random("ManifestsTest, values");
        for (int round = 0; round < 2_000; round++) {
            var manifest = full();
            replaceOne(manifest, random);
            try {
                assertThat(Manifests.check("YY1Y16B002", manifest).files()).isNotNull();
            } catch (ManifestRejected e) {
                assertThat(e.violations()).isNotEmpty();
            }
        }
    }

    private static void replaceOne(JsonNode within, Random random) {
        List<ObjectNode> objects = new ArrayList<>();
        collect(within, objects);
        ObjectNode object = objects.get(random.nextInt(objects.size()));
        var names = new ArrayList<>(object.propertyNames());
        String name = names.get(random.nextInt(names.size()));
        switch (random.nextInt(9)) {
            case 0 -> object.putNull(name);
            case 1 -> object.put(name, random.nextLong());
            case 2 -> object.put(name, Double.longBitsToDouble(random.nextLong()));
            case 3 -> object.put(name, new java.math.BigInteger("9".repeat(400)));
            case 4 -> object.put(name, "");
            case 5 -> object.putArray(name).add(true);
            case 6 -> object.putObject(name).put("a", 1);
            case 7 -> object.put(name, "2026-02-30T24:61:60+99:99");
            default -> object.remove(name);
        }
    }

    private static void collect(JsonNode node, List<ObjectNode> objects) {
        if (node instanceof ObjectNode object && !object.isEmpty()) {
            objects.add(object);
        }
        node.forEach(child -> collect(child, objects));
    }

    private static byte[] noise(Random random) {
        var bytes = new byte[random.nextInt(200)];
        random.nextBytes(bytes);
        return bytes;
    }

    private static byte[] mutated(byte[] good, Random random) {
        byte[] bytes = good.clone();
        for (int i = random.nextInt(4); i >= 0; i--) {
            bytes[random.nextInt(bytes.length)] = random.nextBoolean()
                    ? (byte) "{}[]\",:0e.-\\un".charAt(random.nextInt(14))
                    : (byte) random.nextInt(256);
        }
        return random.nextInt(5) == 0 ? Arrays.copyOf(bytes, random.nextInt(bytes.length)) : bytes;
    }

    private static ObjectNode many(int count) {
        var manifest = (ObjectNode) Json.read(bytes(MINIMAL));
        ArrayNode paths = manifest.putArray("file_paths");
        ArrayNode files = manifest.putArray("files");
        for (int i = 1; i <= count; i++) {
            paths.add("m/" + i + ".tif");
            files.addObject()
                    .put("path", "m/" + i + ".tif")
                    .put("sha256", "%064x".formatted(i))
                    .put("size", 17_000_000)
                    .put("sequence", Math.min(i, 100_000))
                    .put("captured_at", "2026-11-20T08:00:00Z");
        }
        return manifest;
    }

    private interface Change {
        void in(ObjectNode manifest);
    }

    private static Arguments bad(String what, Change change, String... pointers) {
        var manifest = full();
        change.in(manifest);
        return arguments(what, manifest, List.of(pointers));
    }

    private static ObjectNode full() {
        try (var in = Objects.requireNonNull(ManifestsTest.class.getResourceAsStream("full.json"))) {
            return (ObjectNode) Json.read(in.readAllBytes());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static void rename(ObjectNode manifest, int file, String path) {
        paths(manifest).set(file, path);
        file(manifest, file).put("path", path);
    }

    private static ArrayNode paths(ObjectNode manifest) {
        return (ArrayNode) manifest.path("file_paths");
    }

    private static ArrayNode files(ObjectNode manifest) {
        return (ArrayNode) manifest.path("files");
    }

    private static ObjectNode file(ObjectNode manifest, int index) {
        return (ObjectNode) manifest.path("files").path(index);
    }

    private static ObjectNode item(ObjectNode manifest, int index) {
        return (ObjectNode) manifest.path("items").path(index);
    }

    private static ArrayNode itemFiles(ObjectNode manifest, int index) {
        return (ArrayNode) item(manifest, index).path("files");
    }

    private static ObjectNode expected(ObjectNode manifest) {
        return (ObjectNode) manifest.path("expected");
    }

    private static ObjectNode calibration(ObjectNode manifest) {
        return (ObjectNode) manifest.path("calibration");
    }

    private static String sha256OfNothing() {
        return "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    }

    private static List<String> pointers(String json) {
        return faults(() -> Manifests.read(bytes(json))).violations().stream()
                .map(Violation::pointer)
                .toList();
    }

    private static ManifestRejected faults(org.assertj.core.api.ThrowableAssert.ThrowingCallable reading) {
        return Optional.ofNullable(catchThrowableOfType(ManifestRejected.class, reading))
                .orElseThrow();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }
}
