package dev.lovage.archive.manifest;

import dev.lovage.custody.ledger.CanonicalJson;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Reads the manifest of a batch. One that breaks rules is refused with all of them at once: first the bytes and the
/// JSON, where the first fault hides what follows; then together the published schema and the rules between fields
/// ([CrossRules]).
public final class Manifests {
    /// Bytes of one manifest.
    public static final int SIZE_MAX = 64 * 1024 * 1024;

    /// Files of one batch.
    public static final int FILES_MAX = 100_000;

    /// Violations that are listed; what is beyond them is counted.
    public static final int VIOLATIONS_MAX = 1_000;

    static final int DEPTH_MAX = 32;

    /// Twenty fields for each of the most files that a batch has, with their names; a tree of so many takes 300 MB.
    private static final int TOKENS_MAX = 6_000_000;

    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(DEPTH_MAX)
                            .maxTokenCount(TOKENS_MAX)
                            .maxNameLength(1_000)
                            .maxStringLength(70_000)
                            .build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .disable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS) // refused here, with the place
            .build();

    private Manifests() {}

    /// Reads with [CalibrationPolicy#DEFAULT].
    ///
    /// @throws ManifestRejected naming everything that is wrong
    public static Manifest read(byte[] json) {
        return read(json, CalibrationPolicy.DEFAULT);
    }

    /// Reads a manifest.
    ///
    /// @param json UTF-8, at most [#SIZE_MAX] bytes
    /// @throws ManifestRejected naming everything that is wrong
    public static Manifest read(byte[] json, CalibrationPolicy calibration) {
        return checked(Optional.empty(), parsed(json), calibration);
    }

    /// Checks with [CalibrationPolicy#DEFAULT].
    ///
    /// @throws ManifestRejected naming everything that is wrong
    public static Manifest check(String batchId, JsonNode manifest) {
        return check(batchId, manifest, CalibrationPolicy.DEFAULT);
    }

    /// Checks a manifest that came parsed, as the argument of a task.
    ///
    /// @param batchId what the caller knows the batch by; an id in the manifest must be equal
    /// @throws ManifestRejected naming everything that is wrong
    public static Manifest check(String batchId, JsonNode manifest, CalibrationPolicy calibration) {
        return checked(Optional.of(batchId), manifest, calibration);
    }

    /// The published JSON Schema (2020-12) of a manifest.
    ///
    /// @return UTF-8
    public static byte[] schema() {
        return ManifestSchema.bytes();
    }

    private static JsonNode parsed(byte[] json) {
        if (json.length > SIZE_MAX) {
            throw Findings.rejected(
                    "",
                    "The manifest is " + json.length + " bytes long, and at most " + SIZE_MAX
                            + " are allowed. Split the batch.");
        }
        refuseOtherEncodings(json);
        try (JsonParser parser = MAPPER.createParser(json)) {
            JsonNode tree = tree(parser);
            refuseMore(parser);
            return tree;
        }
    }

    private static JsonNode tree(JsonParser parser) {
        try {
            if (parser.nextToken() == null) {
                throw Findings.rejected("", "The manifest is empty; expected one JSON object.");
            }
            return MAPPER.readTree(parser);
        } catch (StreamConstraintsException e) {
            throw Findings.rejected(
                    "",
                    "The manifest is beyond the limits" + place(parser) + ": " + e.getOriginalMessage()
                            + ". Split the batch, or shorten what is too long.");
        } catch (JacksonException e) {
            throw Findings.rejected(
                    parser.streamReadContext().pathAsPointer().toString(),
                    "This is not JSON, or a name stands here twice" + place(parser) + ": " + e.getOriginalMessage());
        }
    }

    private static void refuseMore(JsonParser parser) {
        boolean more;
        try {
            more = parser.nextToken() != null;
        } catch (JacksonException _) {
            more = true;
        }
        if (more) {
            throw Findings.rejected("", "Text follows the end of the JSON object" + place(parser) + "; expected none.");
        }
    }

    private static String place(JsonParser parser) {
        var place = parser.currentLocation();
        return " at line " + place.getLineNr() + ", column " + place.getColumnNr();
    }

    /// Jackson would guess other encodings of Unicode by their zero bytes, and mend what is broken.
    private static void refuseOtherEncodings(byte[] json) {
        var decoder = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        ByteBuffer in = ByteBuffer.wrap(json);
        CharBuffer out = CharBuffer.allocate(8192);
        while (in.hasRemaining()) {
            out.clear();
            var result = decoder.decode(in, out, true);
            if (result.isError()) {
                throw Findings.rejected(
                        "", "The byte at " + in.position() + " is no UTF-8. Save the manifest as UTF-8.");
            }
        }
        for (int i = 0; i < json.length; i++) {
            if (json[i] == 0) {
                throw Findings.rejected(
                        "", "The byte at " + i + " is zero, as in UTF-16 or UTF-32. Save the manifest as UTF-8.");
            }
        }
    }

    private static Manifest checked(Optional<String> batchId, JsonNode tree, CalibrationPolicy calibration) {
        if (!tree.isObject()) {
            throw Findings.rejected("", "Found " + ManifestSchema.shown(tree) + "; expected an object.");
        }
        var findings = new Findings();
        if (Values.tooDeep(tree, DEPTH_MAX)) {
            throw Findings.rejected("", "More than " + DEPTH_MAX + " levels are nested; a manifest has 5.");
        }
        Values.check(tree, findings);
        // The validator fails on fractions beyond a long, and all of them are found by now.
        ManifestSchema.check(findings.any() ? Values.withoutFractions(tree) : tree, findings);
        new CrossRules(tree, findings).check(batchId, calibration);
        if (findings.any()) {
            throw findings.rejected();
        }
        return typed(batchId, tree);
    }

    private static Manifest typed(Optional<String> batchId, JsonNode tree) {
        int resolution = tree.path("resolution_dpi").intValue();
        return new Manifest(
                batchId.or(() -> Fields.text(tree, "id")).or(() -> Fields.text(tree, "batch_code")),
                Fields.small(tree, "generation").orElse(1),
                Fields.instant(tree, "created"),
                Fields.text(tree, "scanner_id"),
                tree.path("scanner_model").stringValue(),
                resolution,
                tree.path("color_profile").stringValue(),
                Fields.text(tree, "color_mode"),
                Fields.small(tree, "bit_depth"),
                Fields.text(tree, "compression"),
                Fields.object(tree, "settings"),
                files(tree, resolution),
                items(tree),
                Fields.object(tree, "metadata"),
                Fields.text(tree, "metadata_ref"),
                tree,
                sha256(CanonicalJson.bytes(tree)));
    }

    private static List<ManifestFile> files(JsonNode tree, int resolution) {
        Map<String, JsonNode> described = new HashMap<>();
        for (JsonNode file : tree.path("files")) {
            described.put(file.path("path").stringValue(), file);
        }
        List<ManifestFile> files = new ArrayList<>();
        for (String path : Fields.texts(tree, "file_paths")) {
            JsonNode file = described.getOrDefault(path, MAPPER.missingNode());
            files.add(new ManifestFile(
                    path,
                    Fields.text(file, "sha256"),
                    Fields.whole(file, "size"),
                    Fields.small(file, "sequence"),
                    Fields.text(file, "page_label"),
                    Fields.text(file, "side"),
                    Fields.text(file, "role")
                            .map(role -> ManifestFile.Role.valueOf(role.toUpperCase(Locale.ROOT)))
                            .orElse(ManifestFile.Role.MASTER),
                    Fields.small(file, "resolution_dpi").orElse(resolution),
                    Fields.small(file, "width"),
                    Fields.small(file, "height"),
                    Fields.instant(file, "captured_at")));
        }
        return files;
    }

    private static List<ManifestItem> items(JsonNode tree) {
        List<ManifestItem> items = new ArrayList<>();
        for (JsonNode item : tree.path("items")) {
            items.add(new ManifestItem(
                    item.path("item_id").stringValue(),
                    Fields.text(item, "call_number"),
                    Fields.text(item, "title"),
                    Fields.text(item, "level"),
                    Fields.text(item, "parent"),
                    Fields.small(item, "pages_expected"),
                    Fields.texts(item, "files"),
                    Fields.text(item, "rights_uri"),
                    Fields.object(item, "metadata"),
                    Fields.text(item, "metadata_ref")));
        }
        return items;
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256.", e);
        }
    }
}
