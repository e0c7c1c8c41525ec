package dev.lovage.engine.canvas;

import dev.lovage.engine.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Canvases in normal form, by Celery's rules of composition: no chain inside a chain, no group of one, a group
/// before a step is a chord, and all that follows a chord belongs to its body. So only the last step of a chain
/// is ever composite.
final class Normal {
    private static final List<String> HANDED_OVER = List.of(
            "queue",
            "exchange",
            "routing_key",
            "priority",
            "compression",
            "headers",
            "countdown",
            "eta",
            "expires",
            "time_limit",
            "soft_time_limit",
            "ignore_result",
            "shadow",
            "reply_to");

    private Normal() {}

    static String kind(ObjectNode signature) {
        return switch (signature.path("task").asString("")) {
            case "celery.chain" -> "chain";
            case "celery.group" -> "group";
            case "celery.chord" -> "chord";
            default -> "task";
        };
    }

    static ObjectNode options(ObjectNode signature) {
        return signature.get("options") instanceof ObjectNode given ? given : signature.putObject("options");
    }

    /// A normal copy. Options of a chain are handed to the steps that they mean: `link_error` to every step,
    /// `link`, ids and the chord to the last.
    static ObjectNode of(ObjectNode signature) {
        var copy = signature.deepCopy();
        return switch (kind(copy)) {
            case "chain" -> chain(copy);
            case "group" -> group(copy);
            case "chord" -> chord(copy);
            default -> copy;
        };
    }

    /// The task whose end is the end of `signature`, which is normal; for a group, the group itself.
    static ObjectNode terminal(ObjectNode signature) {
        return switch (kind(signature)) {
            case "chain" ->
                terminal((ObjectNode) tasks(signature).get(tasks(signature).size() - 1));
            case "chord" -> terminal((ObjectNode) signature.at("/kwargs/body"));
            default -> signature;
        };
    }

    /// The members of a chord's header, in either form that it has on the wire.
    static ArrayNode header(ObjectNode chord) {
        return chord.at("/kwargs/header") instanceof ObjectNode group
                ? tasks(group)
                : chord.withObject("/kwargs").withArray("/header");
    }

    /// The group id that the header was frozen with, perhaps by Python.
    static Optional<String> headerId(ObjectNode chord) {
        return Optional.ofNullable(chord.at("/kwargs/header/options/task_id").asString(null));
    }

    static ArrayNode tasks(ObjectNode composite) {
        return composite.withObject("/kwargs").withArray("/tasks");
    }

    /// Gives every task of a normal signature its id, where it has none.
    static void identify(ObjectNode signature, Supplier<String> ids) {
        switch (kind(signature)) {
            case "chain", "group" -> {
                tasks(signature).forEach(task -> identify((ObjectNode) task, ids));
                if (kind(signature).equals("group")) {
                    identifyOne(signature, ids);
                }
            }
            case "chord" -> {
                header(signature).forEach(member -> identify((ObjectNode) member, ids));
                identify((ObjectNode) signature.at("/kwargs/body"), ids);
            }
            default -> identifyOne(signature, ids);
        }
    }

    /// Writes into every task of a normal signature who waits for its result, where that is not told: whoever sends it
    /// on is another.
    static void replyTo(ObjectNode signature, String queue) {
        switch (kind(signature)) {
            case "chain", "group" -> tasks(signature).forEach(task -> replyTo((ObjectNode) task, queue));
            case "chord" -> {
                header(signature).forEach(member -> replyTo((ObjectNode) member, queue));
                replyTo((ObjectNode) signature.at("/kwargs/body"), queue);
            }
            default -> {
                if (!options(signature).hasNonNull("reply_to")) {
                    options(signature).put("reply_to", queue);
                }
            }
        }
    }

