package dev.lovage.engine.argument;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.lovage.engine.json.Json;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Random inputs of every type go out as bytes and come back equal; random damage is either found or harmless.
class RoundTripTest {
    enum Color {
        RED,
        Green
    }

    record Leaf(String text, Optional<Long> size, boolean flag) {}

    record Everything(
            String text,
            boolean flag,
            int number,
            Long big,
            double real,
            BigInteger huge,
            BigDecimal exact,
            Optional<Instant> at,
            LocalDate day,
            Duration pause,
            UUID id,
            Optional<Path> file,
            URI uri,
            Color color,
            Leaf leaf,
            List<Leaf> leaves,
            Set<String> tags,
            Map<String, List<Integer>> table,
            Optional<Map<String, Leaf>> more,
            JsonNode any) {}

    static final ArgumentShape SHAPE = ArgumentShape.of(Everything.class);

    long seed;
    Random random;

    @BeforeEach
    void prints_its_seed() {
        seed = Long.getLong("lovage.seed", System.nanoTime());
        random = new Random(seed);
        System.out.println("RoundTripTest: repeat with -Dlovage.seed=" + seed);
    }

    @Test
    void what_goes_out_comes_back_equal() {
        for (int i = 0; i < 2000; i++) {
            Everything input = everything();
            ArrayNode body = body(SHAPE.unbind(input), i % 2 == 0);
            assertThat(SHAPE.check(args(body), kwargs(body)))
                    .as("seed %s", seed)
                    .isEmpty();
            assertThat(SHAPE.bind(args(body), kwargs(body))).as("seed %s", seed).isEqualTo(input);

            JsonNode result = Json.read(Json.bytes(Result.encode(input, Everything.class)));
            assertThat(Json.<Everything>value(result, Everything.class))
                    .as("seed %s", seed)
                    .isEqualTo(input);
        }
    }

    @Test
    void a_tree_equals_what_is_read_from_its_bytes() {
        for (int i = 0; i < 1000; i++) {
            JsonNode tree = Json.tree(everything());
            assertThat(Json.read(Json.bytes(tree))).as("seed %s", seed).isEqualTo(tree);
        }
    }

    @Test
    void what_the_check_lets_through_can_be_bound() {
        int damaged = 0;
        for (int i = 0; i < 5000; i++) {
            ArrayNode body = body(SHAPE.unbind(everything()), false);
            for (int j = random.nextInt(3); j >= 0; j--) {
                damage(body.path(random.nextInt(8) == 0 ? 1 : 0));
            }
            if (SHAPE.check(args(body), kwargs(body)).isEmpty()) {
                assertThatCode(() -> SHAPE.bind(args(body), kwargs(body)))
                        .as("seed %s, body %s", seed, body)
                        .doesNotThrowAnyException();
            } else {
                damaged++;
            }
        }
        assertThat(damaged).as("seed %s", seed).isGreaterThan(1000);
    }

    private static ArrayNode body(Arguments arguments, boolean ascii) {
        JsonNode body = Json.tree(List.of(arguments.args(), arguments.kwargs()));
        return (ArrayNode) Json.read(ascii ? Json.ascii(body) : Json.bytes(body));
    }

    private static ArrayNode args(ArrayNode body) {
        return (ArrayNode) body.path(0);
    }

    private static ObjectNode kwargs(ArrayNode body) {
        return (ObjectNode) body.path(1);
    }

    /// Puts something else in a random place below `node`.
    private void damage(JsonNode node) {
        if (node.isEmpty()) {
            return;
        }
        int index = random.nextInt(node.size());
        JsonNode child;
        if (node instanceof ArrayNode array) {
            child = array.path(index);
            if (child.isEmpty() || random.nextBoolean()) {
                array.set(index, anything());
                return;
            }
        } else {
            String key = node.propertyNames().stream().skip(index).findFirst().orElseThrow();
            child = node.path(key);
            if (child.isEmpty() || random.nextBoolean()) {
                ((ObjectNode) node).remove(key);
                ((ObjectNode) node).set(random.nextInt(4) == 0 ? text() : key, anything());
                return;
            }
        }
        damage(child);
    }

    private JsonNode anything() {
        String[] json = {
            "null",
            "true",
            "0",
            "-1",
            "1.5",
            "1e400",
            "NaN",
            "-Infinity",
            "99999999999",
            "1e999999999",
            "\"\"",
            "\"RED\"",
            "\"red\"",
            "\"1\"",
            "\"2026-01-01\"",
            "\"2026-01-01T00:00:00\"",
            "\"a\\u0000b\"",
            "\"%\"",
            "[]",
            "[1]",
            "[\"a\"]",
            "{}",
            "{\"a\":[1]}",
            "{\"text\":\"a\",\"flag\":true}",
            "{\"__type__\":\"datetime\",\"__value__\":\"2026-01-01\"}",
            "{\"__type__\":\"uuid\",\"__value__\":1}",
            "{\"__type__\":\"decimal\",\"__value__\":\"1e9999999999\"}",
            "\"\\udc80\"",
            "9".repeat(400)
        };
        return Json.read(json[random.nextInt(json.length)].getBytes(StandardCharsets.UTF_8));
    }

    private Everything everything() {
        return new Everything(
                text(),
                random.nextBoolean(),
                random.nextInt(),
                random.nextLong() >> random.nextInt(64),
                random.nextInt(5) == 0 ? Double.NaN : Double.longBitsToDouble(random.nextLong()),
                new BigInteger(random.nextInt(3000), random).negate(),
                new BigDecimal(new BigInteger(random.nextInt(200), random), random.nextInt(-50, 50)),
                maybe(() -> Instant.ofEpochSecond(
                                random.nextLong(-62135596800L, 253402300800L), random.nextInt(1_000_000_000))
                        .truncatedTo(ChronoUnit.MICROS)),
                LocalDate.ofEpochDay(random.nextInt(-700_000, 2_900_000)),
                Duration.of(random.nextInt(), ChronoUnit.MICROS).multipliedBy(random.nextInt(1000)),
                new UUID(random.nextLong(), random.nextLong()),
                maybe(() -> Path.of("/a", "b" + random.nextInt())),
                URI.create("https://example.org/" + random.nextInt() + "?q=%20"),
                Color.values()[random.nextInt(2)],
                leaf(),
                many(this::leaf).toList(),
                many(this::text).collect(Collectors.toSet()),
                table(),
                maybe(() -> Map.of(text(), leaf())),
                anything());
    }

    private Map<String, List<Integer>> table() {
        Map<String, List<Integer>> table = new LinkedHashMap<>();
        many(this::text).forEach(key -> table.put(key, many(random::nextInt).toList()));
        return table;
    }

    private Leaf leaf() {
        return new Leaf(text(), maybe(random::nextLong), random.nextBoolean());
    }

    private String text() {
        return IntStream.range(0, random.nextInt(12))
                .mapToObj(i -> Character.toString(
                        switch (random.nextInt(4)) {
                            case 0 -> random.nextInt(0x20);
                            case 1 -> random.nextInt(0x20, 0x7f);
                            case 2 -> random.nextInt(0xa0, 0xd800);
                            default -> random.nextInt(0x10000, 0x10ffff);
                        }))
                .collect(Collectors.joining());
    }

    private <T> Optional<T> maybe(Supplier<T> value) {
        return random.nextBoolean() ? Optional.of(value.get()) : Optional.empty();
    }

    private <T> Stream<T> many(Supplier<T> value) {
        return Stream.generate(value).limit(random.nextInt(4));
    }
}
