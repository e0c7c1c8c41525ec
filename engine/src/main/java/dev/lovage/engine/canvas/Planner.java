package dev.lovage.engine.canvas;

import dev.lovage.engine.json.Json;
import dev.lovage.engine.json.PythonRepr;
import dev.lovage.engine.message.ExecutionKey;
import dev.lovage.engine.message.Message;
import dev.lovage.engine.message.Request;
import dev.lovage.engine.message.Times;
import dev.lovage.engine.message.Unreadable;
import dev.lovage.engine.result.Failures;
import dev.lovage.engine.result.ResultMeta;
import dev.lovage.engine.result.TaskState;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Turns signatures into messages, and what ends into what follows. It decides and writes nothing: what it
/// returns is written whole by a broker or a store.
///
/// Every id is given when the canvas is frozen, so that a crash in the middle of sending repeats messages and
/// invents none. Shapes follow Celery's protocol 2: the rest of a chain travels in reverse order in
/// `embed.chain`, a chord's body in each header task's `embed.chord`.
///
/// @see <a href="https://docs.celeryq.dev/en/stable/internals/protocol.html">Celery message protocol 2</a>
public final class Planner {
    private final Routes routes;
    private final InstantSource clock;
    private final String origin;
    private final String replyTo;
    private final int bodyMax;

    /// @param origin who sends, by convention `gen<pid>@<host>`
    public Planner(Routes routes, InstantSource clock, String origin, int bodyMax) {
        this(routes, clock, origin, bodyMax, newId());
    }

    /// @param replyTo the queue of this process that replies are sent to
    public Planner(Routes routes, InstantSource clock, String origin, int bodyMax, String replyTo) {
        this.routes = routes;
        this.clock = clock;
        this.origin = origin;
        this.bodyMax = bodyMax;
        this.replyTo = replyTo;
    }

    /// A canvas with all its ids, and what has to be written to send it.
    ///
    /// @param id of the task whose end is the end of the canvas; of a group, the group's
    /// @param members the ids whose results are the group's, in order; empty unless the canvas ends in a group
    public record Frozen(String id, List<String> members, Plan plan) {}

    /// @throws IllegalArgumentException if the canvas can't be sent; nothing was
    public Frozen freeze(ObjectNode signature, Lineage lineage) {
        var normal = Normal.of(signature);
        Normal.identify(normal, Planner::newId);
        var terminal = Normal.terminal(normal);
        var members = new ArrayList<String>();
        if (Normal.kind(terminal).equals("group")) {
            Normal.tasks(terminal).forEach(member -> members.add(id(Normal.terminal((ObjectNode) member))));
        }
        return new Frozen(id(terminal), members, apply(normal, Json.array(), lineage));
    }

    /// What follows a success: callbacks, and the next step of the chain. The end of a chord's member is told
    /// apart.
    public Plan afterSuccess(Request request, JsonNode result) {
        var args = Json.array().add(result);
        var lineage = Lineage.of(request.rootId(), request.id());
        var plan = Plan.NOTHING;
        for (var callback : request.callbacks()) {
            plan = plan.and(apply(frozen(callback), args, lineage));
        }
        var chain = request.chain();
        if (!chain.isEmpty()) {
            var next = chain.getLast().deepCopy();
            plan = plan.and(apply(frozen(withTail(next, chain.subList(0, chain.size() - 1))), args, lineage));
        }
        return plan.and(memberEnd(request, true, result));
    }

    /// What follows a failure: the ids of the chain's remaining steps fail too, chords hear of it, errbacks
    /// are sent.
    ///
    /// @param failure as [Failures#encode]
    public Plan afterFailure(Request request, ObjectNode failure) {
        return afterRevoke(request, failure).and(errbacks(request.errbacks(), request.id(), request.rootId()));
    }

    /// What follows when a task was revoked: as after a failure, but no errback is sent.
    public Plan afterRevoke(Request request, ObjectNode failure) {
        var plan = memberEnd(request, false, failure);
        for (var step : request.chain()) {
            plan = plan.and(fail(Normal.of(step), failure));
        }
        return plan;
    }

    /// What follows when all members of a join have ended, or one of them badly.
    ///
    /// @param ends in the order of their index
    public Plan close(Join join, List<Join.End> ends) {
        var body = (ObjectNode) Json.read(join.body().getBytes(StandardCharsets.UTF_8));
        var failed = ends.stream().filter(end -> !end.succeeded()).findFirst();
        if (failed.isPresent()) {
            var error = Failures.encode(
                    "celery.exceptions",
                    "ChordError",
                    "Dependency " + failed.get().taskId() + " raised "
                            + Failures.line(failed.get().result()));
            var normal = Normal.of(body);
            var errbacks = new ArrayList<ObjectNode>();
            Normal.options(Normal.terminal(normal)).path("link_error").forEach(one -> errbacks.add((ObjectNode) one));
            return fail(normal, error).and(errbacks(errbacks, id(Normal.terminal(normal)), join.rootId()));
        }
        var results = Json.array();
        ends.forEach(end -> results.add(end.result()));
        return apply(frozen(body), Json.array().add(results), Lineage.of(join.rootId(), join.parentId()));
    }

