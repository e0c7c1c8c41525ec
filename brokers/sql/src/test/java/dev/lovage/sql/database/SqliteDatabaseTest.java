package dev.lovage.sql.database;

import static dev.lovage.sql.database.OtherProcess.execute;
import static dev.lovage.sql.database.OtherProcess.number;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteDatabaseTest {
    @TempDir
    Path folder;

    private Path file;
    private Database database;
    private final ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor();

    @BeforeEach
    void open() {
        file = folder.resolve("data").resolve("lovage.db");
        database = SqliteDatabase.open(file, DatabaseSettings.DEFAULT);
        database.write(tx -> execute(tx.connection(), "CREATE TABLE n (v integer)"));
        database.write(tx -> execute(tx.connection(), "INSERT INTO n VALUES (0)"));
    }

    @AfterEach
    void close() {
        callers.close();
        database.close();
    }

    @Test
    void a_failing_unit_takes_nothing_else_of_its_group_with_it() throws Exception {
        CountDownLatch hold = new CountDownLatch(1);
        Future<Integer> first = holdTheWriter(hold);
        List<Future<Integer>> good = IntStream.range(0, 20)
                .mapToObj(i ->
                        callers.submit(() -> database.write(tx -> execute(tx.connection(), "UPDATE n SET v = v + 1"))))
                .toList();
        Future<Integer> bad = callers.submit(() -> database.write(tx -> {
            execute(tx.connection(), "UPDATE n SET v = v + 1000");
            throw new IllegalStateException("the unit's own");
        }));
        Future<Integer> wrong =
                callers.submit(() -> database.write(tx -> execute(tx.connection(), "UPDATE nowhere SET v = 1")));
        hold.countDown();

        first.get();
        for (Future<Integer> one : good) {
            assertThat(one.get()).isEqualTo(1);
        }
        assertThatThrownBy(bad::get)
                .hasRootCauseInstanceOf(IllegalStateException.class)
                .hasMessageContaining("own");
        assertThatThrownBy(wrong::get)
                .cause()
                .isInstanceOf(DatabaseFailed.class)
                .hasMessageContaining("no such table")
                .hasMessageContaining("Nothing was written");
        assertThat(value()).isEqualTo(20);
    }

    @Test
    void units_that_break_a_deferred_constraint_at_the_commit_fail_alone() throws Exception {
        database.write(tx -> execute(tx.connection(), "CREATE TABLE p (id integer primary key)"));
        database.write(tx ->
                execute(tx.connection(), "CREATE TABLE c (p integer REFERENCES p (id) DEFERRABLE INITIALLY DEFERRED)"));
        CountDownLatch hold = new CountDownLatch(1);
        Future<Integer> first = holdTheWriter(hold);
        Future<Integer> orphan =
                callers.submit(() -> database.write(tx -> execute(tx.connection(), "INSERT INTO c VALUES (7)")));
        Future<Integer> good =
                callers.submit(() -> database.write(tx -> execute(tx.connection(), "UPDATE n SET v = v + 1")));
        hold.countDown();

        first.get();
        assertThat(good.get()).isEqualTo(1);
        assertThatThrownBy(orphan::get).cause().isInstanceOf(DatabaseFailed.class);
        assertThat(value()).isEqualTo(1);
        assertThat(database.<Long>read(connection -> number(connection, "SELECT count(*) FROM c")))
                .isZero();
    }

    @Test
    void what_was_written_is_there_after_the_file_is_opened_again() {
        OtherProcess.increment(database, 3);
        database.close();
        database = SqliteDatabase.open(file, DatabaseSettings.DEFAULT);
        assertThat(value()).isEqualTo(3);
    }

    @Test
    void a_full_queue_turns_away_at_once_and_heartbeats_still_go_first() throws Exception {
        database.close();
        database = SqliteDatabase.open(file, DatabaseSettings.DEFAULT.queueMax(2));
        CountDownLatch hold = new CountDownLatch(1);
        List<String> order = new CopyOnWriteArrayList<>();
        Future<Integer> first = holdTheWriter(hold);
        List<Future<Boolean>> three = IntStream.range(0, 3)
                .mapToObj(i -> callers.submit(() -> database.write(tx -> order.add("rest"))))
                .toList();
        Future<Boolean> turnedAway = firstDone(three);
        assertThatThrownBy(turnedAway::get)
                .cause()
                .isInstanceOfSatisfying(
                        DatabaseBusy.class, e -> assertThat(e.waiting()).isEqualTo(2));
        Thread heartbeat = Thread.ofPlatform().start(() -> database.writeFirst(tx -> order.add("heartbeat")));
        untilWaiting(heartbeat);
        hold.countDown();
        first.get();
        callers.close();
        heartbeat.join();
        assertThat(order).containsExactly("heartbeat", "rest", "rest");
    }

    @Test
    void a_unit_that_gets_no_turn_in_time_is_taken_back() throws Exception {
        database.close();
        database = SqliteDatabase.open(file, DatabaseSettings.DEFAULT.waitMax(Duration.ofMillis(50)));
        CountDownLatch hold = new CountDownLatch(1);
        Future<Integer> first = holdTheWriter(hold);
        assertThatThrownBy(() -> database.write(tx -> execute(tx.connection(), "UPDATE n SET v = 99")))
                .isInstanceOf(DatabaseBusy.class)
                .hasMessageContaining("Nothing was written");
        hold.countDown();
        first.get();
        assertThat(value()).isZero();
    }

    @Test
    void actions_after_the_transaction_are_told_whether_it_is_durable() {
        List<String> trail = new CopyOnWriteArrayList<>();
        database.write(tx -> {
            tx.afterCommit(() -> trail.add("committed"));
            tx.afterEnd(durable -> trail.add("ended " + durable));
            return 0;
        });
        assertThatThrownBy(() -> database.write(tx -> {
                    tx.afterCommit(() -> trail.add("never"));
                    tx.afterEnd(durable -> trail.add("ended " + durable));
                    throw new IllegalArgumentException("no");
                }))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(trail).containsExactly("committed", "ended true", "ended false");
    }

    @Test
    void a_query_writes_nothing_and_a_call_inside_a_unit_is_refused() {
        assertThatThrownBy(() -> database.read(connection -> execute(connection, "UPDATE n SET v = 1")))
                .isInstanceOf(DatabaseFailed.class);
        assertThatThrownBy(() -> database.write(tx -> database.write(inner -> 1)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("wait for itself");
    }

    @Test
    void the_folder_and_the_files_are_their_owners_alone() throws Exception {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file.getParent())))
                .isEqualTo("rwx------");
        for (String name : List.of("lovage.db", "lovage.db-wal", "lovage.db.lock")) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file.resolveSibling(name))))
                    .as(name)
                    .isEqualTo("rw-------");
        }
    }

    @Test
    void two_processes_that_write_the_same_file_lose_nothing() throws Exception {
        try (OtherProcess other = OtherProcess.start(file, "increment", 400)) {
            other.go();
            OtherProcess.increment(database, 400);
            other.hears("slowest");
            assertThat(value()).isEqualTo(800);
        }
    }

    @Test
    void a_process_that_stands_still_in_a_write_keeps_nobody_waiting_for_ever() throws Exception {
        try (OtherProcess other = OtherProcess.start(file, "hold", 1);
                Database patient = SqliteDatabase.open(file, DatabaseSettings.DEFAULT.waitMax(Duration.ofMillis(50)))) {
            other.go();
            other.hears("holds");
            assertThatThrownBy(() -> patient.writeFirst(tx -> execute(tx.connection(), "UPDATE n SET v = 99")))
                    .isInstanceOf(DatabaseBusy.class)
                    .hasMessageContaining("Nothing was written");
            other.go();
            patient.write(tx -> execute(tx.connection(), "UPDATE n SET v = v + 1"));
            assertThat(value()).isEqualTo(2);
        }
    }

    @Test
    void two_databases_on_one_file_in_one_process_take_turns() throws Exception {
        try (Database second = SqliteDatabase.open(file, DatabaseSettings.DEFAULT)) {
            Future<Long> there = callers.submit(() -> OtherProcess.increment(second, 200));
            OtherProcess.increment(database, 200);
            there.get();
            assertThat(value()).isEqualTo(400);
        }
    }

    @Test
    void a_group_ends_when_another_writer_waits_instead_of_growing_with_all_that_arrives() throws Exception {
        try (Database second = SqliteDatabase.open(file, DatabaseSettings.DEFAULT);
                Turnstile turnstile = turnstile()) {
            List<String> order = new CopyOnWriteArrayList<>();
            CountDownLatch hold = new CountDownLatch(1);
            Future<Integer> first = holdTheWriter(hold);
            long held = System.nanoTime();
            Thread here = Thread.ofPlatform().start(() -> database.write(tx -> order.add("here")));
            untilWaiting(here);
            Thread there = Thread.ofPlatform().start(() -> second.write(tx -> order.add("there")));
            // A group that has just begun takes more units whoever waits.
            while (!turnstile.queued() || System.nanoTime() - held < 2_000_000) {
                Thread.onSpinWait();
            }
            hold.countDown();
            first.get();
            here.join();
            there.join();
            assertThat(order).containsExactly("there", "here");
        }
    }

    @Test
    void a_writer_sees_that_one_of_another_process_waits() throws Exception {
        try (OtherProcess other = OtherProcess.start(file, "insert", 1);
                Turnstile turnstile = turnstile()) {
            try (GroupWriter.Gate.Pass pass = turnstile.enter()) {
                assertThat(pass.wanted()).isFalse();
                other.go();
                while (!pass.wanted()) {
                    Thread.onSpinWait();
                }
            }
            other.hears("inserted");
        }
    }

    @Test
    void a_commit_of_another_process_wakes_those_who_wait() throws Exception {
        try (OtherProcess other = OtherProcess.start(file, "insert", 1)) {
            long seen = database.changes();
            other.go();
            long start = System.nanoTime();
            database.awaitChange(seen, Duration.ofSeconds(30));
            assertThat(database.changes()).isGreaterThan(seen);
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
            other.hears("inserted");
            assertThat(value()).isEqualTo(1);
        }
    }

    @Test
    void a_write_here_wakes_at_once_and_one_that_changes_no_row_wakes_nobody() throws Exception {
        long seen = database.changes();
        database.write(tx -> execute(tx.connection(), "UPDATE n SET v = 5 WHERE v = 77"));
        database.awaitChange(seen, Duration.ofMillis(150));
        assertThat(database.changes()).isEqualTo(seen);
        database.write(tx -> execute(tx.connection(), "UPDATE n SET v = 5"));
        database.awaitChange(seen, Duration.ofSeconds(30));
        assertThat(database.changes()).isGreaterThan(seen);
    }

    private Future<Integer> holdTheWriter(CountDownLatch hold) throws InterruptedException {
        CountDownLatch running = new CountDownLatch(1);
        Future<Integer> held = callers.submit(() -> database.write(tx -> {
            running.countDown();
            try {
                hold.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return 0;
        }));
        running.await();
        return held;
    }

    private static <T> Future<T> firstDone(List<Future<T>> futures) {
        while (true) {
            for (Future<T> future : futures) {
                if (future.isDone()) {
                    return future;
                }
            }
            Thread.onSpinWait();
        }
    }

    private Turnstile turnstile() throws IOException {
        return Turnstile.at(file.resolveSibling(file.getFileName() + ".lock").toRealPath());
    }

    private static void untilWaiting(Thread thread) {
        while (thread.getState() != Thread.State.TIMED_WAITING) {
            Thread.onSpinWait();
        }
    }

    private long value() {
        return database.read(connection -> number(connection, "SELECT v FROM n"));
    }
}
