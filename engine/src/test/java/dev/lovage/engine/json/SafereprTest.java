package dev.lovage.engine.json;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.engine.PythonCelery;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

@Tag("services")
class SafereprTest {
    @Test
    void random_arguments_are_printed_as_celery_prints_them() throws Exception {
        long seed = Long.getLong("lovage.seed", System.nanoTime());
        System.out.println("SafereprTest seed " + seed);
        var random = new Random(seed);
        var data = Json.array();
        for (int i = 0; i < 3000; i++) {
            var size = random.nextInt(5) == 0 ? 60 : 4;
            data.add(Json.array().add(array(random, 0, size)).add(object(random, 0, size)));
        }
        var answers = PythonCelery.ask("""
                from celery.utils.saferepr import saferepr
                answer = [[saferepr(tuple(a), 1024), saferepr(k, 1024)] for a, k in data]
                """, data);
        for (int i = 0; i < data.size(); i++) {
            var one = data.get(i);
            assertThat(PythonRepr.args((ArrayNode) one.get(0)))
                    .as("seed %s, %s: %s", seed, i, one.get(0))
                    .isEqualTo(answers.get(i).get(0).stringValue());
            assertThat(PythonRepr.kwargs((ObjectNode) one.get(1)))
                    .as("seed %s, %s: %s", seed, i, one.get(1))
                    .isEqualTo(answers.get(i).get(1).stringValue());
        }
    }

    private static ArrayNode array(Random random, int level, int size) {
        var array = Json.array();
        for (int i = random.nextInt(size); i > 0; i--) {
            array.add(value(random, level));
        }
        return array;
    }

    private static ObjectNode object(Random random, int level, int size) {
        var object = Json.object();
        for (int i = random.nextInt(size); i > 0; i--) {
            object.set(text(random, 8), value(random, level));
        }
        return object;
    }

    private static JsonNode value(Random random, int level) {
        return switch (random.nextInt(level > 5 ? 6 : 8)) {
            case 0 -> Json.nothing();
            case 1 -> Json.tree(random.nextBoolean());
            case 2 -> Json.tree(random.nextInt(3) == 0 ? random.nextLong() : (long) random.nextInt(100));
            case 3 -> Json.tree(number(random));
            case 4, 5 -> Json.tree(text(random, random.nextInt(10) == 0 ? 1500 : 20));
            case 6 -> array(random, level + 1, 5);
            default -> object(random, level + 1, 5);
        };
    }

    private static double number(Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> random.nextInt(1000);
            case 1 -> Double.longBitsToDouble(random.nextLong());
            case 2 -> Math.pow(10, random.nextInt(40) - 20);
            default -> random.nextDouble();
        };
    }

    private static String text(Random random, int length) {
        var signs = "ab c'\\\"ü😀\n\t.".codePoints().toArray();
        var text = new StringBuilder();
        for (int i = random.nextInt(length); i > 0; i--) {
            text.appendCodePoint(signs[random.nextInt(signs.length)]);
        }
        return text.toString();
    }
}
