package dev.lovage.rabbitmq;

import com.rabbitmq.client.BuiltinExchangeType;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/// Queues in which RabbitMQ itself holds messages back, exactly as Celery 5.5 and later declare them ("native
/// delayed delivery").
///
/// A delay of n seconds is written in 28 bits before the routing key, the most significant first. A message
/// begins at the exchange of level 27. On level k it waits 2^k seconds in the queue of that level if its bit is
/// 1, and goes on to level k-1 at once if it is 0; behind level 0 the exchange `celery_delayed_delivery` hands
/// it to the exchange of its task queue, by what follows the bits.
final class DelayLevels {
    static final String DELIVERY = "celery_delayed_delivery";

    private static final int LEVELS = 28;

    /// A longer delay has no bits left.
    static final Duration LONGEST = Duration.ofSeconds((1L << LEVELS) - 1);

    static final String FIRST = level(LEVELS - 1);

    /// The longest routing key that fits behind the bits.
    private static final int KEY_MAX_BYTES = 255 - 2 * LEVELS;

    /// Behind the name of a queue, for what is held back for it alone: whoever binds a queue as Celery does gets what
    /// ends in its own name, and not this.
    private static final String HELD = ".lovage-held";

    private final String queueType;

    /// @param queueType `quorum` or `classic`
    DelayLevels(String queueType) {
        this.queueType = queueType;
    }

    private static String level(int level) {
        return "celery_delayed_" + level;
    }

    /// Whether a message that names this exchange came, or was to come, through the levels.
    static boolean carried(String exchange) {
        return exchange.matches("celery_delayed_(delivery|\\d{1,2})");
    }

    static boolean fits(String routingKey) {
        return routingKey.getBytes(StandardCharsets.UTF_8).length <= KEY_MAX_BYTES;
    }

    /// @param seconds 1 to [#LONGEST]
    static String routingKey(long seconds, String key) {
        if (seconds < 1 || seconds > LONGEST.toSeconds()) {
            throw new IllegalArgumentException("RabbitMQ's delay levels hold a message back for 1 to "
                    + LONGEST.toSeconds() + " seconds, but " + seconds + " were asked for. Nothing was sent.");
        }
        var bits = new StringBuilder();
        for (int level = LEVELS - 1; level >= 0; level--) {
            bits.append(seconds >> level & 1).append('.');
        }
        return bits + key;
    }

    /// Of a message that is held back for one queue and comes to no other.
    ///
    /// @throws Table.Malformed if the queue's name is too long for that
    static String heldKey(long seconds, String queue) {
        if (!fits(queue + HELD)) {
            throw new Table.Malformed("RabbitMQ can't hold a message back for a queue with so long a name; the longest"
                    + " has " + (KEY_MAX_BYTES - HELD.length()) + " bytes: " + queue + ".");
        }
        return routingKey(seconds, queue + HELD);
    }

    /// Declares the levels, and brings a queue what is held back for it alone.
    ///
    /// @throws QueueMismatch if they are there already and differ, or must not be declared
    /// @throws IOException if the connection is lost
    void declareHeld(Connection connection, Topology.Queue queue) throws IOException {
        if (!fits(queue.name() + HELD)) {
            return; // which is said of each message that is to be held back
        }
        var channel = Topology.open(connection);
        try {
            declareLevels(channel);
            channel.queueBind(queue.name(), DELIVERY, "*.".repeat(LEVELS) + queue.name() + HELD);
        } catch (IOException e) {
            var refusal = Topology.refusal(e);
            if (refusal.isPresent()) {
                throw QueueMismatch.of(DELIVERY, refusal.get().getReplyText(), e);
            }
            throw e;
        } finally {
            Topology.closeQuietly(channel);
        }
    }

    /// Declares the levels, and what brings messages from them to a queue that is there already. Whoever comes
    /// second declares the same.
    ///
    /// @throws QueueMismatch if they are there already and differ, or must not be declared
    /// @throws IOException if the connection is lost
    void declare(Connection connection, Topology.Queue queue) throws IOException {
        var channel = Topology.open(connection);
        try {
            declareLevels(channel);
            var key = queue.routingKey().startsWith("#") ? queue.routingKey() : "#." + queue.routingKey();
            channel.exchangeBind(queue.exchange(), DELIVERY, key);
            channel.queueBind(queue.name(), queue.exchange(), key);
        } catch (IOException e) {
            var refusal = Topology.refusal(e);
            if (refusal.isPresent()) {
                throw QueueMismatch.of(DELIVERY, refusal.get().getReplyText(), e);
            }
            throw e;
        } finally {
            Topology.closeQuietly(channel);
        }
    }

    private void declareLevels(Channel channel) throws IOException {
        channel.exchangeDeclare(DELIVERY, BuiltinExchangeType.TOPIC, true);
        for (int level = 0; level < LEVELS; level++) {
            var name = level(level);
            var below = level == 0 ? DELIVERY : level(level - 1);
            var before = "*.".repeat(LEVELS - 1 - level);
            channel.exchangeDeclare(name, BuiltinExchangeType.TOPIC, true);
            channel.queueDeclare(name, true, false, false, arguments(level, below));
            channel.queueBind(name, name, before + "1.#");
            channel.exchangeBind(below, name, before + "0.#");
        }
    }

    private Map<String, Object> arguments(int level, String below) {
        Map<String, Object> arguments = new LinkedHashMap<>();
        arguments.put("x-queue-type", queueType);
        arguments.put("x-overflow", "reject-publish");
        arguments.put("x-message-ttl", (1L << level) * 1000);
        arguments.put("x-dead-letter-exchange", below);
        if (queueType.equals("quorum")) {
            arguments.put("x-dead-letter-strategy", "at-least-once");
        }
        return arguments;
    }
}
