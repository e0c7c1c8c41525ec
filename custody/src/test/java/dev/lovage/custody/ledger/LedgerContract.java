package dev.lovage.custody.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lovage.custody.ledger.LedgerEvent.Actor;
import dev.lovage.sql.database.Database;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.JsonNodeFactory;

/// What a ledger does on every database.
abstract class LedgerContract {
    static final String ORIGIN = "records.example/ledger";
    static final Instant NOON = Instant.parse("2026-11-20T12:00:00.123456Z");

    private volatile Instant now = NOON;
    final InstantSource clock = () -> now;
    Database database;
    Ledger ledger;

    abstract Database open();

    @BeforeEach
    void openLedger() {
        database = open();
        ledger = new Ledger(database, clock);
    }

    @AfterEach
    void closeDatabase() {
        database.close();
    }

    static LedgerEvent event(String subject, int number) {
        return LedgerEvent.of(
                "doj",
                "submission.received",
                subject,
                Actor.service("intake"),
                JsonNodeFactory.instance.objectNode().put("number", number));
    }

    void append(Ledger to, int count) {
        for (int i = 0; i < count; i++) {
            int number = i;
            database.write(tx -> {
                to.append(tx, event("S-" + number, number));
                return number;
            });
        }
    }

    long chain() {
        return Sequencer.runOnce(database, ORIGIN, clock);
    }

    <T> T query(String sql, Class<T> type) {
        return database.read(connection -> {
            try (var select = connection.prepareStatement(sql);
                    var row = select.executeQuery()) {
                row.next();
                return type.cast(type == Long.class ? row.getLong(1) : row.getObject(1));
            }
        });
    }

    void sql(String... statements) {
        database.write(tx -> {
            for (var sql : statements) {
                try (var statement = tx.connection().createStatement()) {
                    statement.executeUpdate(sql);
                }
            }
            return statements.length;
        });
    }

