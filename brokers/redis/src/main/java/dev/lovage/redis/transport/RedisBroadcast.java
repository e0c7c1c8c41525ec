package dev.lovage.redis.transport;

import dev.lovage.engine.broker.Busy;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.transport.Broadcast;
import dev.lovage.redis.connection.Connections;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.BinaryJedisPubSub;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Notes over Redis as kombu's fanout sends them: commands and events are published on a channel that begins
/// with the database's number, replies lie in a list that is bound to the exchange of replies. Each who listens
/// has a connection.
final class RedisBroadcast implements Broadcast {
    private static final Logger LOG = LoggerFactory.getLogger(RedisBroadcast.class);

    /// A subscription on which nothing was heard, not even the answer to [#PING], for so long is made anew.
    private static final Duration SILENCE_MAX = Duration.ofSeconds(20);

    private static final Duration PING = Duration.ofSeconds(5);
    private static final Duration AGAIN = Duration.ofMillis(500);

    private final Connections connections;
    private final KombuLayout layout;
    private final List<Ears> all = new CopyOnWriteArrayList<>();

    RedisBroadcast(Connections connections, KombuLayout layout) {
        this.connections = connections;
        this.layout = layout;
    }

    private String channel(String exchange) {
        return layout.key("/" + connections.first().database() + "." + exchange);
    }

    @Override
    public boolean command(ObjectNode headers, JsonNode body) {
        return publish(channel(CONTROL), CONTROL, "", headers, body) > 0;
    }

    @Override
    public void event(String routingKey, ObjectNode headers, JsonNode body) {
        publish(channel(EVENTS) + "/" + routingKey, EVENTS, routingKey, headers, body);
    }

    private long publish(String channel, String exchange, String routingKey, ObjectNode headers, JsonNode body) {
        var text =
                Envelope.note(headers, Json.bytes(body), exchange, routingKey).text();
        return connections.use(connection -> {
            connection.sendCommand(Command.PUBLISH, channel, text);
            return connection.getIntegerReply();
        });
    }

    /// A reply for whoever is gone goes nowhere: its queue is bound to nothing.
    @Override
    public void reply(String exchange, String routingKey, ObjectNode headers, JsonNode body) {
        connections.use(connection -> {
            for (var queue : Bindings.queues(connection, layout, exchange, routingKey)) {
                var text = Envelope.note(headers, Json.bytes(body), exchange, routingKey)
                        .text();
                connection.sendCommand(Command.LPUSH, layout.list(queue, 0), text);
                connection.getIntegerReply();
            }
            return exchange;
        });
    }

    @Override
    public Listening commands(String node, Ear ear) {
        return begin(new Subscription(channel(CONTROL), ear));
    }

    /// Redis's patterns have an asterisk where AMQP's have `#`.
    @Override
    public Listening events(String pattern, Ear ear) {
        return begin(new Subscription(channel(EVENTS) + "/" + pattern.replace('#', '*'), ear));
    }

    @Override
    public Listening replies(String key, Ear ear) {
        return begin(new Replies(key, ear));
    }

    private Ears begin(Ears ears) {
        all.add(ears);
        ears.thread = Thread.ofVirtual().name("lovage-redis-broadcast").start(ears::listen);
        return ears;
    }

    @Override
    public void close() {
        all.forEach(Ears::close);
    }

    /// Listens on connections of its own, one after the other.
    private abstract class Ears implements Listening {
        private final Ear ear;
        private final ReentrantLock lock = new ReentrantLock();
        private final Condition changed = lock.newCondition();
        private @Nullable Thread thread;
        private @Nullable Connection connection;
        private boolean begun;
        private boolean ended;

        Ears(Ear ear) {
            this.ear = ear;
        }

        /// Hears until the connection is lost, and says when it [#begins].
        abstract void hear(Connection connection);

        /// What is to be done when it is over.
        void end() {}

