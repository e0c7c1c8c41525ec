package dev.lovage.sql.database;

import static dev.lovage.sql.database.OtherProcess.execute;
import static dev.lovage.sql.database.OtherProcess.number;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Tag("services")
class PostgresDatabaseTest {
    private static EmbeddedPostgres server;

    private Database database;
    private final ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor();

    @BeforeAll
    static void start() throws IOException {
        server = EmbeddedPostgres.builder().start();
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
    }

    @BeforeEach
    void open() {
        database = open("postgresql");
        database.writeAlone(tx -> execute(tx.connection(), "DROP SCHEMA public CASCADE"));
        database.writeAlone(tx -> execute(tx.connection(), "CREATE SCHEMA public"));
        database.writeAlone(tx -> execute(tx.connection(), "CREATE TABLE n (id integer PRIMARY KEY, v integer)"));
        database.writeAlone(tx -> execute(tx.connection(), "INSERT INTO n VALUES (1, 0), (2, 0)"));
    }

    @AfterEach
    void close() {
        callers.close();
        database.close();
    }

    @Test
    void units_run_in_groups_and_a_failing_one_takes_nothing_else_with_it() throws Exception {
        List<Future<Integer>> good = IntStream.range(0, 200)
                .mapToObj(i -> callers.submit(
                        () -> database.write(tx -> execute(tx.connection(), "UPDATE n SET v = v + 1 WHERE id = 1"))))
                .toList();
        Future<Integer> duplicate =
                callers.submit(() -> database.write(tx -> execute(tx.connection(), "INSERT INTO n VALUES (2, 9)")));
        for (Future<Integer> one : good) {
            assertThat(one.get()).isEqualTo(1);
        }
        assertThatThrownBy(duplicate::get)
                .cause()
                .isInstanceOfSatisfying(
                        DatabaseFailed.class, e -> assertThat(e.sqlState()).isEqualTo("23505"));
        assertThat(value(1)).isEqualTo(200);
        assertThat(value(2)).isZero();
    }

    @Test
    void units_alone_that_deadlock_run_again() throws Exception {
        CyclicBarrier both = new CyclicBarrier(2);
        Future<Integer> up = callers.submit(() -> database.writeAlone(tx -> crosswise(tx.connection(), 1, 2, both)));
        Future<Integer> down = callers.submit(() -> database.writeAlone(tx -> crosswise(tx.connection(), 2, 1, both)));
        up.get(60, TimeUnit.SECONDS);
        down.get(60, TimeUnit.SECONDS);
        assertThat(value(1)).isEqualTo(2);
        assertThat(value(2)).isEqualTo(2);
    }

    @Test
    void a_group_that_deadlocks_runs_again_one_by_one() throws Exception {
        CyclicBarrier both = new CyclicBarrier(2);
        Future<Integer> grouped = callers.submit(() -> database.write(tx -> crosswise(tx.connection(), 1, 2, both)));
        Future<Integer> alone = callers.submit(() -> database.writeAlone(tx -> crosswise(tx.connection(), 2, 1, both)));
        grouped.get(60, TimeUnit.SECONDS);
        alone.get(60, TimeUnit.SECONDS);
        assertThat(value(1)).isEqualTo(2);
        assertThat(value(2)).isEqualTo(2);
    }

    @Test
    void an_announced_transaction_wakes_the_other_process() throws Exception {
        try (Database other = open("sql+postgresql")) {
            long seen = other.changes();
            database.write(tx -> {
                database.announce(tx);
                return execute(tx.connection(), "UPDATE n SET v = 3 WHERE id = 1");
            });
            other.awaitChange(seen, Duration.ofSeconds(30));
            assertThat(other.changes()).isGreaterThan(seen);
        }
    }

