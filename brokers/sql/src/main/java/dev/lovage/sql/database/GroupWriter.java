package dev.lovage.sql.database;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A thread's work: it runs all units that wait, each in a savepoint, in one transaction, and then answers
/// their callers.
///
/// Invariants:
/// 1. A caller is answered after the commit, never before; every unit taken is answered.
/// 2. A unit that throws takes nothing else with it. When the group fails for what may be one unit's fault, the
///    units run once more, each in a transaction of its own.
/// 3. A group holds the database for about [#BATCH_NANOS] and one unit more; while another waits to write, only
///    for about [#SHARED_NANOS] and one unit more.
final class GroupWriter implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(GroupWriter.class);
    private static final long BATCH_NANOS = 50_000_000;
    private static final long SHARED_NANOS = 1_000_000;

    /// The right to write, for one group.
    interface Gate {
        Pass enter() throws IOException, InterruptedException;

        interface Pass extends AutoCloseable {
            /// Whether another writer waits for this one to end.
            default boolean wanted() {
                return false;
            }

            @Override
            void close();
        }
    }

    /// Told after each commit, on the writer's thread.
    interface Committed {
        void on(Connection connection) throws SQLException;
    }

    private final Dialect dialect;
    private final WriteQueue queue;
    private final int batchMax;
    private final OwnConnection own;
    private final Gate gate;
    private final Committed committed;
    private final int attemptsMax;

    GroupWriter(
            Dialect dialect,
            WriteQueue queue,
            int batchMax,
            OwnConnection own,
            Gate gate,
            Committed committed,
            int attemptsMax) {
        this.dialect = dialect;
        this.queue = queue;
        this.batchMax = batchMax;
        this.own = own;
        this.gate = gate;
        this.committed = committed;
        this.attemptsMax = attemptsMax;
    }

    @Override
    public void run() {
        try (own) {
            while (queue.await()) {
                try {
                    batch();
                } catch (RuntimeException e) {
                    LOG.error(
                            "A group of units ended badly; all its callers were answered, and the writer goes on.", e);
                }
            }
        } catch (InterruptedException e) {
            LOG.debug("The writer was interrupted and ends.");
        } finally {
            queue.close();
            for (Optional<Turn<?>> left = queue.poll(); left.isPresent(); left = queue.poll()) {
                left.get().failed(new DatabaseFailed("The database is closed. Nothing was written.", null, false));
            }
        }
    }

    /// No unit is taken before the database may be written to, so that each can give up when another process
    /// holds it for too long, perhaps because it was stopped in the middle of a write.
    private void batch() throws InterruptedException {
        List<Turn<?>> turns = new ArrayList<>();
        Gate.Pass entered;
        try {
            entered = gate.enter();
        } catch (IOException | RuntimeException e) {
            queue.poll().ifPresent(turns::add);
            failAll(
                    turns,
                    new DatabaseFailed(
                            "The lock file of the database cannot be locked: " + e.getMessage()
                                    + ". Nothing was written.",
                            e,
                            false));
            return;
        }
        try (var pass = entered) {
            queue.poll().ifPresent(turns::add);
            if (!turns.isEmpty()) {
                group(turns, pass);
            }
        } finally {
            failAll(turns, new DatabaseFailed("The writer was ended. Nothing was written.", null, false));
        }
    }

    private void group(List<Turn<?>> turns, Gate.Pass pass) {
        Connection connection = null;
        boolean begun = false;
        boolean committing = false;
        try {
            connection = own.lend();
            dialect.begin(connection);
            begun = true;
            runAll(turns, connection, pass);
            committing = true;
            dialect.commit(connection);
        } catch (Throwable e) {
            if (!Alone.rollBack(connection, dialect, e)) {
                own.close();
            }
            if (committing && dialect.lost(e)) {
                failAll(turns, Alone.uncertain(e));
            } else if (begun && dialect.oneByOne(e)) {
                oneByOne(turns);
                tell();
            } else {
                failAll(turns, dialect.told(e));
            }
            return;
        }
        turns.forEach(Turn::committed);
        tell();
    }

    /// Runs the first unit, and those that wait or arrive meanwhile, as long as the group may grow.
    private void runAll(List<Turn<?>> turns, Connection connection, Gate.Pass pass) throws SQLException {
        long start = System.nanoTime();
        long looked = start;
        turns.getFirst().runInSavepoint(connection, dialect);
        for (long now = System.nanoTime();
                turns.size() < batchMax && now - start < BATCH_NANOS;
                now = System.nanoTime()) {
            if (now - looked >= SHARED_NANOS) {
                if (pass.wanted()) {
                    return;
                }
                looked = now;
            }
            Optional<Turn<?>> next = queue.poll();
            if (next.isEmpty()) {
                return;
            }
            turns.add(next.get());
            next.get().runInSavepoint(connection, dialect);
        }
    }

    private void oneByOne(List<Turn<?>> turns) {
        for (Turn<?> turn : turns) {
            try {
                own.lend();
            } catch (SQLException e) {
                failAll(turns, dialect.told(e));
                return;
            }
            Alone.run(turn, own, dialect, attemptsMax);
        }
    }

    private void tell() {
        try {
            committed.on(own.lend());
        } catch (SQLException e) {
            LOG.debug("Counting changes failed: {}", e.toString());
        }
    }

    private static void failAll(List<Turn<?>> turns, Throwable cause) {
        turns.stream().filter(turn -> !turn.answered()).forEach(turn -> turn.failed(cause));
    }
}