    /// The same task again, as Celery's retry: same id, one more retry, not before `eta`, the same bytes in
    /// its body.
    public Message retry(Message message, Request request, Instant eta) {
        var headers = request.headers().deepCopy();
        headers.put("retries", request.retries() + 1);
        headers.put("eta", Times.wire(eta));
        headers.propertyNames().stream()
                .filter(name -> name.startsWith("x-"))
                .toList()
                .forEach(headers::remove);
        return new Message(
                new ExecutionKey(request.id(), request.retries() + 1, request.nesting()),
                message.task(),
                message.queue(),
                message.priority(),
                message.order(),
                Optional.of(eta),
                message.expires(),
                message.subject(),
                Json.text(headers),
                message.properties(),
                message.body());
    }

    /// Another signature under this task's id: it inherits callbacks, chain and chord.
    public Plan replace(Request request, ObjectNode by) {
        var normal = Normal.of(by);
        if (Normal.kind(Normal.terminal(normal)).equals("group")) {
            normal = Normal.chainOf(List.of(normal, Normal.accumulate(Normal.terminal(normal))));
        }
        var terminal = Normal.terminal(normal);
        var options = Normal.options(terminal);
        options.put("task_id", request.id());
        options.put("replaced_task_nesting", request.nesting() + 1);
        request.group().ifPresent(group -> options.put("group_id", group));
        request.groupIndex().ifPresent(index -> options.put("group_index", index));
        request.chord().ifPresent(chord -> options.set("chord", chord));
        Normal.addAll(terminal, "link", Json.array().addAll(request.callbacks()));
        Normal.addAll(terminal, "link_error", Json.array().addAll(request.errbacks()));
        return apply(
                frozen(withTail(normal, request.chain())), Json.array(), Lineage.of(request.rootId(), request.id()));
    }

    private Plan memberEnd(Request request, boolean succeeded, JsonNode result) {
        if (request.chord().isEmpty() || request.group().isEmpty()) {
            return Plan.NOTHING;
        }
        return end(
                new Join.End(request.group().get(), request.groupIndex().orElse(0), request.id(), succeeded, result));
    }

    private Plan errbacks(List<ObjectNode> errbacks, String failedId, String rootId) {
        var plan = Plan.NOTHING;
        for (var errback : errbacks) {
            plan = plan.and(apply(frozen(errback), Json.array().add(failedId), Lineage.of(rootId, failedId)));
        }
        return plan;
    }

    /// The tasks of a normal signature that will never run: their ids fail, and so do the chords that wait for
    /// them.
    private Plan fail(ObjectNode signature, ObjectNode failure) {
        var plan = Plan.NOTHING;
        switch (Normal.kind(signature)) {
            case "chain", "group" -> {
                for (var task : Normal.tasks(signature)) {
                    plan = plan.and(fail((ObjectNode) task, failure));
                }
            }
            case "chord" -> plan = fail((ObjectNode) signature.at("/kwargs/body"), failure);
            default -> {
                var options = Normal.options(signature);
                if (options.hasNonNull("task_id")) {
                    plan = plan.and(new Plan(
                            List.of(),
                            List.of(),
                            List.of(),
                            List.of(new ResultMeta(
                                    id(signature),
                                    signature.get("task").stringValue(),
                                    TaskState.FAILURE,
                                    failure,
                                    Optional.empty(),
                                    Optional.of(clock.instant()),
                                    Json.array(),
                                    Optional.ofNullable(options.path("group_id").asString(null)),
                                    Optional.empty(),
                                    0,
                                    Optional.empty()))));
                    if (options.hasNonNull("chord") && options.hasNonNull("group_id")) {
                        plan = plan.and(end(new Join.End(
                                options.get("group_id").stringValue(),
                                options.path("group_index").asInt(0),
                                id(signature),
                                false,
                                failure)));
                    }
                }
            }
        }
        return plan;
    }

    private static Plan end(Join.End end) {
        return new Plan(List.of(), List.of(), List.of(end), List.of());
    }

    private static ObjectNode frozen(ObjectNode signature) {
        var normal = Normal.of(signature);
        Normal.identify(normal, Planner::newId);
        return normal;
    }

