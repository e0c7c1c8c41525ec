package dev.lovage.engine.direct;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.message.Message;
import dev.lovage.engine.store.Happening;
import dev.lovage.engine.store.Held;
import dev.lovage.engine.store.Transition;
import dev.lovage.engine.transport.Arrival;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.node.ObjectNode;

/// What stands in the headers of a message beside what its sender wrote, where no store keeps it: how often it came
/// back, and why it waits for a person. Nobody who runs or sends a task sees it; a message that has none of it keeps
/// its headers to the byte.
final class Marks {
    private static final String RETURNS = "lovage_returns";
    private static final String EVIDENCE = "lovage_evidence";
    private static final String ENTRY = "lovage_entry";
    private static final String CUSTODY = "lovage_custody";
    private static final String REASON = "lovage_reason";
    private static final String SINCE = "lovage_since";
    private static final String WORKER = "lovage_worker";
    private static final String HAPPENED = "lovage_happened";
    private static final String TRACE = "lovage_trace";
    private static final String PROPERTIES = "lovage_properties";
    private static final Set<String> OURS =
            Set.of(RETURNS, EVIDENCE, ENTRY, CUSTODY, REASON, SINCE, WORKER, HAPPENED, TRACE, PROPERTIES);

    /// What a quorum queue says of a message that comes back.
    private static final String DELIVERY_COUNT = "x-delivery-count";

    private static final Set<String> BROKERS = Set.of(DELIVERY_COUNT, "x-acquired-count", "x-death");

    private static final int REASON_MAX = 2_000;
    private static final int TRACE_MAX = 8_000;

    /// Numbers that a person can type.
    private static final long ENTRIES = 1_000_000_000_000L;

    private Marks() {}

    /// A message as it came.
    ///
    /// @param message without what stands in its headers beside its sender's
    /// @param returns how often it came back unacknowledged, as far as that is written anywhere
    /// @param uncounted whether it comes back just now, and that is not among the returns
    record Read(Message message, int returns, boolean uncounted, Optional<String> evidence) {}

    static Read read(Arrival arrival) {
        var headers = object(arrival.headers());
        var counted = headers.path(DELIVERY_COUNT).asInt(0);
        return new Read(
                Message.received(arrival.queue(), sendersOwn(arrival.headers()), arrival.properties(), arrival.body()),
                Math.max(0, headers.path(RETURNS).asInt(0)) + Math.max(0, counted),
                arrival.redelivered() && counted <= 0,
                Optional.ofNullable(headers.path(EVIDENCE).asString(null)));
    }

    /// How often a broker says that it was given back, since somebody sent it.
    static int givenBack(Arrival arrival) {
        return object(arrival.headers()).path(DELIVERY_COUNT).asInt(0);
    }

    /// With all that stands in its headers but what the broker says of this delivery.
    static Message asItLies(Arrival arrival, String queue) {
        var headers = object(arrival.headers());
        headers.remove(List.copyOf(BROKERS));
        var message = Message.received(queue, Json.text(headers), arrival.properties(), arrival.body());
        return copy(message, queue, message.headers(), properties(message), Optional.empty());
    }

    private static String sendersOwn(String text) {
        var headers = object(text);
        var others = headers.propertyNames().stream().filter(Marks::foreign).toList();
        if (others.isEmpty()) {
            return text;
        }
        headers.remove(others);
        return Json.text(headers);
    }

    private static boolean foreign(String name) {
        return OURS.contains(name)
                || BROKERS.contains(name)
                || name.startsWith("x-first-death-")
                || name.startsWith("x-last-death-");
    }

    /// The same message, for its own queue again.
    ///
    /// @param returns how often it has come back
    /// @param due not to be delivered before; empty for at once
    static Message again(Message message, int returns, Optional<String> evidence, Optional<Instant> due) {
        if (returns == 0) {
            return copy(message, message.queue(), message.headers(), properties(message), due);
        }
        var headers = object(message.headers());
        headers.put(RETURNS, returns);
        evidence.ifPresent(text -> headers.put(EVIDENCE, brief(text, REASON_MAX)));
        return copy(message, message.queue(), Json.text(headers), properties(message), due);
    }

