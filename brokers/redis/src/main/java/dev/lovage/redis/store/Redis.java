package dev.lovage.redis.store;

import dev.lovage.engine.broker.Busy;
import dev.lovage.engine.settings.BadSetting;
import dev.lovage.redis.connection.Connections;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/// One Redis with a store in it: runs its scripts, tells its time, and counts what this process has changed.
///
/// The time is the server's, so that processes whose machines disagree find the same things due. A clock that
/// is not the machine's own was set by someone on purpose, and is left alone.
final class Redis implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Redis.class);
    private static final Duration MEASURED_EACH = Duration.ofMinutes(1);
    private static final int VERSION_MIN = 7;

    private final Connections connections;
    private final String prefix;
    private final InstantSource clock;
    private final boolean ownTime;
    private final AtomicLong measureAtNanos = new AtomicLong(System.nanoTime());
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private volatile Duration distance = Duration.ZERO;
    private volatile boolean judged;
    private long changes;

    /// @param prefix of all keys
    Redis(Connections connections, String prefix, InstantSource clock) {
        this.connections = connections;
        this.prefix = prefix;
        this.clock = clock;
        this.ownTime = !clock.equals(InstantSource.system()) && !clock.equals(Clock.systemUTC());
    }

    String url() {
        return connections.url();
    }

    String key(String name) {
        return prefix + name;
    }

    /// @throws Busy if nothing was sent, or the server refused; nothing was changed
    /// @throws AnswerLost if it isn't known whether it was done
    /// @throws BadSetting if the server can't keep a store
    Object run(StoreScript script, List<?> arguments) {
        var all = new ArrayList<Object>(arguments.size() + 1);
        all.add(ownTime ? Micros.of(clock.instant()) : "");
        all.addAll(arguments);
        return use(connection -> script.script().run(connection, List.of(prefix), all));
    }

    /// As [#run], and tells those who wait that something has changed.
    Object change(StoreScript script, List<?> arguments) {
        var answer = run(script, arguments);
        announce();
        return answer;
    }

    <T> T use(Function<Connection, T> use) {
        var connection = connections.lend();
        try {
            judge(connection);
            return use.apply(connection);
        } catch (JedisConnectionException e) {
            throw new AnswerLost(String.valueOf(connections.busy(e).getMessage()));
        } catch (JedisException e) {
            throw connections.busy(e);
        } finally {
            connections.takeBack(connection);
        }
    }

    /// The first time.
    private void judge(Connection connection) {
        if (judged) {
            return;
        }
        String told;
        try {
            connection.sendCommand(Command.INFO, "server");
            told = connection.getBulkReply();
            connection.sendCommand(Command.INFO, "cluster");
            told += connection.getBulkReply();
        } catch (JedisDataException e) {
            judged = true; // it tells nothing to this user; a script that it can't run says so
            return;
        } catch (JedisException e) {
            throw connections.busy(e);
        }
        if (told.contains("cluster_enabled:1")) {
            throw new BadSetting("The Redis at " + url() + " is a cluster, and a store is kept by one server: what is"
                    + " written in one step there must not lie on several. Set store_url to a Redis that is no"
                    + " cluster, or to postgresql://user:password@host:port/database.");
        }
        var version = told.lines()
                .filter(line -> line.startsWith("redis_version:"))
                .map(line -> line.substring("redis_version:".length()).strip())
                .findFirst()
                .orElse("unknown");
        if (!version.matches("\\d+\\..*") || Integer.parseInt(version.replaceFirst("\\..*", "")) < VERSION_MIN) {
            throw new BadSetting("The Redis at " + url() + " is of version " + version + ", and a store needs Redis "
                    + VERSION_MIN + " or later, or Valkey. Update it, or set store_url to a SQL database.");
        }
        judged = true;
    }

    /// Looks now whether the server can keep a store, if it answers; else whoever needs it first is told.
    void look() {
        try {
            measure();
        } catch (Busy e) {
            LOG.debug("It is not known yet whether a store can be kept there.", e);
        }
    }

    Instant now() {
        return clock.instant().plus(distance).truncatedTo(ChronoUnit.MICROS);
    }

    /// Measures the distance to the server's time when that is due.
    void measure() {
        var due = measureAtNanos.get();
        var now = System.nanoTime();
        if (now - due < 0 || !measureAtNanos.compareAndSet(due, now + MEASURED_EACH.toNanos())) {
            return;
        }
        try {
            distance = use(this::distance);
        } catch (RuntimeException e) {
            measureAtNanos.set(now);
            throw e;
        }
    }

    private Duration distance(Connection connection) {
        if (ownTime) {
            return Duration.ZERO;
        }
        var before = clock.instant();
        connection.sendCommand(Command.TIME);
        var answer = texts(connection.getBinaryMultiBulkReply());
        var middle = before.plus(Duration.between(before, clock.instant()).dividedBy(2));
        var theirs = Instant.ofEpochSecond(Long.parseLong(answer.getFirst()))
                .plus(Long.parseLong(answer.get(1)), ChronoUnit.MICROS);
        return Duration.between(middle, theirs);
    }

    void announce() {
        lock.lock();
        try {
            changes++;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// Counts what this process has changed.
    long changes() {
        lock.lock();
        try {
            return changes;
        } finally {
            lock.unlock();
        }
    }

    /// Waits until this process has changed something since `mark`, or `wait` has passed.
    void awaitChange(long mark, Duration wait) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            for (var left = wait.toNanos(); changes == mark && left > 0; ) {
                left = changed.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    static String text(Object value) {
        return value instanceof byte[] bytes ? new String(bytes, StandardCharsets.UTF_8) : String.valueOf(value);
    }

    static List<String> texts(Object values) {
        return list(values).stream().map(Redis::text).toList();
    }

    @SuppressWarnings("unchecked")
    static List<Object> list(Object values) {
        return (List<Object>) values;
    }

    static boolean isNothing(Object answer) {
        return answer instanceof List<?> list && list.isEmpty();
    }

    @Override
    public void close() {
        connections.close();
    }
}
