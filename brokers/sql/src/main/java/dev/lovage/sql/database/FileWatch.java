package dev.lovage.sql.database;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Notices what others commit to a SQLite file, by its data version: every 5 ms while somebody has begun to
/// wait, or something has changed, within the last second; else every 100 ms.
///
/// It runs on a platform thread of its own, because a native call holds its carrier, and only after it was
/// first needed.
final class FileWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FileWatch.class);
    private static final long FAST_NANOS = 5_000_000;
    private static final long SLOW_NANOS = 100_000_000;
    private static final long ACTIVE_NANOS = 1_000_000_000;

    private final OwnConnection own;
    private final Changes changes;
    private final Thread thread;
    private final CountDownLatch watching = new CountDownLatch(1);
    private volatile long active = System.nanoTime();
    private volatile boolean slow;
    private volatile boolean started;
    private volatile boolean closed;

    FileWatch(OwnConnection.Opener opener, Changes changes) {
        this.own = new OwnConnection(opener);
        this.changes = changes;
        this.thread = Thread.ofPlatform().daemon().name("lovage-sqlite-watch").unstarted(this::watch);
    }

    /// Returns once every commit that follows will be noticed.
    void start() {
        if (watching.getCount() == 0) {
            return;
        }
        synchronized (this) {
            if (!started && !closed) {
                started = true;
                thread.start();
            }
        }
        boolean interrupted = Thread.interrupted();
        try {
            if (!watching.await(5, TimeUnit.SECONDS)) {
                LOG.warn(
                        "The file of the database cannot be watched yet; changes by other processes may be noticed late.");
            }
        } catch (InterruptedException e) {
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /// Somebody begins to wait.
    void waited() {
        active = System.nanoTime();
        if (slow) {
            LockSupport.unpark(thread);
        }
    }

    private void watch() {
        long seen = -1;
        boolean failed = false;
        while (!closed) {
            try {
                long version = version(own.lend());
                if (seen != -1 && version != seen || failed) {
                    active = System.nanoTime();
                    changes.grow();
                }
                seen = version;
                failed = false;
                watching.countDown();
            } catch (SQLException e) {
                LOG.debug("Reading the data version failed, the connection is opened again: {}", e.toString());
                own.close();
                failed = true;
            }
            slow = failed || System.nanoTime() - active > ACTIVE_NANOS;
            LockSupport.parkNanos(slow ? SLOW_NANOS : FAST_NANOS);
        }
        own.close();
    }

    private static long version(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("PRAGMA data_version")) {
            rows.next();
            return rows.getLong(1);
        }
    }

    /// Returns once the connection is closed.
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            watching.countDown();
            if (!started) {
                return;
            }
        }
        LockSupport.unpark(thread);
        Waits.forEnd(thread);
    }
}
