package dev.lovage.engine.settings;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// Where a task goes by `task_routes`, and how urgently; what is empty is decided by other settings.
///
/// @param exchange with `routingKey`, for a task that is not sent to a queue by its name
/// @param priority 0 to 10
public record Route(
        Optional<String> queue, Optional<String> exchange, Optional<String> routingKey, Optional<Integer> priority) {
    private static final Set<String> KEYS = Set.of("queue", "exchange", "routing_key", "priority");

    public static Route to(String queue) {
        return new Route(Optional.of(queue), Optional.empty(), Optional.empty(), Optional.empty());
    }

    /// Celery's forms of YAML: a map of patterns to routes, or a list of pairs, or a list of such maps.
    ///
    /// @throws BadSetting naming what can't be read
    static Map<String, Route> all(JsonNode setting) {
        Map<String, Route> routes = new LinkedHashMap<>();
        if (setting.isArray()) {
            for (var part : setting) {
                if (part.isArray() && part.size() == 2 && part.get(0).isString()) {
                    routes.putIfAbsent(part.get(0).stringValue(), of(part.get(0).stringValue(), part.get(1)));
                } else {
                    all(part).forEach(routes::putIfAbsent);
                }
            }
            return routes;
        }
        if (!setting.isObject()) {
            throw new BadSetting("task_routes is a map of task names to queues, but is " + setting + ".");
        }
        setting.properties().forEach(entry -> routes.put(entry.getKey(), of(entry.getKey(), entry.getValue())));
        return routes;
    }

    private static Route of(String task, JsonNode route) {
        if (route.isString()) {
            return to(route.stringValue());
        }
        var unknown = route.propertyNames().stream()
                .filter(key -> !KEYS.contains(key))
                .findFirst();
        var priority = route.path("priority");
        if (!route.isObject()
                || unknown.isPresent()
                || route.hasNonNull("priority")
                        && !(priority.isInt() && priority.intValue() >= 0 && priority.intValue() <= 10)) {
            throw new BadSetting("The route of '" + task
                    + "' in task_routes is the name of a queue, or a map with queue, exchange, routing_key and priority"
                    + " (0 to 10), but is " + route + ".");
        }
        return new Route(
                text(route, "queue"),
                text(route, "exchange"),
                text(route, "routing_key"),
                priority.isInt() ? Optional.of(priority.intValue()) : Optional.empty());
    }

    static Optional<String> text(JsonNode map, String key) {
        return map.hasNonNull(key) ? Optional.of(map.get(key).asString()) : Optional.empty();
    }
}