    /// A signature followed by the rest of an outer chain, which is in reverse order.
    private static ObjectNode withTail(ObjectNode signature, List<ObjectNode> reversed) {
        if (reversed.isEmpty()) {
            return signature;
        }
        var steps = new ArrayList<ObjectNode>();
        steps.add(signature);
        reversed.reversed().forEach(steps::add);
        return Normal.chainOf(steps);
    }

    private Plan apply(ObjectNode normal, ArrayNode args, Lineage lineage) {
        Normal.prepend(normal, args);
        return switch (Normal.kind(normal)) {
            case "chain" -> {
                var steps = Normal.steps(normal);
                var rest = Json.array();
                steps.subList(1, steps.size()).reversed().forEach(rest::add);
                Normal.options(steps.getFirst()).set("chain", rest);
                yield Plan.of(message(steps.getFirst(), lineage));
            }
            case "group" -> members(normal, Normal.tasks(normal), lineage);
            case "chord" -> chord(normal, lineage);
            default -> Plan.of(message(normal, lineage));
        };
    }

    private Plan members(ObjectNode group, ArrayNode members, Lineage lineage) {
        var plan = Plan.NOTHING;
        var link = Normal.options(group).path("link");
        for (int i = 0; i < members.size(); i++) {
            var member = (ObjectNode) members.get(i);
            var options = Normal.options(Normal.terminal(member));
            if (!options.hasNonNull("group_id")) {
                options.put("group_id", id(group));
                options.put("group_index", i);
            }
            if (i == 0) {
                Normal.addAll(Normal.terminal(member), "link", link);
            }
            plan = plan.and(apply(member, Json.array(), lineage));
        }
        return plan;
    }

    private Plan chord(ObjectNode chord, Lineage lineage) {
        var header = (ArrayNode) chord.at("/kwargs/header");
        var body = (ObjectNode) chord.at("/kwargs/body");
        Normal.identify(body, Planner::newId);
        if (header.isEmpty()) {
            return apply(body, Json.array().add(Json.array()), lineage);
        }
        var groupId = joinId(body);
        if (Normal.kind(body).equals("task") && !Normal.options(body).hasNonNull("group_id")) {
            Normal.options(body).put("group_id", groupId);
        }
        var ids = new ArrayList<String>();
        var messages = new ArrayList<Message>();
        var plan = Plan.NOTHING;
        for (int i = 0; i < header.size(); i++) {
            var member = (ObjectNode) header.get(i);
            Normal.identify(member, Planner::newId);
            var terminal = Normal.terminal(member);
            var options = Normal.options(terminal);
            options.put("group_id", groupId);
            options.put("group_index", i);
            options.set("chord", body);
            ids.add(id(terminal));
            var sent = apply(member, Json.array(), lineage);
            if (sent.joins().isEmpty()) {
                messages.addAll(sent.messages());
            } else {
                plan = plan.and(sent);
            }
        }
        var root = lineage.rootId().orElse(ids.getFirst());
        var join =
                new Join(groupId, Json.text(body), ids, root, lineage.parentId().orElse(ids.getLast()));
        return new Plan(messages, List.of(join), List.of(), List.of()).and(plan);
    }

    /// The same for the same body, so that a chord that is sent again is the join that is known already. It is
    /// named after where the body begins, as no other chord's does: many of one workflow may end in one task.
    private static String joinId(ObjectNode body) {
        return UUID.nameUUIDFromBytes(("join " + beginning(body)).getBytes(StandardCharsets.UTF_8))
                .toString();
    }

    private static String beginning(ObjectNode signature) {
        return switch (Normal.kind(signature)) {
            case "chain" -> beginning(Normal.steps(signature).getFirst());
            case "chord" -> "chord before " + beginning((ObjectNode) signature.at("/kwargs/body"));
            default ->
                id(signature) + " "
                        + Normal.options(signature)
                                .path("replaced_task_nesting")
                                .asInt(0);
        };
    }

