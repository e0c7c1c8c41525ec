package dev.lovage.redis.transport;

import dev.lovage.engine.json.Json;
import dev.lovage.redis.connection.Connections;
import dev.lovage.redis.connection.Script;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Protocol.Command;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Puts deliveries back to the front of their queues: those that are given back, and those of anyone, Python's
/// included, that have shown no sign of life for the visibility timeout.
///
/// Times are Redis's own: a worker's clock decides nothing.
final class Restorer {
    private static final Logger LOG = LoggerFactory.getLogger(Restorer.class);
    private static final Script RESTORE = Script.of(Restorer.class, "restore.lua");
    private static final Script RELEASE = Script.of(Restorer.class, "release.lua");
    private static final int BATCH = 100;

    /// kombu's own: whoever dies with the mutex holds it this long.
    private static final int MUTEX_MILLIS = 300_000;

    private final Connections connections;
    private final KombuLayout layout;

    /// A delivery as it was when it was looked at.
    ///
    /// @param score seconds since the epoch, as Redis or this process wrote them
    /// @param other the score that a renewal gave it that wasn't answered, or empty
    record Seen(String tag, String score, String other) {}

    Restorer(Connections connections, KombuLayout layout) {
        this.connections = connections;
        this.layout = layout;
    }

    /// Those that are still ours come to the front of their queues; the first of `deliveries` will be the first
    /// there.
    void giveBack(List<Seen> deliveries) {
        for (int end = deliveries.size(); end > 0; end -= BATCH) {
            var batch = deliveries.subList(Math.max(0, end - BATCH), end).reversed();
            connections.use(connection -> restore(connection, batch));
        }
    }

    /// Restores what has expired, unless somebody else is doing that.
    ///
    /// @return how many
    int restoreExpired() {
        return connections.use(connection -> {
            var token = UUID.randomUUID().toString().replace("-", "");
            connection.sendCommand(Command.SET, layout.mutex(), token, "NX", "PX", String.valueOf(MUTEX_MILLIS));
            if (connection.getStatusCodeReply() == null) {
                return 0;
            }
            try {
                int restored = 0;
                for (var expired = expired(connection); !expired.isEmpty(); expired = expired(connection)) {
                    int count = restore(connection, expired);
                    restored += count;
                    if (count == 0) {
                        break;
                    }
                }
                return restored;
            } finally {
                if (!connection.isBroken()) {
                    RELEASE.run(connection, List.of(layout.mutex()), List.of(token));
                }
            }
        });
    }

    /// Those that somebody has had and will not finish.
    void recover(List<String> tags) {
        connections.use(connection -> {
            var seen = new ArrayList<Seen>();
            for (var tag : tags) {
                connection.sendCommand(Command.ZSCORE, layout.index(), tag);
                var score = connection.getBulkReply();
                if (score != null) {
                    seen.add(new Seen(tag, score, ""));
                }
            }
            return seen.isEmpty() ? 0 : restore(connection, seen);
        });
    }

    private List<Seen> expired(Connection connection) {
        connection.sendCommand(
                Command.ZREVRANGEBYSCORE,
                layout.index(),
                seconds(micros(connection) - layout.visibility().toNanos() / 1000),
                "0",
                "WITHSCORES",
                "LIMIT",
                "0",
                String.valueOf(BATCH));
        var found = connection.getMultiBulkReply();
        var seen = new ArrayList<Seen>();
        for (int i = 0; i + 1 < found.size(); i += 2) {
            seen.add(new Seen(found.get(i), found.get(i + 1), ""));
        }
        return seen;
    }

    /// The server's time, in microseconds since the epoch.
    static long micros(Connection connection) {
        connection.sendCommand(Command.TIME);
        var time = connection.getMultiBulkReply();
        return Long.parseLong(time.get(0)) * 1_000_000 + Long.parseLong(time.get(1));
    }

    static String seconds(long micros) {
        return BigDecimal.valueOf(micros, 6).toPlainString();
    }

    private int restore(Connection connection, List<Seen> deliveries) {
        var arguments = new ArrayList<Object>();
        for (var delivery : deliveries) {
            connection.sendCommand(Command.HGET, layout.unacked(), delivery.tag());
            arguments.addAll(move(connection, delivery, connection.getBinaryBulkReply()));
        }
        return RESTORE.run(connection, List.of(layout.index(), layout.unacked()), arguments) instanceof Long count
                ? count.intValue()
                : 0;
    }

    /// @return arguments of the script for one delivery
    private List<Object> move(Connection connection, Seen delivery, byte @Nullable [] kept) {
        var arguments = new ArrayList<Object>(List.of(delivery.tag(), delivery.score(), delivery.other()));
        if (kept == null) {
            arguments.addAll(List.of(0, ""));
            return arguments;
        }
        var entry = entry(kept);
        var exchange = entry.map(node -> node.path(1).asString("")).orElse("");
        var routingKey = entry.map(node -> node.path(2).asString("")).orElse("");
        var envelope =
                entry.flatMap(node -> Envelope.read(Json.python(node.path(0)).getBytes(StandardCharsets.UTF_8)));
        if (envelope.isEmpty()) {
            var list = KombuLayout.unreadable(routingKey.isEmpty() ? "lovage" : routingKey);
            LOG.warn(
                    "The unacknowledged delivery {} is no message that a worker could read. It was moved to the list {}:"
                            + " Python workers that restore it would end.",
                    delivery.tag(),
                    layout.key(list));
            var bytes = entry.map(node -> Json.python(node.path(0)).getBytes(StandardCharsets.UTF_8))
                    .orElse(kept);
            arguments.addAll(List.of(
                    1,
                    Envelope.wrapping(bytes, UUID.randomUUID().toString(), list).text(),
                    layout.key(list)));
            return arguments;
        }
        var again = envelope.get().again();
        var queues = Bindings.queues(connection, layout, exchange, routingKey);
        if (queues.isEmpty()) {
            // kombu would drop it: nothing is bound any more.
            queues = List.of(routingKey);
        }
        arguments.addAll(List.of(queues.size(), again.text()));
        queues.forEach(queue -> arguments.add(layout.list(queue, layout.step(again.priority()))));
        return arguments;
    }

    private static Optional<JsonNode> entry(byte[] kept) {
        try {
            var node = Json.read(kept);
            return node.isArray() && node.path(0) instanceof ObjectNode ? Optional.of(node) : Optional.empty();
        } catch (JacksonException e) {
            return Optional.empty();
        }
    }
}
