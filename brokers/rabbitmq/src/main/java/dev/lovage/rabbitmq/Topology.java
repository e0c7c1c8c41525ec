package dev.lovage.rabbitmq;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ShutdownSignalException;
import dev.lovage.engine.broker.Binding;
import dev.lovage.engine.settings.BadSetting;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.transport.Aside;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import tools.jackson.databind.JsonNode;

/// Which queues there are, and with exactly which arguments Celery declares them: RabbitMQ refuses whoever
/// declares the same queue with others.
///
/// A queue that `task_queues` does not name is durable, without arguments but `x-queue-type` and
/// `x-max-priority` from the settings, and bound to a durable exchange of its own name with its own name; the
/// exchange is direct unless the settings say otherwise.
final class Topology {
    /// @param exchange empty when the queue is bound to none
    record Queue(String name, String exchange, String exchangeType, String routingKey, Map<String, Object> arguments) {
        boolean quorum() {
            return "quorum".equals(arguments.get("x-queue-type"));
        }

        /// Celery publishes to queues of direct exchanges through the default exchange.
        boolean direct() {
            return exchange.isEmpty() || exchangeType.equals("direct");
        }
    }

    private final Map<String, Queue> named = new ConcurrentHashMap<>();
    private final String defaultQueue;
    private final String defaultType;
    private final String missingType;
    private final String defaultExchangeType;
    private final String missingExchangeType;
    private final boolean detectsQuorum;
    private final DelayLevels levels;
    private final int priorityMax;
    private final boolean withoutStore;

    /// @throws BadSetting if `task_queues` has something that is not understood
    Topology(Settings settings) {
        defaultQueue = settings.text(Setting.TASK_DEFAULT_QUEUE);
        defaultType = settings.text(Setting.TASK_DEFAULT_QUEUE_TYPE);
        missingType = settings.text(Setting.TASK_CREATE_MISSING_QUEUE_TYPE);
        defaultExchangeType = settings.text(Setting.TASK_DEFAULT_EXCHANGE_TYPE);
        missingExchangeType = settings.text(Setting.TASK_CREATE_MISSING_QUEUE_EXCHANGE_TYPE);
        detectsQuorum = settings.flag(Setting.WORKER_DETECT_QUORUM_QUEUES);
        levels = new DelayLevels(settings.text(Setting.BROKER_NATIVE_DELAYED_DELIVERY_QUEUE_TYPE));
        priorityMax = settings.number(Setting.TASK_QUEUE_MAX_PRIORITY);
        withoutStore = settings.withoutStore();
        for (var entry : settings.map(Setting.TASK_QUEUES).properties()) {
            named.put(entry.getKey(), read(entry.getKey(), entry.getValue()));
        }
    }

    private Queue read(String name, JsonNode options) {
        var exchange = "";
        var type = "direct";
        var key = name;
        Map<String, Object> arguments = new LinkedHashMap<>();
        for (var option : options.properties()) {
            var value = option.getValue();
            switch (option.getKey()) {
                case "exchange" -> exchange = value.asString();
                case "exchange_type" -> type = value.asString();
                case "routing_key", "binding_key" -> key = value.asString();
                case "max_priority" -> arguments.put("x-max-priority", number(name, "max_priority", value));
                case "max_length" -> arguments.put("x-max-length", number(name, "max_length", value));
                case "max_length_bytes" -> arguments.put("x-max-length-bytes", number(name, "max_length_bytes", value));
                case "message_ttl" -> arguments.put("x-message-ttl", milliseconds(name, "message_ttl", value));
                case "expires" -> arguments.put("x-expires", milliseconds(name, "expires", value));
                case "queue_arguments" ->
                    value.properties()
                            .forEach(one -> arguments.put(one.getKey(), argument(name, one.getKey(), one.getValue())));
                default ->
                    throw new BadSetting("task_queues has the option '" + option.getKey() + "' for the queue " + name
                            + ". Known are exchange, exchange_type, routing_key, max_priority, max_length,"
                            + " max_length_bytes, message_ttl, expires and queue_arguments.");
            }
        }
        return new Queue(name, exchange, type, key, withPriority(arguments));
    }

    private static Object argument(String queue, String name, JsonNode value) {
        if (value.isString()) {
            return value.stringValue();
        } else if (value.isBoolean()) {
            return value.booleanValue();
        } else if (value.canConvertToInt()) {
            return value.intValue();
        } else if (value.canConvertToLong()) {
            return value.longValue();
        }
        throw new BadSetting("task_queues has the argument " + name + " = " + value + " for the queue " + queue
                + "; a text, a whole number, true or false are understood.");
    }

    private static int number(String queue, String option, JsonNode value) {
        if (!value.isInt()) {
            throw new BadSetting(
                    "task_queues has " + option + " = " + value + " for the queue " + queue + ", not a whole number.");
        }
        return value.intValue();
    }

    /// kombu takes seconds, RabbitMQ milliseconds.
    private static int milliseconds(String queue, String option, JsonNode value) {
        if (!value.isNumber() || value.doubleValue() < 0 || value.doubleValue() > Integer.MAX_VALUE / 1000.0) {
            throw new BadSetting(
                    "task_queues has " + option + " = " + value + " for the queue " + queue + ", not seconds.");
        }
        return (int) (value.doubleValue() * 1000);
    }

    /// Before RabbitMQ 4.3 a quorum queue refuses x-max-priority, and since then it needs none.
    private Map<String, Object> withPriority(Map<String, Object> arguments) {
        if (priorityMax > 0 && !"quorum".equals(arguments.get("x-queue-type"))) {
            arguments.putIfAbsent("x-max-priority", priorityMax);
        }
        return Map.copyOf(arguments);
    }