    private Message message(ObjectNode signature, Lineage lineage) {
        var options = Normal.options(signature);
        var id = id(signature);
        var task = signature.get("task").stringValue();
        var args = signature.get("args") instanceof ArrayNode given ? given : Json.array();
        var kwargs = signature.get("kwargs") instanceof ObjectNode given ? given : Json.object();
        var eta = eta(options);
        var expires = expires(options);
        var custom = options.get("headers") instanceof ObjectNode given ? given : Json.object();
        var priority = options.path("priority").asInt(routes.defaultPriority());
        var nesting = options.path("replaced_task_nesting").asInt(0);
        var retries = options.path("retries").asInt(0);

        var headers = Json.object();
        headers.put("lang", "java");
        headers.put("task", task);
        headers.put("id", id);
        headers.set("shadow", options.path("shadow").isString() ? options.get("shadow") : Json.nothing());
        headers.set("eta", eta.<JsonNode>map(at -> Json.tree(Times.wire(at))).orElse(Json.nothing()));
        headers.set(
                "expires",
                expires.<JsonNode>map(at -> Json.tree(Times.wire(at))).orElse(Json.nothing()));
        headers.set("group", options.path("group_id").isString() ? options.get("group_id") : Json.nothing());
        headers.set("group_index", options.path("group_index").isInt() ? options.get("group_index") : Json.nothing());
        headers.put("retries", retries);
        var limits = headers.putArray("timelimit");
        limits.add(options.path("time_limit").isNumber() ? options.get("time_limit") : Json.nothing());
        limits.add(options.path("soft_time_limit").isNumber() ? options.get("soft_time_limit") : Json.nothing());
        headers.put("root_id", options.path("root_id").asString(lineage.rootId().orElse(id)));
        headers.set(
                "parent_id",
                options.path("parent_id").isString()
                        ? options.get("parent_id")
                        : lineage.parentId().<JsonNode>map(Json::tree).orElse(Json.nothing()));
        headers.put("argsrepr", PythonRepr.args(args));
        headers.put("kwargsrepr", PythonRepr.kwargs(kwargs));
        headers.put("origin", origin);
        headers.set(
                "ignore_result",
                options.path("ignore_result").isBoolean() ? options.get("ignore_result") : Json.nothing());
        headers.put("replaced_task_nesting", nesting);
        headers.set(
                "stamped_headers",
                options.path("stamped_headers").isArray() ? options.get("stamped_headers") : Json.nothing());
        var stamps = headers.putObject("stamps");
        options.path("stamped_headers").forEach(name -> stamps.set(name.asString(), options.path(name.asString())));
        headers.put("lovage_version", 1);
        headers.setAll(custom);

        var properties = Json.object();
        properties.put("content_type", "application/json");
        properties.put("content_encoding", "utf-8");
        properties.put("correlation_id", id);
        properties.put("reply_to", options.path("reply_to").asString(replyTo));
        properties.put("delivery_mode", 2);
        properties.put("priority", priority);
        expires.ifPresent(at -> properties.put(
                "expiration",
                Long.toString(Math.max(0, Duration.between(clock.instant(), at).toMillis()))));

        var embed = Json.object();
        embed.set("callbacks", listed(options.path("link")));
        embed.set("errbacks", listed(options.path("link_error")));
        embed.set("chain", options.path("chain").isArray() ? options.get("chain") : Json.nothing());
        embed.set("chord", options.path("chord").isObject() ? options.get("chord") : Json.nothing());
        var body = Json.bytes(Json.array().add(args).add(kwargs).add(embed));
        if (body.length > bodyMax) {
            throw new MessageTooLarge(task, body.length, bodyMax);
        }
        return new Message(
                new ExecutionKey(id, retries, nesting),
                task,
                options.path("queue").isString() ? options.get("queue").stringValue() : routes.queue(task),
                priority,
                headers.path("lovage_order").asLong(0),
                eta,
                expires,
                Optional.ofNullable(headers.path("lovage_subject").asString(null)),
                Json.text(headers),
                Json.text(properties),
                body);
    }

    private Optional<Instant> eta(ObjectNode options) {
        if (options.path("countdown").isNumber()) {
            return Optional.of(
                    clock.instant().plusNanos((long) (options.get("countdown").doubleValue() * 1e9)));
        }
        return time(options.path("eta"), "eta");
    }

    private Optional<Instant> expires(ObjectNode options) {
        var expires = options.path("expires");
        return expires.isNumber()
                ? Optional.of(clock.instant().plusNanos((long) (expires.doubleValue() * 1e9)))
                : time(expires, "expires");
    }

    private static Optional<Instant> time(JsonNode node, String option) {
        if (!node.isString()) {
            return Optional.empty();
        }
        try {
            return Optional.of(Times.read(node.stringValue()));
        } catch (Unreadable e) {
            throw new IllegalArgumentException(
                    "The option " + option + " can't be read. " + e.getMessage() + " Nothing was sent.", e);
        }
    }

    private static JsonNode listed(JsonNode signatures) {
        return signatures.isArray()
                ? signatures
                : signatures.isObject() ? Json.array().add(signatures) : Json.nothing();
    }

    private static String id(ObjectNode signature) {
        return Normal.options(signature).get("task_id").stringValue();
    }

    private static String newId() {
        return UUID.randomUUID().toString();
    }
}
