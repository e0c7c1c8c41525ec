package dev.lovage.rabbitmq;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import com.rabbitmq.client.ShutdownSignalException;
import dev.lovage.engine.broker.Busy;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.transport.Broadcast;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Notes over RabbitMQ: one connection, with a channel for each who listens and one for each kind of sending.
///
/// Queues are as kombu declares them, but exclusive, as Celery's next version has them: RabbitMQ 4.3 refuses
/// others that are not durable. Each has a name of its own on each connection: what queues are called does not
/// matter here, a Python worker of the same name would not start where its queue is another's, and the broker may
/// not have noticed yet that the connection before is lost.
final class RabbitBroadcast implements Broadcast {
    private static final Logger LOG = LoggerFactory.getLogger(RabbitBroadcast.class);
    private static final int NAME_MAX = 100; // of 255 bytes that a queue's name may have
    private static final Map<String, Object> MAILBOX = Map.of("x-expires", 10_000, "x-message-ttl", 300_000);
    private static final Map<String, Object> EVENT_QUEUE = Map.of("x-expires", 60_000, "x-message-ttl", 5_000);

    private final Dialer dialer;
    private final Duration timeout;
    private final String name;
    private final Thread owner;
    private final List<Ears> all = new CopyOnWriteArrayList<>();
    private final Sender commands = new Sender(true);
    private final Sender replies = new Sender(false);
    private final Sender events = new Sender(false);

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    // Guarded by lock.
    private @Nullable Connection connection;
    private boolean failed;
    private boolean blocked;
    private boolean closed;

    RabbitBroadcast(Dialer dialer, Duration timeout, String name) {
        this.dialer = dialer;
        this.timeout = timeout;
        this.name = name;
        this.owner = Thread.ofVirtual().name("amqp-broadcast").start(this::own);
    }

    @Override
    public boolean command(ObjectNode headers, JsonNode body) {
        return commands.send(CONTROL, "fanout", false, "", headers, body);
    }

    @Override
    public void reply(String exchange, String routingKey, ObjectNode headers, JsonNode body) {
        var _ = replies.send(exchange, "direct", false, routingKey, headers, body);
    }

    @Override
    public void event(String routingKey, ObjectNode headers, JsonNode body) {
        var _ = events.send(EVENTS, "topic", true, routingKey, headers, body);
    }

    /// One channel, which a refusal closes and the next one to send opens again.
    private final class Sender {
        private final boolean confirms;
        private final ReentrantLock sending = new ReentrantLock();
        private final AtomicBoolean returned = new AtomicBoolean();
        private @Nullable Channel channel;
        private String declared = "";

        Sender(boolean confirms) {
            this.confirms = confirms;
        }

        /// @return false if nobody was there
        boolean send(String exchange, String type, boolean durable, String key, ObjectNode headers, JsonNode body) {
            sending.lock();
            try {
                var on = connected();
                var open = opened(on);
                if (!declared.equals(exchange)) {
                    open.exchangeDeclare(exchange, type, durable, false, Map.of());
                    declared = exchange;
                }
                returned.set(false);
                open.basicPublish(exchange, key, confirms, properties(headers), Json.bytes(body));
                if (confirms && !open.waitForConfirms(timeout.toMillis())) {
                    throw new Busy("RabbitMQ did not take a note to " + exchange + ".");
                }
                return !returned.get();
            } catch (IOException | ShutdownSignalException | TimeoutException e) {
                throw new Busy("A note to " + exchange + " was not sent: " + Dialer.reason(e));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new Busy("Interrupted while a note to " + exchange + " was sent.");
            } finally {
                sending.unlock();
            }
        }

        private Channel opened(Connection on) throws IOException {
            var before = channel;
            if (before != null && before.isOpen()) {
                return before;
            }
            var open = Topology.open(on);
            declared = "";
            if (confirms) {
                open.confirmSelect();
                open.addReturnListener(_ -> returned.set(true));
            }
            channel = open;
            return open;
        }
    }

    /// @throws Busy while there is none, for a moment after the start it is waited for
    private Connection connected() {
        lock.lock();
        try {
            var left = timeout.toNanos();
            while (connection == null && !closed && !failed && left > 0) {
                left = changed.awaitNanos(left);
            }
            var open = connection;
            if (open == null || blocked) {
                throw new Busy(
                        open == null
                                ? "There is no connection to RabbitMQ. Nothing was sent; it is tried again."
                                : "RabbitMQ takes nothing just now, for want of memory or disk. Nothing was sent.");
            }
            return open;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Busy("Interrupted while waiting for a connection to RabbitMQ. Nothing was sent.");
        } finally {
            lock.unlock();
        }
    }

    /// The table is py-amqp's, and so are the properties.
    private static BasicProperties properties(ObjectNode headers) {
        var mine = Json.object()
                .put("content_type", "application/json")
                .put("content_encoding", "utf-8")
                .put("delivery_mode", 1)
                .put("priority", 0);
        return Basics.encode(mine, Table.encode(headers));
    }

    @Override
    public Listening commands(String node, Ear ear) {
        return listen(new Ears(node, ".celery.pidbox", CONTROL, "fanout", false, "", MAILBOX, ear));
    }

    @Override
    public Listening replies(String key, Ear ear) {
        return listen(new Ears(key, "." + REPLIES, REPLIES, "direct", false, key, MAILBOX, ear));
    }

    @Override
    public Listening events(String pattern, Ear ear) {
        return listen(new Ears("celeryev", "", EVENTS, "topic", true, pattern, EVENT_QUEUE, ear));
    }

