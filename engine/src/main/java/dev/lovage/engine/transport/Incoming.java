package dev.lovage.engine.transport;

import dev.lovage.engine.json.Json;
import dev.lovage.engine.message.ExecutionKey;
import dev.lovage.engine.message.Message;
import dev.lovage.engine.message.Times;
import dev.lovage.engine.message.Unreadable;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import tools.jackson.databind.JsonNode;

/// Makes a message of what arrived.
final class Incoming {
    private Incoming() {}

    static Message message(Arrival arrival) {
        var headers = Json.read(arrival.headers().getBytes(StandardCharsets.UTF_8));
        var properties = Json.read(arrival.properties().getBytes(StandardCharsets.UTF_8));
        var id = headers.path("id").asString("unreadable-" + UUID.nameUUIDFromBytes(arrival.body()));
        return new Message(
                new ExecutionKey(
                        id,
                        Math.max(0, headers.path("retries").asInt(0)),
                        Math.max(0, headers.path("replaced_task_nesting").asInt(0))),
                headers.path("task").asString("?"),
                arrival.queue(),
                Math.clamp(properties.path("priority").asInt(0), 0, 10),
                0,
                time(headers.path("eta")),
                time(headers.path("expires")),
                Optional.empty(),
                arrival.headers(),
                arrival.properties(),
                arrival.body());
    }

    private static Optional<Instant> time(JsonNode node) {
        try {
            return node.isString() ? Optional.of(Times.read(node.stringValue())) : Optional.empty();
        } catch (Unreadable e) {
            return Optional.empty();
        }
    }
}