    /// The steps of a normal signature, one unless it is a chain.
    static List<ObjectNode> steps(ObjectNode signature) {
        var steps = new ArrayList<ObjectNode>();
        if (kind(signature).equals("chain")) {
            tasks(signature).forEach(task -> steps.add((ObjectNode) task));
        } else {
            steps.add(signature);
        }
        return steps;
    }

    static ObjectNode chainOf(List<ObjectNode> steps) {
        var chain = Steps.composite("chain");
        steps.forEach(step -> tasks(chain).add(step));
        return of(chain);
    }

    private static void identifyOne(ObjectNode signature, Supplier<String> ids) {
        if (!options(signature).hasNonNull("task_id")) {
            options(signature).put("task_id", ids.get());
        }
    }

    private static ObjectNode chain(ObjectNode chain) {
        var normal = new ArrayList<ObjectNode>();
        tasks(chain).forEach(step -> steps(of((ObjectNode) step)).forEach(one -> append(normal, one)));
        if (normal.isEmpty()) {
            throw new IllegalArgumentException(
                    "A chain has at least one step, but this one is empty. Nothing was sent.");
        }
        var options = options(chain);
        normal.forEach(step -> linkErrors(step, options.path("link_error")));
        handOver(options, normal.getFirst());
        ObjectNode result;
        if (normal.size() == 1) {
            result = normal.getFirst();
        } else {
            result = Steps.composite("chain");
            normal.forEach(step -> tasks(result).add(step));
        }
        handOn(options, terminal(result));
        prepend(normal.getFirst(), chain.path("args"));
        return result;
    }

    private static void append(List<ObjectNode> steps, ObjectNode step) {
        var last = steps.isEmpty() ? Json.object() : steps.getLast();
        switch (kind(last)) {
            case "group" -> {
                var chord = Steps.composite("chord");
                var kwargs = chord.withObject("/kwargs");
                kwargs.putObject("kwargs");
                kwargs.set(
                        "header",
                        options(last).hasNonNull("task_id") ? last : tasks(last).deepCopy());
                kwargs.set("body", step);
                steps.set(steps.size() - 1, chord);
            }
            case "chord" -> {
                var body = (ObjectNode) last.at("/kwargs/body");
                last.withObject("/kwargs").set("body", chainOf(List.of(body, step)));
            }
            default -> steps.add(step);
        }
    }

    private static ObjectNode group(ObjectNode group) {
        var members = flat(tasks(group));
        members.forEach(member -> handOver(options(group), member));
        members.forEach(member -> linkErrors(member, options(group).path("link_error")));
        if (members.size() == 1) {
            handOn(options(group), terminal(members.getFirst()));
            return members.getFirst();
        }
        options(group).remove("link_error");
        options(group).remove(HANDED_OVER);
        tasks(group).removeAll();
        members.forEach(tasks(group)::add);
        return group;
    }

    private static ObjectNode chord(ObjectNode chord) {
        var kwargs = chord.withObject("/kwargs");
        var group = kwargs.get("header") instanceof ObjectNode signature ? signature : Json.object();
        var members = Json.array();
        flat(header(chord)).forEach(members::add);
        if (group.path("options").hasNonNull("task_id")) {
            group.withObject("/kwargs").set("tasks", members);
        } else {
            kwargs.set("header", members);
        }
        var body = of((ObjectNode) kwargs.get("body"));
        members.forEach(member -> handOver(options(chord), (ObjectNode) member));
        handOver(options(chord), body);
        linkErrors(body, options(chord).path("link_error"));
        handOn(options(chord), terminal(body));
        options(chord).remove("link_error");
        options(chord).remove(HANDED_OVER);
        prepend(chord, chord.path("args"));
        chord.putArray("args");
        kwargs.set("body", body);
        return chord;
    }

