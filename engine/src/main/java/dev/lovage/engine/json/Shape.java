package dev.lovage.engine.json;

import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// The JSON that fits one Java type: it checks a tree, reads it, and describes itself as JSON Schema.
///
/// What [#check] finds nothing in, [#read] reads.
public sealed interface Shape {
    /// Where a check reports to.
    @FunctionalInterface
    interface Findings {
        /// @param pointer JSON pointer to the place
        /// @param found what is there, in words, without its content
        /// @param expected what belongs there
        void wrong(String pointer, String found, String expected);

        /// A record has no component of this name. Passed over unless overridden.
        default void unknown(String pointer, String found, String expected) {}
    }

    /// The shape of `type`.
    ///
    /// @throws NotJson if `type`, or a type in it, has none; the path says where
    static Shape of(Type type) {
        Shape known = ShapeFinder.KNOWN.get(type);
        return known != null ? known : ShapeFinder.KNOWN.computeIfAbsent(type, t -> new ShapeFinder().find(t));
    }

    /// Reports everything that doesn't fit, not only the first.
    ///
    /// @param pointer of `node` itself
    /// @return whether nothing was reported as wrong
    boolean check(JsonNode node, String pointer, Findings findings);

    /// The Java value of a tree that fits.
    @Nullable
    Object read(JsonNode node);

    /// JSON Schema 2020-12, a new node each time.
    ObjectNode schema();

    /// The shape in words, to complete "expected …".
    String expected();

    /// One value without parts: `read` throws when it doesn't fit.
    record Scalar(String expected, Consumer<ObjectNode> schemaOf, Function<JsonNode, Object> reader) implements Shape {
        @Override
        public boolean check(JsonNode node, String pointer, Findings findings) {
            try {
                var _ = reader.apply(node);
                return true;
            } catch (RuntimeException doesNotFit) {
                findings.wrong(pointer, Found.in(node), expected);
                return false;
            }
        }

        @Override
        public Object read(JsonNode node) {
            return reader.apply(node);
        }

        @Override
        public ObjectNode schema() {
            ObjectNode schema = JsonNodeFactory.instance.objectNode();
            schemaOf.accept(schema);
            return schema;
        }
    }

    /// Whatever comes, null included.
    record Anything(Function<JsonNode, @Nullable Object> reader) implements Shape {
        @Override
        public boolean check(JsonNode node, String pointer, Findings findings) {
            return true;
        }

        @Override
        public @Nullable Object read(JsonNode node) {
            return reader.apply(node);
        }

        @Override
        public ObjectNode schema() {
            return JsonNodeFactory.instance.objectNode();
        }

        @Override
        public String expected() {
            return "anything";
        }
    }

    /// A value, or null, or (as a component) nothing.
    record Maybe(Shape value) implements Shape {
        @Override
        public boolean check(JsonNode node, String pointer, Findings findings) {
            return absent(node) || value.check(node, pointer, findings);
        }

        @Override
        public Optional<?> read(JsonNode node) {
            return absent(node) ? Optional.empty() : Optional.ofNullable(value.read(node));
        }

        @Override
        public ObjectNode schema() {
            ObjectNode schema = JsonNodeFactory.instance.objectNode();
            schema.putArray("anyOf").add(value.schema()).addObject().put("type", "null");
            return schema;
        }

        @Override
        public String expected() {
            return value.expected() + ", or null";
        }

        private static boolean absent(JsonNode node) {
            return node.isNull() || node.isMissingNode();
        }
    }

    /// An array of equals; a set's elements may be given twice and are read once.
    record Elements(Shape element, boolean set) implements Shape {
        @Override
        public boolean check(JsonNode node, String pointer, Findings findings) {
            if (!node.isArray()) {
                findings.wrong(pointer, Found.in(node), expected());
                return false;
            }
            boolean fits = true;
            for (int i = 0; i < node.size(); i++) {
                fits &= element.check(node.path(i), pointer + "/" + i, findings);
            }
            return fits;
        }

        @Override
        public Object read(JsonNode node) {
            List<@Nullable Object> elements = new ArrayList<>(node.size());
            node.forEach(each -> elements.add(element.read(each)));
            return set
                    ? Collections.unmodifiableSet(new LinkedHashSet<>(elements))
                    : Collections.unmodifiableList(elements);
        }

        @Override
        public ObjectNode schema() {
            ObjectNode schema = JsonNodeFactory.instance.objectNode().put("type", "array");
            schema.set("items", element.schema());
            return schema;
        }

