package dev.lovage.sql.database;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.lovage.engine.tx.Tx;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;

/// PostgreSQL, in READ COMMITTED for units of writing and REPEATABLE READ for queries.
///
/// Two writers run the units of [#write] in groups, each on a connection of its own; the rest, and all reading,
/// goes on connections of a small pool. A broken connection is opened again: work then fails for as long as the
/// server is away, and no longer.
public final class PostgresDatabase implements Database {
    private static final int WRITERS = 2;
    private static final int ATTEMPTS_MAX = 5;

    /// More subtransactions than this in one transaction no longer fit into what the server shares in memory
    /// (PGPROC_MAX_CACHED_SUBXIDS is 64), and slow down all others.
    private static final int SAVEPOINTS_MAX = 60;

    /// A server from which nothing was heard for this many times the longest wait counts as gone: a network
    /// that drops packets would else hold the writers, and all who wait for them, for hours.
    private static final int SILENCE_IN_WAITS = 6;

    private static final String IDLE_MAX = "idle_in_transaction_session_timeout";
    private static final Duration STANDS_STILL_MAX = Duration.ofSeconds(15);

    /// Who reads holds no lock that others wait for, and may take its time over what it has read.
    private static final String READING =
            "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL " + IDLE_MAX + " = 0";

    private final DatabaseSettings settings;
    private final PGSimpleDataSource direct;
    private final HikariDataSource pool;
    private final WriteQueue queue;
    private final Changes changes = new Changes();
    private final PostgresChannel channel;
    private final List<Thread> writers;

    private PostgresDatabase(PGSimpleDataSource direct, DatabaseSettings settings) {
        this.settings = settings;
        this.direct = direct;
        this.pool = pool(direct, settings);
        this.queue = new WriteQueue(settings.queueMax());
        this.channel = new PostgresChannel(direct::getConnection, changes);
        this.writers = IntStream.range(0, WRITERS)
                .mapToObj(number -> Thread.ofVirtual()
                        .name("lovage-postgres-writer-" + number)
                        .start(writer()))
                .toList();
    }

