package dev.lovage.redis.transport;

import dev.lovage.engine.broker.Binding;
import dev.lovage.engine.broker.Busy;
import dev.lovage.engine.broker.SendUnknown;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.message.Message;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.transport.Broadcast;
import dev.lovage.engine.transport.Depth;
import dev.lovage.engine.transport.Transport;
import dev.lovage.redis.connection.Connections;
import dev.lovage.redis.connection.RedisUrl;
import dev.lovage.redis.connection.Script;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;
import tools.jackson.databind.node.ObjectNode;

/// Messages in Redis, laid out as kombu lays them out, so that Python and Java share queues.
///
/// A message is pushed to the left end of the list of its queue and priority step and taken from the right end.
/// While somebody has it, it lies in the hash `unacked`, and its tag in the sorted set `unacked_index` with the
/// time of the last sign of life. Who shows none for the visibility timeout loses it to the queue's front.
public final class RedisTransport implements Transport {
    private static final Script UNACKED = Script.of(RedisTransport.class, "unacked.lua");
    private static final int UNACKED_MAX = 2000;

    /// Connections that are lent at a time. A worker's threads talk to Redis for a moment only.
    private static final int CONNECTIONS_MAX = 16;

    private final Connections connections;
    private final KombuLayout layout;
    private final ArrivalWatch watch;
    private final List<RedisConsumer> consumers = new CopyOnWriteArrayList<>();
    private final Set<String> declared = ConcurrentHashMap.newKeySet();
    private final Map<String, Binding> bound = new ConcurrentHashMap<>();
    private volatile long declaredBy;

    private RedisTransport(Connections connections, KombuLayout layout) {
        this.connections = connections;
        this.layout = layout;
        this.watch = new ArrivalWatch(connections, layout.answerTimeout(), this::wanted);
    }

    /// Connects when first needed; if Redis answers now, says now what is weak about it.
    ///
    /// @throws dev.lovage.engine.settings.BadSetting if the URL or a setting can't be used
    public static RedisTransport open(String url, Settings settings) {
        var layout = KombuLayout.of(settings);
        var connections = new Connections(
                RedisUrl.read(url, Setting.BROKER_URL),
                "lovage",
                CONNECTIONS_MAX,
                layout.connectTimeout(),
                layout.answerTimeout(),
                true);
        connections.answers();
        return new RedisTransport(connections, layout);
    }

    /// What all keys begin with, by `broker_transport_options`.
    public static String prefix(Settings settings) {
        return KombuLayout.of(settings).prefix();
    }

    @Override
    public String url() {
        return connections.url();
    }

    Connections connections() {
        return connections;
    }

    KombuLayout layout() {
        return layout;
    }

    ArrivalWatch watch() {
        return watch;
    }

    private record Push(String list, String text, Message message) {}

    @Override
    public List<Unroutable> publish(List<Message> messages) {
        if (messages.isEmpty()) {
            return List.of();
        }
        var unroutable = new ArrayList<Unroutable>();
        var connection = connections.lend();
        try {
            List<Push> pushes;
            try {
                pushes = pushes(connection, messages, unroutable);
            } catch (JedisException e) {
                throw connections.busy(e);
            }
            if (!pushes.isEmpty()) {
                push(connection, pushes, unroutable);
            }
            return unroutable;
        } finally {
            connections.takeBack(connection);
        }
    }

    private List<Push> pushes(Connection connection, List<Message> messages, List<Unroutable> unroutable) {
        var pushes = new ArrayList<Push>();
        var routes = new HashMap<List<String>, List<String>>();
        for (var message : messages) {
            var exchange = exchange(message);
            if (exchange.isEmpty()) {
                pushes.add(push(message, "", message.queue(), message.queue()));
                continue;
            }
            var route = exchange.get();
            var queues = routes.computeIfAbsent(
                    List.of(route.exchange(), route.routingKey()),
                    key -> Bindings.queues(connection, layout, route.exchange(), route.routingKey()));
            if (queues.isEmpty()) {
                unroutable.add(new Unroutable(
                        message,
                        "No queue is bound to the exchange " + route.exchange() + " by the routing key "
                                + route.routingKey() + " (" + layout.bindings(route.exchange()) + " in Redis)."));
            }
            queues.forEach(queue -> pushes.add(push(message, route.exchange(), route.routingKey(), queue)));
        }
        return pushes;
    }

    private record Route(String exchange, String routingKey) {}

