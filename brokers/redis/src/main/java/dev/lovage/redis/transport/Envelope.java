package dev.lovage.redis.transport;

import dev.lovage.engine.json.Json;
import dev.lovage.engine.message.Message;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import java.util.UUID;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A message as it lies in a list: headers, properties and body in one JSON object, the body in base64.
///
/// What isn't one travels within one, under a content type of its own, so that a Python worker can restore it.
///
/// @param tree to the letter what kombu expects; every key that a Python worker reads without asking is there
record Envelope(ObjectNode tree) {
    private static final String UNREADABLE = "application/x-lovage-unreadable";

    /// What a consumer is handed of it.
    ///
    /// @param headers, properties JSON objects; both `{}` around what is no message
    record Content(String headers, String properties, byte[] body, boolean redelivered) {}

    /// @param exchange, routingKey by which it is sent; an empty exchange means that the key is a queue's name
    static Envelope of(Message message, String exchange, String routingKey) {
        var properties = object(message.properties());
        var headers = object(message.headers());
        if (properties.isEmpty() && headers.isEmpty()) {
            return wrapping(message.body(), UUID.randomUUID().toString(), KombuLayout.unreadable(message.queue()));
        }
        var tree = Json.object();
        tree.put("body", Base64.getEncoder().encodeToString(message.body()));
        tree.put("content-encoding", take(properties, "content_encoding", "utf-8"));
        tree.put("content-type", take(properties, "content_type", "application/json"));
        tree.set("headers", headers);
        var sent = tree.putObject("properties").setAll(properties);
        var info = sent.path("delivery_info") instanceof ObjectNode given ? given.deepCopy() : Json.object();
        info.put("exchange", exchange).put("routing_key", routingKey);
        if (!sent.path("priority").isInt()) {
            sent.put("priority", message.priority());
        }
        sent.put("body_encoding", "base64");
        sent.put("delivery_tag", UUID.randomUUID().toString());
        sent.set("delivery_info", info);
        return new Envelope(tree);
    }

    /// What is told rather than queued, such as a command to all workers.
    static Envelope note(ObjectNode headers, byte[] body, String exchange, String routingKey) {
        var tree = Json.object();
        tree.put("body", Base64.getEncoder().encodeToString(body));
        tree.put("content-encoding", "utf-8");
        tree.put("content-type", "application/json");
        tree.set("headers", headers);
        var properties = tree.putObject("properties");
        properties.put("delivery_mode", 1).put("priority", 0).put("body_encoding", "base64");
        properties.put("delivery_tag", UUID.randomUUID().toString());
        properties.putObject("delivery_info").put("exchange", exchange).put("routing_key", routingKey);
        return new Envelope(tree);
    }

    /// An envelope around bytes that are none: each byte is a character.
    static Envelope wrapping(byte[] bytes, String tag, String list) {
        var tree = Json.object();
        tree.put("body", new String(bytes, StandardCharsets.ISO_8859_1));
        tree.put("content-encoding", "latin-1");
        tree.put("content-type", UNREADABLE);
        tree.putObject("headers");
        var properties = tree.putObject("properties");
        properties.put("delivery_mode", 2).put("priority", 0).put("delivery_tag", tag);
        properties.putObject("delivery_info").put("exchange", "").put("routing_key", list);
        return new Envelope(tree);
    }

    /// @return empty when a Python worker could not read it
    static Optional<Envelope> read(byte[] item) {
        try {
            if (Json.read(item) instanceof ObjectNode tree
                    && tree.path("headers").isObject()
                    && tree.path("properties") instanceof ObjectNode properties
                    && properties.path("delivery_tag").isString()
                    && properties.path("delivery_info").path("exchange").isString()
                    && properties.path("delivery_info").path("routing_key").isString()) {
                var envelope = new Envelope(tree);
                envelope.body();
                return Optional.of(envelope);
            }
        } catch (JacksonException | IllegalArgumentException e) {
            return Optional.empty();
        }
        return Optional.empty();
    }

    /// What the sender put into it. Bytes that were wrapped are looked at again: a copy of a message is one,
    /// too.
    Content content() {
        if (wraps()) {
            var bytes = tree.get("body").asString().getBytes(StandardCharsets.ISO_8859_1);
            return read(bytes)
                    .filter(inner -> !inner.wraps())
                    .map(Envelope::content)
                    .orElseGet(() -> new Content("{}", "{}", bytes, redelivered()));
        }
        var headers = ((ObjectNode) tree.get("headers")).deepCopy();
        headers.remove("redelivered");
        var properties = Json.object();
        keep(properties, "content_type", tree.path("content-type"));
        keep(properties, "content_encoding", tree.path("content-encoding"));
        properties.setAll(((ObjectNode) tree.get("properties")).deepCopy());
        properties.remove("body_encoding");
        properties.remove("delivery_tag");
        ((ObjectNode) properties.get("delivery_info")).remove("redelivered");
        return new Content(Json.python(headers), Json.python(properties), body(), redelivered());
    }

    /// As kombu marks what it restores.
    Envelope again() {
        var copy = tree.deepCopy();
        ((ObjectNode) copy.get("headers")).put("redelivered", true);
        ((ObjectNode) copy.get("properties").get("delivery_info")).put("redelivered", true);
        return new Envelope(copy);
    }

    int priority() {
        return tree.path("properties").path("priority").asInt(0);
    }

    String text() {
        return Json.python(tree);
    }

    private boolean redelivered() {
        return tree.path("properties").path("delivery_info").path("redelivered").asBoolean(false);
    }

    boolean wraps() {
        return tree.path("content-type").asString("").equals(UNREADABLE);
    }

    private byte[] body() {
        var body = tree.path("body").asString("");
        return tree.path("properties").path("body_encoding").asString("").equals("base64")
                ? Base64.getDecoder().decode(body)
                : body.getBytes(StandardCharsets.UTF_8);
    }

    private static void keep(ObjectNode properties, String name, JsonNode value) {
        if (!value.isMissingNode() && !value.isNull()) {
            properties.set(name, value);
        }
    }

    private static String take(ObjectNode properties, String name, String preset) {
        var value = properties.remove(name);
        return value == null || !value.isString() ? preset : value.stringValue();
    }

    private static ObjectNode object(String json) {
        if (Json.read(json.getBytes(StandardCharsets.UTF_8)) instanceof ObjectNode object) {
            return object;
        }
        throw new IllegalArgumentException(
                "Headers and properties of a message are JSON objects, but one is " + json + ". Nothing was sent.");
    }
}
