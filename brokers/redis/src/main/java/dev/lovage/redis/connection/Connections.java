package dev.lovage.redis.connection;

import dev.lovage.engine.broker.Busy;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.Connection;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/// Connections to one Redis, or to the one that takes its place. At most `max` are lent at a time; those who
/// find none wait. One that fails is dropped, and the next is made to the first URL that answers.
///
/// Jedis brings a pool of its own. This one is smaller: it never lends a connection that stood idle without
/// asking whether the other end is still there, and knows several URLs.
public final class Connections implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Connections.class);

    /// A connection that was used this short a time ago is lent as it is.
    private static final long FRESH_NANOS = Duration.ofMillis(20).toNanos();

    private final List<RedisUrl> urls;
    private final String name;
    private final Duration connectTimeout;
    private final Duration answerTimeout;
    private final boolean judged;
    private final Semaphore lendable;
    private final ReentrantLock lock = new ReentrantLock();
    private final Deque<Idle> idle = new ArrayDeque<>();
    private final AtomicLong made = new AtomicLong();
    private final AtomicBoolean said = new AtomicBoolean();
    private volatile boolean lost;
    private volatile boolean closed;

    private record Idle(Connection connection, long sinceNanos) {}

    /// @param urls one or more, tried in turn
    /// @param name what Redis's list of clients shows
    /// @param max connections lent at a time, those of [#own] not counted
    /// @param judged whether the server's durability matters and is said
    public Connections(
            List<RedisUrl> urls,
            String name,
            int max,
            Duration connectTimeout,
            Duration answerTimeout,
            boolean judged) {
        this.urls = List.copyOf(urls);
        this.name = name.replaceAll("[^\\x21-\\x7e]", "_");
        this.connectTimeout = connectTimeout;
        this.answerTimeout = answerTimeout;
        this.judged = judged;
        this.lendable = new Semaphore(max, true);
    }

    /// Where they lead, without passwords.
    public String url() {
        return String.join(";", urls.stream().map(RedisUrl::toString).toList());
    }

    public RedisUrl first() {
        return urls.getFirst();
    }

    /// Counts connections that were made: a change says that one was lost in between.
    public long made() {
        return made.get();
    }

    /// @throws Busy if there is no connection, or if it failed; then it isn't known what was done
    public <T> T use(Function<Connection, T> use) {
        var connection = lend();
        try {
            return use.apply(connection);
        } catch (JedisException e) {
            throw busy(e);
        } finally {
            takeBack(connection);
        }
    }

    /// As a rule [#use] is simpler. Whoever lends gives back by [#takeBack], whatever happens.
    ///
    /// @throws Busy if there is none; nothing was sent
    public Connection lend() {
        try {
            if (!lendable.tryAcquire(answerTimeout.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new Busy("All connections to " + url() + " are in use. Nothing was sent; try again.");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Busy("Interrupted while waiting for a connection to " + url() + ". Nothing was sent.");
        }
        try {
            for (var old = idle(); old != null; old = idle()) {
                if (System.nanoTime() - old.sinceNanos() < FRESH_NANOS || answers(old.connection())) {
                    return old.connection();
                }
                drop(old.connection());
            }
            return connect(answerTimeout);
        } catch (RuntimeException e) {
            lendable.release();
            throw e;
        }
    }

    public void takeBack(Connection connection) {
        lendable.release();
        lock.lock();
        try {
            if (!closed && !connection.isBroken() && connection.isConnected()) {
                idle.push(new Idle(connection, System.nanoTime()));
                return;
            }
        } finally {
            lock.unlock();
        }
        drop(connection);
    }

    /// A connection for a caller alone, who closes it.
    ///
    /// @param patience how long an answer may take
    /// @throws Busy if Redis can't be reached
    public Connection own(Duration patience) {
        return connect(patience);
    }

    /// Whether Redis answers.
    public boolean answers() {
        try {
            return use(Connection::ping);
        } catch (Busy e) {
            return false;
        }
    }

    /// See [Weaknesses].
    public List<String> weaknesses() {
        try {
            return use(connection -> Weaknesses.of(connection, urls));
        } catch (Busy e) {
            return List.of("Redis at " + url() + " can't be reached, so that it isn't known how durable it is.");
        }
    }

    /// What an error of Redis means to a caller.
    public Busy busy(JedisException e) {
        if (e instanceof JedisConnectionException
                || String.valueOf(e.getMessage()).startsWith("READONLY")) {
            forgetIdle();
            lose(e);
        }
        return new Busy("Redis at " + url()
                + (e instanceof JedisDataException ? " refused: " : " did not answer: ")
                + e.getMessage()
                + " Try again.");
    }

    private Connection connect(Duration patience) {
        if (closed) {
            throw new Busy("The connections to " + url() + " are closed. Nothing was sent.");
        }
        JedisException last = new JedisConnectionException("there is no URL");
        for (var url : urls) {
            var config = DefaultJedisClientConfig.builder()
                    .connectionTimeoutMillis(Math.toIntExact(connectTimeout.toMillis()))
                    .socketTimeoutMillis(Math.toIntExact(patience.toMillis()))
                    .user(url.user().orElse(null))
                    .password(url.password().orElse(null))
                    .database(url.database())
                    .clientName(name);
            url.tls()
                    .ifPresent(tls ->
                            config.ssl(true).sslSocketFactory(tls.sockets()).sslParameters(tls.parameters()));
            try {
                // The constructor greets as well: log in, database, name.
                var connection = new Connection(new HostAndPort(url.host(), url.port()), config.build());
                made.incrementAndGet();
                reached(url, connection);
                return connection;
            } catch (JedisException e) {
                last = e;
            }
        }
        lose(last);
        throw new Busy("Redis at " + url() + " can't be reached: " + reason(last) + ". Nothing was sent; try again.");
    }

    private void reached(RedisUrl url, Connection connection) {
        if (lost) {
            lost = false;
            LOG.info("Redis at {} is reached again.", url);
        }
        if (judged && said.compareAndSet(false, true)) {
            try {
                var weaknesses = Weaknesses.of(connection, urls);
                if (!weaknesses.isEmpty()) {
                    LOG.info("Redis at {}: {}", url, String.join(" ", weaknesses));
                }
            } catch (JedisException e) {
                said.set(false);
                drop(connection);
                throw e;
            }
        }
    }

    private void lose(JedisException e) {
        if (!lost && !closed) {
            lost = true;
            LOG.warn("Redis at {} can't be reached: {}. It is tried again.", url(), reason(e));
        }
    }

    /// Jedis wraps what happened in what it was about to do.
    private static String reason(Throwable e) {
        var cause = e;
        while (cause.getCause() != null && cause.getCause() != cause) {
            cause = cause.getCause();
        }
        var suppressed = cause.getSuppressed();
        return String.valueOf((suppressed.length > 0 ? suppressed[0] : cause).getMessage());
    }

    private @org.jspecify.annotations.Nullable Idle idle() {
        lock.lock();
        try {
            return idle.poll();
        } finally {
            lock.unlock();
        }
    }

    private void forgetIdle() {
        for (var old = idle(); old != null; old = idle()) {
            drop(old.connection());
        }
    }

    private static boolean answers(Connection connection) {
        try {
            return connection.ping();
        } catch (JedisException e) {
            return false;
        }
    }

    /// Closes, whatever state it is in.
    public static void drop(Connection connection) {
        try {
            connection.close();
        } catch (JedisException e) {
            LOG.debug("A connection to Redis was closed with an error.", e);
        }
    }

    @Override
    public void close() {
        closed = true;
        forgetIdle();
    }
}
