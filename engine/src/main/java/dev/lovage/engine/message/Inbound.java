package dev.lovage.engine.message;

import dev.lovage.engine.json.Json;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/// What a broker has to know of a message that anyone may have sent. It judges nothing: what can't be told is
/// left out, and [Request#read] says later what is wrong.
final class Inbound {
    private static final String NO_TASK = "unreadable";

    private Inbound() {}

    static Message message(String queue, String headersText, String propertiesText, byte[] body) {
        var headers = headers(headersText, propertiesText, body);
        var properties = object(propertiesText);
        return new Message(
                text(headers, "id")
                        .map(id -> new ExecutionKey(
                                id, count(headers, "retries"), count(headers, "replaced_task_nesting")))
                        .orElseGet(() -> new ExecutionKey(digest(headers, body), 0, 0)),
                text(headers, "task").orElse(NO_TASK),
                queue,
                properties.path("priority").isInt()
                        ? Math.clamp(properties.get("priority").intValue(), 0, 10)
                        : 0,
                headers.path("lovage_order").canConvertToLong()
                        ? headers.get("lovage_order").longValue()
                        : 0,
                time(headers, "eta"),
                time(headers, "expires"),
                text(headers, "lovage_subject"),
                headersText,
                propertiesText,
                body);
    }

    private static ObjectNode headers(String headersText, String propertiesText, byte[] body) {
        var headers = object(headersText);
        if (headers.has("task")) {
            return headers;
        }
        try {
            return Body.read(headersText, propertiesText, body).headers();
        } catch (Unreadable e) {
            return Json.object();
        }
    }

    private static ObjectNode object(String json) {
        try {
            return Body.object(json, "It is");
        } catch (Unreadable e) {
            return Json.object();
        }
    }

    private static Optional<String> text(ObjectNode headers, String key) {
        return headers.path(key).isString() && Names.fits(headers.get(key).stringValue())
                ? Optional.of(headers.get(key).stringValue())
                : Optional.empty();
    }

    private static int count(ObjectNode headers, String key) {
        return headers.path(key).isInt() ? Math.max(0, headers.get(key).intValue()) : 0;
    }

    private static Optional<Instant> time(ObjectNode headers, String key) {
        if (!headers.hasNonNull(key)) {
            return Optional.empty();
        }
        try {
            return Optional.of(Times.read(headers.get(key)));
        } catch (Unreadable e) {
            return Optional.empty();
        }
    }

    /// The same for the same content, so that one that is delivered again is known. What brokers add on the way is left
    /// out: properties, and headers that say how often it came.
    private static String digest(ObjectNode headers, byte[] body) {
        try {
            var sha256 = MessageDigest.getInstance("SHA-256");
            var sent = headers.deepCopy();
            sent.remove("redelivered");
            sent.propertyNames().stream()
                    .filter(name -> name.startsWith("x-"))
                    .toList()
                    .forEach(sent::remove);
            var head = Json.text(sent).getBytes(StandardCharsets.UTF_8);
            sha256.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, head.length));
            sha256.update(head);
            sha256.update(body);
            return "sha256-" + HexFormat.of().formatHex(sha256.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every JDK has SHA-256.", e);
        }
    }
}
