package dev.lovage.engine.canvas;

import dev.lovage.engine.json.Json;
import dev.lovage.engine.json.PythonRepr;
import dev.lovage.engine.message.Compression;
import dev.lovage.engine.message.ExecutionKey;
import dev.lovage.engine.message.Message;
import dev.lovage.engine.message.Request;
import dev.lovage.engine.message.Times;
import dev.lovage.engine.message.Unreadable;
import dev.lovage.engine.payload.Payloads;
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

/// Turns signatures into messages, and what ends into what follows. It decides, and writes nothing but
/// arguments that are too long for a message, which nobody sees without the message: what it returns is written
/// whole by a broker or a store.
///
/// Every id is given when the canvas is frozen, so that a crash in the middle of sending repeats messages and
/// invents none. Shapes follow Celery's protocol 2: the rest of a chain travels in reverse order in
/// `embed.chain`, a chord's body in each header task's `embed.chord`.
///
/// @see <a href="https://docs.celeryq.dev/en/stable/internals/protocol.html">Celery message protocol 2</a>
public final class Planner {
    /// Characters; with their quotes and names, well within one frame of AMQP (128 KiB).
    static final int HEADERS_MAX = 96 * 1024;

    private final Routes routes;
    private final InstantSource clock;
    private final String origin;
    private final String replyTo = UUID.randomUUID().toString();
    private final Body bodies;
    private final Payloads payloads;
    private final Optional<Compression> compression;
    private final boolean typed;

    /// Without compression, without typed envelopes, and without payloads: what is too long is refused.
    ///
    /// @param origin who sends, by convention `gen<pid>@<host>`
    public Planner(Routes routes, InstantSource clock, String origin, int bodyMax) {
        this(routes, clock, origin, bodyMax, Optional.empty(), false, Payloads.NONE);
    }

    /// @param origin who sends, by convention `gen<pid>@<host>`
    /// @param bodyMax bytes of a body, before it is compressed
    /// @param compression of bodies whose signature names none
    /// @param typed whether values of types that JSON has not are sent in kombu's envelopes
    /// @param payloads where arguments go that make a body too long
    public Planner(
            Routes routes,
            InstantSource clock,
            String origin,
            int bodyMax,
            Optional<Compression> compression,
            boolean typed,
            Payloads payloads) {
        this.routes = routes;
        this.clock = clock;
        this.origin = origin;
        this.bodies = new Body(payloads, bodyMax);
        this.payloads = payloads;
        this.compression = compression;
        this.typed = typed;
    }

    /// The queue that replies to what this process sends go to, where results travel as messages.
    public String replyTo() {
        return replyTo;
    }

    /// Where a task goes whose signature names no queue.
    public String home(String task) {
        return routes.queue(task);
    }

    /// Where arguments are that messages name.
    public Payloads payloads() {
        return payloads;
    }

    /// A result as it is written and handed on here: with kombu's envelopes, or without.
    public JsonNode written(JsonNode result) {
        return typed ? Json.typed(result) : result;
    }

    /// A canvas with all its ids, and what has to be written to send it.
    ///
    /// @param id of the task whose end is the end of the canvas; of a group, the group's
    /// @param members the ids whose results are the group's, in order; empty unless the canvas ends in a group
    public record Frozen(String id, List<String> members, Plan plan) {
        /// Celery's form of a result handle: `[[id, null], null]`, and of a group its members' in place of the
        /// last `null`.
        public JsonNode tuple() {
            return members.isEmpty() ? tuple(id, Json.nothing()) : tuple(id, tuples(members));
        }

        private static ArrayNode tuples(List<String> ids) {
            var tuples = Json.array();
            ids.forEach(one -> tuples.add(tuple(one, Json.nothing())));
            return tuples;
        }

        private static JsonNode tuple(String id, JsonNode members) {
            return Json.array().add(Json.array().add(id).add(Json.nothing())).add(members);
        }
    }