    /// Waits for `state` as the database changes, up to 20 s.
    void await(String what, BooleanSupplier state) throws InterruptedException {
        long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!state.getAsBoolean()) {
            assertThat(System.nanoTime()).as("still waiting for: " + what).isLessThan(deadline);
            database.awaitChange(database.changes(), Duration.ofMillis(20));
        }
    }

    @Test
    void an_empty_ledger_verifies() {
        assertThat(LedgerVerifier.verify(database)).isEqualTo(new Verdict(0, 0, List.of(), 0));
        assertThat(chain()).isZero();
        assertThat(LedgerVerifier.verify(database).verified()).isTrue();
    }

    @Test
    void the_first_entries_are_exactly_the_documented_bytes() throws Exception {
        database.write(tx -> {
            ledger.append(
                    tx,
                    new LedgerEvent(
                            "doj",
                            "submission.routed",
                            "US-DOJ-OIP-2026-0000123-K",
                            Optional.of("US-DOJ-0"),
                            Actor.user("u-7"),
                            JsonNodeFactory.instance
                                    .objectNode()
                                    .put("to", "Zürich")
                                    .put("level", 3)));
            ledger.append(tx, event("S-1", 1));
            return 2;
        });
        assertThat(chain()).isEqualTo(2);
        var sha256 = MessageDigest.getInstance("SHA-256");
        var base64 = Base64.getEncoder();
        var genesis = sha256.digest(("records-ledger/v1\n" + ORIGIN + "\n").getBytes(StandardCharsets.UTF_8));
        var first =
                ("{\"actor\":{\"kind\":\"user\",\"ref\":\"u-7\"},\"data\":{\"level\":3,\"to\":\"Zürich\"},\"log\":\""
                                + ORIGIN
                                + "\",\"parent\":\"US-DOJ-0\",\"prev\":\"" + base64.encodeToString(genesis)
                                + "\",\"seq\":1,\"subject\":\"US-DOJ-OIP-2026-0000123-K\",\"ts\":\"2026-11-20T12:00:00.123Z\","
                                + "\"type\":\"submission.routed\",\"v\":1}")
                        .getBytes(StandardCharsets.UTF_8);
        assertThat(query("SELECT bytes FROM ledger_entry WHERE seq = 1", byte[].class))
                .isEqualTo(first);
        sha256.update((byte) 0);
        var leaf = sha256.digest(first);
        assertThat(query("SELECT leaf FROM ledger_entry WHERE seq = 1", byte[].class))
                .isEqualTo(leaf);
        assertThat(query("SELECT bytes FROM ledger_entry WHERE seq = 2", byte[].class))
                .asString(StandardCharsets.UTF_8)
                .isEqualTo("{\"actor\":{\"kind\":\"service\",\"ref\":\"intake\"},\"data\":{\"number\":1},\"log\":\""
                        + ORIGIN
                        + "\",\"parent\":null,\"prev\":\"" + base64.encodeToString(leaf)
                        + "\",\"seq\":2,\"subject\":\"S-1\",\"ts\":\"2026-11-20T12:00:00.123Z\","
                        + "\"type\":\"submission.received\",\"v\":1}");
        assertThat(LedgerVerifier.verify(database)).isEqualTo(new Verdict(2, 0, List.of(), 0));
    }

    @Test
    void a_transaction_that_is_rolled_back_leaves_no_gap() {
        append(ledger, 2);
        assertThatThrownBy(() -> database.write(tx -> {
                    ledger.append(tx, event("S-lost", 1));
                    throw new SQLException("no");
                }))
                .isNotNull();
        append(ledger, 2);
        assertThat(query("SELECT MAX(writer_seq) FROM ledger_intent", Long.class))
                .isEqualTo(4);
        assertThat(chain()).isEqualTo(4);
        assertThat(LedgerVerifier.verify(database)).isEqualTo(new Verdict(4, 0, List.of(), 0));
    }

    @Test
    void many_transactions_at_once_are_all_chained_in_the_order_of_each_writer() throws Exception {
        var tasks = new ArrayList<Callable<Integer>>();
        for (int i = 0; i < 400; i++) {
            int number = i;
            tasks.add(() -> {
                try {
                    Database.Unit<Integer> unit = tx -> {
                        ledger.append(tx, event("S-" + number, 1));
                        ledger.append(tx, event("S-" + number, 2));
                        if (number % 10 == 0) {
                            throw new SQLException("rolled back on purpose");
                        }
                        return 2;
                    };
                    return number % 2 == 0 ? database.writeAlone(unit) : database.write(unit);
                } catch (RuntimeException rolledBack) {
                    return 0;
                }
            });
        }
        int written = 0;
        try (var threads = Executors.newFixedThreadPool(12);
                var sequencer = Sequencer.start(database, ORIGIN, clock)) {
            for (Future<Integer> one : threads.invokeAll(tasks)) {
                written += one.get();
            }
            await("all chained", () -> sequencer.lag().pending() == 0);
            assertThat(sequencer.lag()).isEqualTo(new Sequencer.Lag(0, Optional.empty(), List.of()));
        }
        assertThat(written).isEqualTo(720);
        assertThat(LedgerVerifier.verify(database)).isEqualTo(new Verdict(720, 0, List.of(), 0));
    }

    @Test
    void a_backlog_of_several_batches_is_chained_in_order_across_writers() {
        var other = new Ledger(database, clock);
        database.write(tx -> {
            for (int i = 0; i < 1300; i++) {
                now = now.plusMillis(1);
                ledger.append(tx, event("A", i));
            }
            return 1;
        });
        now = now.plusMillis(1);
        append(other, 1);
        database.write(tx -> {
            for (int i = 0; i < 1300; i++) {
                now = now.plusMillis(1);
                ledger.append(tx, event("B", i));
            }
            return 1;
        });
        assertThat(chain()).isEqualTo(2601);
        assertThat(query("SELECT seq FROM ledger_entry WHERE subject = 'S-0'", Long.class))
                .isEqualTo(1301);
        var seen = new ArrayList<Long>();
        assertThat(LedgerVerifier.verify(database, seen::add)).isEqualTo(new Verdict(2601, 0, List.of(), 0));
        assertThat(seen).containsExactly(1000L, 2000L, 2601L);
    }

    @Test
    void a_clock_set_back_changes_no_order_and_turns_no_time_back() {
        append(ledger, 2);
        chain();
        now = NOON.minusSeconds(3600);
        append(ledger, 2);
        append(new Ledger(database, clock), 1);
        chain();
        assertThat(LedgerVerifier.verify(database)).isEqualTo(new Verdict(5, 0, List.of(), 0));
        assertThat(query("SELECT COUNT(DISTINCT ts) FROM ledger_entry", Long.class))
                .isEqualTo(1);
    }

    @Test
    void of_two_sequencers_the_one_that_sat_down_earlier_adds_nothing() {
        append(ledger, 3);
        var early = new Chain(database, ORIGIN, clock, "early");
        early.sitDown();
        var late = new Chain(database, ORIGIN, clock, "late");
        late.sitDown();
        assertThatThrownBy(early::chain).isInstanceOf(Chain.Fenced.class);
        assertThatThrownBy(early::beat).isInstanceOf(Chain.Fenced.class);
        assertThat(late.chain()).isEqualTo(3);
        assertThat(LedgerVerifier.verify(database)).isEqualTo(new Verdict(3, 0, List.of(), 0));
    }

    @Test
    void a_sequencer_that_lost_its_seat_takes_it_again_when_the_other_has_closed() throws Exception {
        try (var first = Sequencer.start(database, ORIGIN, clock)) {
            var second = Sequencer.start(database, ORIGIN, clock);
            append(ledger, 20);
            await("chained by either", () -> first.lag().pending() == 0);
            second.close();
            append(ledger, 20);
            await("chained by the first", () -> first.lag().pending() == 0);
        }
        assertThat(LedgerVerifier.verify(database)).isEqualTo(new Verdict(40, 0, List.of(), 0));
    }

    @Test
    void a_sequencer_that_waits_sits_down_when_nothing_moves_on_the_seat_any_more() throws Exception {
        try (var sequencer = Sequencer.start(database, ORIGIN, clock)) {
            var crashed = new Chain(database, ORIGIN, clock, "crashed");
            crashed.sitDown();
            append(ledger, 3);
            await("chained after the silence", () -> sequencer.lag().pending() == 0);
            assertThatThrownBy(crashed::chain).isInstanceOf(Chain.Fenced.class);
        }
        assertThat(LedgerVerifier.verify(database)).isEqualTo(new Verdict(3, 0, List.of(), 0));
    }

    @Test
    void the_history_of_a_subject_is_its_entries_in_order() {
        append(ledger, 3);
        append(ledger, 2);
        chain();
        var history = database.read(connection -> Ledger.history(connection, "doj", "S-1"));
        assertThat(history).extracting(Ledger.Recorded::seq).containsExactly(2L, 5L);
        assertThat(history.getFirst().at()).isEqualTo(Instant.parse("2026-11-20T12:00:00.123Z"));
        assertThat(history.getFirst().type()).isEqualTo("submission.received");
        assertThat(history.getFirst().entry().at("/data/number").intValue()).isEqualTo(1);
        var elsewhere = database.read(connection -> Ledger.history(connection, "dod", "S-1"));
        assertThat(elsewhere).isEmpty();
    }

    @Test
    void closing_a_sequencer_chains_what_waits() {
        var sequencer = Sequencer.start(database, ORIGIN, clock);
        append(ledger, 5);
        sequencer.close();
        sequencer.close();
        assertThat(LedgerVerifier.verify(database)).isEqualTo(new Verdict(5, 0, List.of(), 0));
    }

    @Test
    void lag_tells_how_many_wait_and_since_when() {
        var sequencer = Sequencer.start(database, ORIGIN, clock);
        sequencer.close();
        append(ledger, 3);
        assertThat(sequencer.lag()).isEqualTo(new Sequencer.Lag(3, Optional.of(NOON), List.of()));
    }

    @Test
    void behind_a_missing_intent_nothing_of_that_writer_is_chained() {
        append(ledger, 5);
        append(new Ledger(database, clock), 2);
        sql("DELETE FROM ledger_intent WHERE writer_seq = 3");
        assertThatThrownBy(this::chain).isInstanceOf(LedgerBroken.class).hasMessageContaining("Intent 3 of writer");
        assertThat(query("SELECT COUNT(*) FROM ledger_entry", Long.class)).isEqualTo(4);
    }

    @Test
    void a_chain_whose_end_was_cut_off_is_not_continued() {
        append(ledger, 5);
        chain();
        sql("DELETE FROM ledger_entry WHERE seq = 5");
        append(ledger, 1);
        assertThatThrownBy(this::chain).isInstanceOf(LedgerBroken.class).hasMessageContaining("ends at entry 4");
        assertThat(query("SELECT COUNT(*) FROM ledger_entry", Long.class)).isEqualTo(4);
    }

    @Test
    void a_ledger_keeps_its_origin() {
        chain();
        assertThatThrownBy(() -> Sequencer.runOnce(database, "elsewhere", clock))
                .hasMessageContaining(ORIGIN)
                .hasMessageContaining("elsewhere");
    }

    @Test
    void an_event_of_more_than_64_kib_is_refused_and_takes_no_number() {
        var big = LedgerEvent.of(
                "doj",
                "screened",
                "S",
                Actor.service("x"),
                JsonNodeFactory.instance.objectNode().put("text", "x".repeat(70_000)));
        assertThatThrownBy(() -> database.write(tx -> {
                    ledger.append(tx, big);
                    return 1;
                }))
                .hasMessageContaining("Nothing was written");
        append(ledger, 1);
        chain();
        assertThat(LedgerVerifier.verify(database)).isEqualTo(new Verdict(1, 0, List.of(), 0));
    }
}
