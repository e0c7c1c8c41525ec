package dev.lovage.engine.canvas;

import dev.lovage.engine.json.Json;
import dev.lovage.engine.settings.DeclaredQueue;
import dev.lovage.engine.settings.Route;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Where a task goes, and how urgently: what its signature says, else `task_routes`, else `task_default_queue`.
///
/// A route is found by the task's exact name first; then the patterns are tried in order. One with `*` in it is
/// a glob of the whole name, one that begins with `re:` is a regular expression that the name begins with.
public final class Routes {
    public static final Routes DEFAULT = new Routes(Map.of(), Map.of(), true, "celery", 0);

    private final Map<String, Route> byName;
    private final Map<Pattern, Route> byPattern = new LinkedHashMap<>();
    private final Map<String, DeclaredQueue> queues;
    private final boolean createMissing;
    private final String defaultQueue;
    private final int defaultPriority;

    /// Where a message is published.
    ///
    /// @param queue its name; of what goes through an exchange, the queue that is known to be bound there, or
    ///     the routing key
    /// @param address empty where the queue's name is all that is needed
    record Destination(String queue, Optional<Address> address, int priority) {}

    record Address(String exchange, String routingKey) {}

    /// @param routes task names and patterns, in order
    /// @param queues what is known of queues, by name
    /// @param createMissing whether other queues may be sent to
    /// @param defaultPriority `task_default_priority`, 0 to 10, of what names none
    /// @throws IllegalArgumentException if a pattern is no regular expression
    public Routes(
            Map<String, Route> routes,
            Map<String, DeclaredQueue> queues,
            boolean createMissing,
            String defaultQueue,
            int defaultPriority) {
        this.byName = Collections.unmodifiableMap(new LinkedHashMap<>(routes));
        this.queues = Collections.unmodifiableMap(new LinkedHashMap<>(queues));
        this.createMissing = createMissing || queues.isEmpty();
        this.defaultQueue = defaultQueue;
        this.defaultPriority = defaultPriority;
        routes.forEach((name, route) -> {
            if (name.startsWith("re:")) {
                byPattern.put(expression(name.substring("re:".length())), route);
            } else if (name.contains("*")) {
                byPattern.put(glob(name), route);
            }
        });
    }

    /// The queue of a task whose signature says nothing.
    public String queue(String task) {
        return destination(task, Json.object()).queue();
    }

    /// @param options of the signature
    /// @throws IllegalArgumentException if the queue is not known and none may be created
    Destination destination(String task, ObjectNode options) {
        var route = route(task);
        var priority = options.path("priority").isInt()
                ? options.get("priority").intValue()
                : route.flatMap(Route::priority).orElse(defaultPriority);
        var own = new Route(
                text(options.path("queue")),
                text(options.path("exchange")),
                text(options.path("routing_key")),
                Optional.empty());
        var says = own.queue().isPresent()
                        || own.exchange().isPresent()
                        || own.routingKey().isPresent()
                ? own
                : route.orElse(own);
        return destination(says, priority);
    }

    private Destination destination(Route to, int priority) {
        if (to.queue().isEmpty()
                && to.exchange().filter(name -> !name.isEmpty()).isPresent()) {
            var exchange = to.exchange().get();
            var key = to.routingKey().orElse(defaultQueue);
            var bound = queues.values().stream()
                    .filter(queue -> queue.exchange().equals(to.exchange())
                            && queue.routingKey().equals(key))
                    .findFirst();
            return new Destination(
                    bound.map(DeclaredQueue::name).orElse(key), Optional.of(new Address(exchange, key)), priority);
        }
        var name = to.queue().or(to::routingKey).filter(text -> !text.isEmpty()).orElse(defaultQueue);
        var known = Optional.ofNullable(queues.get(name));
        if (known.isEmpty() && !createMissing && !name.equals(defaultQueue)) {
            throw new IllegalArgumentException("The queue '" + name + "' is not in task_queues, and"
                    + " task_create_missing_queues is false. Nothing was sent. Known are " + queues.keySet() + " and "
                    + defaultQueue + ".");
        }
        var exchange = to.queue().isEmpty()
                ? Optional.<String>empty()
                : to.exchange().filter(text -> !text.isEmpty()).or(() -> known.flatMap(DeclaredQueue::exchange));
        var direct = known.isEmpty() || known.get().exchangeType().equals("direct");
        var spelled = to.exchange().isPresent()
                || to.queue().isPresent() && to.routingKey().isPresent();
        if (exchange.isEmpty() || direct && !spelled) {
            return new Destination(name, Optional.empty(), priority);
        }
        var key = to.routingKey().orElse(known.map(DeclaredQueue::routingKey).orElse(name));
        return new Destination(name, Optional.of(new Address(exchange.get(), key)), priority);
    }

    private Optional<Route> route(String task) {
        var exact = byName.get(task);
        if (exact != null) {
            return Optional.of(exact);
        }
        return byPattern.entrySet().stream()
                .filter(route -> route.getKey().matcher(task).lookingAt())
                .map(Map.Entry::getValue)
                .findFirst();
    }

    private static Pattern expression(String text) {
        try {
            return Pattern.compile(text);
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException("The pattern 're:" + text + "' in task_routes is no regular expression: "
                    + e.getDescription() + ". Nothing was started.");
        }
    }

    /// As Python's fnmatch, without its character classes.
    private static Pattern glob(String pattern) {
        return Pattern.compile(
                Pattern.quote(pattern).replace("*", "\\E.*\\Q").replace("?", "\\E.\\Q") + "\\z", Pattern.DOTALL);
    }

    private static Optional<String> text(JsonNode option) {
        return option.isString() ? Optional.of(option.stringValue()) : Optional.empty();
    }
}
