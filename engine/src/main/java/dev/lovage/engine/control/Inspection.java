package dev.lovage.engine.control;

import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.message.Times;
import dev.lovage.engine.rate.RateLimit;
import dev.lovage.engine.rate.Rates;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.store.Held;
import dev.lovage.engine.worker.InHand;
import dev.lovage.engine.worker.Worker;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// What a worker answers about itself, in the forms that Celery's command line and Flower read.
final class Inspection {
    /// Tasks of one list; more make no answer better.
    private static final int TASKS_MAX = 1000;

    private static final Pattern SECRET =
            Pattern.compile("API|TOKEN|KEY|SECRET|PASS|SIGNATURE|DATABASE", Pattern.CASE_INSENSITIVE);
    private static final Set<String> INFO_ITEMS = Set.of("rate_limit", "routing_key", "exchange");

    private final Node node;
    private final Worker worker;
    private final Settings settings;
    private final String brokerUrl;

    Inspection(Node node, Worker worker, Settings settings, String brokerUrl) {
        this.node = node;
        this.worker = worker;
        this.settings = settings;
        this.brokerUrl = brokerUrl;
    }

    ArrayNode active(boolean safe) {
        return tasks(true, safe);
    }

    ArrayNode reserved() {
        return tasks(false, false);
    }

    private ArrayNode tasks(boolean started, boolean safe) {
        var tasks = Json.array();
        worker.inHand().stream()
                .filter(one -> one.started().isPresent() == started)
                .limit(TASKS_MAX)
                .forEach(one -> tasks.add(TaskForm.info(one, node.name(), safe)));
        return tasks;
    }

    /// What waits in the store for its time, to go to one of this worker's queues. Another worker may get it.
    ArrayNode scheduled() {
        var tasks = Json.array();
        var queues = worker.queues();
        for (var held : node.store().held(Set.of(Custody.TIMER), TASKS_MAX)) {
            if (queues.contains(held.message().queue())) {
                tasks.add(scheduled(held));
            }
        }
        return tasks;
    }

    private ObjectNode scheduled(Held held) {
        var task = Json.object()
                .put("eta", held.message().eta().map(Times::wire).orElse(null))
                .put("priority", held.message().priority());
        task.set("request", TaskForm.info(new InHand(held.message(), Optional.empty(), true), node.name(), false));
        return task;
    }

    ObjectNode query(Set<String> ids) {
        var found = Json.object();
        for (var one : worker.inHand()) {
            var id = one.message().execution().taskId();
            if (ids.contains(id)) {
                var entry = found.putArray(id).add(one.started().isPresent() ? "active" : "reserved");
                entry.add(TaskForm.info(one, node.name(), false));
            }
        }
        for (var id : ids) {
            if (!found.has(id)) {
                node.store().findTask(id).stream()
                        .filter(held -> held.custody() == Custody.TIMER
                                && worker.queues().contains(held.message().queue()))
                        .findFirst()
                        .ifPresent(held -> found.putArray(id)
                                .add("ready")
                                .add(TaskForm.info(
                                        new InHand(held.message(), Optional.empty(), true), node.name(), false)));
            }
        }
        return found;
    }

    ArrayNode registered(Set<String> items, boolean builtins) {
        var wanted = items.isEmpty() ? INFO_ITEMS : items;
        var names = Json.array();
        for (var name : new TreeSet<>(worker.tasks().all().keySet())) {
            if (builtins || !name.startsWith("celery.")) {
                var rate = wanted.contains("rate_limit") ? worker.rate(name) : Optional.<RateLimit>empty();
                names.add(name
                        + rate.map(limit -> " [rate_limit=" + Rates.text(limit.perSecond()) + "]")
                                .orElse(""));
            }
        }
        return names;
    }

    ObjectNode stats() {
        var stats = Json.object();
        var total = stats.putObject("total");
        worker.totals().forEach((task, count) -> total.put(task, count.longValue()));
        stats.put("pid", Host.pid());
        stats.put("clock", String.valueOf(node.clock().value()));
        stats.put(
                "uptime", Duration.between(worker.started(), node.store().now()).toSeconds());
        stats.put("prefetch_count", worker.slots());
        stats.set("pool", pool());
        worker.bounds()
                .ifPresent(bounds -> stats.set(
                        "autoscaler",
                        Json.object()
                                .put("max", bounds.max())
                                .put("min", bounds.min())
                                .put("current", worker.slots())
                                .put("qty", worker.inHand().size())));
        stats.set("broker", broker());
        stats.put("rusage", "N/A");
        return stats;
    }

    private ObjectNode pool() {
        var pool =
                Json.object().put("implementation", "lovage:" + worker.pool()).put("max-concurrency", worker.slots());
        pool.putArray("processes").add(Host.pid());
        var perChild = settings.number(Setting.WORKER_MAX_TASKS_PER_CHILD);
        pool.set("max-tasks-per-child", perChild > 0 ? Json.tree(perChild) : Json.tree("N/A"));
        pool.put("put-guarded-by-semaphore", true);
        pool.putArray("timeouts")
                .add(settings.duration(Setting.TASK_SOFT_TIME_LIMIT).toSeconds())
                .add(settings.duration(Setting.TASK_TIME_LIMIT).toSeconds());
        var active = worker.inHand().stream()
                .filter(one -> one.started().isPresent())
                .count();
        var writes = pool.putObject("writes")
                .put(
                        "total",
                        worker.totals().values().stream()
                                .mapToLong(count -> count)
                                .sum())
                .put("avg", "0.00")
                .put("all", "")
                .put("raw", "")
                .put("strategy", "fair");
        writes.putObject("inqueues").put("total", worker.slots()).put("active", active);
        return pool;
    }

