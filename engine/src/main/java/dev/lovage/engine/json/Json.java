package dev.lovage.engine.json;

import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonReadFeature;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectWriter;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.NullNode;
import tools.jackson.databind.node.ObjectNode;

/// The one way JSON is read and written here: kombu's JSON, with limits.
///
/// A Java value becomes a tree by [#tree(Object)], which refuses what JSON can't carry, and comes back by
/// [#value(JsonNode, Type)]. In between there are trees and bytes only. How each type travels:
///
/// | Java | JSON |
/// |---|---|
/// | record | object, components by snake_case name; an empty `Optional` is `null` |
/// | `List`, `Set` | array; a set's order is its iteration order, and elements given twice are read once |
/// | `Map<String, T>` | object |
/// | `Instant` | string, UTC, exactly six digits of fraction, `+00:00`; finer than a microsecond is cut off |
/// | `LocalDate`, `LocalTime`, `UUID`, `Path`, `URI`, `BigDecimal` | string |
/// | `Duration` | number, seconds |
/// | enum | string, its name; read in any case |
/// | `double` | number, or the tokens `NaN`, `Infinity`, `-Infinity`, as Python writes them |
///
/// kombu's typed envelopes (`{"__type__": "datetime", "__value__": …}`) are understood wherever such a type is
/// read. They are written by [#typed] and [#base64(byte\[\])] only: peers before kombu 5.3 see a plain object.
///
/// @see <a href="https://docs.celeryq.dev/projects/kombu/en/stable/userguide/serialization.html">kombu</a>
public final class Json {
    /// Containers within containers, the message around the arguments included.
    public static final int NESTING_MAX = 200;

    /// Digits of one number.
    public static final int NUMBER_LENGTH_MAX = 1000;

    /// Characters of one string.
    public static final int STRING_LENGTH_MAX = 64 * 1024 * 1024;

    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(NESTING_MAX)
                            .maxNumberLength(NUMBER_LENGTH_MAX)
                            .maxStringLength(STRING_LENGTH_MAX)
                            .build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
                    .disable(JsonWriteFeature.WRITE_NAN_AS_STRINGS)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private static final ObjectWriter UTF_8 = MAPPER.writer();
    private static final ObjectWriter ASCII = MAPPER.writer().with(JsonWriteFeature.ESCAPE_NON_ASCII);

    private Json() {}

    /// The tree of `value`, which shares nothing with it.
    ///
    /// @throws NotJson if `value`, or anything in it, is something JSON can't carry
    public static JsonNode tree(@Nullable Object value) {
        return TreeMaker.tree(value);
    }

    /// A copy of a tree that [#tree] made, with kombu's envelopes for instants, dates, times, decimals and
    /// UUIDs. A tree that was read from text has none of these left, and is copied as it is.
    public static JsonNode typed(JsonNode tree) {
        return TypedText.enveloped(tree);
    }

    /// UTF-8, without white space.
    public static byte[] bytes(JsonNode tree) {
        return UTF_8.writeValueAsBytes(tree);
    }

    /// ASCII, everything else as `u`-escapes, as Python writes by default.
    public static byte[] ascii(JsonNode tree) {
        return ASCII.writeValueAsBytes(tree);
    }

    /// To the letter what Python's `json.dumps` writes for the same value: ASCII, `", "` and `": "`. Celery's
    /// chords compare such texts.
    public static String python(JsonNode tree) {
        return PythonText.of(tree);
    }

    /// Reads one JSON value and nothing after it.
    ///
    /// @throws tools.jackson.core.JacksonException if `json` is not JSON, goes beyond a limit, or names a key
    ///     twice
    public static JsonNode read(byte[] json) {
        JsonNode tree = MAPPER.readTree(json);
        if (tree.isMissingNode()) {
            throw new StreamReadException("There is no JSON value: the input is empty or blank.");
        }
        return tree;
    }

    /// The Java value of `tree`. Keys that a record doesn't know are passed over: the world writes new ones.
    ///
    /// @param type one of the types in the table above, `byte[]` (from an envelope), `JsonNode`, `Object` or
    ///     `Void`
    /// @return null only for `Void`, and if `tree` is JSON's null and `type` is not `Optional` or `JsonNode`
    /// @throws NotJson if `type` is none of these
    /// @throws IllegalArgumentException if `tree` doesn't fit `type`; the message names every place
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals", "NullAway"})
    public static <T extends @Nullable Object> T value(JsonNode tree, Type type) {
        if (type == Void.class || type == void.class) {
            return (T) null;
        }
        if (type == byte[].class) {
            return (T) Envelope.bytes(tree);
        }
        Shape shape = Shape.of(type);
        if (tree.isNull() && !(shape instanceof Shape.Maybe) && type != JsonNode.class) {
            return (T) null;
        }
        List<String> wrong = new ArrayList<>();
        shape.check(
                tree,
                "",
                (pointer, found, expected) ->
                        wrong.add("at '" + pointer + "' there is " + found + ", expected " + expected));
        if (!wrong.isEmpty()) {
            throw new IllegalArgumentException("This JSON doesn't fit " + type.getTypeName() + ": "
                    + String.join("; ", wrong) + ". Nothing was read from it.");
        }
        return (T) shape.read(tree);
    }

    /// kombu's envelope for bytes. Meant for a few of them: what is large travels as a reference.
    public static JsonNode base64(byte[] bytes) {
        return JsonNodeFactory.instance
                .objectNode()
                .put(Envelope.TYPE, "base64")
                .put(Envelope.VALUE, Base64.getEncoder().encodeToString(bytes));
    }

    /// An empty object.
    public static ObjectNode object() {
        return MAPPER.createObjectNode();
    }

    /// An empty array.
    public static ArrayNode array() {
        return MAPPER.createArrayNode();
    }

    /// JSON's `null`.
    public static JsonNode nothing() {
        return NullNode.getInstance();
    }

    /// The same as [#bytes], as text.
    public static String text(JsonNode tree) {
        return new String(bytes(tree), StandardCharsets.UTF_8);
    }
}
