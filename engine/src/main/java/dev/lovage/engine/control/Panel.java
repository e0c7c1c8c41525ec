package dev.lovage.engine.control;

import dev.lovage.engine.broker.Binding;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.rate.Rates;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.task.TimeLimit;
import dev.lovage.engine.worker.Worker;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What each command does, and what is answered, word for word as Python's workers answer where they have an
/// answer. Arguments that a command does not know are passed over.
///
/// @see <a href="https://docs.celeryq.dev/en/stable/reference/celery.worker.control.html">Celery's commands</a>
final class Panel {
    private static final Logger LOG = LoggerFactory.getLogger(Panel.class);
    private static final int RESIZE_MAX = 10_000;

    /// An answer to arguments; empty where nothing is to be said.
    private interface Command extends Function<ObjectNode, Optional<JsonNode>> {}

    /// An error under the name that a Python worker would give it.
    private static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1;

        Refused(String type, String message) {
            super(type + "('" + message.replace("'", "\\'") + "')");
        }
    }

    private static final int QUEUE_BYTES_MAX = 255;

    private final Node node;
    private final Worker worker;
    private final Inspection inspection;
    private final Map<String, Command> commands = new LinkedHashMap<>();

    Panel(Node node, Worker worker, Settings settings, String brokerUrl) {
        this.node = node;
        this.worker = worker;
        this.inspection = new Inspection(node, worker, settings, brokerUrl);
        inspections();
        controls();
    }

    Worker worker() {
        return worker;
    }

    /// Never throws.
    ///
    /// @return empty when nothing is to be answered, whoever asks
    Optional<JsonNode> answer(String method, ObjectNode arguments) {
        var command = commands.get(method);
        if (command == null) {
            LOG.warn("{} knows no command {}.", node.name(), method);
            return Optional.of(error("KeyError('" + method + "')"));
        }
        try {
            return command.apply(arguments);
        } catch (Refused e) {
            return Optional.of(error(String.valueOf(e.getMessage())));
        } catch (IllegalArgumentException | IllegalStateException e) {
            return Optional.of(error(String.valueOf(e.getMessage())));
        } catch (RuntimeException e) {
            LOG.warn("{} could not do {}", node.name(), method, e);
            return Optional.of(error(e.toString()));
        }
    }

    private static ObjectNode ok(String text) {
        return Json.object().put("ok", text);
    }

    private static ObjectNode error(String text) {
        return Json.object().put("error", text);
    }

    private void inspect(String name, Function<ObjectNode, JsonNode> reply) {
        commands.put(name, arguments -> Optional.of(reply.apply(arguments)));
    }

    private void inspect(String name, String alias, Function<ObjectNode, JsonNode> reply) {
        inspect(name, reply);
        inspect(alias, reply);
    }

    private void inspections() {
        inspect("ping", _ -> ok("pong"));
        inspect("active", "dump_active", arguments -> inspection.active(flag(arguments, "safe")));
        inspect("reserved", "dump_reserved", _ -> inspection.reserved());
        inspect("scheduled", "dump_schedule", _ -> inspection.scheduled());
        inspect("revoked", "dump_revoked", _ -> Json.tree(node.revoked().ids()));
        inspect(
                "registered",
                "dump_tasks",
                arguments -> inspection.registered(texts(arguments, "taskinfoitems"), flag(arguments, "builtins")));
        inspect("stats", _ -> inspection.stats());
        inspect("conf", "dump_conf", arguments -> inspection.conf(flag(arguments, "with_defaults")));
        inspect("report", _ -> ok(inspection.report()));
        inspect("active_queues", _ -> inspection.queues());
        inspect("query_task", arguments -> inspection.query(texts(arguments, "ids")));
        inspect("clock", _ -> Json.object().put("clock", node.clock().value()));
        inspect("hello", this::hello);
        inspect("memsample", _ -> Host.memory().map(Json::tree).orElseGet(Json::nothing));
        inspect(
                "memdump",
                _ -> Json.tree(Host.memory()
                        .map(text -> "rss: " + text)
                        .orElse("This system does not tell how much memory is used.")));
        inspect("objgraph", _ -> {
            throw new Refused(
                    "ImportError", "There is no graph of objects in a Java worker; use jcmd GC.class_histogram");
        });
    }

    private JsonNode hello(ObjectNode arguments) {
        if (arguments.path("from_node").asString("").equals(node.name())) {
            return Json.nothing();
        }
        var answer = Json.object();
        answer.set("revoked", node.revoked().shared());
        node.learnLater(arguments.path("revoked"));
        // A Python worker passes over what it does not know.
        return answer.put("clock", node.clock().forward()).put("sw_ident", Gossip.IDENTITY);
    }

    private void controls() {
        inspect("revoke", arguments -> revoke(arguments, flag(arguments, "terminate")));
        inspect("terminate", arguments -> revoke(arguments, true));
        inspect("revoke_by_stamped_headers", this::revokeStamped);
        inspect("rate_limit", this::rateLimit);
        inspect("time_limit", this::timeLimit);
        inspect("add_consumer", this::addConsumer);
        inspect("cancel_consumer", arguments -> {
            var queue = needed(arguments, "queue");
            worker.cancel(queue);
            return ok("no longer consuming from " + queue);
        });
        inspect("pool_grow", arguments -> resize(arguments, 1, "pool will grow"));
        inspect("pool_shrink", arguments -> resize(arguments, -1, "pool will shrink"));
        inspect("pool_restart", _ -> {
            throw new Refused("ValueError", "Pool restarts not enabled");
        });
        inspect("autoscale", this::autoscale);
        inspect(
                "enable_events",
                _ -> ok(node.events().ofTasks(true) ? "task events enabled" : "task events already enabled"));
        inspect(
                "disable_events",
                _ -> ok(node.events().ofTasks(false) ? "task events disabled" : "task events already disabled"));
        inspect("heartbeat", _ -> {
            node.showLife();
            return Json.nothing();
        });
        inspect("election", arguments -> {
            if (node.does(Node.Habit.GOSSIP)) {
                node.gossip().elect(needed(arguments, "id"), needed(arguments, "topic"), arguments.path("action"));
            }
            return Json.nothing();
        });
        commands.put("shutdown", arguments -> {
            LOG.warn("{} stops: {}", node.name(), arguments.path("msg").asString("Got shutdown from remote"));
            Thread.ofPlatform().name("lovage-shutdown").start(worker::close);
            return Optional.empty();
        });
    }

    private JsonNode revoke(ObjectNode arguments, boolean terminate) {
        var ids = texts(arguments, "task_id");
        if (ids.isEmpty()) {
            throw new Refused("TypeError", "revoke is missing its argument task_id");
        }
        if (terminate) {
            var signal = arguments.path("signal");
            ids.forEach(id -> node.signal(id, signal.isNumber() || signal.isString() ? signal : Json.tree("SIGTERM")));
        }
        var here = worker.revoke(ids, terminate);
        ids.forEach(node.revoked()::add);
        if (!terminate) {
            return ok("tasks " + set(ids) + " flagged as revoked");
        }
        return ok(here.isEmpty() ? "terminate: tasks unknown" : "terminate: " + String.join(", ", new TreeSet<>(here)));
    }

    private JsonNode revokeStamped(ObjectNode arguments) {
        var headers = new TreeMap<String, Set<String>>();
        var given = arguments.path("headers");
        if (given.isObject()) {
            given.properties().forEach(one -> headers.put(one.getKey(), texts((ObjectNode) given, one.getKey())));
        } else {
            for (var one : texts(arguments, "headers")) {
                var parts = one.split("=", 2);
                if (parts.length == 2) {
                    headers.computeIfAbsent(parts[0], _ -> new TreeSet<>()).add(parts[1]);
                }
            }
        }
        if (headers.isEmpty()) {
            throw new Refused("ValueError", "headers is a map of stamps, or a list of texts such as name=value");
        }
        var terminate = flag(arguments, "terminate");
        var stopped = new TreeSet<String>();
        headers.forEach((header, values) -> stopped.addAll(worker.revokeStamped(header, values, terminate)));
        var shown = headers.entrySet().stream()
                .map(one -> "'" + one.getKey() + "': " + set(one.getValue()))
                .collect(Collectors.joining(", ", "{", "}"));
        if (!terminate) {
            return ok("headers " + shown + " flagged as revoked, but not terminated");
        }
        return ok("headers " + shown + (stopped.isEmpty() ? " were not terminated" : " revoked"));
    }

    private JsonNode rateLimit(ObjectNode arguments) {
        double perSecond;
        try {
            perSecond = Rates.perSecond(arguments.path("rate_limit"));
        } catch (NumberFormatException e) {
            return error("Invalid rate limit string: ValueError('" + e.getMessage() + "')");
        }
        var task = needed(arguments, "task_name");
        if (worker.tasks().find(task).isEmpty()) {
            return error("unknown task");
        }
        worker.rate(task, perSecond);
        return ok(perSecond == 0 ? "rate limit disabled successfully" : "new rate limit set successfully");
    }

    private JsonNode timeLimit(ObjectNode arguments) {
        var task = needed(arguments, "task_name");
        if (worker.tasks().find(task).isEmpty()) {
            return error("unknown task");
        }
        worker.limit(task, new TimeLimit(seconds(arguments, "soft"), seconds(arguments, "hard")));
        return ok("time limits set successfully");
    }

    private static Optional<Duration> seconds(ObjectNode arguments, String name) {
        var value = arguments.path(name);
        if (value.isMissingNode() || value.isNull()) {
            return Optional.empty();
        }
        if (!value.isNumber() || !(value.doubleValue() > 0) || value.doubleValue() > 1e9) {
            throw new Refused("ValueError", name + " is a number of seconds above 0, but is " + value);
        }
        return Optional.of(Duration.ofNanos((long) (value.doubleValue() * 1e9)));
    }

    /// A queue is declared as this worker declares its own; another binding can't be asked for.
    private JsonNode addConsumer(ObjectNode arguments) {
        var queue = needed(arguments, "queue");
        if (queue.startsWith("amq.") || queue.getBytes(StandardCharsets.UTF_8).length > QUEUE_BYTES_MAX) {
            return error("A queue's name has " + QUEUE_BYTES_MAX + " bytes at most and does not begin with amq., which"
                    + " is the broker's own. Nothing was changed.");
        }
        var binding = new Binding(
                text(arguments, "exchange", queue),
                text(arguments, "exchange_type", "direct"),
                text(arguments, "routing_key", queue));
        try {
            if (!binding.equals(new Binding(queue, "direct", queue))) {
                worker.bind(queue, binding);
            }
        } catch (UnsupportedOperationException e) {
            return error(e.getMessage() + " Nothing was changed.");
        }
        worker.consume(queue);
        return ok("add consumer " + queue);
    }

    private static String text(ObjectNode arguments, String name, String otherwise) {
        var given = arguments.path(name).asString("");
        return given.isEmpty() ? otherwise : given;
    }

    private JsonNode resize(ObjectNode arguments, int sign, String done) {
        var n = arguments.path("n");
        if (!n.isMissingNode() && !(n.isInt() && n.intValue() > 0 && n.intValue() <= RESIZE_MAX)) {
            throw new Refused("ValueError", "n is a whole number from 1 to " + RESIZE_MAX + ", but is " + n);
        }
        if (worker.bounds().isPresent()) {
            return error((sign > 0 ? "pool_grow" : "pool_shrink")
                    + " is not supported with autoscale. Please change autoscale instead.");
        }
        worker.resize(sign * n.asInt(1));
        return ok(done);
    }

    /// What is not given stays.
    private JsonNode autoscale(ObjectNode arguments) {
        var now = worker.bounds().orElseThrow(() -> new Refused("ValueError", "Autoscale not enabled"));
        try {
            var bounds = new Worker.Bounds(
                    Math.min(arguments.path("max").asInt(now.max()), RESIZE_MAX),
                    arguments.path("min").asInt(now.min()));
            worker.autoscale(bounds);
            return ok("autoscale now max=" + bounds.max() + " min=" + bounds.min());
        } catch (IllegalArgumentException e) {
            throw new Refused("ValueError", String.valueOf(e.getMessage()));
        }
    }

    // Arguments

    private static String needed(ObjectNode arguments, String name) {
        var value = arguments.path(name).asString("");
        if (value.isEmpty()) {
            throw new Refused("TypeError", "the argument " + name + " is missing");
        }
        return value;
    }

    private static boolean flag(ObjectNode arguments, String name) {
        var value = arguments.path(name);
        return value.isBoolean()
                ? value.booleanValue()
                : value.isNumber()
                        ? value.intValue() != 0
                        : Set.of("true", "yes", "on", "1").contains(value.asString(""));
    }

    /// A text, or a list of texts.
    private static Set<String> texts(ObjectNode arguments, String name) {
        var texts = new LinkedHashSet<String>();
        var value = arguments.path(name);
        if (value.isArray()) {
            value.forEach(one -> texts.add(one.asString("")));
        } else {
            texts.add(value.asString(""));
        }
        texts.remove("");
        return texts;
    }

    /// As Python prints a set.
    private static String set(Set<String> texts) {
        return texts.stream().map(text -> "'" + text + "'").collect(Collectors.joining(", ", "{", "}"));
    }
}