    private ObjectNode broker() {
        var url = URI.create(Settings.masked(brokerUrl.split(";", 2)[0]));
        var scheme = String.valueOf(url.getScheme());
        var secure = scheme.equals("amqps") || scheme.equals("rediss");
        var redis = scheme.startsWith("redis");
        var path = Optional.ofNullable(url.getPath())
                .map(text -> text.replaceFirst("^/", ""))
                .orElse("");
        var broker = Json.object()
                .put("hostname", Optional.ofNullable(url.getHost()).orElse(""))
                .put(
                        "userid",
                        Optional.ofNullable(url.getUserInfo())
                                .map(user -> user.replaceFirst(":.*", ""))
                                .orElse(null))
                .put("virtual_host", path.isEmpty() ? (redis ? "0" : "/") : path)
                .put("port", url.getPort() >= 0 ? url.getPort() : redis ? 6379 : secure ? 5671 : 5672)
                .put("insist", false)
                .put("ssl", secure)
                .put("transport", redis ? "redis" : "amqp")
                .put(
                        "connect_timeout",
                        settings.duration(Setting.BROKER_CONNECTION_TIMEOUT).toSeconds());
        broker.putObject("transport_options");
        broker.set("login_method", Json.nothing());
        broker.set("uri_prefix", Json.nothing());
        broker.put("heartbeat", settings.duration(Setting.BROKER_HEARTBEAT).toMillis() / 1000.0);
        broker.put("failover_strategy", "round-robin");
        broker.putArray("alternates");
        broker.set("credential_provider", Json.nothing());
        return broker;
    }

    ArrayNode queues() {
        var queues = Json.array();
        var declared = settings.queues();
        for (var name : new TreeSet<>(worker.queues())) {
            var known = Optional.ofNullable(declared.get(name));
            var key = known.map(queue -> queue.routingKey()).orElse(name);
            var queue = Json.object().put("name", name);
            var exchange = queue.putObject("exchange")
                    .put("name", known.flatMap(one -> one.exchange()).orElse(name))
                    .put("type", known.map(one -> one.exchangeType()).orElse("direct"));
            exchange.set("arguments", Json.nothing());
            exchange.put("durable", true).put("passive", false).put("auto_delete", false);
            exchange.set("delivery_mode", Json.nothing());
            exchange.put("no_declare", false);
            queue.put("routing_key", key);
            queue.set(
                    "queue_arguments",
                    known.<JsonNode>map(one -> one.arguments())
                            .filter(arguments -> !arguments.isEmpty())
                            .orElse(Json.nothing()));
            for (var none : List.of("binding_arguments", "consumer_arguments")) {
                queue.set(none, Json.nothing());
            }
            queue.put("durable", true)
                    .put("exclusive", false)
                    .put("auto_delete", false)
                    .put("no_ack", false);
            queue.set("alias", Json.nothing());
            queue.putArray("bindings");
            for (var none :
                    List.of("no_declare", "expires", "message_ttl", "max_length", "max_length_bytes", "max_priority")) {
                queue.set(none, Json.nothing());
            }
            queues.add(queue);
        }
        return queues;
    }

    /// The settings, without passwords.
    ObjectNode conf(boolean withDefaults) {
        var conf = Json.object();
        for (var setting : Setting.values()) {
            if (withDefaults || settings.isSet(setting)) {
                conf.set(setting.key(), shown(setting));
            }
        }
        return conf;
    }

    private JsonNode shown(Setting setting) {
        var text = settings.text(setting);
        if (SECRET.matcher(setting.key()).find()) {
            return Json.tree("********");
        }
        if (text.matches("true|false|-?\\d{1,15}(\\.\\d{1,9})?|[{\\[].*")) {
            try {
                return masked(Json.read(text.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
            } catch (JacksonException e) {
                return Json.tree("********"); // a map that can't be read can't be masked
            }
        }
        return Json.tree(Settings.masked(text).replaceFirst("\\?.*", ""));
    }

    private static JsonNode masked(JsonNode value) {
        if (value instanceof ObjectNode map) {
            map.properties()
                    .forEach(one -> one.setValue(
                            SECRET.matcher(one.getKey()).find() ? Json.tree("********") : masked(one.getValue())));
        } else if (value.isString()) {
            return Json.tree(Settings.masked(value.stringValue()));
        }
        return value;
    }

    String report() {
        var lines = new StringBuilder("\nsoftware -> lovage:" + Host.version() + " java:"
                + Runtime.version() + "\nplatform -> system:" + Host.system() + " arch:"
                + System.getProperty("os.arch", "") + "\npool     -> " + worker.pool() + ":" + worker.slots()
                + "\nbroker   -> " + Settings.masked(brokerUrl).replaceFirst("\\?.*", "") + "\n\n");
        conf(false)
                .properties()
                .forEach(one -> lines.append(one.getKey())
                        .append(": ")
                        .append(one.getValue())
                        .append('\n'));
        return lines.toString();
    }
}
