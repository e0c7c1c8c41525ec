package dev.lovage.engine.json;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.POJONode;

/// Makes the tree of a Java value, and refuses at the very place what has none.
final class TreeMaker {
    /// Leaves room for the message around the value, so that what is made can be read again.
    private static final int DEPTH_MAX = Json.NESTING_MAX - 20;

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    /// Names and indexes from the root to the value at hand.
    private final List<String> path = new ArrayList<>(List.of("$"));

    private TreeMaker() {}

    static JsonNode tree(@Nullable Object value) {
        return new TreeMaker().make(value);
    }

    private JsonNode make(@Nullable Object value) {
        return switch (value) {
            case null -> NODES.nullNode();
            case String text -> text(text);
            case Boolean bool -> NODES.booleanNode(bool);
            case Integer number -> NODES.numberNode(number);
            case Long number -> integer(number);
            case Double number -> NODES.numberNode(number);
            case BigInteger number -> integer(number);
            case BigDecimal number -> decimal(number);
            case Enum<?> constant -> NODES.stringNode(constant.name());
            case Instant instant -> instant(instant);
            case LocalDate date -> date(date);
            case LocalTime time -> new TypedText("time", Times.write(time));
            case Duration duration -> NODES.numberNode(Times.seconds(duration));
            case UUID uuid -> new TypedText("uuid", uuid.toString());
            case URI uri -> text(uri.toString());
            case Path file -> file(file);
            case Optional<?> maybe -> make(maybe.orElse(null));
            case Record record -> object(record);
            case List<?> list -> array(list);
            case Set<?> set -> array(set);
            case Map<?, ?> map -> object(map);
            case JsonNode node -> node(node);
            default -> throw refused(describe(value), instead(value));
        };
    }

    private JsonNode text(String text) {
        if (text.length() > Json.STRING_LENGTH_MAX) {
            throw refused(
                    "a string of " + text.length() + " characters (at most " + Json.STRING_LENGTH_MAX + ")",
                    "a reference (a path or an object key) to the content");
        }
        return NODES.stringNode(text);
    }

    private JsonNode integer(BigInteger number) {
        // Ten bits are at least three digits; the exact count is taken near the limit only.
        if (number.bitLength() > 3 * Json.NUMBER_LENGTH_MAX
                && number.abs().toString().length() > Json.NUMBER_LENGTH_MAX) {
            throw refused("an integer of more than " + Json.NUMBER_LENGTH_MAX + " digits", "its digits as a string");
        }
        return number.bitLength() < Long.SIZE ? integer(number.longValueExact()) : NODES.numberNode(number);
    }

    /// The node that a reader makes of the same digits, so that trees compare equal.
    private static JsonNode integer(long number) {
        return number == (int) number ? NODES.numberNode((int) number) : NODES.numberNode(number);
    }

    private JsonNode decimal(BigDecimal number) {
        if (number.precision() > Json.NUMBER_LENGTH_MAX - 20) {
            throw refused("a decimal of more than " + (Json.NUMBER_LENGTH_MAX - 20) + " digits", "a string");
        }
        return new TypedText("decimal", number.toString());
    }

    private JsonNode instant(Instant instant) {
        if (!Times.fits(instant)) {
            throw refused("an Instant outside of the years 1 to 9999", "Optional<Instant> for a time that never comes");
        }
        return new TypedText("datetime", Times.write(instant));
    }

    private JsonNode date(LocalDate date) {
        if (!Times.fits(date)) {
            throw refused(
                    "a LocalDate outside of the years 1 to 9999", "Optional<LocalDate> for a day that never comes");
        }
        return new TypedText("date", date.toString());
    }

    private JsonNode file(Path file) {
        if (file.getFileSystem() != FileSystems.getDefault()) {
            throw refused("a Path inside of " + file.getFileSystem().getClass().getSimpleName(), "its URI");
        }
        return text(file.toString());
    }

    private ArrayNode array(Iterable<?> elements) {
        ArrayNode array = NODES.arrayNode();
        int index = 0;
        for (Object element : elements) {
            array.add(at("[" + index++ + "]", element));
        }
        return array;
    }

    private ObjectNode object(Record record) {
        RecordForm form = RecordForm.of(record.getClass());
        ObjectNode object = NODES.objectNode();
        for (int i = 0; i < form.names().size(); i++) {
            String name = form.names().get(i);
            object.set(name, at("." + name, form.component(record, i)));
        }
        return object;
    }

    private ObjectNode object(Map<?, ?> map) {
        ObjectNode object = NODES.objectNode();
        map.forEach((key, value) -> {
            if (!(key instanceof String name)) {
                throw refused("a map with a key of " + describe(key), "Map<String, …>");
            }
            object.set(name, at("." + name, value));
        });
        if (Envelope.is(object)) {
            throw refused("a map of the two keys __type__ and __value__", "other keys: kombu takes these for its own");
        }
        return object;
    }

    private JsonNode node(JsonNode node) {
        if (Envelope.is(node) && Envelope.type(node) == null) {
            throw refused(
                    "an object of the two keys __type__ and __value__ whose type kombu doesn't know",
                    "other keys: a Python worker would lose the message");
        }
        return switch (node.getNodeType()) {
            case ARRAY -> array((ArrayNode) node);
            case OBJECT -> {
                ObjectNode object = NODES.objectNode();
                node.properties().forEach(e -> object.set(e.getKey(), at("." + e.getKey(), e.getValue())));
                yield object;
            }
            case POJO -> make(((POJONode) node).getPojo());
            case STRING -> node instanceof TypedText ? node : text(node.stringValue());
            case NUMBER -> node.isIntegralNumber() ? integer(node.bigIntegerValue()) : node;
            case BOOLEAN, NULL -> node;
            case MISSING -> NODES.nullNode();
            case BINARY -> throw refused("a node of bytes", instead(new byte[0]));
        };
    }

    private JsonNode at(String step, @Nullable Object value) {
        if (path.size() > DEPTH_MAX) {
            throw new NotJson(
                    String.join("", path.subList(0, 6)) + "…",
                    "a value nested deeper than " + DEPTH_MAX + " levels, or in itself",
                    "a flatter value, or ids instead of references");
        }
        path.addLast(step);
        JsonNode node = make(value);
        path.removeLast();
        return node;
    }

    private NotJson refused(String found, String instead) {
        return new NotJson(String.join("", path), found, instead);
    }

    private static String describe(@Nullable Object value) {
        return value == null ? "null" : "a value of " + value.getClass().getTypeName();
    }

    private static String instead(Object value) {
        return Instead.of(value.getClass());
    }
}
