package dev.lovage.engine.json;

import static java.util.Map.entry;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.lang.reflect.WildcardType;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Finds the shape of a type, and names the place of a type that has none.
final class ShapeFinder {
    /// Types are as many as the program has, so this doesn't grow.
    static final Map<Type, Shape> KNOWN = new ConcurrentHashMap<>();

    private static final Map<Class<?>, Shape> SCALARS = Map.ofEntries(
            entry(String.class, text("a string", "", JsonNode::stringValue)),
            entry(boolean.class, bool()),
            entry(Boolean.class, bool()),
            entry(int.class, integer(Integer.MIN_VALUE, Integer.MAX_VALUE, JsonNode::intValue)),
            entry(Integer.class, integer(Integer.MIN_VALUE, Integer.MAX_VALUE, JsonNode::intValue)),
            entry(long.class, integer(Long.MIN_VALUE, Long.MAX_VALUE, JsonNode::longValue)),
            entry(Long.class, integer(Long.MIN_VALUE, Long.MAX_VALUE, JsonNode::longValue)),
            entry(double.class, number("a number", ShapeFinder::real)),
            entry(Double.class, number("a number", ShapeFinder::real)),
            entry(
                    BigInteger.class,
                    new Shape.Scalar("an integer", schema -> schema.put("type", "integer"), ShapeFinder::wholeNumber)),
            entry(BigDecimal.class, decimal()),
            entry(Duration.class, number("a number of seconds", node -> Times.duration(exact(node)))),
            entry(Instant.class, enveloped("an ISO 8601 date and time", "date-time", "datetime", Times::instant)),
            entry(LocalDate.class, enveloped("a date, YYYY-MM-DD", "date", "date", Times::date)),
            entry(LocalTime.class, enveloped("a time, HH:MM:SS", "", "time", LocalTime::parse)),
            entry(UUID.class, enveloped("a UUID", "uuid", "uuid", ShapeFinder::uuid)),
            entry(
                    Path.class,
                    text("a path that this system can have, as a string", "", node -> Path.of(node.stringValue()))),
            entry(URI.class, text("a URI, as a string", "uri-reference", node -> URI.create(node.stringValue()))),
            entry(JsonNode.class, new Shape.Anything(node -> node)),
            entry(Object.class, new Shape.Anything(PlainValue::of)));

    private final List<String> path = new ArrayList<>(List.of("$"));
    private final Set<Class<?>> within = new HashSet<>();
    private final Map<TypeVariable<?>, Type> variables = new HashMap<>();

    Shape find(Type type) {
        return switch (type) {
            case Class<?> c when SCALARS.containsKey(c) -> SCALARS.get(c);
            case Class<?> c when c.isEnum() -> constants(c);
            case Class<?> c when c.isRecord() && c.getTypeParameters().length == 0 -> components(c);
            case ParameterizedType p -> parameterized(p, (Class<?>) p.getRawType());
            case TypeVariable<?> v when variables.containsKey(v) -> find(variables.get(v));
            case WildcardType w when w.getUpperBounds()[0] != Object.class -> find(w.getUpperBounds()[0]);
            case Class<?> c -> throw refused(type, Instead.of(c));
            default -> throw refused(type, "a type with all its type arguments");
        };
    }

    private Shape parameterized(ParameterizedType type, Class<?> raw) {
        Type[] arguments = type.getActualTypeArguments();
        if (raw == List.class || raw == Set.class) {
            return new Shape.Elements(in("[]", arguments[0]), raw == Set.class);
        }
        if (raw == Map.class && arguments[0] == String.class) {
            return new Shape.Entries(in(".*", arguments[1]));
        }
        if (raw == Optional.class) {
            Shape value = find(arguments[0]);
            if (value instanceof Shape.Maybe) {
                throw refused(type, "one Optional");
            }
            return new Shape.Maybe(value);
        }
        if (raw.isRecord()) {
            Map<TypeVariable<?>, Type> outer = Map.copyOf(variables);
            for (int i = 0; i < arguments.length; i++) {
                Type argument = arguments[i] instanceof TypeVariable<?> v ? outer.getOrDefault(v, v) : arguments[i];
                variables.put(raw.getTypeParameters()[i], argument);
            }
            Shape shape = components(raw);
            variables.clear();
            variables.putAll(outer);
            return shape;
        }
        throw refused(type, Instead.of(raw));
    }

