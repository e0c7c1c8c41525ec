package dev.lovage.engine.json;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// kombu's typed envelope: an object of exactly the two keys `__type__` and `__value__`.
///
/// @see <a href="https://github.com/celery/kombu/blob/main/kombu/utils/json.py">kombu.utils.json</a>
final class Envelope {
    static final String TYPE = "__type__";
    static final String VALUE = "__value__";

    /// The names that kombu registers itself. Any other makes a Python worker lose the message.
    static final Set<String> TYPES = Set.of("datetime", "date", "time", "decimal", "uuid", "bytes", "base64");

    private Envelope() {}

    static boolean is(JsonNode node) {
        return node.isObject() && node.size() == 2 && node.has(TYPE) && node.has(VALUE);
    }

    /// The name in the envelope, or null if `node` is none that kombu knows.
    static @Nullable String type(JsonNode node) {
        if (!is(node) || !node.path(TYPE).isString()) {
            return null;
        }
        String type = node.path(TYPE).stringValue();
        return TYPES.contains(type) ? type : null;
    }

    /// The text that `node` is, or that an envelope named `type` has in it.
    ///
    /// @throws IllegalArgumentException if it is neither
    static String text(JsonNode node, String type) {
        JsonNode text = type.equals(type(node)) ? node.path(VALUE) : node;
        if (text.isObject() && type.equals("uuid")) {
            text = text.path("hex");
        }
        if (!text.isString()) {
            throw new IllegalArgumentException("not a string");
        }
        return text.stringValue();
    }

    /// @throws IllegalArgumentException if `node` is no envelope of bytes
    static byte[] bytes(JsonNode node) {
        JsonNode value = node.path(VALUE);
        String type = type(node);
        if (type == null || !value.isString()) {
            throw new IllegalArgumentException(
                    "Found " + Found.in(node)
                            + ", expected bytes in an envelope {\"__type__\": \"base64\", \"__value__\": …}. Nothing was read.");
        }
        return switch (type) {
            case "base64" -> Base64.getMimeDecoder().decode(value.stringValue());
            case "bytes" -> value.stringValue().getBytes(StandardCharsets.UTF_8);
            default ->
                throw new IllegalArgumentException(
                        "Found a " + type + " in an envelope, expected bytes or base64. Nothing was read.");
        };
    }
}
