package dev.lovage.records.channel;

import dev.lovage.records.channel.Violation.Code;
import dev.lovage.records.submission.Attachment;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// The fields of one JSON object, read by name. What is wrong goes to the findings under its JSON pointer, and reading
/// goes on; the fields that nobody asked for can be listed at the end.
final class JsonFields {
    /// Two files of 20 MB in base64, and the request around them.
    static final int BODY_BYTES_MAX = 96 * 1024 * 1024;

    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxStringLength(BODY_BYTES_MAX)
                            .maxNestingDepth(50)
                            .build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS, DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    private final ObjectNode object;
    private final String pointer;
    private final Findings findings;
    private final boolean lenient;
    private final Set<String> taken = new HashSet<>();

    /// @param lenient whether a number or boolean is taken for a text, with a warning
    private JsonFields(ObjectNode object, String pointer, Findings findings, boolean lenient) {
        this.object = object;
        this.pointer = pointer;
        this.findings = findings;
        this.lenient = lenient;
    }

    /// Parses a body; empty, with the reason among the findings, if it is no JSON object.
    static Optional<JsonFields> parse(byte[] body, Findings findings, boolean lenient) {
        if (body.length > BODY_BYTES_MAX) {
            findings.violation(
                    "",
                    Code.E_LIMIT,
                    "The body is " + body.length + " bytes long, and at most " + BODY_BYTES_MAX
                            + " are allowed. Nothing was accepted. Send large files apart from the request.");
            return Optional.empty();
        }
        try {
            if (MAPPER.readTree(body) instanceof ObjectNode object) {
                return Optional.of(new JsonFields(object, "", findings, lenient));
            }
            findings.violation(
                    "",
                    Code.E_TYPE,
                    "The body is JSON, but no object. Nothing was accepted. Send one object per request.");
        } catch (JacksonException e) {
            findings.violation(
                    "",
                    Code.E_JSON,
                    "The body is not JSON that can be read: line "
                            + e.getLocation().getLineNr() + ", column "
                            + e.getLocation().getColumnNr()
                            + ", is broken, or repeats a name. Nothing was accepted. Send UTF-8 JSON, each name once.");
        }
        return Optional.empty();
    }

    String at(String name) {
        return pointer + "/" + name.replace("~", "~0").replace("/", "~1");
    }

    JsonNode take(String name) {
        taken.add(name);
        return object.path(name);
    }

    boolean has(String name) {
        return present(object.path(name));
    }

    /// A text without surrounding blanks; empty if it is missing, null, blank or wrong.
    Optional<String> text(String name, int lengthMax) {
        JsonNode value = take(name);
        if (!present(value)) {
            return Optional.empty();
        }
        if (value.isString()) {
            return FieldRules.text(at(name), value.stringValue(), lengthMax, findings);
        }
        if (lenient && value.isValueNode()) {
            findings.warning(at(name), "W_TYPE", "Expected a string, found a " + kind(value) + "; its text was taken.");
            return FieldRules.text(at(name), value.asString(), lengthMax, findings);
        }
        wrongType(name, "a string", value);
        return Optional.empty();
    }

    Optional<String> line(String name) {
        return text(name, FieldRules.LINE_MAX);
    }

    /// A text that must be there; an empty string stands for it if it is not.
    String requiredText(String name, int lengthMax) {
        int before = findings.violations.size();
        Optional<String> text = text(name, lengthMax);
        if (text.isEmpty() && findings.violations.size() == before) {
            findings.violation(at(name), Code.E_REQUIRED, "This field is missing or blank, and it is required.");
        }
        return text.orElse("");
    }

    /// A JSON boolean; false if it is missing, null or wrong.
    boolean flag(String name) {
        JsonNode value = take(name);
        if (present(value) && !value.isBoolean()) {
            wrongType(name, "true or false", value);
            return false;
        }
        return value.asBoolean(false);
    }

    /// The objects of an array; none if it is missing or null.
    List<JsonFields> objects(String name) {
        JsonNode value = take(name);
        if (!present(value)
                || (lenient && value.isString() && value.stringValue().isBlank())) {
            return List.of();
        }
        if (!value.isArray()) {
            wrongType(name, "an array of objects", value);
            return List.of();
        }
        List<JsonFields> objects = new ArrayList<>();
        for (int i = 0; i < value.size(); i++) {
            if (value.get(i) instanceof ObjectNode element) {
                objects.add(new JsonFields(element, at(name) + "/" + i, findings, lenient));
            } else {
                findings.violation(
                        at(name) + "/" + i, Code.E_TYPE, "Expected an object, found a " + kind(value.path(i)) + ".");
            }
        }
        return objects;
    }

    /// The object of that name; empty if it is missing, null or wrong.
    Optional<JsonFields> object(String name) {
        JsonNode value = take(name);
        if (value instanceof ObjectNode found) {
            return Optional.of(new JsonFields(found, at(name), findings, lenient));
        }
        if (present(value)) {
            wrongType(name, "an object", value);
        }
        return Optional.empty();
    }

    /// A file given as `filename`, `content_type` and `filedata` in base64. A file without a name or type is kept as
    /// `unnamed` or `application/octet-stream`, with a warning.
    Optional<AttachedFile> file(Attachment.Role role) {
        String name = line("filename").orElseGet(() -> {
            findings.warning(at("filename"), "W_MISSING", "The file has no name; it is kept as \"unnamed\".");
            return "unnamed";
        });
        String mediaType =
                line("content_type").map(type -> type.toLowerCase(Locale.ROOT)).orElse("application/octet-stream");
        JsonNode data = take("filedata");
        if (!data.isString()) {
            if (present(data)) {
                wrongType("filedata", "base64 in a string", data);
            } else {
                findings.violation(at("filedata"), Code.E_REQUIRED, "The file has no content. Send it in base64.");
            }
            return Optional.empty();
        }
        return decoded(data.stringValue())
                .map(bytes -> new AttachedFile(Attachment.of(name, mediaType, bytes, role), bytes));
    }

    private Optional<byte[]> decoded(String base64) {
        try {
            return Optional.of(Base64.getDecoder().decode(base64.replaceAll("[ \\t\\r\\n]+", "")));
        } catch (IllegalArgumentException _) {
            findings.violation(
                    at("filedata"), Code.E_BASE64, "The content of the file is not base64 (RFC 4648). Encode it anew.");
            return Optional.empty();
        }
    }

    void wrongType(String name, String expected, JsonNode found) {
        findings.violation(at(name), Code.E_TYPE, "Expected " + expected + ", found a " + kind(found) + ".");
    }

    /// The fields that were not asked for, strings as text and everything else as JSON. Characters that can't be stored
    /// are replaced, since nobody asked for these fields.
    Map<String, String> rest() {
        Map<String, String> rest = new LinkedHashMap<>();
        object.properties().forEach(field -> {
            if (!taken.contains(field.getKey())) {
                JsonNode value = field.getValue();
                rest.put(
                        FieldRules.replaced(field.getKey()),
                        value.isString() ? FieldRules.replaced(value.stringValue()) : value.toString());
            }
        });
        return rest;
    }

    static boolean present(JsonNode value) {
        return !value.isMissingNode() && !value.isNull();
    }

    private static String kind(JsonNode value) {
        return value.getNodeType().name().toLowerCase(Locale.ROOT);
    }

    /// A file and its decoded content.
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    record AttachedFile(Attachment attachment, byte[] content) {}
}