    /// From now on, unless the queue is named already.
    void bind(String name, Binding binding) {
        var plain = queue(name);
        named.putIfAbsent(
                name, new Queue(name, binding.exchange(), binding.type(), binding.routingKey(), plain.arguments()));
    }

    Queue queue(String name) {
        var known = named.get(name);
        if (known != null) {
            return known;
        }
        var beside = Aside.besideOf(name);
        if (beside.isPresent()) {
            return new Queue(
                    name,
                    "",
                    "direct",
                    name,
                    queue(beside.get()).quorum() ? Map.of("x-queue-type", "quorum") : Map.of());
        }
        Map<String, Object> arguments = new LinkedHashMap<>();
        var isDefault = name.equals(defaultQueue);
        if ((isDefault ? defaultType : missingType).equals("quorum")) {
            arguments.put("x-queue-type", "quorum");
        }
        return new Queue(
                name, name, isDefault ? defaultExchangeType : missingExchangeType, name, withPriority(arguments));
    }

    /// Whether messages come to this queue through the delay levels: as in Celery, once any queue is a quorum
    /// queue, and not through a direct exchange, which can't be told to look behind the bits of a delay.
    boolean delays(Queue queue) {
        return detectsQuorum && !queue.direct() && (queue.quorum() || anyQuorum());
    }

    /// Whether what is not due is held back for every queue, because no store does it.
    boolean holdsBackAll() {
        return withoutStore;
    }

    /// Whether a queue that is received from is to be brought what was held back for it.
    boolean brought(Queue queue) {
        return delays(queue) || withoutStore && Aside.besideOf(queue.name()).isEmpty();
    }

    private boolean anyQuorum() {
        return defaultType.equals("quorum")
                || missingType.equals("quorum")
                || named.values().stream().anyMatch(Queue::quorum);
    }

    /// Whether a message for this queue can be sent through the delay levels and comes to no other one. Whose
    /// routing key is the end of this one's, behind a dot, gets what is meant for this one, too.
    boolean delaysAlone(Queue queue) {
        return delays(queue)
                && DelayLevels.fits(queue.routingKey())
                && !queue.routingKey().endsWith("." + defaultQueue)
                && named.values().stream().noneMatch(other -> queue.routingKey().endsWith("." + other.routingKey()));
    }

    /// Brings messages from the delay levels to a queue that was declared.
    ///
    /// @throws QueueMismatch if the levels are there already and differ
    /// @throws IOException if the connection is lost
    void declareDelays(Connection connection, String name) throws IOException {
        var queue = queue(name);
        if (delays(queue)) {
            levels.declare(connection, queue);
        }
        if (withoutStore) {
            levels.declareHeld(connection, queue);
        }
    }

    /// Declares the queue, its exchange and its binding, on a channel of its own: a refusal closes it.
    ///
    /// @throws QueueMismatch if they are there already and differ, or can't be as the settings have them
    /// @throws IOException if the connection is lost
    void declare(Connection connection, String name) throws IOException {
        var queue = queue(name);
        var channel = open(connection);
        try {
            if (!queue.exchange().isEmpty()) {
                channel.exchangeDeclare(queue.exchange(), queue.exchangeType(), true);
            }
            if (Aside.besideOf(name).isPresent()) {
                declareAside(connection, queue);
                return;
            }
            channel.queueDeclare(name, true, false, false, queue.arguments());
            if (!queue.exchange().isEmpty()) {
                channel.queueBind(name, queue.exchange(), queue.routingKey());
            }
        } catch (IOException e) {
            var refusal = refusal(e);
            if (refusal.isPresent()) {
                throw QueueMismatch.of(name, refusal.get().getReplyText(), e);
            }
            throw e;
        } finally {
            closeQuietly(channel);
        }
    }

    /// One that is there already is taken as it is: perhaps an older RabbitMQ made it.
    private static void declareAside(Connection connection, Queue queue) throws IOException {
        var looking = open(connection);
        try {
            looking.queueDeclarePassive(queue.name());
            return;
        } catch (IOException e) {
            if (refusal(e).isEmpty()) {
                throw e;
            }
        } finally {
            closeQuietly(looking);
        }
        Map<String, Object> arguments = new LinkedHashMap<>(queue.arguments());
        if (queue.quorum() && Dialer.major(connection) >= 4) {
            arguments.put("x-delivery-limit", -1); // else looking at a message twenty times ends it
        }
        var channel = open(connection);
        try {
            channel.queueDeclare(queue.name(), true, false, false, arguments);
        } finally {
            closeQuietly(channel);
        }
    }

    static Channel open(Connection connection) throws IOException {
        var channel = connection.createChannel();
        if (channel == null) {
            throw new IOException("RabbitMQ allows no more channels on this connection.");
        }
        return channel;
    }

    static void closeQuietly(Channel channel) {
        try {
            channel.abort();
        } catch (IOException e) {
            // It is closed then.
        }
    }

    /// What the broker said when it closed a channel, and nothing when the connection is lost.
    static Optional<com.rabbitmq.client.AMQP.Channel.Close> refusal(Throwable e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof ShutdownSignalException signal
                    && !signal.isHardError()
                    && signal.getReason() instanceof com.rabbitmq.client.AMQP.Channel.Close close) {
                return Optional.of(close);
            }
        }
        return Optional.empty();
    }
}