    /// Connects when first needed.
    ///
    /// @param url `postgresql://host:port/database?parameters`, with or without `jdbc:` before it
    /// @throws IllegalArgumentException if the URL is not one of PostgreSQL
    public static PostgresDatabase open(String url, String user, String password, DatabaseSettings settings) {
        PGSimpleDataSource direct = new PGSimpleDataSource();
        try {
            direct.setUrl(url.startsWith("jdbc:") ? url : "jdbc:" + url);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "The URL of PostgreSQL cannot be read; expected is postgresql://host:port/database. Nothing was opened.");
        }
        direct.setReWriteBatchedInserts(false); // it hides how many rows each statement of a batch changed
        direct.setUser(user);
        direct.setPassword(password);
        direct.setApplicationName("lovage");
        direct.setTcpKeepAlive(true);
        direct.setOptions(options(direct.getOptions()));
        direct.setConnectTimeout((int) Math.max(1, settings.waitMax().toSeconds()));
        if (direct.getSocketTimeout() == 0) {
            direct.setSocketTimeout(
                    (int) Math.max(2, SILENCE_IN_WAITS * settings.waitMax().toSeconds()));
        }
        return new PostgresDatabase(direct, settings);
    }

    /// A process that stands still in the middle of a transaction keeps its locks as long as its connection
    /// lives, and so keeps others from taking over what it had. The server ends such a transaction, unless the
    /// URL says otherwise.
    private static String options(@Nullable String given) {
        var own = "-c " + IDLE_MAX + "=" + STANDS_STILL_MAX.toMillis();
        return given == null || given.isBlank() ? own : given.contains(IDLE_MAX) ? given : given + " " + own;
    }

    private static HikariDataSource pool(PGSimpleDataSource direct, DatabaseSettings settings) {
        HikariConfig config = new HikariConfig();
        config.setPoolName("lovage");
        config.setDataSource(direct);
        config.setMaximumPoolSize(settings.poolSize());
        config.setMinimumIdle(1);
        config.setAutoCommit(false);
        config.setConnectionTimeout(Math.max(250, settings.waitMax().toMillis()));
        config.setInitializationFailTimeout(-1);
        return new HikariDataSource(config);
    }

    private GroupWriter writer() {
        return new GroupWriter(
                Dialect.POSTGRESQL,
                queue,
                Math.min(settings.batchMax(), SAVEPOINTS_MAX),
                new OwnConnection(this::openWriter),
                () -> () -> {},
                connection -> {},
                ATTEMPTS_MAX);
    }

    private Connection openWriter() throws SQLException {
        Connection connection = direct.getConnection();
        connection.setAutoCommit(false);
        return connection;
    }

    @Override
    public <T> T write(Unit<T> unit) {
        return submit(unit, false);
    }

    @Override
    public <T> T writeFirst(Unit<T> unit) {
        return submit(unit, true);
    }

    private <T> T submit(Unit<T> unit, boolean beforeOthers) {
        Turn.refuseInside();
        Turn<T> turn = new Turn<>(unit);
        queue.add(turn, beforeOthers);
        return turn.await(settings.waitMax());
    }

    @Override
    public <T> T writeAlone(Unit<T> unit) {
        Turn.refuseInside();
        Turn<T> turn = new Turn<>(unit);
        Alone.run(turn, new Pooled(), Dialect.POSTGRESQL, ATTEMPTS_MAX);
        return turn.answer();
    }

    @Override
    public <T> T read(Query<T> query) {
        Turn.refuseInside();
        try (Connection connection = pooled()) {
            try {
                Dialect.execute(connection, READING);
                return Turn.query(query, connection);
            } finally {
                connection.rollback();
            }
        } catch (SQLException e) {
            throw new DatabaseFailed("The query failed: " + e.getMessage() + ".", e, false);
        }
    }

    private Connection pooled() throws SQLException {
        try {
            return pool.getConnection();
        } catch (SQLTransientConnectionException e) {
            int waiting = pool.getHikariPoolMXBean().getThreadsAwaitingConnection();
            if (pool.getHikariPoolMXBean().getActiveConnections() >= settings.poolSize()) {
                throw new DatabaseBusy(
                        "All " + settings.poolSize() + " connections were in use for " + settings.waitMax()
                                + ". Nothing was written. Try again, or raise poolSize.",
                        waiting);
            }
            throw new DatabaseFailed(
                    "PostgreSQL did not answer within " + settings.waitMax().toMillis() + " ms"
                            + (e.getCause() == null ? "." : ": " + e.getCause().getMessage())
                            + " Nothing was written. Start it, or correct broker_url.",
                    e,
                    false);
        }
    }

    @Override
    public Dialect dialect() {
        return Dialect.POSTGRESQL;
    }

    @Override
    public void migrate(Migrations migrations) {
        migrations.apply(this);
    }

    @Override
    public long changes() {
        channel.hear();
        return changes.count();
    }

    @Override
    public void awaitChange(long seen, Duration wait) throws InterruptedException {
        channel.hear();
        changes.await(seen, wait);
    }

    @Override
    public void announce(Tx tx) {
        tx.afterCommit(channel::announce);
    }

    /// Takes no more units, runs those that wait, and closes all connections. It may be called twice.
    @Override
    public void close() {
        queue.close();
        writers.forEach(Waits::forEnd);
        channel.close();
        pool.close();
    }

    /// A connection of the pool for each attempt.
    private final class Pooled implements Lender {
        @Override
        public Connection lend() throws SQLException {
            return pooled();
        }

        @Override
        public void giveBack(Connection connection, boolean sound) {
            if (!sound) {
                pool.evictConnection(connection);
            }
            OwnConnection.close(connection);
        }
    }
}