    /// Normal members; a member that ends in a group ends in the list of that group's results instead.
    private static List<ObjectNode> flat(ArrayNode tasks) {
        var members = new ArrayList<ObjectNode>();
        tasks.forEach(task -> {
            var member = of((ObjectNode) task);
            if (kind(member).equals("group")) {
                tasks(member).forEach(inner -> members.add((ObjectNode) inner));
            } else if (kind(terminal(member)).equals("group")) {
                members.add(chainOf(List.of(member, accumulate(terminal(member)))));
            } else {
                members.add(member);
            }
        });
        return members;
    }

    /// Celery's own task that returns its arguments, sent where the group's first member goes.
    static ObjectNode accumulate(ObjectNode group) {
        var node = Json.object();
        node.put("task", "celery.accumulate");
        node.putArray("args");
        node.putObject("kwargs").put("index", 0);
        var queue = options((ObjectNode) tasks(group).get(0)).get("queue");
        var options = node.putObject("options");
        if (queue != null) {
            options.set("queue", queue);
        }
        node.putNull("subtask_type");
        node.put("immutable", false);
        return node;
    }

    private static void handOn(ObjectNode options, ObjectNode terminal) {
        if (options.isEmpty()) {
            return;
        }
        addAll(terminal, "link", options.path("link"));
        for (var key : List.of("task_id", "group_id", "group_index", "chord", "replaced_task_nesting")) {
            if (options.hasNonNull(key) && !options(terminal).hasNonNull(key)) {
                options(terminal).set(key, options.get(key));
            }
        }
    }

    /// Error callbacks of a composite: each of its tasks gets them, and of a chord the body.
    private static void linkErrors(ObjectNode signature, JsonNode errbacks) {
        switch (kind(signature)) {
            case "chain", "group" -> tasks(signature).forEach(task -> linkErrors((ObjectNode) task, errbacks));
            case "chord" -> linkErrors((ObjectNode) signature.at("/kwargs/body"), errbacks);
            default -> addAll(signature, "link_error", errbacks);
        }
    }

    /// Options of a composite that are about sending: of a chain for its first step, of a group for each
    /// member.
    private static void handOver(ObjectNode options, ObjectNode signature) {
        var given = options.properties().stream()
                .filter(option -> HANDED_OVER.contains(option.getKey())
                        && !option.getValue().isNull())
                .toList();
        if (given.isEmpty()) {
            return;
        }
        switch (kind(signature)) {
            case "chain" -> handOver(options, (ObjectNode) tasks(signature).get(0));
            case "group" -> tasks(signature).forEach(task -> handOver(options, (ObjectNode) task));
            case "chord" -> {
                header(signature).forEach(member -> handOver(options, (ObjectNode) member));
                handOver(options, (ObjectNode) signature.at("/kwargs/body"));
            }
            default -> given.forEach(option -> options(signature).set(option.getKey(), option.getValue()));
        }
    }

    static void addAll(ObjectNode signature, String option, JsonNode more) {
        if (more.isMissingNode() || more.isNull() || more.isEmpty()) {
            return;
        }
        var all = Json.array();
        var present = options(signature).path(option);
        (present.isArray() ? present : present.isObject() ? Json.array().add(present) : Json.array()).forEach(all::add);
        (more.isArray() ? more : Json.array().add(more)).forEach(one -> {
            for (var known : all) {
                if (known.equals(one)) {
                    return;
                }
            }
            all.add(one.deepCopy());
        });
        options(signature).set(option, all);
    }

    /// Puts `args` before a signature's own, unless it is immutable.
    static void prepend(ObjectNode signature, JsonNode args) {
        if (args.isEmpty() || signature.path("immutable").asBoolean()) {
            return;
        }
        switch (kind(signature)) {
            case "chain" -> prepend((ObjectNode) tasks(signature).get(0), args);
            case "group" -> tasks(signature).forEach(member -> prepend((ObjectNode) member, args));
            case "chord" -> header(signature).forEach(member -> prepend((ObjectNode) member, args));
            default -> {
                var all = Json.array();
                args.forEach(all::add);
                signature.path("args").forEach(all::add);
                signature.set("args", all);
            }
        }
    }
}