        void listen() {
            try {
                while (!ended()) {
                    try {
                        var open = connections.own(SILENCE_MAX);
                        try {
                            use(open);
                            hear(open);
                        } finally {
                            lost();
                            Connections.drop(open);
                        }
                    } catch (JedisException | Busy e) {
                        LOG.debug("A connection for remote control is lost.", e);
                    }
                    pause();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private void use(Connection open) {
            lock.lock();
            try {
                connection = ended ? null : open;
            } finally {
                lock.unlock();
            }
            if (ended()) {
                throw new Busy("It is over.");
            }
        }

        void begins() {
            lock.lock();
            try {
                begun = true;
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }

        private void lost() {
            lock.lock();
            try {
                begun = false;
                connection = null;
            } finally {
                lock.unlock();
            }
        }

        boolean ended() {
            lock.lock();
            try {
                return ended;
            } finally {
                lock.unlock();
            }
        }

        private void pause() throws InterruptedException {
            lock.lock();
            try {
                if (!ended) {
                    var _ = changed.await(AGAIN.toMillis(), TimeUnit.MILLISECONDS);
                }
            } finally {
                lock.unlock();
            }
        }

        void heard(byte[] payload) {
            var envelope = Envelope.read(payload);
            if (envelope.isEmpty()) {
                LOG.debug("What is no message is passed over.");
                return;
            }
            var tree = envelope.get().tree();
            try {
                ear.hear(new Note(
                        tree.at("/properties/delivery_info/routing_key").asString(""),
                        (ObjectNode) tree.path("headers"),
                        envelope.get().content().body()));
            } catch (RuntimeException e) {
                LOG.warn("A note is passed over.", e);
            }
        }

        @Override
        public boolean begun(Duration wait) throws InterruptedException {
            var left = wait.toNanos();
            lock.lockInterruptibly();
            try {
                while (!begun && !ended && left > 0) {
                    left = changed.awaitNanos(left);
                }
                return begun;
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void close() {
            Connection open;
            lock.lock();
            try {
                if (ended) {
                    return;
                }
                ended = true;
                open = connection;
                changed.signalAll();
            } finally {
                lock.unlock();
            }
            all.remove(this);
            if (open != null) {
                Connections.drop(open);
            }
            end();
        }
    }

    private final class Subscription extends Ears {
        private final byte[] pattern;

        Subscription(String pattern, Ear ear) {
            super(ear);
            this.pattern = pattern.getBytes(StandardCharsets.UTF_8);
        }

        @Override
        void hear(Connection connection) {
            var subscriber = new BinaryJedisPubSub() {
                @Override
                public void onPSubscribe(byte[] name, int count) {
                    // Jedis has taken the limit off.
                    connection.setSoTimeout(Math.toIntExact(SILENCE_MAX.toMillis()));
                    begins();
                }

                @Override
                public void onPMessage(byte[] name, byte[] from, byte[] payload) {
                    heard(payload);
                }
            };
            var pings = Thread.ofVirtual().name("lovage-redis-ping").start(() -> ping(subscriber));
            try {
                subscriber.proceedWithPatterns(connection, pattern);
            } finally {
                pings.interrupt();
            }
        }

        private void ping(BinaryJedisPubSub subscriber) {
            try {
                while (!ended()) {
                    Thread.sleep(PING);
                    subscriber.ping();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (JedisException e) {
                LOG.debug("A subscription is lost.", e);
            }
        }
    }

    /// A list that is bound to the exchange of replies while somebody waits for them.
    private final class Replies extends Ears {
        private final String key;
        private final String queue;

        Replies(String key, Ear ear) {
            super(ear);
            this.key = key;
            this.queue = key + "." + REPLIES;
        }

        @Override
        void hear(Connection connection) {
            connection.sendCommand(Command.SADD, layout.bindings(REPLIES), layout.binding(key, queue));
            connection.getIntegerReply();
            begins();
            while (!ended()) {
                connection.sendCommand(Command.BRPOP, layout.list(queue, 0), String.valueOf(PING.toSeconds()));
                var popped = connection.getBinaryMultiBulkReply();
                if (popped != null && popped.size() == 2) {
                    heard(popped.get(1));
                }
            }
        }

        @Override
        void end() {
            try {
                connections.use(connection -> {
                    connection.sendCommand(Command.SREM, layout.bindings(REPLIES), layout.binding(key, queue));
                    connection.getIntegerReply();
                    connection.sendCommand(Command.DEL, layout.list(queue, 0));
                    return connection.getIntegerReply();
                });
            } catch (Busy e) {
                LOG.debug("The binding of {} stays.", queue, e);
            }
        }
    }
}
