package dev.lovage.engine.argument;

import dev.lovage.engine.json.Json;
import dev.lovage.engine.json.Shape;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// The arguments that a task takes, found from its input type.
///
/// A record is an argument list: its components are the positional arguments in their order, and the keyword
/// arguments by snake_case name, as in Python. Any other type is one argument, by position only; `Void` takes
/// none. An `Optional` may be missing.
public final class ArgumentShape {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final Type type;
    private final Optional<Shape.Components> record;
    private final List<String> names;
    private final List<Shape> shapes;

    private ArgumentShape(Type type, Optional<Shape.Components> record, List<String> names, List<Shape> shapes) {
        this.type = type;
        this.record = record;
        this.names = names;
        this.shapes = shapes;
    }

    /// @throws NotJson if JSON can't carry `inputType`, or a type in it; path and replacement are named
    public static ArgumentShape of(Type inputType) {
        if (inputType == Void.class || inputType == void.class) {
            return new ArgumentShape(inputType, Optional.empty(), List.of(), List.of());
        }
        Shape shape = Shape.of(inputType);
        return shape instanceof Shape.Components record
                ? new ArgumentShape(inputType, Optional.of(record), record.names(), record.shapes())
                : new ArgumentShape(inputType, Optional.empty(), List.of("input"), List.of(shape));
    }

    /// The arguments that make `input`, by position. From the first empty `Optional` on they go by name, and
    /// what is empty is left out, so that a Python task's own defaults apply.
    ///
    /// @param input an instance of the input type; anything, where that is `Void`
    /// @throws NotJson if there is something in `input` that JSON can't carry
    public Arguments unbind(@Nullable Object input) {
        ArrayNode args = NODES.arrayNode();
        ObjectNode kwargs = NODES.objectNode();
        if (record.isPresent() && input != null) {
            ObjectNode tree = (ObjectNode) Json.tree(input);
            boolean byName = false;
            for (int i = 0; i < names.size(); i++) {
                JsonNode argument = tree.path(names.get(i));
                if (argument.isNull() && optional(i)) {
                    byName = true;
                } else if (byName) {
                    kwargs.set(names.get(i), argument);
                } else {
                    args.add(argument);
                }
            }
        } else if (!names.isEmpty()) {
            JsonNode argument = Json.tree(input);
            if (!argument.isNull() || !optional(0)) {
                args.add(argument);
            }
        }
        return new Arguments(args, kwargs);
    }

    /// The input that these arguments make. They were found to be right by [#check] before.
    ///
    /// @return null for `Void`, or where anything goes and null came
    /// @throws RuntimeException what the record's own constructor threw
    public @Nullable Object bind(ArrayNode args, ObjectNode kwargs) {
        if (names.isEmpty()) {
            return record.map(r -> r.make(new @Nullable Object[0])).orElse(null);
        }
        @Nullable Object[] values = new @Nullable Object[names.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = shapes.get(i).read(i < args.size() ? args.path(i) : kwargs.path(names.get(i)));
        }
        return record.isPresent() ? record.get().make(values) : values[0];
    }

    /// Everything in which the arguments don't fit; empty if [#bind] takes them.
    public List<Violation> check(ArrayNode args, ObjectNode kwargs) {
        return check(args, kwargs, 0);
    }

    /// Like [#check], for a step that gets the previous step's result put before `args`: the first argument is
    /// not here yet. Pointers are those of the arguments as they are now.
    public List<Violation> checkPartial(ArrayNode args, ObjectNode kwargs) {
        return check(args, kwargs, 1);
    }

    private List<Violation> check(ArrayNode args, ObjectNode kwargs, int prepended) {
        List<Violation> violations = new ArrayList<>();
        Shape.Findings findings = findings(violations);
        int positional = args.size() + prepended;
        for (int i = prepended; i < names.size(); i++) {
            String byName = Shape.pointer("/1", names.get(i));
            JsonNode named = record.isPresent() ? kwargs.path(names.get(i)) : NODES.missingNode();
            if (i < positional) {
                shapes.get(i).check(args.path(i - prepended), "/0/" + (i - prepended), findings);
            } else if (!named.isMissingNode()) {
                shapes.get(i).check(named, byName, findings);
            } else if (!optional(i)) {
                findings.wrong(
                        record.isPresent() ? byName : "/0/0",
                        "nothing",
                        shapes.get(i).expected());
            }
        }
        for (int i = names.size(); i < positional; i++) {
            String place = i < prepended ? "/0" : "/0/" + (i - prepended);
            findings.wrong(place, "an argument too many", "at most " + names.size() + " by position: " + names);
        }
        for (String name : kwargs.propertyNames()) {
            int index = record.isPresent() ? names.indexOf(name) : -1;
            if (index < 0) {
                findings.wrong(
                        Shape.pointer("/1", name),
                        "an argument that the task doesn't have",
                        record.isPresent() ? "one of " + names : "no arguments by name");
            } else if (index < positional) {
                findings.wrong(
                        Shape.pointer("/1", name),
                        "an argument that is given by position already",
                        "each argument once");
            }
        }
        if (violations.isEmpty() && prepended == 0 && record.isPresent()) {
            record.get().accepted(() -> bind(args, kwargs), "", findings);
        }
        return List.copyOf(violations);
    }

    private static Shape.Findings findings(List<Violation> violations) {
        return new Shape.Findings() {
            @Override
            public void wrong(String pointer, String found, String expected) {
                violations.add(new Violation(pointer, found, expected));
            }

            @Override
            public void unknown(String pointer, String found, String expected) {
                violations.add(new Violation(pointer, found, expected));
            }
        };
    }

    /// JSON Schema 2020-12 of both ways to give the arguments. A JSON object is the keyword form: `properties`
    /// and `required` count. A JSON array is the positional form: `prefixItems` and `minItems` count. A message
    /// may mix them, the first arguments by position and the rest by name. An input that is no record has the
    /// positional form only.
    public JsonNode schema() {
        ObjectNode schema = NODES.objectNode();
        schema.put("$schema", "https://json-schema.org/draft/2020-12/schema");
        schema.put("title", type instanceof Class<?> c ? c.getSimpleName() : type.getTypeName());
        schema.put(
                "description",
                "Arguments of a task: an object gives them by name, an array by position. Enum names are read in any "
                        + "case, and kombu's typed envelopes in place of dates, times, decimals and UUIDs.");
        ArrayNode types = schema.putArray("type");
        if (record.isPresent()) {
            types.add("object");
            ObjectNode byName = record.get().schema();
            schema.set("properties", byName.path("properties"));
            schema.set("required", byName.path("required"));
            schema.put("additionalProperties", false);
        }
        types.add("array");
        int needed = 0;
        ArrayNode positions = names.isEmpty() ? NODES.arrayNode() : schema.putArray("prefixItems");
        for (int i = 0; i < names.size(); i++) {
            if (record.isPresent()) {
                positions.addObject().put("$ref", Shape.pointer("#/properties", names.get(i)));
            } else {
                positions.add(shapes.get(i).schema());
            }
            needed = optional(i) ? needed : i + 1;
        }
        return schema.put("items", false).put("minItems", needed);
    }

    private boolean optional(int index) {
        return shapes.get(index) instanceof Shape.Maybe;
    }
}