    /// A broker's own expiry would end it there, and a transient one would go with the broker: both are put back when
    /// it is released.
    static Message aside(Transition transition, String queue, String worker, Instant now) {
        var message = transition.delivery().message();
        var headers = object(message.headers());
        var properties = object(properties(message));
        var put = Json.object();
        for (var name : List.of("expiration", "delivery_mode")) {
            if (properties.has(name)) {
                put.set(name, properties.get(name));
            }
        }
        properties.remove("expiration");
        properties.put("delivery_mode", 2);
        headers.put(ENTRY, 1 + ThreadLocalRandom.current().nextLong(ENTRIES - 1));
        headers.put(CUSTODY, transition.to().orElse(Custody.DEAD).name().toLowerCase(Locale.ROOT));
        headers.put(SINCE, now.toString());
        headers.put(WORKER, worker);
        headers.put(PROPERTIES, Json.text(put));
        transition.reason().ifPresent(reason -> headers.put(REASON, brief(reason, REASON_MAX)));
        if (transition.delivery().crashes() > 0) {
            headers.put(RETURNS, transition.delivery().crashes());
        }
        transition.delivery().evidence().ifPresent(text -> headers.put(EVIDENCE, brief(text, REASON_MAX)));
        transition.happened().ifPresent(one -> {
            headers.put(HAPPENED, one.what());
            headers.put(TRACE, brief(one.trace(), TRACE_MAX));
        });
        return copy(message, queue, Json.text(headers), Json.text(properties), Optional.empty());
    }

    /// What waits for a person beside its queue, as it was before.
    ///
    /// @param queue that it is released to
    static Held held(Arrival arrival, String queue) {
        var headers = object(arrival.headers());
        var properties = object(arrival.properties());
        properties.remove(List.of("delivery_info", "expiration", "delivery_mode"));
        object(headers.path(PROPERTIES).asString("{}"))
                .properties()
                .forEach(one -> properties.set(one.getKey(), one.getValue()));
        var message = Message.received(queue, sendersOwn(arrival.headers()), Json.text(properties), arrival.body());
        var since = instant(headers.path(SINCE).asString(""));
        var reason = Optional.ofNullable(headers.path(REASON).asString(null));
        var worker = Optional.ofNullable(headers.path(WORKER).asString(null));
        var what = headers.path(HAPPENED).asString("");
        return new Held(
                headers.path(ENTRY).asLong(0),
                message.ready(),
                custody(headers.path(CUSTODY).asString("")),
                reason,
                headers.path(RETURNS).asInt(0),
                headers.path(RETURNS).asInt(0),
                worker,
                since,
                since,
                what.isEmpty()
                        ? List.of()
                        : List.of(new Happening(
                                since,
                                message.execution().retries(),
                                what,
                                reason.orElse(""),
                                headers.path(TRACE).asString(""),
                                worker.orElse(""))));
    }

    /// What somebody else put there is dead, for whoever looks.
    private static Custody custody(String word) {
        return switch (word) {
            case "parked" -> Custody.PARKED;
            case "quarantined" -> Custody.QUARANTINED;
            default -> Custody.DEAD;
        };
    }

    private static Instant instant(String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeParseException e) {
            return Instant.EPOCH;
        }
    }

    /// It goes to the queue that it lay in, however it had come there.
    private static String properties(Message message) {
        var properties = object(message.properties());
        return properties.remove("delivery_info") == null ? message.properties() : Json.text(properties);
    }

    private static Message copy(
            Message message, String queue, String headers, String properties, Optional<Instant> due) {
        return new Message(
                message.execution(),
                message.task(),
                queue,
                message.priority(),
                message.order(),
                due,
                message.expires(),
                message.subject(),
                headers,
                properties,
                message.body());
    }

    private static String brief(String text, int max) {
        return text.length() <= max ? text : text.substring(0, max) + " ...";
    }

    private static ObjectNode object(String json) {
        try {
            return Json.read(json.getBytes(UTF_8)) instanceof ObjectNode object ? object : Json.object();
        } catch (JacksonException e) {
            return Json.object();
        }
    }
}
