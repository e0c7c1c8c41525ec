package dev.lovage.engine.argument;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.lovage.engine.json.Json;
import dev.lovage.engine.json.NotJson;
import java.io.InputStream;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

class ArgumentShapeTest {
    record VerifyChecksum(Path filePath, String expectedHash) {}

    record Page(int number, Optional<String> label) {}

    enum Level {
        LOW,
        HIGH
    }

    record Request(UUID id, List<Page> pages, Map<String, Long> sizes, Optional<Instant> due, Level level) {}

    record Defaults(int a, Optional<Integer> b, Optional<Integer> c, String d) {}

    record Trailing(int a, Optional<Integer> b) {}

    record Positive(int count) {
        Positive {
            if (count < 1) {
                throw new IllegalArgumentException("The count is at least 1.");
            }
        }
    }

    record Order(List<Positive> parts) {}

    record Empty() {}

    record Box<T>(T item, List<T> more) {}

    record Outer<T>(Box<T> box) {}

    record Tree(String name, List<Tree> children) {}

    record Upload(List<Part> parts) {}

    record Part(String name, InputStream stream) {}

    static final ArgumentShape CHECKSUM = ArgumentShape.of(VerifyChecksum.class);

    static ArrayNode args(String json) {
        return (ArrayNode) Json.read(json.getBytes(StandardCharsets.UTF_8));
    }

    static ObjectNode kwargs(String json) {
        return (ObjectNode) Json.read(json.getBytes(StandardCharsets.UTF_8));
    }

    static Type field(String name) {
        try {
            return Generics.class.getDeclaredField(name).getGenericType();
        } catch (NoSuchFieldException e) {
            throw new AssertionError(e);
        }
    }

    static class Generics {
        Outer<String> outer = new Outer<>(new Box<>("", List.of()));
        List<? extends Number> numbers = List.of();
        List<Page> pages = List.of();
        Optional<String> maybe = Optional.empty();
        Map<Integer, String> byNumber = Map.of();

        @SuppressWarnings("rawtypes")
        List raw = List.of();
    }

    @Test
    void a_record_goes_out_by_position() {
        Arguments arguments = CHECKSUM.unbind(new VerifyChecksum(Path.of("/a"), "00ff"));
        assertThat(arguments.args()).isEqualTo(args("[\"/a\", \"00ff\"]"));
        assertThat(arguments.kwargs()).isEqualTo(kwargs("{}"));
    }

    @Test
    void a_record_comes_in_by_position_by_name_and_mixed() {
        VerifyChecksum input = new VerifyChecksum(Path.of("/a"), "00ff");
        for (List<String> form : List.of(
                List.of("[\"/a\", \"00ff\"]", "{}"),
                List.of("[]", "{\"file_path\": \"/a\", \"expected_hash\": \"00ff\"}"),
                List.of("[\"/a\"]", "{\"expected_hash\": \"00ff\"}"))) {
            ArrayNode args = args(form.get(0));
            ObjectNode kwargs = kwargs(form.get(1));
            assertThat(CHECKSUM.check(args, kwargs)).isEmpty();
            assertThat(CHECKSUM.bind(args, kwargs)).isEqualTo(input);
        }
    }

    @Test
    void what_is_empty_is_left_out_and_what_follows_goes_by_name() {
        ArgumentShape shape = ArgumentShape.of(Defaults.class);
        Defaults input = new Defaults(1, Optional.empty(), Optional.of(3), "d");
        Arguments arguments = shape.unbind(input);
        assertThat(arguments.args()).isEqualTo(args("[1]"));
        assertThat(arguments.kwargs()).isEqualTo(kwargs("{\"c\": 3, \"d\": \"d\"}"));
        assertThat(shape.check(arguments.args(), arguments.kwargs())).isEmpty();
        assertThat(shape.bind(arguments.args(), arguments.kwargs())).isEqualTo(input);
        assertThat(shape.bind(args("[1, null, 3, \"d\"]"), kwargs("{}"))).isEqualTo(input);
    }

    @Test
    void an_input_that_is_no_record_is_one_argument_by_position() {
        ArgumentShape shape = ArgumentShape.of(String.class);
        assertThat(shape.unbind("x")).isEqualTo(new Arguments(args("[\"x\"]"), kwargs("{}")));
        assertThat(shape.bind(args("[\"x\"]"), kwargs("{}"))).isEqualTo("x");
        assertThat(shape.check(args("[]"), kwargs("{\"input\": 1}")))
                .containsExactlyInAnyOrder(
                        new Violation("/0/0", "nothing", "a string"),
                        new Violation("/1/input", "an argument that the task doesn't have", "no arguments by name"));
        ArgumentShape pages = ArgumentShape.of(field("pages"));
        assertThat(pages.bind(args("[[{\"number\": 1}]]"), kwargs("{}")))
                .isEqualTo(List.of(new Page(1, Optional.empty())));
        ArgumentShape maybe = ArgumentShape.of(field("maybe"));
        assertThat(maybe.check(args("[]"), kwargs("{}"))).isEmpty();
        assertThat(maybe.bind(args("[]"), kwargs("{}"))).isEqualTo(Optional.empty());
        assertThat(maybe.unbind(Optional.empty()).args()).isEmpty();
    }