        @Override
        public String expected() {
            return "an array, each element " + element.expected();
        }
    }

    /// An object with keys of any name and equal values.
    record Entries(Shape value) implements Shape {
        @Override
        public boolean check(JsonNode node, String pointer, Findings findings) {
            if (!node.isObject()) {
                findings.wrong(pointer, Found.in(node), expected());
                return false;
            }
            boolean fits = true;
            for (var entry : node.properties()) {
                fits &= value.check(entry.getValue(), pointer(pointer, entry.getKey()), findings);
            }
            return fits;
        }

        @Override
        public Object read(JsonNode node) {
            Map<String, @Nullable Object> entries = new LinkedHashMap<>();
            node.properties().forEach(entry -> entries.put(entry.getKey(), value.read(entry.getValue())));
            return Collections.unmodifiableMap(entries);
        }

        @Override
        public ObjectNode schema() {
            ObjectNode schema = JsonNodeFactory.instance.objectNode().put("type", "object");
            schema.set("additionalProperties", value.schema());
            return schema;
        }

        @Override
        public String expected() {
            return "an object, each value " + value.expected();
        }
    }

    /// An object with the components of a record.
    ///
    /// @param names on the wire, in the record's order
    /// @param shapes as many
    record Components(Class<?> type, List<String> names, List<Shape> shapes) implements Shape {
        @Override
        public boolean check(JsonNode node, String pointer, Findings findings) {
            if (!node.isObject()) {
                findings.wrong(pointer, Found.in(node), expected());
                return false;
            }
            boolean fits = true;
            for (int i = 0; i < names.size(); i++) {
                JsonNode component = node.path(names.get(i));
                String place = pointer(pointer, names.get(i));
                if (component.isMissingNode() && !mayBeMissing(i)) {
                    findings.wrong(place, "nothing", shapes.get(i).expected());
                    fits = false;
                } else {
                    fits &= shapes.get(i).check(component, place, findings);
                }
            }
            for (String name : node.propertyNames()) {
                if (!names.contains(name)) {
                    findings.unknown(pointer(pointer, name), Found.in(node.path(name)), "one of " + names);
                }
            }
            return fits && accepted(() -> read(node), pointer, findings);
        }

        /// Runs the record's own checks by making it. What they say is reported as they say it, so a record
        /// doesn't put content into the messages of its exceptions.
        ///
        /// @return whether it could be made
        public boolean accepted(Runnable making, String pointer, Findings findings) {
            try {
                making.run();
                return true;
            } catch (RuntimeException refused) {
                String why = refused.getMessage();
                findings.wrong(
                        pointer,
                        "what " + type.getSimpleName() + " itself refuses"
                                + (why == null ? " (" + refused.getClass().getSimpleName() + ")" : ": " + why),
                        expected());
                return false;
            }
        }

        public boolean mayBeMissing(int index) {
            return shapes.get(index) instanceof Maybe;
        }

        @Override
        public Object read(JsonNode node) {
            @Nullable Object[] components = new @Nullable Object[names.size()];
            for (int i = 0; i < components.length; i++) {
                components[i] = shapes.get(i).read(node.path(names.get(i)));
            }
            return make(components);
        }

        /// @throws RuntimeException what the record's own constructor threw
        public Object make(@Nullable Object[] components) {
            return RecordForm.of(type).make(components);
        }

        /// The value of component `index` of `record`.
        public @Nullable Object component(Object record, int index) {
            return RecordForm.of(type).component(record, index);
        }

        @Override
        public ObjectNode schema() {
            ObjectNode schema = JsonNodeFactory.instance.objectNode().put("type", "object");
            schema.put("title", type.getSimpleName());
            ObjectNode properties = schema.putObject("properties");
            var required = schema.putArray("required");
            for (int i = 0; i < names.size(); i++) {
                properties.set(names.get(i), shapes.get(i).schema());
                if (!mayBeMissing(i)) {
                    required.add(names.get(i));
                }
            }
            return schema.put("additionalProperties", false);
        }

        @Override
        public String expected() {
            return "an object with the keys of " + type.getSimpleName() + " " + names;
        }
    }

    /// The pointer to `key` in the object at `pointer`.
    static String pointer(String pointer, String key) {
        return pointer + "/" + key.replace("~", "~0").replace("/", "~1");
    }
}
