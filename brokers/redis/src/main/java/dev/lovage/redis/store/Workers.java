package dev.lovage.redis.store;

import dev.lovage.engine.broker.Lease;
import dev.lovage.engine.broker.LeaseLost;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.store.WorkerState;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import redis.clients.jedis.Protocol.Command;
import tools.jackson.databind.JsonNode;

/// The workers, and what becomes of their claims when they go. An incarnation that is not known holds no claim.
final class Workers {
    private final Redis redis;
    private final Steps steps;

    Workers(Redis redis, Steps steps) {
        this.redis = redis;
        this.steps = steps;
    }

    void register(Lease lease, WorkerState state) {
        var about = Json.object()
                .put("pid", state.pid())
                .put("started", Micros.of(state.started()))
                .put("pool", state.pool())
                .put("slots", state.slots());
        about.set("queues", Json.tree(state.queues()));
        about.set("tasks", Json.tree(state.tasks()));
        about.set("homes", Json.tree(state.homes()));
        steps.run(writing -> writing.write(
                "register",
                lease.incarnation(),
                state.name(),
                Micros.of(state.started()),
                String.valueOf(state.beats()),
                String.valueOf(state.running()),
                Json.text(about)));
    }

    void beat(Lease lease, int running) {
        redis.measure();
        var known = redis.run(StoreScript.BEAT, List.of(lease.incarnation(), String.valueOf(running)));
        if (!Long.valueOf(1).equals(known)) {
            throw new LeaseLost("The heartbeat of " + lease.worker());
        }
    }

    List<WorkerState> all() {
        return redis.use(connection -> {
            connection.sendCommand(Command.ZRANGE, redis.key("workers"), "0", "-1");
            var incarnations = Redis.texts(connection.getBinaryMultiBulkReply());
            for (var incarnation : incarnations) {
                connection.sendCommand(
                        Command.HMGET, redis.key("worker:" + incarnation), "name", "beats", "seen", "running", "state");
            }
            var answers = connection.getMany(incarnations.size());
            var workers = new ArrayList<WorkerState>();
            for (int i = 0; i < incarnations.size(); i++) {
                read(incarnations.get(i), Redis.list(answers.get(i))).ifPresent(workers::add);
            }
            return List.copyOf(workers);
        });
    }

    /// @return empty if it has gone in between
    private static Optional<WorkerState> read(String incarnation, List<Object> values) {
        if (!(values.getFirst() instanceof byte[])) {
            return Optional.empty();
        }
        var about = Json.read((byte[]) values.get(4));
        return Optional.of(new WorkerState(
                incarnation,
                Redis.text(values.getFirst()),
                about.get("pid").longValue(),
                Micros.instant(about.get("started").stringValue()),
                Micros.instant(Redis.text(values.get(2))),
                Long.parseLong(Redis.text(values.get(1))),
                names(about.get("queues")),
                names(about.get("tasks")),
                homes(about.get("homes")),
                about.get("pool").stringValue(),
                about.get("slots").intValue(),
                Integer.parseInt(Redis.text(values.get(3)))));
    }

    private static List<String> names(JsonNode node) {
        var names = new ArrayList<String>();
        node.forEach(name -> names.add(name.stringValue()));
        return names;
    }

    private static Map<String, String> homes(JsonNode node) {
        var homes = new HashMap<String, String>();
        node.properties()
                .forEach(home -> homes.put(home.getKey(), home.getValue().stringValue()));
        return homes;
    }

    int bury(String incarnation, long beats, String evidence) {
        var name = redis.use(connection -> {
            connection.sendCommand(Command.HGET, redis.key("worker:" + incarnation), "name");
            return Optional.ofNullable(connection.getBinaryBulkReply())
                    .map(bytes -> new String(bytes, StandardCharsets.UTF_8));
        });
        if (name.isEmpty()) {
            return 0;
        }
        // The number of retries goes in between, of each execution.
        var happened = Json.text(Json.object()
                .put("at", Micros.of(redis.now()))
                .put("what", "crash")
                .put("detail", evidence)
                .put("trace", "")
                .put("by", name.get()));
        return part(
                incarnation,
                String.valueOf(beats),
                "+" + evidence,
                happened.substring(0, happened.length() - 1) + ",\"retries\":",
                "}");
    }

    void leave(Lease lease) {
        part(lease.incarnation(), "", "", "", "");
    }

    private int part(String... arguments) {
        var all = 0;
        while (true) {
            var told = Redis.list(redis.change(StoreScript.PART, List.of((Object[]) arguments)));
            all += Math.toIntExact((Long) told.getFirst());
            if (Long.valueOf(0).equals(told.get(1))) {
                return all;
            }
        }
    }
}