    @Test
    void void_takes_no_arguments_and_so_does_an_empty_record() {
        for (Class<?> type : List.of(Void.class, void.class, Empty.class)) {
            ArgumentShape shape = ArgumentShape.of(type);
            assertThat(shape.unbind(type == Empty.class ? new Empty() : null).args())
                    .isEmpty();
            assertThat(shape.check(args("[]"), kwargs("{}"))).isEmpty();
            assertThat(shape.check(args("[1]"), kwargs("{\"a\": 1}")))
                    .extracting(Violation::pointer)
                    .containsExactlyInAnyOrder("/0/0", "/1/a");
        }
        assertThat(ArgumentShape.of(Void.class).bind(args("[]"), kwargs("{}"))).isNull();
        assertThat(ArgumentShape.of(Empty.class).bind(args("[]"), kwargs("{}"))).isEqualTo(new Empty());
    }

    @Test
    void every_violation_is_named_at_once() {
        List<Violation> violations = ArgumentShape.of(Request.class)
                .check(
                        args("[\"not-a-uuid\", [{\"number\": 2147483648}, {\"label\": 5, \"x\": 1}, null]]"),
                        kwargs("{\"pages\": [], \"sizes\": {\"a/b~c\": \"1\"}, \"due\": \"soon\", \"extra\": 1}"));
        assertThat(violations)
                .extracting(Violation::pointer)
                .containsExactlyInAnyOrder(
                        "/0/0",
                        "/0/1/0/number",
                        "/0/1/1/number",
                        "/0/1/1/label",
                        "/0/1/1/x",
                        "/0/1/2",
                        "/1/pages",
                        "/1/sizes/a~1b~0c",
                        "/1/due",
                        "/1/level",
                        "/1/extra");
        assertThat(violations)
                .contains(
                        new Violation(
                                "/0/1/0/number",
                                "an integer of 10 digits",
                                "an integer from -2147483648 to 2147483647"),
                        new Violation("/1/level", "nothing", "one of [LOW, HIGH]"),
                        new Violation("/1/due", "a string of 4 characters", "an ISO 8601 date and time"));
    }

    @Test
    void too_many_arguments_and_null_are_violations() {
        assertThat(CHECKSUM.check(args("[null, \"x\", 3, 4]"), kwargs("{}")))
                .containsExactly(
                        new Violation("/0/0", "null", "a path that this system can have, as a string"),
                        new Violation(
                                "/0/2", "an argument too many", "at most 2 by position: [file_path, expected_hash]"),
                        new Violation(
                                "/0/3", "an argument too many", "at most 2 by position: [file_path, expected_hash]"));
    }

