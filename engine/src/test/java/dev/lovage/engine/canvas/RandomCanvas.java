package dev.lovage.engine.canvas;

import dev.lovage.engine.json.Json;
import java.util.List;
import java.util.Random;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Signatures in every form, over one task: `p.note`, whose result is the list of its arguments.
final class RandomCanvas {
    private final Random random;

    RandomCanvas(Random random) {
        this.random = random;
    }

    /// @param depth composites within composites
    ObjectNode any(int depth) {
        return switch (depth == 0 ? 0 : random.nextInt(6)) {
            case 0, 1 -> task();
            case 2, 3 -> {
                var chain = Steps.composite("chain");
                chain.withObject("/kwargs").set("tasks", several(1 + random.nextInt(3), depth - 1));
                yield chain;
            }
            case 4 -> group(depth);
            default -> {
                var chord = Steps.composite("chord");
                var kwargs = chord.withObject("/kwargs");
                kwargs.putObject("kwargs");
                if (random.nextInt(3) == 0) {
                    kwargs.set("header", group(depth));
                } else {
                    kwargs.set("header", several(random.nextInt(4), depth - 1));
                }
                kwargs.set("body", any(depth - 1));
                yield chord;
            }
        };
    }

    private ObjectNode group(int depth) {
        var group = Steps.composite("group");
        group.withObject("/kwargs").set("tasks", several(1 + random.nextInt(3), depth - 1));
        return group;
    }

    private ArrayNode several(int count, int depth) {
        var all = Json.array();
        for (int i = 0; i < count; i++) {
            all.add(any(depth));
        }
        return all;
    }

    ObjectNode task() {
        var task = Json.object();
        task.put("task", "p.note");
        var args = task.putArray("args");
        for (int i = random.nextInt(3); i > 0; i--) {
            args.add(random.nextInt(100));
        }
        task.putObject("kwargs");
        task.putObject("options");
        task.putNull("subtask_type");
        task.put("immutable", random.nextInt(6) == 0);
        return task;
    }

    /// Puts options of all kinds on every signature.
    void adorn(ObjectNode signature) {
        if (signature.path("task").asString("").equals("p.note")) {
            signature.withObject("/kwargs").set(word(), Json.array().add(word()).add(Double.NaN));
        }
        var options = signature.withObject("/options");
        for (int i = random.nextInt(4); i > 0; i--) {
            switch (random.nextInt(16)) {
                case 0 -> options.put("countdown", random.nextDouble() * 100);
                case 1 -> options.put("eta", "2026-11-20T08:00:00." + random.nextInt(10));
                case 2 -> options.put("expires", random.nextInt(100) - 50);
                case 3 -> options.put("expires", "2026-11-21 08:00");
                case 4 -> options.put("priority", random.nextInt(11));
                case 5 -> options.put("queue", word());
                case 6 -> options.put("exchange", word()).put("routing_key", word());
                case 7 -> options.put("time_limit", 10.5).put("soft_time_limit", random.nextInt(10));
                case 8 -> options.put("shadow", word());
                case 9 ->
                    options.set("stamped_headers", Json.array().add("tenant").add("absent"));
                case 10 -> options.withArray("/link").add(task());
                case 11 -> options.withArray("/link_error").add(task());
                case 12 ->
                    options.withObject("/headers")
                            .put(word(), word())
                            .put("id", "mine")
                            .put("compression", "x");
                case 13 ->
                    options.put("compression", List.of("zlib", "gzip", "zstd").get(random.nextInt(3)));
                case 14 -> options.putNull("task_id").putNull("root_id").put("add_to_parent", false);
                default -> options.put("ignore_result", random.nextBoolean()).put("tenant", word());
            }
        }
        signature.at("/kwargs/tasks").forEach(task -> adorn((ObjectNode) task));
        var header = signature.at("/kwargs/header");
        (header.isObject() ? header.at("/kwargs/tasks") : header).forEach(task -> adorn((ObjectNode) task));
        if (signature.at("/kwargs/body") instanceof ObjectNode body) {
            adorn(body);
        }
    }

    private String word() {
        if (random.nextInt(100) == 0) {
            return "w".repeat(1100);
        }
        var words = List.of("a", "ü😀", "__type__", "__value__", "it's", "x y", "\u0001");
        return words.get(random.nextInt(words.size()));
    }
}
