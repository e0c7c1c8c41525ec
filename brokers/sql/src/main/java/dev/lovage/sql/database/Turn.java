package dev.lovage.sql.database;

import dev.lovage.engine.tx.Tx;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One unit of writing on its way: it waits, is taken by whoever runs it, runs once or more, and is answered.
///
/// What was asked to happen after its transaction happens on the caller's thread, so that the writer never runs
/// it.
final class Turn<T> {
    private static final Logger LOG = LoggerFactory.getLogger(Turn.class);
    private static final ScopedValue<String> INSIDE = ScopedValue.newInstance();

    private final Database.Unit<T> unit;
    private final AtomicBoolean taken = new AtomicBoolean();
    private final CountDownLatch ended = new CountDownLatch(1);
    private final List<Attempt> attempts = new ArrayList<>();
    private @Nullable T value;
    private @Nullable Throwable error;

    Turn(Database.Unit<T> unit) {
        this.unit = unit;
    }

    /// @throws IllegalStateException in a unit or query: to wait there for another would stop the thread both
    ///     need
    static void refuseInside() {
        if (INSIDE.isBound()) {
            throw new IllegalStateException("The database was called inside a " + INSIDE.get()
                    + ", which would wait for itself. Use the connection handed in. This call did nothing.");
        }
    }

    static <R> R query(Database.Query<R> query, Connection connection) throws SQLException {
        return ScopedValue.where(INSIDE, "query").call(() -> query.run(connection));
    }

    /// Whether the one who asks may run it, or take it back. True once.
    boolean take() {
        return taken.compareAndSet(false, true);
    }

    /// Runs the unit in the connection's transaction, without ending that.
    void run(Connection connection) throws SQLException {
        Attempt attempt = new Attempt(connection);
        attempts.add(attempt);
        error = null;
        value = ScopedValue.where(INSIDE, "unit of writing").call(() -> unit.run(attempt));
    }

    /// As [#run], in a savepoint: when the unit fails, only what it wrote is rolled back, and its caller will
    /// be told.
    ///
    /// @throws SQLException if the whole transaction is lost
    void runInSavepoint(Connection connection, Dialect dialect) throws SQLException {
        Dialect.execute(connection, "SAVEPOINT lovage_unit");
        try {
            run(connection);
        } catch (Throwable e) {
            if (dialect.passes(e)) {
                throw new SQLException("A unit met another transaction: " + e.getMessage(), state(e), code(e), e);
            }
            Dialect.execute(connection, "ROLLBACK TO SAVEPOINT lovage_unit");
            error = dialect.told(e);
        }
        Dialect.execute(connection, "RELEASE SAVEPOINT lovage_unit");
    }

    /// The transaction is durable. A unit that failed in its savepoint is told so.
    void committed() {
        if (error == null) {
            attempts.getLast().durable = true;
        }
        ended.countDown();
    }

    /// Nothing of it was written.
    void failed(Throwable cause) {
        error = cause;
        ended.countDown();
    }

    boolean answered() {
        return ended.getCount() == 0;
    }

    /// Waits for the answer. Interruption does not end it, because the unit may be durable already; it is kept
    /// for later.
    ///
    /// @throws DatabaseBusy if nobody took it within `waitMax`
    T await(Duration waitMax) {
        boolean interrupted = false;
        long until = System.nanoTime() + waitMax.toNanos();
        boolean waiting = true;
        while (true) {
            try {
                if (!waiting) {
                    ended.await();
                    break;
                }
                if (ended.await(until - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                    break;
                }
                if (take()) {
                    failed(new DatabaseBusy(
                            "A unit of writing had no turn within " + waitMax
                                    + ". Nothing was written. Another program may hold the database, or the disk is slow.",
                            0));
                }
                waiting = false;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return answer();
    }

    /// @return what the unit returned, once it is durable
    @SuppressWarnings("NullAway") // without an error, the attempt that was committed has set the value
    T answer() {
        attempts.forEach(Attempt::end);
        if (error != null) {
            Turn.<RuntimeException>rethrow(error);
        }
        return value;
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    static <E extends Throwable> void rethrow(Throwable error) throws E {
        throw (E) error;
    }

    private static @Nullable String state(Throwable e) {
        return e instanceof SQLException sql ? sql.getSQLState() : "40001";
    }

    private static int code(Throwable e) {
        return e instanceof SQLException sql ? sql.getErrorCode() : 5;
    }

    /// One run of the unit.
    private static final class Attempt implements Tx {
        private final Connection connection;
        private final List<Consumer<Boolean>> after = new ArrayList<>();
        private boolean durable;

        private Attempt(Connection connection) {
            this.connection = connection;
        }

        @Override
        public Connection connection() {
            return connection;
        }

        @Override
        public void afterCommit(Runnable action) {
            after.add(wasDurable -> {
                if (wasDurable) {
                    action.run();
                }
            });
        }

        @Override
        public void afterEnd(Consumer<Boolean> action) {
            after.add(action);
        }

        private void end() {
            for (Consumer<Boolean> action : after) {
                try {
                    action.accept(durable);
                } catch (RuntimeException e) {
                    LOG.error(
                            "What was to follow a transaction (durable: {}) failed. The transaction stays as it is.",
                            durable,
                            e);
                }
            }
        }
    }
}
