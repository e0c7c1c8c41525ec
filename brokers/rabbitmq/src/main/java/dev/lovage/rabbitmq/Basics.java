package dev.lovage.rabbitmq;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Envelope;
import dev.lovage.engine.json.Json;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A message's properties between JSON, with AMQP's names in snake case, and the client library's. `timestamp`
/// is left out: Celery never sends it.
final class Basics {
    private Basics() {}

    /// @param table the headers as [Table#encode] wrote them
    /// @throws Table.Malformed naming the property that AMQP can't carry
    static BasicProperties encode(ObjectNode properties, byte[] table) {
        var expiration = text(properties, "expiration");
        if (expiration != null && !expiration.matches("\\d{1,15}")) {
            // RabbitMQ would close the channel under all the others.
            throw new Table.Malformed(
                    "The property expiration is a text of whole milliseconds, but is '" + expiration + "'.");
        }
        return new BasicProperties.Builder()
                .contentType(text(properties, "content_type"))
                .contentEncoding(text(properties, "content_encoding"))
                .headers(TableFrames.packed(table))
                .deliveryMode(number(properties, "delivery_mode", 2))
                .priority(number(properties, "priority", 255))
                .correlationId(text(properties, "correlation_id"))
                .replyTo(text(properties, "reply_to"))
                .expiration(expiration)
                .messageId(text(properties, "message_id"))
                .type(text(properties, "type"))
                // user_id stays out: RabbitMQ closes the channel unless it is whom this connection logged in as.
                .appId(text(properties, "app_id"))
                .build();
    }

    private static @Nullable String text(ObjectNode properties, String name) {
        var value = properties.path(name);
        if (value.isMissingNode() || value.isNull()) {
            return null;
        }
        var text = value.asString();
        var length = text.getBytes(StandardCharsets.UTF_8).length;
        if (length > 255) {
            throw new Table.Malformed(
                    "The property " + name + " has " + length + " bytes, and AMQP's longest has 255.");
        }
        return text;
    }

    private static @Nullable Integer number(ObjectNode properties, String name, int max) {
        var value = properties.path(name);
        if (value.isMissingNode() || value.isNull()) {
            return null;
        }
        if (!value.isInt() || value.intValue() < 0 || value.intValue() > max) {
            throw new Table.Malformed("The property " + name + " is 0 to " + max + ", but is " + value + ".");
        }
        return value.intValue();
    }

    static ObjectNode decode(BasicProperties properties, Envelope envelope) {
        var json = Json.object();
        put(json, "content_type", properties.getContentType());
        put(json, "content_encoding", properties.getContentEncoding());
        put(json, "delivery_mode", properties.getDeliveryMode());
        put(json, "priority", properties.getPriority());
        put(json, "correlation_id", properties.getCorrelationId());
        put(json, "reply_to", properties.getReplyTo());
        put(json, "expiration", properties.getExpiration());
        put(json, "message_id", properties.getMessageId());
        put(json, "type", properties.getType());
        put(json, "user_id", properties.getUserId());
        put(json, "app_id", properties.getAppId());
        json.putObject("delivery_info")
                .put("exchange", envelope.getExchange())
                .put("routing_key", envelope.getRoutingKey());
        return json;
    }

    private static void put(ObjectNode json, String name, @Nullable Object value) {
        if (value != null) {
            JsonNode tree = Json.tree(value);
            json.set(name, tree);
        }
    }
}