    private Shape components(Class<?> type) {
        if (!within.add(type)) {
            throw refused(type, "JsonNode for the part that repeats: a record that contains itself has no end");
        }
        List<Shape> shapes = new ArrayList<>();
        for (RecordComponent component : type.getRecordComponents()) {
            shapes.add(in("." + RecordForm.snakeCase(component.getName()), component.getGenericType()));
        }
        within.remove(type);
        return new Shape.Components(type, RecordForm.of(type).names(), List.copyOf(shapes));
    }

    private Shape in(String step, Type type) {
        path.addLast(step);
        Shape shape = find(type);
        path.removeLast();
        return shape;
    }

    private NotJson refused(Type type, String instead) {
        return new NotJson(String.join("", path), "the type " + type.getTypeName(), instead);
    }

    private static Shape constants(Class<?> type) {
        Map<String, Object> exact = new HashMap<>();
        Map<String, Object> anyCase = new HashMap<>();
        List<String> names = new ArrayList<>();
        for (Object constant : type.getEnumConstants()) {
            String name = ((Enum<?>) constant).name();
            names.add(name);
            exact.put(name, constant);
            anyCase.putIfAbsent(name.toLowerCase(Locale.ROOT), constant);
        }
        return new Shape.Scalar(
                "one of " + names,
                schema -> names.forEach(schema.put("type", "string").putArray("enum")::add),
                node -> {
                    String name = node.stringValue();
                    Object constant = exact.getOrDefault(name, anyCase.get(name.toLowerCase(Locale.ROOT)));
                    if (constant == null) {
                        throw new IllegalArgumentException("no such constant");
                    }
                    return constant;
                });
    }

    private static Shape text(String expected, String format, Function<JsonNode, Object> reader) {
        return new Shape.Scalar(expected, schema -> string(schema, expected, format), reader);
    }

    private static Shape enveloped(String expected, String format, String envelope, Function<String, Object> parse) {
        return text(expected, format, node -> parse.apply(Envelope.text(node, envelope)));
    }

    private static void string(ObjectNode schema, String expected, String format) {
        schema.put("type", "string");
        if (!format.isEmpty()) {
            schema.put("format", format);
        } else if (!expected.equals("a string")) {
            schema.put("description", expected);
        }
    }

    private static Shape bool() {
        return new Shape.Scalar("true or false", schema -> schema.put("type", "boolean"), JsonNode::booleanValue);
    }

    private static Shape integer(long min, long max, Function<JsonNode, Object> reader) {
        return new Shape.Scalar(
                "an integer from " + min + " to " + max,
                schema -> schema.put("type", "integer").put("minimum", min).put("maximum", max),
                node -> {
                    wholeNumber(node);
                    return reader.apply(node);
                });
    }

    private static Shape number(String expected, Function<JsonNode, Object> reader) {
        Consumer<ObjectNode> schema = expected.equals("a number")
                ? node -> node.put("type", "number")
                : node -> node.put("type", "number").put("description", expected);
        return new Shape.Scalar(expected, schema, reader);
    }

    private static Shape decimal() {
        return new Shape.Scalar(
                "a decimal number, as a string or a number",
                schema -> schema.putArray("type").add("string").add("number"),
                node -> node.isNumber() ? exact(node) : decimal(Envelope.text(node, "decimal")));
    }

    /// Reading digits takes time by their square, so a string has no more of them than a number may have.
    private static BigDecimal decimal(String text) {
        if (text.length() > Json.NUMBER_LENGTH_MAX) {
            throw new IllegalArgumentException("too long");
        }
        return new BigDecimal(text);
    }

    private static BigInteger wholeNumber(JsonNode node) {
        if (!node.isIntegralNumber()) {
            throw new IllegalArgumentException("not an integer");
        }
        return node.bigIntegerValue();
    }

    private static Double real(JsonNode node) {
        if (!node.isNumber()) {
            throw new IllegalArgumentException("not a number");
        }
        if (!node.isIntegralNumber()) {
            return node.doubleValue();
        }
        double value = node.bigIntegerValue().doubleValue();
        if (Double.isInfinite(value)) {
            throw new IllegalArgumentException("beyond the range of a double");
        }
        return value;
    }

    private static BigDecimal exact(JsonNode node) {
        return node.isIntegralNumber() ? new BigDecimal(wholeNumber(node)) : BigDecimal.valueOf(real(node));
    }

    private static UUID uuid(String text) {
        String dashed =
                text.length() == 32 ? text.replaceFirst("(.{8})(.{4})(.{4})(.{4})(.{12})", "$1-$2-$3-$4-$5") : text;
        if (dashed.length() != 36) {
            throw new IllegalArgumentException("not a UUID");
        }
        return UUID.fromString(dashed);
    }
}