    private static Optional<Route> exchange(Message message) {
        if (!message.properties().contains("delivery_info")) {
            return Optional.empty();
        }
        var info =
                Json.read(message.properties().getBytes(StandardCharsets.UTF_8)).path("delivery_info");
        return info instanceof ObjectNode given
                        && given.path("routing_key").isString()
                        && !given.path("exchange").asString("").isEmpty()
                ? Optional.of(new Route(
                        given.path("exchange").asString(),
                        given.path("routing_key").asString()))
                : Optional.empty();
    }

    /// Each copy has a tag of its own: kombu's acknowledgement of one would take all that share it.
    private Push push(Message message, String exchange, String routingKey, String queue) {
        var envelope = Envelope.of(message, exchange, routingKey);
        return new Push(
                envelope.wraps()
                        ? layout.key(KombuLayout.unreadable(queue))
                        : layout.list(queue, layout.step(envelope.priority())),
                envelope.text(),
                message);
    }

    /// All or none, in one transaction: before its last word nothing is done.
    private void push(Connection connection, List<Push> pushes, List<Unroutable> unroutable) {
        var queues = new LinkedHashSet<String>();
        pushes.forEach(push -> queues.add(push.message().queue()));
        var undeclared = undeclared(queues);
        List<Object> answers;
        try {
            connection.sendCommand(Command.MULTI);
            undeclared.forEach(queue -> bind(connection, queue));
            pushes.forEach(push -> connection.sendCommand(Command.LPUSH, push.list(), push.text()));
            connection.sendCommand(Command.EXEC);
            answers = connection.getMany(undeclared.size() + pushes.size() + 2);
        } catch (JedisConnectionException e) {
            connections.busy(e);
            throw new SendUnknown(
                    pushes.size() == 1 ? "the message" : "the batch of " + pushes.size() + " messages", e);
        }
        if (!(answers.getLast() instanceof List<?> done)) {
            throw answers.stream()
                    .filter(JedisDataException.class::isInstance)
                    .map(JedisDataException.class::cast)
                    .findFirst()
                    .map(connections::busy)
                    .orElseGet(() -> new Busy("Redis took nothing just now. Try again."));
        }
        declared.addAll(undeclared);
        for (int i = 0; i < pushes.size(); i++) {
            if (done.get(undeclared.size() + i) instanceof JedisDataException e) {
                unroutable.add(new Unroutable(
                        pushes.get(i).message(),
                        "Redis refused " + pushes.get(i).list() + ": " + e.getMessage()));
            }
        }
    }

    @Override
    public void bind(String queue, Binding binding) {
        if (!binding.type().equals("direct") && !binding.type().equals("topic")) {
            throw new UnsupportedOperationException(
                    "On Redis a queue is bound to a direct or a topic exchange, and not to one of the type "
                            + binding.type() + ".");
        }
        if (bound.putIfAbsent(queue, binding) == null) {
            declared.remove(queue);
        }
    }

    /// As Celery declares a queue: bound to a direct exchange of its name, by its name, unless it was bound otherwise.
    void declare(Collection<String> queues) {
        var missing = undeclared(queues);
        if (!missing.isEmpty()) {
            connections.use(connection -> {
                missing.forEach(queue -> bind(connection, queue));
                return connection.getMany(missing.size());
            });
            declared.addAll(missing);
        }
    }

    /// After a new connection all are declared again: the Redis behind it may be another one.
    private List<String> undeclared(Collection<String> queues) {
        var made = connections.made();
        if (made != declaredBy) {
            declaredBy = made;
            declared.clear();
        }
        return queues.stream().filter(queue -> !declared.contains(queue)).toList();
    }

    private void bind(Connection connection, String queue) {
        var binding = bound.getOrDefault(queue, new Binding(queue, "direct", queue));
        var pattern = binding.type().equals("topic") ? Bindings.pattern(binding.routingKey()) : "";
        connection.sendCommand(
                Command.SADD,
                layout.bindings(binding.exchange()),
                layout.binding(binding.routingKey(), pattern, queue));
    }

    @Override
    public Consumer consumer(String name, String incarnation) {
        var consumer = new RedisConsumer(this, name, incarnation);
        consumers.add(consumer);
        return consumer;
    }

    void leaves(RedisConsumer consumer) {
        consumers.remove(consumer);
        watch.tell();
    }

    private List<String> wanted() {
        var queues = new LinkedHashSet<String>();
        consumers.forEach(consumer -> queues.addAll(consumer.wanted()));
        var lists = new ArrayList<String>();
        for (int step : layout.steps()) {
            queues.forEach(queue -> lists.add(layout.list(queue, step)));
        }
        return lists;
    }

