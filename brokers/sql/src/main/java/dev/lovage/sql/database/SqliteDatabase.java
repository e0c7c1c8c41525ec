package dev.lovage.sql.database;

import dev.lovage.engine.tx.Tx;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.sqlite.JDBC;
import org.sqlite.SQLiteConfig;

/// SQLite in one file, in WAL mode with every commit synced to disk.
///
/// One platform thread writes, a few read: a native call would hold the carrier of a virtual thread. What opens
/// late (the readers, the watch for other processes' commits) costs a short-lived program nothing.
public final class SqliteDatabase implements Database {
    private final DatabaseSettings settings;
    private final String url;
    private final Turnstile turnstile;
    private final WriteQueue queue;
    private final Changes changes = new Changes();
    private final FileWatch watch;
    private final Thread writer;
    private final ThreadPoolExecutor readers;
    private final ConcurrentLinkedQueue<Connection> idle = new ConcurrentLinkedQueue<>();
    private long changesTotal; // the writer thread's alone

    private SqliteDatabase(Path file, Turnstile turnstile, DatabaseSettings settings) {
        this.settings = settings;
        this.url = JDBC.PREFIX + file;
        this.turnstile = turnstile;
        this.queue = new WriteQueue(settings.queueMax());
        this.watch = new FileWatch(this::openReader, changes);
        this.writer = Thread.ofPlatform()
                .daemon()
                .name("lovage-sqlite-writer")
                .unstarted(new GroupWriter(
                        Dialect.SQLITE,
                        queue,
                        settings.batchMax(),
                        new OwnConnection(this::openWriter),
                        turnstile,
                        this::committed,
                        1));
        this.readers = new ThreadPoolExecutor(
                settings.readers(),
                settings.readers(),
                1,
                TimeUnit.MINUTES,
                new ArrayBlockingQueue<>(settings.queueMax()),
                Thread.ofPlatform().daemon().name("lovage-sqlite-reader-", 0).factory());
    }

    /// Opens the file; it is created (0600, its folder 0700) if missing.
    ///
    /// @throws DatabaseFailed if it is no SQLite database or cannot be opened
    public static SqliteDatabase open(Path file, DatabaseSettings settings) {
        if (file.toString().contains("?")) {
            throw new IllegalArgumentException("The path of a SQLite file has no '?', but this is " + file + ".");
        }
        try {
            Path real = PrivateFiles.create(file);
            Turnstile turnstile = Turnstile.at(real.resolveSibling(real.getFileName() + ".lock"));
            SqliteDatabase database = new SqliteDatabase(real, turnstile, settings);
            try {
                database.prepare();
            } catch (SQLException | IOException | InterruptedException | RuntimeException e) {
                turnstile.close();
                throw e;
            }
            database.writer.start();
            return database;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DatabaseFailed("Opening " + file + " was interrupted. Nothing was written.", e, false);
        } catch (IOException | SQLException e) {
            throw new DatabaseFailed(
                    "The SQLite file " + file + " cannot be opened: " + e.getMessage() + ".", e, false);
        }
    }

    /// Brings the file into WAL mode. That wants it alone, so only once, and in turn.
    private void prepare() throws SQLException, IOException, InterruptedException {
        try (Connection connection = openWriter()) {
            if (!text(connection, "PRAGMA journal_mode").equalsIgnoreCase("wal")) {
                try (var pass = turnstile.enter()) {
                    text(connection, "PRAGMA journal_mode=WAL");
                }
            }
        }
    }

    private Connection openWriter() throws SQLException {
        SQLiteConfig config = config();
        config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
        return JDBC.createConnection(url, config.toProperties());
    }

    private Connection openReader() throws SQLException {
        Connection connection = JDBC.createConnection(url, config().toProperties());
        Dialect.execute(connection, "PRAGMA query_only=ON");
        return connection;
    }

    private SQLiteConfig config() {
        SQLiteConfig config = new SQLiteConfig();
        config.setBusyTimeout((int) Math.min(settings.waitMax().toMillis(), Integer.MAX_VALUE));
        config.enforceForeignKeys(true);
        return config;
    }

    @Override
    public <T> T write(Unit<T> unit) {
        return submit(unit, false);
    }

    @Override
    public <T> T writeFirst(Unit<T> unit) {
        return submit(unit, true);
    }

    @Override
    public <T> T writeAlone(Unit<T> unit) {
        return submit(unit, false);
    }

    private <T> T submit(Unit<T> unit, boolean beforeOthers) {
        Turn.refuseInside();
        Turn<T> turn = new Turn<>(unit);
        queue.add(turn, beforeOthers);
        return turn.await(settings.waitMax());
    }

    @Override
    public <T> T read(Query<T> query) {
        Turn.refuseInside();
        try {
            return CompletableFuture.supplyAsync(() -> readHere(query), readers).join();
        } catch (RejectedExecutionException e) {
            if (readers.isShutdown()) {
                throw new DatabaseFailed("The database is closed. Nothing was read.", e, false);
            }
            int waiting = readers.getQueue().size();
            throw new DatabaseBusy(
                    waiting + " queries wait already. Nothing was read. Try again in a moment.", waiting);
        } catch (CompletionException e) {
            Throwable cause = e.getCause();
            Turn.<RuntimeException>rethrow(cause == null ? e : cause);
            throw e;
        }
    }

    private <T> T readHere(Query<T> query) {
        Connection connection = null;
        boolean sound = false;
        try {
            connection = idle.poll();
            if (connection == null) {
                connection = openReader();
            }
            Dialect.execute(connection, "BEGIN DEFERRED");
            try {
                return Turn.query(query, connection);
            } finally {
                Dialect.SQLITE.rollback(connection);
                sound = true;
            }
        } catch (SQLException e) {
            throw new DatabaseFailed("The query failed: " + e.getMessage() + ".", e, false);
        } finally {
            if (connection != null) {
                giveBack(connection, sound);
            }
        }
    }

    private void giveBack(Connection connection, boolean sound) {
        if (sound) {
            idle.add(connection);
        } else {
            OwnConnection.close(connection);
        }
    }

    @Override
    public Dialect dialect() {
        return Dialect.SQLITE;
    }

    @Override
    public void migrate(Migrations migrations) {
        migrations.apply(this);
    }

    @Override
    public long changes() {
        watch.start();
        return changes.count();
    }

    @Override
    public void awaitChange(long seen, Duration wait) throws InterruptedException {
        watch.start();
        watch.waited();
        changes.await(seen, wait);
    }

    /// Nothing: the file's own change counter tells the other processes.
    @Override
    public void announce(Tx tx) {}

    /// Wakes those who wait in this process, unless the group changed no row: two workers that look for work
    /// and find none would else wake each other for ever.
    private void committed(Connection connection) throws SQLException {
        long total = Long.parseLong(text(connection, "SELECT total_changes()"));
        if (total != changesTotal) {
            changesTotal = total;
            changes.grow();
        }
    }

    /// Takes no more units, runs those that wait, and closes all connections. It may be called twice.
    @Override
    public void close() {
        watch.close();
        readers.shutdown();
        Waits.forEnd(readers);
        queue.close();
        Waits.forEnd(writer);
        for (Connection connection = idle.poll(); connection != null; connection = idle.poll()) {
            OwnConnection.close(connection);
        }
        turnstile.close();
    }

    private static String text(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            return rows.next() ? String.valueOf(rows.getString(1)) : "";
        }
    }
}
