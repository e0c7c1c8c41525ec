package dev.lovage.engine.message;

import dev.lovage.engine.json.Json;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// What a worker reads out of a message of protocol 2.
///
/// @param embed the third element of the body, with the keys `callbacks`, `errbacks`, `chain` and `chord`;
///     perhaps empty
/// @param version the version of the task's arguments, 1 unless the header `lovage_version` says otherwise
/// @param deadLetters whether the execution's failure waits for a person
public record Request(
        String id,
        String task,
        String rootId,
        Optional<String> parentId,
        Optional<String> group,
        Optional<Integer> groupIndex,
        int retries,
        int nesting,
        Optional<Instant> eta,
        Optional<Instant> expires,
        Optional<Duration> hardLimit,
        Optional<Duration> softLimit,
        Optional<Boolean> ignoreResult,
        int version,
        ObjectNode headers,
        ArrayNode args,
        ObjectNode kwargs,
        ObjectNode embed) {

    /// @throws Unreadable with what was found and what was expected
    public static Request read(Message message) throws Unreadable {
        var headers = object(message.headers().getBytes(java.nio.charset.StandardCharsets.UTF_8), "The headers are");
        var properties =
                object(message.properties().getBytes(java.nio.charset.StandardCharsets.UTF_8), "The properties are");
        var type = properties.path("content_type").asString("");
        if (!type.equals("application/json")) {
            throw new Unreadable("The content type is '" + type + "', and only application/json is accepted.");
        }
        if (headers.hasNonNull("compression")) {
            throw new Unreadable("The body is compressed with " + headers.get("compression")
                    + ", and compressed bodies are not read in this version.");
        }
        JsonNode body;
        try {
            body = Json.read(message.body());
        } catch (JacksonException e) {
            throw new Unreadable("The body is not JSON: " + e.getOriginalMessage());
        }
        if (!(body instanceof ArrayNode parts) || parts.size() != 3) {
            throw new Unreadable("The body is " + kind(body) + ", and a JSON array of three is expected: "
                    + "[args, kwargs, embed].");
        }
        if (!(parts.get(0) instanceof ArrayNode args) || !(parts.get(1) instanceof ObjectNode kwargs)) {
            throw new Unreadable("The body holds " + kind(parts.get(0)) + " and " + kind(parts.get(1))
                    + ", and an array of args and an object of kwargs are expected.");
        }
        var embed = parts.get(2) instanceof ObjectNode given ? given : Json.object();
        var limits = headers.path("timelimit");
        if (limits.isArray() && limits.size() != 2) {
            throw new Unreadable("The header timelimit is " + limits + ", and [hard, soft] in seconds is expected.");
        }
        var id = text(headers, "id").orElseThrow(() -> new Unreadable("The header id is missing."));
        return new Request(
                id,
                text(headers, "task").orElseThrow(() -> new Unreadable("The header task is missing.")),
                text(headers, "root_id").orElse(id),
                text(headers, "parent_id"),
                text(headers, "group"),
                headers.path("group_index").isInt()
                        ? Optional.of(headers.get("group_index").intValue())
                        : Optional.empty(),
                headers.path("retries").asInt(0),
                headers.path("replaced_task_nesting").asInt(0),
                time(headers, "eta"),
                time(headers, "expires"),
                seconds(limits.path(0)),
                seconds(limits.path(1)),
                headers.path("ignore_result").isBoolean()
                        ? Optional.of(headers.get("ignore_result").booleanValue())
                        : Optional.empty(),
                headers.path("lovage_version").asInt(1),
                headers,
                args,
                kwargs,
                embed);
    }

    public List<ObjectNode> callbacks() {
        return signatures("callbacks");
    }

    public List<ObjectNode> errbacks() {
        return signatures("errbacks");
    }

    /// The remaining steps of the chain in reverse order, as on the wire: the next one is the last.
    public List<ObjectNode> chain() {
        return signatures("chain");
    }

    /// The body of the chord that this task contributes to.
    public Optional<ObjectNode> chord() {
        return embed.get("chord") instanceof ObjectNode body ? Optional.of(body) : Optional.empty();
    }

    private List<ObjectNode> signatures(String key) {
        var found = new ArrayList<ObjectNode>();
        embed.path(key).forEach(node -> {
            if (node instanceof ObjectNode signature) {
                found.add(signature);
            }
        });
        return found;
    }

    private static ObjectNode object(byte[] json, String what) throws Unreadable {
        try {
            if (Json.read(json) instanceof ObjectNode object) {
                return object;
            }
        } catch (JacksonException e) {
            throw new Unreadable(what + " not JSON: " + e.getOriginalMessage());
        }
        throw new Unreadable(what + " not a JSON object.");
    }

    private static String kind(JsonNode node) {
        return node.isArray()
                ? "an array of " + node.size()
                : node.getNodeType().name().toLowerCase(java.util.Locale.ROOT);
    }

    private static Optional<String> text(ObjectNode headers, String key) {
        return headers.path(key).isString() && !headers.get(key).stringValue().isEmpty()
                ? Optional.of(headers.get(key).stringValue())
                : Optional.empty();
    }

    private static Optional<Instant> time(ObjectNode headers, String key) throws Unreadable {
        var text = text(headers, key);
        return text.isPresent() ? Optional.of(Times.read(text.get())) : Optional.empty();
    }

    private static Optional<Duration> seconds(JsonNode node) {
        return node.isNumber() ? Optional.of(Duration.ofNanos((long) (node.doubleValue() * 1e9))) : Optional.empty();
    }
}
