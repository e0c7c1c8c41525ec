package dev.lovage.archive.manifest;

import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import tools.jackson.core.JsonPointer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Compares a manifest with the published schema. Each part of the schema describes what it expects; the messages are
/// made of these descriptions.
final class ManifestSchema {
    private static final String FILE = "batch-manifest-1.schema.json";
    private static final int SHOWN_MAX = 80;
    private static final JsonNode DOCUMENT = read();
    private static final Schema SCHEMA = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
            .getSchema(DOCUMENT);

    private ManifestSchema() {}

    /// The schema as it is published, UTF-8.
    static byte[] bytes() {
        try (InputStream in = Objects.requireNonNull(ManifestSchema.class.getResourceAsStream(FILE), FILE)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JsonNode read() {
        return JsonMapper.shared().readTree(bytes());
    }

    static void check(JsonNode manifest, Findings findings) {
        var errors = new FirstErrors();
        SCHEMA.validate(manifest, context -> {
            context.executionConfig(config -> config.formatAssertionsEnabled(true));
            context.setErrors(errors);
        });
        for (Error error : errors.first) {
            tell(error, findings);
        }
        findings.addUnlisted(errors.left);
    }

    private static void tell(Error error, Findings findings) {
        String at = error.getInstanceLocation().toString();
        // The last step of the location is the keyword; what it stands in is described.
        JsonPointer place =
                JsonPointer.compile(error.getSchemaLocation().getFragment().toString());
        JsonPointer parent = Objects.requireNonNullElse(place.head(), JsonPointer.empty());
        JsonNode rule = DOCUMENT.at(parent);
        switch (error.getKeyword()) {
            case "required" ->
                findings.addFirst(
                        at + "/" + escaped(error.getProperty()),
                        "This field is missing; expected "
                                + description(rule.path("properties").path(error.getProperty())) + ".");
            case "additionalProperties" ->
                findings.addFirst(
                        at + "/" + escaped(error.getProperty()),
                        "There is no field of this name here. The nearest known one is "
                                + nearest(
                                        error.getProperty(),
                                        rule.path("properties").propertyNames())
                                + ".");
            default ->
                findings.addFirst(
                        at, "Found " + shown(error.getInstanceNode()) + "; expected " + description(rule) + ".");
        }
    }

    private static String description(JsonNode rule) {
        String reference = rule.path("$ref").asString("");
        JsonNode target = reference.isEmpty() ? rule : DOCUMENT.at(reference.substring(1));
        return target.path("description").asString("another value");
    }

    /// A value as a message shows it: short, and never a whole branch.
    static String shown(JsonNode value) {
        return switch (value.getNodeType()) {
            case OBJECT -> "an object";
            case ARRAY -> "an array of " + value.size();
            case STRING -> shortened("\"" + value.stringValue() + "\"");
            default -> shortened(value.asString());
        };
    }

    private static String shortened(String text) {
        return text.length() <= SHOWN_MAX
                ? text
                : text.substring(0, SHOWN_MAX) + "… (" + text.length() + " characters)";
    }

    static String escaped(String name) {
        return name.replace("~", "~0").replace("/", "~1");
    }

    private static String nearest(String name, java.util.Collection<String> known) {
        String compared = shortened(name);
        return known.stream()
                .min(Comparator.comparingInt(candidate -> distance(compared, candidate)))
                .orElse("none");
    }

    /// Levenshtein's.
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        Arrays.setAll(row, i -> i);
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(substituted, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }

    /// Keeps the first errors and counts the others, so that their number costs no memory.
    private static final class FirstErrors extends AbstractList<Error> {
        private final List<Error> first = new ArrayList<>();
        private long left;

        @Override
        public boolean add(Error error) {
            if (first.size() == Manifests.VIOLATIONS_MAX) {
                left++;
                return false;
            }
            return first.add(error);
        }

        @Override
        public Error get(int index) {
            return first.get(index);
        }

        @Override
        public int size() {
            return first.size();
        }
    }
}