    /// @throws IllegalArgumentException if the canvas can't be sent; nothing was
    public Frozen freeze(ObjectNode signature, Lineage lineage) {
        var normal = Normal.of((ObjectNode) written(signature));
        Normal.identify(normal, Planner::newId);
        Normal.replyTo(normal, replyTo);
        var terminal = Normal.terminal(normal);
        var members = new ArrayList<String>();
        if (Normal.kind(terminal).equals("group")) {
            Normal.tasks(terminal).forEach(member -> members.add(id(Normal.terminal((ObjectNode) member))));
        }
        return new Frozen(id(terminal), members, apply(normal, Json.array(), lineage));
    }

    /// What follows a success: callbacks, and the next step of the chain. The end of a chord's member is told
    /// apart. As in Celery, several callbacks are one new group; those that are groups already stay what they
    /// are.
    public Plan afterSuccess(Request request, JsonNode value) {
        var result = written(value);
        var args = Json.array().add(result);
        var lineage = Lineage.of(request.rootId(), request.id());
        var plan = Plan.NOTHING;
        var together = new ArrayList<ObjectNode>();
        for (var callback : request.callbacks()) {
            if (request.callbacks().size() == 1
                    || callback.path("task").asString("").equals("celery.group")) {
                plan = plan.and(apply(frozen(callback), args, lineage));
            } else {
                together.add(callback);
            }
        }
        if (!together.isEmpty()) {
            var group = Steps.composite("group");
            together.forEach(Normal.tasks(group)::add);
            plan = plan.and(apply(frozen(group), args, lineage));
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
    /// its body; one of protocol 1 goes on by protocol 2.
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
                again(message),
                request.protocol() == 2
                        ? message.body()
                        : Json.bytes(Json.array()
                                .add(request.args())
                                .add(request.kwargs())
                                .add(request.embed())));
    }

    /// The properties without what a broker said of one delivery, and with the time that is left now.
    private String again(Message message) {
        var properties = (ObjectNode) Json.read(message.properties().getBytes(StandardCharsets.UTF_8));
        properties.remove(List.of("delivery_tag", "redelivered", "body_encoding"));
        message.expires().ifPresent(at -> properties.put("expiration", millisLeft(at)));
        return Json.text(properties);
    }

    private String millisLeft(Instant expires) {
        return Long.toString(
                Math.max(0, Duration.between(clock.instant(), expires).toMillis()));
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
        return end(new Join.End(
                request.group().get(),
                request.groupIndex().orElse(0),
                request.id(),
                succeeded,
                result,
                Json.text(request.chord().get()),
                request.rootId()));
    }