    @Override
    public long mark() {
        return watch.mark();
    }

    @Override
    public void awaitArrival(long mark, Duration wait) throws InterruptedException {
        watch.await(mark, wait);
    }

    @Override
    public void recover(List<String> tags) {
        // A tag of ours is Redis's own and the score of the claim.
        new Restorer(connections, layout)
                .recover(tags.stream()
                        .map(tag -> tag.substring(0, tag.lastIndexOf('@')))
                        .toList());
        watch.tell();
    }

    /// What its last claim took is noted in Redis itself. The note goes to one of those who find the incarnation
    /// dead: a second one would take the deliveries from their new holders.
    @Override
    public void recoverFrom(String incarnation) {
        var key = RedisConsumer.note(layout, incarnation);
        var note = connections.use(connection -> {
            connection.sendCommand(Command.GET, key);
            return connection.getBulkReply();
        });
        if (note != null && removed(key)) {
            var tags = new ArrayList<String>();
            var claim = Json.read(note.getBytes(StandardCharsets.UTF_8));
            for (int at = 1; at < claim.size(); at += 4) {
                tags.add(claim.get(at).stringValue());
            }
            new Restorer(connections, layout).recover(tags);
            watch.tell();
        }
    }

    /// Only one is told so.
    private boolean removed(String key) {
        return connections.use(connection -> {
            connection.sendCommand(Command.DEL, key);
            return connection.getIntegerReply() == 1;
        });
    }

    @Override
    public Map<String, Depth> depths(Set<String> queues) {
        var names = List.copyOf(queues);
        return connections.use(connection -> {
            var depths = new LinkedHashMap<String, Depth>();
            for (var queue : names) {
                var lists = new ArrayList<>(layout.lists(queue));
                lists.add(layout.key(KombuLayout.unreadable(queue)));
                lists.forEach(list -> connection.sendCommand(Command.LLEN, list));
                long ready = connection.getMany(lists.size()).stream()
                        .mapToLong(length -> length instanceof Long count ? count : 0)
                        .sum();
                depths.put(queue, new Depth(ready, OptionalLong.empty(), OptionalLong.empty(), Optional.empty()));
            }
            return depths;
        });
    }

    /// With what is unacknowledged, unless that is very much.
    @Override
    public Map<String, Depth> depthsForPeople(Set<String> queues) {
        var unacknowledged = unacknowledged();
        var depths = new LinkedHashMap<String, Depth>();
        depths(queues)
                .forEach((queue, depth) -> depths.put(
                        queue,
                        new Depth(
                                depth.ready(),
                                unacknowledged
                                        .map(counts -> OptionalLong.of(counts.getOrDefault(queue, 0L)
                                                + counts.getOrDefault(KombuLayout.unreadable(queue), 0L)))
                                        .orElse(OptionalLong.empty()),
                                depth.consumers(),
                                depth.oldest())));
        return depths;
    }

    private Optional<Map<String, Long>> unacknowledged() {
        var answer =
                connections.use(connection -> UNACKED.run(connection, List.of(layout.unacked()), List.of(UNACKED_MAX)));
        if (!(answer instanceof List<?> list) || list.isEmpty() || !(list.getFirst() instanceof List<?> pairs)) {
            return Optional.empty();
        }
        var counts = new LinkedHashMap<String, Long>();
        for (int i = 0; i + 1 < pairs.size(); i += 2) {
            if (pairs.get(i) instanceof byte[] key && pairs.get(i + 1) instanceof Long count) {
                counts.merge(Json.read(key).asString(""), count, Long::sum);
            }
        }
        return Optional.of(counts);
    }

    @Override
    public List<String> untold() {
        return List.of(
                "Redis knows no consumers: CONSUMERS are the workers that answered within a second.",
                "UNACKED is counted up to " + UNACKED_MAX + " messages in all, by the name of the queue that they came"
                        + " from; what came through a topic exchange counts under its routing key.");
    }

    @Override
    public Optional<Broadcast> broadcast() {
        return Optional.of(new RedisBroadcast(connections, layout));
    }

    @Override
    public List<String> weaknesses() {
        return connections.weaknesses();
    }

    @Override
    public boolean connected() {
        return connections.answers();
    }

    @Override
    public void close() {
        consumers.forEach(RedisConsumer::close);
        watch.close();
        connections.close();
    }
}
