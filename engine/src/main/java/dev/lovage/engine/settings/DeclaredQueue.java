package dev.lovage.engine.settings;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// A queue as `task_queues` describes it. On brokers that have no exchanges, its name is all that counts.
///
/// @param exchange that it is bound to; the default one if empty
/// @param exchangeType `direct`, `topic`, `fanout` or another that the broker knows
/// @param routingKey of its binding; its name unless given
/// @param arguments with which it is declared, such as `x-max-priority`
public record DeclaredQueue(
        String name, Optional<String> exchange, String exchangeType, String routingKey, ObjectNode arguments) {
    private static final Set<String> KEYS =
            Set.of("name", "exchange", "exchange_type", "routing_key", "queue_arguments", "max_priority");

    /// @param setting a map of names to descriptions, or a list of names and of descriptions with a name
    /// @throws BadSetting naming what can't be read
    static Map<String, DeclaredQueue> all(JsonNode setting) {
        Map<String, DeclaredQueue> queues = new LinkedHashMap<>();
        if (setting.isArray()) {
            for (var one : setting) {
                var name = one.isString() ? one.stringValue() : one.path("name").asString("");
                queues.put(name, of(name, one.isString() ? JsonNodeFactory.instance.objectNode() : one));
            }
        } else if (setting.isObject()) {
            setting.properties().forEach(entry -> queues.put(entry.getKey(), of(entry.getKey(), entry.getValue())));
        } else {
            throw new BadSetting("task_queues is a map of queue names, or a list of queues, but is " + setting + ".");
        }
        return queues;
    }

    private static DeclaredQueue of(String name, JsonNode given) {
        var queue = given.isNull() ? JsonNodeFactory.instance.objectNode() : given;
        var priority = queue.path("max_priority");
        var arguments = queue.path("queue_arguments");
        var unknown = queue.propertyNames().stream()
                .filter(key -> !KEYS.contains(key))
                .findFirst();
        if (name.isEmpty()
                || !queue.isObject()
                || unknown.isPresent()
                || queue.hasNonNull("max_priority") && !(priority.isInt() && priority.intValue() > 0)
                || queue.hasNonNull("queue_arguments") && !arguments.isObject()) {
            throw new BadSetting("The queue '" + name
                    + "' in task_queues has a name, and perhaps exchange, exchange_type, routing_key, queue_arguments (a"
                    + " map) and max_priority (a number), but is " + queue + ".");
        }
        var declared = arguments instanceof ObjectNode map ? map.deepCopy() : JsonNodeFactory.instance.objectNode();
        if (priority.isInt()) {
            declared.set("x-max-priority", priority);
        }
        return new DeclaredQueue(
                name,
                Route.text(queue, "exchange").filter(exchange -> !exchange.isEmpty()),
                Route.text(queue, "exchange_type").orElse("direct"),
                Route.text(queue, "routing_key").orElse(name),
                declared);
    }
}