    @Test
    void broken_connections_are_opened_again() throws Exception {
        database.write(tx -> execute(tx.connection(), "UPDATE n SET v = 1 WHERE id = 1"));
        long seen = database.changes();
        try (var admin = server.getPostgresDatabase().getConnection()) {
            number(
                    admin,
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'lovage'");
        }
        database.awaitChange(seen, Duration.ofSeconds(30));
        assertThat(database.changes()).as("after listening again").isGreaterThan(seen);
        database.write(tx -> execute(tx.connection(), "UPDATE n SET v = v + 1 WHERE id = 1"));
        database.write(tx -> execute(tx.connection(), "UPDATE n SET v = v + 1 WHERE id = 1"));
        database.writeAlone(tx -> execute(tx.connection(), "UPDATE n SET v = v + 1 WHERE id = 1"));
        assertThat(value(1)).isEqualTo(4);
    }

    @Test
    void migrations_are_applied_by_one_of_many() throws Exception {
        Migrations steps = Migrations.of("test", PostgresDatabaseTest.class, "steps", 2);
        try (Database other = open("postgresql")) {
            List<Future<Boolean>> all = IntStream.range(0, 6)
                    .mapToObj(i -> callers.submit(() -> {
                        (i % 2 == 0 ? database : other).migrate(steps);
                        return true;
                    }))
                    .toList();
            for (Future<Boolean> one : all) {
                assertThat(one.get()).isTrue();
            }
        }
        assertThat(database.<Long>read(connection -> number(connection, "SELECT count(*) FROM lovage_schema")))
                .isEqualTo(2);
        assertThatThrownBy(() -> database.migrate(Migrations.of("test", PostgresDatabaseTest.class, "steps", 1)))
                .isInstanceOf(SchemaTooNew.class);
    }

    @Test
    void the_stores_clock_is_in_microseconds() {
        String clock = "SELECT " + database.dialect().storeClock();
        long micros = database.read(connection -> number(connection, clock));
        assertThat(micros).isBetween(1_500_000_000_000_000L, 9_000_000_000_000_000L);
    }

    @Test
    void a_query_writes_nothing() {
        assertThatThrownBy(() -> database.read(connection -> execute(connection, "UPDATE n SET v = 1")))
                .isInstanceOf(DatabaseFailed.class)
                .hasMessageContaining("read-only");
    }

    @Test
    void who_stands_still_in_a_transaction_loses_its_locks_and_who_reads_may_take_its_time() throws Exception {
        var shown = "SELECT current_setting('idle_in_transaction_session_timeout')";
        assertThat(database.<String>writeAlone(tx -> text(tx.connection(), shown)))
                .isEqualTo("15s");
        assertThat(database.<String>write(tx -> text(tx.connection(), shown))).isEqualTo("15s");
        assertThat(database.<String>read(connection -> text(connection, shown))).isEqualTo("0");
        var url = "postgresql://postgres:postgres@localhost:" + server.getPort()
                + "/postgres?options=-c%20idle_in_transaction_session_timeout%3D500";
        var locked = new CountDownLatch(1);
        var others = new CompletableFuture<Integer>().orTimeout(20, TimeUnit.SECONDS);
        try (var impatient = Databases.open(url, Path.of("."), DatabaseSettings.DEFAULT)) {
            var standsStill = callers.submit(() -> impatient.writeAlone(tx -> {
                execute(tx.connection(), "UPDATE n SET v = 1 WHERE id = 1");
                locked.countDown();
                others.join();
                return execute(tx.connection(), "UPDATE n SET v = 1 WHERE id = 2");
            }));
            assertThat(locked.await(20, TimeUnit.SECONDS)).isTrue();
            others.complete(database.write(tx -> execute(tx.connection(), "UPDATE n SET v = 2 WHERE id = 1")));
            assertThatThrownBy(standsStill::get)
                    .cause()
                    .isInstanceOfSatisfying(
                            DatabaseFailed.class, e -> assertThat(e.passing()).isTrue());
        }
        assertThat(value(1)).isEqualTo(2);
        assertThat(value(2)).isZero();
    }

    private static String text(Connection connection, String query) throws SQLException {
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery(query)) {
            rows.next();
            return rows.getString(1);
        }
    }

    @Test
    void a_server_that_is_away_is_told_in_time() {
        DatabaseSettings settings = DatabaseSettings.DEFAULT.waitMax(Duration.ofMillis(500));
        try (Database nowhere = Databases.open("postgresql://u:geheim@localhost:1/x", Path.of("."), settings)) {
            assertThatThrownBy(() -> nowhere.write(tx -> 1))
                    .isInstanceOf(DatabaseFailed.class)
                    .hasMessageNotContaining("geheim");
            assertThatThrownBy(() -> nowhere.writeAlone(tx -> 1)).isInstanceOf(DatabaseFailed.class);
            assertThatThrownBy(() -> nowhere.read(connection -> 1)).isInstanceOf(DatabaseFailed.class);
        }
    }

    @Test
    @Timeout(30)
    void a_server_that_falls_silent_does_not_hold_its_callers_for_ever() throws Exception {
        DatabaseSettings settings = DatabaseSettings.DEFAULT.waitMax(Duration.ofMillis(300));
        try (var network = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            var silent = new AtomicBoolean();
            callers.submit(() -> carry(network, silent));
            String url = "postgresql://localhost:" + network.getLocalPort() + "/postgres";
            try (Database far = PostgresDatabase.open(url, "postgres", "postgres", settings)) {
                far.write(tx -> execute(tx.connection(), "UPDATE n SET v = 1 WHERE id = 1"));
                silent.set(true);
                assertThatThrownBy(() -> far.write(tx -> execute(tx.connection(), "UPDATE n SET v = 2 WHERE id = 1")))
                        .isInstanceOf(DatabaseFailed.class);
            }
        }
    }

    /// Carries bytes between clients and the server until it falls silent: then it swallows what clients say.
    private @Nullable Void carry(ServerSocket network, AtomicBoolean silent) throws IOException {
        while (true) {
            Socket client = network.accept();
            Socket there = new Socket("localhost", server.getPort());
            callers.submit(() -> pump(client, there, silent));
            callers.submit(() -> pump(there, client, silent));
        }
    }

    private static @Nullable Void pump(Socket from, Socket to, AtomicBoolean silent) throws IOException {
        try (from;
                to) {
            byte[] buffer = new byte[8192];
            for (int n = from.getInputStream().read(buffer);
                    n >= 0;
                    n = from.getInputStream().read(buffer)) {
                if (!silent.get()) {
                    to.getOutputStream().write(buffer, 0, n);
                }
            }
        }
        return null;
    }

    /// Locks one row, waits once until the other unit has locked the other, and then wants that one too.
    private static int crosswise(java.sql.Connection connection, int first, int second, CyclicBarrier both)
            throws java.sql.SQLException {
        execute(connection, "UPDATE n SET v = v + 1 WHERE id = " + first);
        try {
            both.await(2, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (java.util.concurrent.BrokenBarrierException | java.util.concurrent.TimeoutException e) {
            // The second run, after the deadlock: the other unit comes no more.
        }
        return execute(connection, "UPDATE n SET v = v + 1 WHERE id = " + second);
    }

    private static Database open(String scheme) {
        String url = scheme + "://postgres:postgres@localhost:" + server.getPort() + "/postgres";
        return Databases.open(url, Path.of("."), DatabaseSettings.DEFAULT);
    }

    private long value(int id) {
        return database.read(connection -> number(connection, "SELECT v FROM n WHERE id = " + id));
    }
}