    private Listening listen(Ears ears) {
        all.add(ears);
        signal();
        return ears;
    }

    private void signal() {
        lock.lock();
        try {
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// One queue that is bound to an exchange, on whatever connection there is.
    private final class Ears implements Listening {
        private final String exchange;
        private final String type;
        private final boolean durable;
        private final String key;
        private final Map<String, Object> arguments;
        private final Ear ear;
        private final String queuesBegin;
        private final String queuesEnd;

        // Guarded by lock.
        private @Nullable Channel channel;
        private boolean ended;

        Ears(
                String queuesBegin,
                String queuesEnd,
                String exchange,
                String type,
                boolean durable,
                String key,
                Map<String, Object> arguments,
                Ear ear) {
            this.queuesBegin = queuesBegin.substring(0, Math.min(NAME_MAX, queuesBegin.length()));
            this.queuesEnd = queuesEnd;
            this.exchange = exchange;
            this.type = type;
            this.durable = durable;
            this.key = key;
            this.arguments = arguments;
            this.ear = ear;
        }

        boolean listens() {
            lock.lock();
            try {
                return channel != null || ended;
            } finally {
                lock.unlock();
            }
        }

        /// @throws IOException if the connection is lost
        void begin(Connection on) throws IOException {
            var open = Topology.open(on);
            var queue = queuesBegin + "." + UUID.randomUUID() + queuesEnd;
            try {
                open.exchangeDeclare(exchange, type, durable, false, Map.of());
                open.queueDeclare(queue, false, true, true, arguments);
                open.queueBind(queue, exchange, key);
                open.basicConsume(queue, true, new DefaultConsumer(open) {
                    @Override
                    public void handleDelivery(String tag, Envelope envelope, BasicProperties properties, byte[] body) {
                        heard(envelope, properties, body);
                    }

                    @Override
                    public void handleCancel(String tag) {
                        lost(open);
                    }
                });
                open.addShutdownListener(_ -> lost(open));
            } catch (IOException e) {
                Topology.closeQuietly(open);
                var refusal = Topology.refusal(e);
                if (refusal.isEmpty()) {
                    throw e;
                }
                LOG.warn("Nothing is heard from {}: {}", exchange, refusal.get().getReplyText());
                return;
            }
            lock.lock();
            try {
                channel = open.isOpen() ? open : null;
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }

        private void heard(Envelope envelope, BasicProperties properties, byte[] body) {
            ObjectNode headers;
            try {
                headers = Table.decode(TableFrames.unpacked(properties.getHeaders()));
            } catch (Table.Malformed e) {
                headers = Json.object();
            }
            try {
                ear.hear(new Note(envelope.getRoutingKey(), headers, body));
            } catch (RuntimeException e) {
                LOG.warn("A note from {} is passed over.", exchange, e);
            }
        }

        private void lost(Channel which) {
            lock.lock();
            try {
                if (channel == which) {
                    channel = null;
                    changed.signalAll();
                }
            } finally {
                lock.unlock();
            }
        }

        @Override
        public boolean begun(Duration wait) throws InterruptedException {
            var left = wait.toNanos();
            lock.lockInterruptibly();
            try {
                while (channel == null && !ended && !closed && left > 0) {
                    left = changed.awaitNanos(left);
                }
                return channel != null;
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void close() {
            Channel open;
            lock.lock();
            try {
                ended = true;
                open = channel;
                channel = null;
            } finally {
                lock.unlock();
            }
            all.remove(this);
            if (open != null) {
                Topology.closeQuietly(open);
            }
        }
    }

    private void own() {
        var failures = 0;
        try {
            while (!isClosed()) {
                try {
                    var open = dialer.connect(name);
                    try {
                        failures = 0;
                        serve(open);
                    } finally {
                        connection(null);
                        open.abort((int) Duration.ofSeconds(2).toMillis());
                    }
                } catch (IOException | RuntimeException e) {
                    failures++;
                    if (!isClosed()) {
                        LOG.warn("Remote control and events are off: {} It is tried again.", Dialer.reason(e));
                    }
                }
                pause(dialer.pause(Math.max(1, failures)));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void serve(Connection open) throws IOException, InterruptedException {
        open.addShutdownListener(_ -> signal());
        open.addBlockedListener(_ -> blocked(true), () -> blocked(false));
        connection(open);
        while (open.isOpen() && !isClosed()) {
            var deaf = false;
            for (var one : all) {
                if (!one.listens()) {
                    one.begin(open);
                    deaf |= !one.listens();
                }
            }
            lock.lock();
            try {
                if (open.isOpen() && !closed && all.stream().allMatch(Ears::listens)) {
                    changed.await();
                } else if (deaf) {
                    var _ = changed.await(3, TimeUnit.SECONDS);
                }
            } finally {
                lock.unlock();
            }
        }
    }

    private void blocked(boolean now) {
        lock.lock();
        try {
            blocked = now;
        } finally {
            lock.unlock();
        }
    }

    private void connection(@Nullable Connection now) {
        lock.lock();
        try {
            connection = now;
            blocked = false;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private boolean isClosed() {
        lock.lock();
        try {
            return closed;
        } finally {
            lock.unlock();
        }
    }

    private void pause(Duration wait) throws InterruptedException {
        lock.lock();
        try {
            failed = true;
            changed.signalAll();
            var left = wait.toNanos();
            while (!closed && left > 0) {
                left = changed.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        try {
            if (!owner.join(Duration.ofSeconds(5))) {
                owner.interrupt();
            }
        } catch (InterruptedException e) {
            owner.interrupt();
            Thread.currentThread().interrupt();
        }
    }
}
