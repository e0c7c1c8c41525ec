package dev.lovage.redis.transport;

import dev.lovage.engine.broker.Busy;
import dev.lovage.redis.connection.Connections;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisException;

/// Tells an idle worker that a list is no longer empty. For each list one connection blocks in `BLMOVE` from
/// the list's right end to its right end, which takes nothing and changes nothing.
///
/// It looks only while somebody waits and has seen all news: a list that stays full would answer at once, again
/// and again.
final class ArrivalWatch implements AutoCloseable {
    /// More lists than these are looked at by whoever waits, once a second.
    static final int LISTS_MAX = 16;

    private static final Duration BLOCKED = Duration.ofSeconds(5);
    private static final Duration UNWATCHED = Duration.ofSeconds(1);

    private final Connections connections;
    private final Duration answerTimeout;
    private final Supplier<List<String>> wanted;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition news = lock.newCondition();
    private final Condition need = lock.newCondition();
    private final Map<String, Watch> watches = new HashMap<>();
    private final List<Long> waiting = new ArrayList<>();
    private List<String> lists = List.of();
    private long version;
    private boolean closed;

    /// @param wanted the lists of those who could take something now, the most urgent first
    ArrivalWatch(Connections connections, Duration answerTimeout, Supplier<List<String>> wanted) {
        this.connections = connections;
        this.answerTimeout = answerTimeout;
        this.wanted = wanted;
    }

    long mark() {
        lock.lock();
        try {
            return version;
        } finally {
            lock.unlock();
        }
    }

    /// Something may have changed for those who wait.
    void tell() {
        lock.lock();
        try {
            version++;
            news.signalAll();
        } finally {
            lock.unlock();
        }
    }

    void await(long mark, Duration wait) throws InterruptedException {
        var asked = wanted.get();
        var patience = asked.size() > LISTS_MAX && wait.compareTo(UNWATCHED) > 0
                ? UNWATCHED
                : wait.compareTo(BLOCKED) > 0 ? BLOCKED : wait;
        long left = patience.toNanos();
        lock.lockInterruptibly();
        try {
            lists = asked.subList(0, Math.min(asked.size(), LISTS_MAX));
            waiting.add(mark);
            for (var list : lists) {
                watches.computeIfAbsent(list, this::start);
            }
            need.signalAll();
            while (version == mark && !closed && left > 0) {
                left = news.awaitNanos(left);
            }
        } finally {
            waiting.remove(mark);
            lock.unlock();
        }
    }

    private Watch start(String list) {
        var watch = new Watch(list);
        Thread.ofVirtual().name("lovage-redis-watch").start(watch);
        return watch;
    }

    @Override
    public void close() {
        var open = new ArrayList<Watch>();
        lock.lock();
        try {
            closed = true;
            open.addAll(watches.values());
            news.signalAll();
            need.signalAll();
        } finally {
            lock.unlock();
        }
        open.forEach(Watch::hangUp);
    }

    private final class Watch implements Runnable {
        private final String list;
        private volatile @Nullable Connection connection;

        Watch(String list) {
            this.list = list;
        }

        @Override
        public void run() {
            try {
                while (needed()) {
                    try {
                        if (arrived()) {
                            tell();
                        }
                    } catch (JedisException | Busy e) {
                        hangUp();
                        pause();
                    }
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                lock.lock();
                try {
                    watches.remove(list, this);
                } finally {
                    lock.unlock();
                }
                hangUp();
            }
        }

        /// Waits until somebody waits for this list.
        ///
        /// @return false when nobody has for long
        private boolean needed() throws InterruptedException {
            lock.lock();
            try {
                while (!closed) {
                    if (lists.contains(list) && waiting.contains(version)) {
                        return true;
                    }
                    if (!need.await(30, TimeUnit.SECONDS)) {
                        watches.remove(list, this);
                        return false;
                    }
                }
                return false;
            } finally {
                lock.unlock();
            }
        }

        private boolean arrived() {
            var open = connection;
            if (open == null) {
                open = connections.own(BLOCKED.plus(answerTimeout));
                connection = open;
            }
            open.sendCommand(Command.BLMOVE, list, list, "RIGHT", "RIGHT", String.valueOf(BLOCKED.toSeconds()));
            return open.getBinaryBulkReply() != null;
        }

        private void pause() throws InterruptedException {
            lock.lock();
            try {
                if (!closed) {
                    need.await(1, TimeUnit.SECONDS);
                }
            } finally {
                lock.unlock();
            }
        }

        void hangUp() {
            var open = connection;
            connection = null;
            if (open != null) {
                Connections.drop(open);
            }
        }
    }
}