    @Test
    void what_the_record_itself_refuses_is_a_violation_in_its_place() {
        assertThat(ArgumentShape.of(Positive.class).check(args("[0]"), kwargs("{}")))
                .singleElement()
                .satisfies(v -> assertThat(v.pointer()).isEmpty())
                .satisfies(v -> assertThat(v.found()).contains("The count is at least 1."));
        assertThat(ArgumentShape.of(Order.class).check(args("[[{\"count\": 1}, {\"count\": 0}]]"), kwargs("{}")))
                .extracting(Violation::pointer)
                .containsExactly("/0/0/1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ArgumentShape.of(Positive.class).bind(args("[0]"), kwargs("{}")))
                .withMessage("The count is at least 1.");
    }

    @Test
    void a_partial_step_lacks_its_first_argument_only() {
        assertThat(CHECKSUM.checkPartial(args("[\"00ff\"]"), kwargs("{}"))).isEmpty();
        assertThat(CHECKSUM.checkPartial(args("[]"), kwargs("{\"expected_hash\": \"00ff\"}")))
                .isEmpty();
        assertThat(CHECKSUM.checkPartial(args("[1]"), kwargs("{\"file_path\": \"/a\"}")))
                .extracting(Violation::pointer)
                .containsExactlyInAnyOrder("/0/0", "/1/file_path");
        assertThat(CHECKSUM.checkPartial(args("[]"), kwargs("{}")))
                .extracting(Violation::pointer)
                .containsExactly("/1/expected_hash");
        assertThat(ArgumentShape.of(Void.class).checkPartial(args("[]"), kwargs("{}")))
                .extracting(Violation::pointer)
                .containsExactly("/0");
    }

    @Test
    void generic_records_take_their_type_arguments_along() {
        ArgumentShape shape = ArgumentShape.of(field("outer"));
        Outer<String> input = new Outer<>(new Box<>("a", List.of("b")));
        Arguments arguments = shape.unbind(input);
        assertThat(shape.bind(arguments.args(), arguments.kwargs())).isEqualTo(input);
        assertThat(shape.check(args("[{\"item\": 1, \"more\": [2]}]"), kwargs("{}")))
                .extracting(Violation::pointer)
                .containsExactly("/0/0/item", "/0/0/more/0");
    }

    @Test
    void types_that_json_cannot_carry_are_refused_with_path_and_way_out() {
        assertThatExceptionOfType(NotJson.class)
                .isThrownBy(() -> ArgumentShape.of(Upload.class))
                .withMessageContaining("$.parts[].stream")
                .withMessageContaining("java.io.InputStream")
                .withMessageContaining("a reference (a path or an object key)");
        assertThatExceptionOfType(NotJson.class)
                .isThrownBy(() -> ArgumentShape.of(Tree.class))
                .withMessageContaining("$.children[]")
                .withMessageContaining("JsonNode");
        for (Type type : List.of(
                field("raw"),
                field("numbers"),
                field("byNumber"),
                Box.class,
                byte[].class,
                int[].class,
                Thread.class)) {
            assertThatIllegalArgumentException()
                    .as(type.getTypeName())
                    .isThrownBy(() -> ArgumentShape.of(type))
                    .withMessageContaining("Use ");
        }
    }

    @Test
    void an_input_that_json_cannot_carry_is_refused_where_it_is_made() {
        record Loose(Object anything) {}
        assertThatExceptionOfType(NotJson.class)
                .isThrownBy(() -> ArgumentShape.of(Loose.class).unbind(new Loose(List.of(new Object()))))
                .satisfies(e -> assertThat(e.path()).isEqualTo("$.anything[0]"));
    }

    @Test
    void the_schema_describes_both_forms() {
        JsonNode schema = ArgumentShape.of(Trailing.class).schema();
        assertThat(schema.at("/$schema").stringValue()).isEqualTo("https://json-schema.org/draft/2020-12/schema");
        assertThat(schema.at("/type")).isEqualTo(args("[\"object\", \"array\"]"));
        assertThat(Json.read(Json.bytes(schema)).at("/properties/a"))
                .isEqualTo(kwargs("{\"type\":\"integer\",\"minimum\":-2147483648,\"maximum\":2147483647}"));
        assertThat(schema.at("/required")).isEqualTo(args("[\"a\"]"));
        assertThat(schema.at("/prefixItems"))
                .isEqualTo(args("[{\"$ref\":\"#/properties/a\"},{\"$ref\":\"#/properties/b\"}]"));
        assertThat(schema.at("/minItems").intValue()).isEqualTo(1);
        assertThat(schema.at("/items").booleanValue()).isFalse();
        assertThat(schema.at("/additionalProperties").booleanValue()).isFalse();
        JsonNode deep = ArgumentShape.of(Request.class).schema();
        assertThat(deep.at("/properties/pages/items/properties/label/anyOf/0/type")
                        .stringValue())
                .isEqualTo("string");
        assertThat(deep.at("/properties/id/format").stringValue()).isEqualTo("uuid");
        assertThat(ArgumentShape.of(String.class)
                        .schema()
                        .at("/prefixItems/0/type")
                        .stringValue())
                .isEqualTo("string");
        assertThat(ArgumentShape.of(Void.class).schema().at("/type")).isEqualTo(args("[\"array\"]"));
    }

    @Test
    void a_result_is_encoded_if_it_can_be_read_again() {
        assertThat(Result.encode(new Page(1, Optional.empty()), Page.class))
                .isEqualTo(kwargs("{\"number\": 1, \"label\": null}"));
        assertThat(Result.encode(null, Page.class).isNull()).isTrue();
        assertThat(Result.encode(new Object(), Void.class).isNull()).isTrue();
        assertThatExceptionOfType(NotJson.class)
                .isThrownBy(() -> Result.encode(List.of(Map.of("x", new Object())), Object.class))
                .satisfies(e -> assertThat(e.path()).isEqualTo("$[0].x"));
    }

    @Test
    @SuppressWarnings("NullAway") // a null where none belongs is what this is about
    void a_result_with_a_null_that_nobody_could_read_is_refused() {
        assertThatExceptionOfType(NotJson.class)
                .isThrownBy(() -> Result.encode(
                        new Request(null, List.of(new Page(1, null)), Map.of(), Optional.empty(), Level.LOW),
                        Request.class))
                .satisfies(e -> assertThat(e.path()).isEqualTo("$.id"))
                .withMessageContaining("Optional");
    }
}
