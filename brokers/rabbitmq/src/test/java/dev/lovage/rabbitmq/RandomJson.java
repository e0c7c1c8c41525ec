package dev.lovage.rabbitmq;

import dev.lovage.engine.json.Json;
import java.util.Random;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Headers as Celery and its users may write them.
final class RandomJson {
    private RandomJson() {}

    static ObjectNode object(Random random, int depth) {
        var object = Json.object();
        for (int i = random.nextInt(6); i > 0; i--) {
            object.set(text(random, 1 + random.nextInt(12)), value(random, depth));
        }
        return object;
    }

    static String text(Random random, int length) {
        var text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.appendCodePoint(random.nextInt(4) == 0 ? 0x1F600 + random.nextInt(64) : 'a' + random.nextInt(26));
        }
        return text.toString();
    }

    private static JsonNode value(Random random, int depth) {
        return switch (random.nextInt(depth > 0 ? 9 : 7)) {
            case 0 -> Json.nothing();
            case 1 -> Json.tree(random.nextBoolean());
            case 2 -> Json.tree(random.nextInt());
            case 3 -> Json.tree(random.nextLong());
            case 4 -> Json.tree(random.nextGaussian());
            case 5, 6 -> Json.tree(text(random, random.nextInt(40)));
            case 7 -> object(random, depth - 1);
            default -> {
                var array = Json.array();
                for (int i = random.nextInt(4); i > 0; i--) {
                    array.add(value(random, depth - 1));
                }
                yield array;
            }
        };
    }
}
