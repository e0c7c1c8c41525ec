package dev.lovage.redis.result;

import dev.lovage.engine.broker.Busy;
import dev.lovage.redis.connection.Connections;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.BinaryJedisPubSub;
import redis.clients.jedis.Connection;
import redis.clients.jedis.exceptions.JedisException;

/// Hears of results: one connection for all who wait in this process. It is opened for the first of them, and
/// closed when there was silence for long; lost, it is taken up again, and all look for what they missed.
final class ResultNews implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ResultNews.class);

    /// Silence after which the connection is made anew: the other end may be gone without a word.
    private static final Duration SILENCE_MAX = Duration.ofSeconds(30);

    /// Keeps the subscription alive between one waiter and the next.
    private static final String NOTHING = "lovage:nothing";

    private final Connections connections;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    /// Orders what is said on the connection: subscribing and unsubscribing must not overtake each other.
    private final ReentrantLock speaking = new ReentrantLock();

    private final Map<String, Channel> channels = new HashMap<>();
    private @Nullable Ear live;
    private @Nullable Connection connection;
    private boolean running;
    private boolean closed;

    private static final class Channel {
        int listeners;
        boolean subscribed;
        long version;
    }

    ResultNews(Connections connections) {
        this.connections = connections;
    }

    /// One who waits for news of one channel.
    final class Listening implements AutoCloseable {
        private final String name;
        private final Channel channel;

        private Listening(String name, Channel channel) {
            this.name = name;
            this.channel = channel;
        }

        /// Waits until all that is published from now on is heard.
        ///
        /// @return what [#changed] is to be asked with; negative when `deadlineNanos` passed
        long subscribed(long deadlineNanos) throws InterruptedException {
            lock.lock();
            try {
                while (!channel.subscribed && !closed) {
                    long left = deadlineNanos - System.nanoTime();
                    if (left <= 0) {
                        return -1;
                    }
                    changed.awaitNanos(left);
                }
                return closed ? -1 : channel.version;
            } finally {
                lock.unlock();
            }
        }

        /// Waits until there is news, or some may have been missed.
        ///
        /// @return false when `deadlineNanos` passed
        boolean changed(long version, long deadlineNanos) throws InterruptedException {
            lock.lock();
            try {
                while (channel.version == version && !closed) {
                    long left = deadlineNanos - System.nanoTime();
                    if (left <= 0) {
                        return false;
                    }
                    changed.awaitNanos(left);
                }
                return !closed;
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void close() {
            speaking.lock();
            try {
                Ear ear = null;
                lock.lock();
                try {
                    if (--channel.listeners == 0) {
                        channels.remove(name);
                        ear = live;
                    }
                } finally {
                    lock.unlock();
                }
                say(ear, one -> one.unsubscribe(bytes(name)));
            } finally {
                speaking.unlock();
            }
        }
    }

    Listening listen(String name) {
        speaking.lock();
        try {
            Ear ear = null;
            Channel channel;
            lock.lock();
            try {
                channel = channels.computeIfAbsent(name, same -> new Channel());
                if (++channel.listeners == 1) {
                    ear = live;
                }
                if (!running && !closed) {
                    running = true;
                    Thread.ofVirtual().name("lovage-redis-results").start(this::hear);
                }
            } finally {
                lock.unlock();
            }
            say(ear, one -> one.subscribe(bytes(name)));
            return new Listening(name, channel);
        } finally {
            speaking.unlock();
        }
    }

    /// What can't be said is said on the next connection: its thread notices that this one is lost.
    private static void say(@Nullable Ear ear, Consumer<Ear> word) {
        if (ear != null) {
            try {
                word.accept(ear);
            } catch (JedisException e) {
                LOG.debug("The connection for results is lost.", e);
            }
        }
    }

    private void hear() {
        try {
            while (goesOn()) {
                try {
                    var open = connections.own(SILENCE_MAX);
                    try {
                        var ear = opened(open);
                        ear.proceed(
                                open, ear.first.stream().map(ResultNews::bytes).toArray(byte[][]::new));
                    } finally {
                        Connections.drop(open);
                        lost();
                    }
                } catch (JedisException | Busy e) {
                    LOG.debug("The connection for results is lost or was silent.", e);
                    pause();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// @return false when nobody waits any more, and this thread ends
    private boolean goesOn() {
        lock.lock();
        try {
            running = !closed && !channels.isEmpty();
            return running;
        } finally {
            lock.unlock();
        }
    }

    private Ear opened(Connection open) {
        lock.lock();
        try {
            connection = open;
            var first = new ArrayList<>(List.of(NOTHING));
            first.addAll(channels.keySet());
            return new Ear(open, first);
        } finally {
            lock.unlock();
        }
    }

    private void lost() {
        lock.lock();
        try {
            live = null;
            connection = null;
            channels.values().forEach(channel -> {
                channel.subscribed = false;
                channel.version++;
            });
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// A connection that was refused is not asked for again at once.
    private void pause() throws InterruptedException {
        lock.lock();
        try {
            if (!closed) {
                changed.await(200, TimeUnit.MILLISECONDS);
            }
        } finally {
            lock.unlock();
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        Connection open;
        lock.lock();
        try {
            closed = true;
            open = connection;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (open != null) {
            Connections.drop(open);
        }
    }

    private final class Ear extends BinaryJedisPubSub {
        private final Connection open;
        private final List<String> first;

        Ear(Connection open, List<String> first) {
            this.open = open;
            this.first = List.copyOf(first);
        }

        @Override
        public void onSubscribe(byte[] name, int count) {
            var text = new String(name, StandardCharsets.UTF_8);
            if (text.equals(NOTHING)) {
                // Jedis has taken the limit off.
                open.setSoTimeout(Math.toIntExact(SILENCE_MAX.toMillis()));
                catchUp();
                return;
            }
            lock.lock();
            try {
                var channel = channels.get(text);
                if (channel != null) {
                    channel.subscribed = true;
                    changed.signalAll();
                }
            } finally {
                lock.unlock();
            }
        }

        /// Those who came while the connection was made.
        private void catchUp() {
            speaking.lock();
            try {
                var missing = new ArrayList<String>();
                lock.lock();
                try {
                    live = this;
                    missing.addAll(channels.keySet());
                    missing.removeAll(first);
                } finally {
                    lock.unlock();
                }
                missing.forEach(name -> say(this, one -> one.subscribe(bytes(name))));
            } finally {
                speaking.unlock();
            }
        }

        @Override
        public void onMessage(byte[] name, byte[] message) {
            lock.lock();
            try {
                var channel = channels.get(new String(name, StandardCharsets.UTF_8));
                if (channel != null) {
                    channel.version++;
                    changed.signalAll();
                }
            } finally {
                lock.unlock();
            }
        }
    }
}