    private Plan errbacks(List<ObjectNode> errbacks, String failedId, String rootId) {
        if (errbacks.isEmpty()) {
            return Plan.NOTHING;
        }
        var group = Steps.composite("group");
        errbacks.forEach(Normal.tasks(group)::add);
        return apply(frozen(group), Json.array().add(failedId), Lineage.of(rootId, failedId));
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
                                failure,
                                Json.text(options.get("chord")),
                                options.path("root_id").asString(""))));
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
                Normal.addAll(Normal.terminal(member), "link", immutable(link));
            }
            plan = plan.and(apply(member, Json.array(), lineage));
        }
        return plan;
    }

    /// What is linked to a group follows its first member, and can't be handed the results of all.
    private static ArrayNode immutable(JsonNode signatures) {
        var copies = Json.array();
        (signatures.isObject() ? Json.array().add(signatures) : signatures)
                .forEach(one -> copies.add(((ObjectNode) one.deepCopy()).put("immutable", true)));
        return copies;
    }

    private Plan chord(ObjectNode chord, Lineage lineage) {
        var header = Normal.header(chord);
        var body = (ObjectNode) chord.at("/kwargs/body");
        Normal.identify(body, Planner::newId);
        if (header.isEmpty()) {
            return apply(body, Json.array().add(Json.array()), lineage);
        }
        var groupId = Normal.headerId(chord).orElseGet(() -> joinId(body));
        var end = Normal.terminal(body);
        if (Normal.kind(end).equals("task") && !Normal.options(end).hasNonNull("group_id")) {
            Normal.options(end).put("group_id", groupId);
        }
        if (Normal.kind(body).equals("chain")) {
            // A Python worker records a chord's error under the id that the body itself has.
            Normal.options(body).put("task_id", id(end));
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
        var destination = routes.destination(routed(task, kwargs), options);
        var priority = destination.priority();
        var nesting = options.path("replaced_task_nesting").asInt(0);
        var retries = options.path("retries").asInt(0);

        // The options tell of a reference only once the body is made.
        var body = bodies.of(signature);

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
        limits.add(limit(options, "time_limit", task));
        limits.add(limit(options, "soft_time_limit", task));
        if (limits.get(0).isNumber()
                && limits.get(1).isNumber()
                && limits.get(1).doubleValue() > limits.get(0).doubleValue()) {
            throw new IllegalArgumentException("The soft time limit of " + task + " is " + limits.get(1)
                    + " s, and the hard one " + limits.get(0) + " s. Nothing was sent. The soft one comes first.");
        }
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
        options.path("stamped_headers").forEach(name -> {
            if (options.has(name.asString(""))) {
                stamps.set(name.asString(), options.get(name.asString()));
            }
        });
        options.path("headers").properties().stream()
                .filter(header -> !headers.has(header.getKey()))
                .toList()
                .forEach(header -> headers.set(header.getKey(), header.getValue()));

        var properties = Json.object();
        properties.put("content_type", "application/json");
        properties.put("content_encoding", "utf-8");
        properties.put("correlation_id", id);
        properties.put("reply_to", options.path("reply_to").asString(replyTo));
        properties.put("delivery_mode", 2);
        properties.put("priority", priority);
        expires.ifPresent(at -> properties.put("expiration", millisLeft(at)));
        destination
                .address()
                .ifPresent(address -> properties
                        .putObject("delivery_info")
                        .put("exchange", address.exchange())
                        .put("routing_key", address.routingKey()));

        var method = compression(options).filter(_ -> body.length <= Compression.EXPANDED_MAX_BYTES);
        headers.remove("compression");
        method.ifPresent(one -> headers.put("compression", one.header()));
        var headersText = Json.text(headers);
        if (headersText.length() > HEADERS_MAX) {
            throw new IllegalArgumentException("The headers of a message for " + task + " are " + headersText.length()
                    + " characters, and at most " + HEADERS_MAX
                    + " are allowed: they travel in one AMQP frame. Nothing was sent. Shorten its stamps and custom"
                    + " headers.");
        }
        return new Message(
                new ExecutionKey(id, retries, nesting),
                task,
                destination.queue(),
                priority,
                headers.path("lovage_order").asLong(0),
                eta,
                expires,
                Optional.ofNullable(headers.path("lovage_subject").asString(null)),
                headersText,
                Json.text(properties),
                method.map(one -> one.pack(body)).orElse(body));
    }

    /// The name by which a task is routed: of Celery's tasks that run another one, that one's.
    private static String routed(String task, ObjectNode kwargs) {
        return switch (task) {
            case "celery.map", "celery.starmap", "celery.chunks" ->
                kwargs.at("/task/task").asString(task);
            default -> task;
        };
    }

    private Optional<Compression> compression(ObjectNode options) {
        var name = options.path("compression");
        if (!name.isString()) {
            return compression;
        }
        var method = Compression.named(name.stringValue());
        if (method.isEmpty()) {
            throw new IllegalArgumentException("The option compression is '" + name.stringValue()
                    + "', and zlib, zstd, bz2 or xz is expected. Nothing was sent.");
        }
        return method;
    }

    private static JsonNode limit(ObjectNode options, String key, String task) {
        var limit = options.path(key);
        if (limit.isMissingNode() || limit.isNull()) {
            return Json.nothing();
        }
        if (!limit.isNumber() || !(limit.doubleValue() >= 0) || Double.isInfinite(limit.doubleValue())) {
            throw new IllegalArgumentException("The option " + key + " of " + task + " is " + limit
                    + ", and seconds from 0 are expected. Nothing was sent.");
        }
        return limit;
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
        if (node.isMissingNode() || node.isNull()) {
            return Optional.empty();
        }
        try {
            return Optional.of(Times.read(node));
        } catch (Unreadable e) {
            throw new IllegalArgumentException(
                    "The option " + option + " can't be read. " + e.getMessage() + " Nothing was sent.", e);
        }
    }

    private static String id(ObjectNode signature) {
        return Normal.options(signature).get("task_id").stringValue();
    }

    private static String newId() {
        return UUID.randomUUID().toString();
    }
}
