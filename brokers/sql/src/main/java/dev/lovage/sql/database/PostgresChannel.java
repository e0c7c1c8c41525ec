package dev.lovage.sql.database;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Wake-ups between processes: NOTIFY and LISTEN on the channel `lovage`, each on a connection of its own.
///
/// A wake-up is sent after the commit, at most fifty times a second: inside the transactions it would make all
/// commits of the server queue up for one lock. One that is lost with its connection is made up for by those
/// who wait, who look again after a while. A lost connection is opened again, after 0.1 s and up to 5 s.
final class PostgresChannel implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PostgresChannel.class);
    private static final long BETWEEN_NANOS = 20_000_000;
    private static final int LISTEN_MILLIS = 500;

    private final OwnConnection speaking;
    private final OwnConnection listening;
    private final Changes changes;
    private final Semaphore due = new Semaphore(0);
    private final CountDownLatch heard = new CountDownLatch(1);
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread speaker = Thread.ofVirtual().name("lovage-notify").unstarted(this::speak);
    private final Thread listener = Thread.ofVirtual().name("lovage-listen").unstarted(this::listen);
    private volatile int ownPid;

    PostgresChannel(OwnConnection.Opener opener, Changes changes) {
        this.speaking = new OwnConnection(opener);
        this.listening = new OwnConnection(opener);
        this.changes = changes;
    }

    /// Something was committed: those who wait here know at once, the other processes within 20 ms.
    void announce() {
        changes.grow();
        start(speaker);
        due.release();
    }

    /// Returns once every announcement that follows will be heard, or after 2 s without a connection.
    void hear() {
        if (heard.getCount() == 0) {
            return;
        }
        start(listener);
        boolean interrupted = Thread.interrupted();
        try {
            if (!heard.await(2, TimeUnit.SECONDS)) {
                LOG.warn("PostgreSQL is not heard yet; changes by other processes will be noticed late.");
            }
        } catch (InterruptedException e) {
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized void start(Thread thread) {
        if (thread.getState() == Thread.State.NEW && closed.getCount() > 0) {
            thread.start();
        }
    }

    private void speak() {
        try (speaking) {
            long backoffMillis = 100;
            while (closed.getCount() > 0) {
                due.acquire();
                due.drainPermits();
                try {
                    Connection connection = speaking.lend();
                    ownPid = connection.unwrap(PGConnection.class).getBackendPID();
                    Dialect.execute(connection, "NOTIFY lovage");
                    backoffMillis = 100;
                    closed.await(BETWEEN_NANOS, TimeUnit.NANOSECONDS);
                } catch (SQLException e) {
                    speaking.close();
                    LOG.warn("A wake-up for other processes was not sent ({}); it is sent again.", e.getMessage());
                    due.release();
                    backoffMillis = pause(backoffMillis);
                }
            }
        } catch (InterruptedException e) {
            LOG.debug("Announcing ends.");
        }
    }

    private void listen() {
        try (listening) {
            long backoffMillis = 100;
            boolean fresh = true;
            while (closed.getCount() > 0) {
                try {
                    Connection connection = listening.lend();
                    if (fresh) {
                        Dialect.execute(connection, "LISTEN lovage");
                        changes.grow();
                        heard.countDown();
                        fresh = false;
                    }
                    hear(connection.unwrap(PGConnection.class).getNotifications(LISTEN_MILLIS));
                    backoffMillis = 100;
                } catch (SQLException e) {
                    listening.close();
                    fresh = true;
                    if (closed.getCount() > 0) {
                        LOG.warn(
                                "PostgreSQL is not heard ({}); listening again in {} ms.",
                                e.getMessage(),
                                backoffMillis);
                        backoffMillis = pause(backoffMillis);
                    }
                }
            }
        } catch (InterruptedException e) {
            LOG.debug("Listening ends.");
        }
    }

    /// What this process announced itself has already been told here.
    private void hear(PGNotification[] notifications) {
        for (PGNotification notification : notifications) {
            if (notification.getPID() != ownPid) {
                changes.grow();
                return;
            }
        }
    }

    private long pause(long millis) throws InterruptedException {
        closed.await(millis, TimeUnit.MILLISECONDS);
        return Math.min(2 * millis, 5000);
    }

    /// What was announced in the last 20 ms may not be told to the others any more; they find it by looking.
    @Override
    public void close() {
        synchronized (this) {
            closed.countDown();
            heard.countDown();
        }
        due.release();
        for (Thread thread : new Thread[] {speaker, listener}) {
            if (thread.getState() != Thread.State.NEW) {
                Waits.forEnd(thread);
            }
        }
    }
}
