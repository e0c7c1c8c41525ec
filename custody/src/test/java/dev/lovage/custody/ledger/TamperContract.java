package dev.lovage.custody.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.custody.ledger.LedgerEvent.Actor;
import dev.lovage.sql.database.Database;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.node.JsonNodeFactory;

/// Whatever is done to a ledger behind its back is found, and the first bad row is named.
///
/// The ledger has one writer with twelve intents; the first ten are chained, intent n as entry n.
abstract class TamperContract {
    private static final InstantSource CLOCK = InstantSource.fixed(Instant.parse("2026-11-20T12:00:00Z"));

    Database database;

    abstract Database open();

    @BeforeEach
    void writeLedger() {
        database = open();
        var ledger = new Ledger(database, CLOCK);
        for (int i = 1; i <= 12; i++) {
            int number = i;
            database.write(tx -> {
                ledger.append(
                        tx,
                        LedgerEvent.of(
                                "doj",
                                "submission.received",
                                "S-" + number,
                                Actor.service("intake"),
                                JsonNodeFactory.instance.objectNode().put("number", number)));
                return number;
            });
            if (i == 10) {
                Sequencer.runOnce(database, "records.example", CLOCK);
            }
        }
        assertThat(LedgerVerifier.verify(database)).isEqualTo(new Verdict(10, 2, List.of(), 0));
    }

    @AfterEach
    void closeDatabase() {
        database.close();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            # edit each column of an entry
            UPDATE ledger_entry SET seq = 500 WHERE seq = 5                       | ledger_entry seq 5
            UPDATE ledger_entry SET writer_id = 'x' WHERE seq = 5                 | (entry 5)
            UPDATE ledger_entry SET writer_seq = 500 WHERE seq = 5                | (entry 5)
            UPDATE ledger_entry SET writer_seq = 11 WHERE seq = 5                 | ledger_entry seq 5
            UPDATE ledger_entry SET ts = ts + 1 WHERE seq = 5                     | ledger_entry seq 5
            UPDATE ledger_entry SET ts = ts - 1000 WHERE seq = 5                  | ledger_entry seq 5
            UPDATE ledger_entry SET tenant = 'dod' WHERE seq = 5                  | ledger_entry seq 5
            UPDATE ledger_entry SET subject = 'S-6' WHERE seq = 5                 | ledger_entry seq 5
            UPDATE ledger_entry SET type = 'routed' WHERE seq = 5                 | ledger_entry seq 5
            UPDATE ledger_entry SET bytes = leaf WHERE seq = 5                    | ledger_entry seq 5
            UPDATE ledger_entry SET leaf = bytes WHERE seq = 5                    | ledger_entry seq 5
            UPDATE ledger_entry SET leaf = bytes WHERE seq = 10                   | ledger_entry seq 10
            # edit each column of an intent, chained and not
            UPDATE ledger_intent SET writer_id = 'x' WHERE writer_seq = 5         | seq 5 (entry 5)
            UPDATE ledger_intent SET writer_seq = 500 WHERE writer_seq = 5        | seq 5 (entry 5)
            UPDATE ledger_intent SET tenant = 'dod' WHERE writer_seq = 5          | seq 5 (entry 5)
            UPDATE ledger_intent SET type = 'routed' WHERE writer_seq = 5         | seq 5 (entry 5)
            UPDATE ledger_intent SET subject = 'S-6' WHERE writer_seq = 5         | seq 5 (entry 5)
            UPDATE ledger_intent SET payload = payload_sha256 WHERE writer_seq = 5 | seq 5 (entry 5)
            UPDATE ledger_intent SET payload_sha256 = payload WHERE writer_seq = 5 | seq 5 (entry 5)
            UPDATE ledger_intent SET at = at + 1 WHERE writer_seq = 5             | seq 5 (entry 5)
            UPDATE ledger_intent SET writer_id = 'x' WHERE writer_seq = 11        | seq 1
            UPDATE ledger_intent SET writer_seq = 500 WHERE writer_seq = 11       | seq 11
            UPDATE ledger_intent SET tenant = 'dod' WHERE writer_seq = 11         | seq 11
            UPDATE ledger_intent SET type = 'routed' WHERE writer_seq = 11        | seq 11
            UPDATE ledger_intent SET subject = 'S-6' WHERE writer_seq = 11        | seq 11
            UPDATE ledger_intent SET payload = payload_sha256 WHERE writer_seq = 11 | seq 11
            UPDATE ledger_intent SET payload_sha256 = payload WHERE writer_seq = 11 | seq 11
            UPDATE ledger_intent SET at = at + 1 WHERE writer_seq = 11            | seq 11
            # delete first, middle, last
            DELETE FROM ledger_entry WHERE seq = 1                                | ledger_entry seq 1
            DELETE FROM ledger_entry WHERE seq = 5                                | ledger_entry seq 5
            DELETE FROM ledger_entry WHERE seq = 10                               | ledger_entry seq 10
            DELETE FROM ledger_entry WHERE seq > 4                                | ledger_entry seq 5
            DELETE FROM ledger_entry                                              | ledger_entry seq 1
            DELETE FROM ledger_intent WHERE writer_seq = 1                        | seq 1 (entry 1)
            DELETE FROM ledger_intent WHERE writer_seq = 5                        | seq 5 (entry 5)
            DELETE FROM ledger_intent WHERE writer_seq = 10                       | seq 10 (entry 10)
            DELETE FROM ledger_intent WHERE writer_seq = 11                       | seq 11
            DELETE FROM ledger_intent WHERE writer_seq = 12                       | seq 12
            DELETE FROM ledger_intent WHERE writer_seq > 10                       | seq 11
            DELETE FROM ledger_intent                                             | seq 1 (entry 1)
            DELETE FROM ledger_entry WHERE seq = 1; DELETE FROM ledger_intent WHERE writer_seq = 1   | ledger_entry seq 1
            DELETE FROM ledger_entry WHERE seq = 5; DELETE FROM ledger_intent WHERE writer_seq = 5   | ledger_entry seq 5
            DELETE FROM ledger_entry WHERE seq = 10; DELETE FROM ledger_intent WHERE writer_seq = 10 | ledger_entry seq 10
            DELETE FROM ledger_entry; DELETE FROM ledger_intent; DELETE FROM ledger_sequencer; DELETE FROM ledger_cursor | seq 1
            # the bookkeeping
            DELETE FROM ledger_writer                                             | ledger_writer
            UPDATE ledger_writer SET seq = 13                                     | seq 13
            UPDATE ledger_writer SET seq = 11                                     | seq 12
            DELETE FROM ledger_sequencer                                          | ledger_entry seq 1
            UPDATE ledger_sequencer SET origin = 'elsewhere'                      | ledger_entry seq 1
            UPDATE ledger_sequencer SET head_seq = 9                              | ledger_entry seq 10
            UPDATE ledger_sequencer SET head_seq = 11                             | ledger_entry seq 11
            UPDATE ledger_sequencer SET head_ts = 1                               | ledger_sequencer
            UPDATE ledger_sequencer SET head_leaf = (SELECT leaf FROM ledger_entry WHERE seq = 9) | ledger_sequencer
            UPDATE ledger_cursor SET chained = 11                                 | ledger_cursor
            DELETE FROM ledger_cursor                                             | ledger_cursor
            # swap, duplicate, insert between
            UPDATE ledger_entry SET seq = -5 WHERE seq = 5; UPDATE ledger_entry SET seq = 5 WHERE seq = 6; UPDATE ledger_entry SET seq = 6 WHERE seq = -5 | ledger_entry seq 5
            UPDATE ledger_intent SET writer_seq = -5 WHERE writer_seq = 5; UPDATE ledger_intent SET writer_seq = 5 WHERE writer_seq = 6; UPDATE ledger_intent SET writer_seq = 6 WHERE writer_seq = -5 | seq 5 (entry 5)
            UPDATE ledger_intent SET writer_seq = -5 WHERE writer_seq = 11; UPDATE ledger_intent SET writer_seq = 11 WHERE writer_seq = 12; UPDATE ledger_intent SET writer_seq = 12 WHERE writer_seq = -5 | seq 11
            FREE; INSERT INTO ledger_entry SELECT * FROM ledger_entry WHERE seq = 5   | ledger_entry seq 5
            FREE; INSERT INTO ledger_entry SELECT 11, writer_id, writer_seq, ts, tenant, subject, type, bytes, leaf FROM ledger_entry WHERE seq = 5 | ledger_entry seq 11
            FREE; UPDATE ledger_entry SET seq = seq + 1 WHERE seq > 5; INSERT INTO ledger_entry SELECT 6, writer_id, writer_seq, ts, tenant, subject, type, bytes, leaf FROM ledger_entry WHERE seq = 5 | ledger_entry seq 6
            FREE; INSERT INTO ledger_intent SELECT * FROM ledger_intent WHERE writer_seq = 11 | seq 11
            FREE; INSERT INTO ledger_intent SELECT * FROM ledger_intent WHERE writer_seq = 5  | ledger_entry seq 5
            """)
    void tampering_is_found_and_the_first_bad_row_is_named(String statements, String where) {
        sql(statements);
        var verdict = LedgerVerifier.verify(database);
        assertThat(verdict.verified()).isFalse();
        assertThat(verdict.first().orElseThrow().where()).as(verdict.toString()).contains(where);
    }

    @Test
    void every_edited_byte_of_an_entry_is_found() {
        everyByte("ledger_entry", "bytes", "seq = 5", "ledger_entry seq 5");
        everyByte("ledger_entry", "leaf", "seq = 5", "ledger_entry seq 5");
    }

    @Test
    void every_edited_byte_of_an_intent_is_found() {
        everyByte("ledger_intent", "payload", "writer_seq = 5", "seq 5 (entry 5)");
        everyByte("ledger_intent", "payload_sha256", "writer_seq = 5", "seq 5 (entry 5)");
        everyByte("ledger_intent", "payload", "writer_seq = 12", "seq 12");
    }

    @Test
    void an_intent_edited_with_its_hash_recomputed_differs_from_its_entry() {
        replaceIntent("\"number\":5", "\"number\":6");
        var verdict = LedgerVerifier.verify(database);
        assertThat(verdict.first().orElseThrow().where()).isEqualTo("ledger_entry seq 5");
        assertThat(verdict.first().orElseThrow().what()).contains("its data is not that of its ledger_intent");
    }

    @Test
    void an_entry_edited_with_its_hash_recomputed_differs_from_its_intent() {
        replaceEntry("\"number\":5", "\"number\":6");
        var problems = LedgerVerifier.verify(database).problems();
        assertThat(problems)
                .extracting(Verdict.Problem::where)
                .containsExactly("ledger_entry seq 5", "ledger_entry seq 6");
    }

    @Test
    void entry_and_intent_edited_alike_are_found_by_the_next_entry() {
        replaceIntent("\"number\":5", "\"number\":6");
        replaceEntry("\"number\":5", "\"number\":6");
        var problem = LedgerVerifier.verify(database).first().orElseThrow();
        assertThat(problem.where()).isEqualTo("ledger_entry seq 6");
        assertThat(problem.what()).contains("prev");
    }

    @Test
    void an_entry_of_the_same_meaning_that_is_not_canonical_is_found() {
        replaceEntry("\"number\":5", "\"number\":5.0");
        assertThat(LedgerVerifier.verify(database).first().orElseThrow())
                .satisfies(problem -> assertThat(problem.where()).isEqualTo("ledger_entry seq 5"))
                .satisfies(problem -> assertThat(problem.what()).contains("canonical"));
    }

    @Test
    void an_entry_that_goes_back_in_time_is_found() {
        replaceEntry("12:00:00.000Z", "11:59:59.000Z");
        sql("UPDATE ledger_entry SET ts = ts - 1000000 WHERE seq = 5");
        assertThat(LedgerVerifier.verify(database).first().orElseThrow().what()).contains("time");
    }

    @Test
    void an_intent_that_was_left_out_though_a_later_one_is_chained_is_found() {
        var ledgerHasTwelve = new ArrayList<String>();
        sql("UPDATE ledger_cursor SET chained = 11");
        Sequencer.runOnce(database, "records.example", CLOCK);
        LedgerVerifier.verify(database).problems().forEach(problem -> ledgerHasTwelve.add(problem.toString()));
        assertThat(ledgerHasTwelve)
                .singleElement()
                .asString()
                .contains("seq 11")
                .contains("never chained");
    }

    private void everyByte(String table, String column, String row, String where) {
        var bytes = read("SELECT " + column + " FROM " + table + " WHERE " + row);
        var update = "UPDATE " + table + " SET " + column + " = ? WHERE " + row;
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] ^= 1;
            write(update, bytes);
            assertThat(LedgerVerifier.verify(database).first())
                    .as("byte " + i)
                    .hasValueSatisfying(problem -> assertThat(problem.where()).contains(where));
            bytes[i] ^= 1;
        }
        write(update, bytes);
        assertThat(LedgerVerifier.verify(database).verified()).isTrue();
    }

    private void replaceIntent(String found, String by) {
        var payload = replace(read("SELECT payload FROM ledger_intent WHERE writer_seq = 5"), found, by);
        write("UPDATE ledger_intent SET payload = ? WHERE writer_seq = 5", payload);
        write("UPDATE ledger_intent SET payload_sha256 = ? WHERE writer_seq = 5", IntentCheck.hash(payload));
    }

    private void replaceEntry(String found, String by) {
        var bytes = replace(read("SELECT bytes FROM ledger_entry WHERE seq = 5"), found, by);
        write("UPDATE ledger_entry SET bytes = ? WHERE seq = 5", bytes);
        write("UPDATE ledger_entry SET leaf = ? WHERE seq = 5", IntentCheck.hash(new byte[] {0}, bytes));
    }

    private static byte[] replace(byte[] bytes, String found, String by) {
        var text = new String(bytes, StandardCharsets.UTF_8);
        assertThat(text).contains(found);
        return text.replace(found, by).getBytes(StandardCharsets.UTF_8);
    }

    private byte[] read(String sql) {
        return database.read(connection -> {
            try (var select = connection.prepareStatement(sql);
                    var row = select.executeQuery()) {
                row.next();
                return row.getBytes(1);
            }
        });
    }

    private void write(String sql, byte[] bytes) {
        database.write(tx -> {
            try (var update = tx.connection().prepareStatement(sql)) {
                update.setBytes(1, bytes);
                return update.executeUpdate();
            }
        });
    }

    /// Runs statements with `;` between. `FREE` takes all constraints off the tables.
    private void sql(String statements) {
        var all = new ArrayList<String>();
        for (var one : statements.split(";")) {
            if (one.strip().equals("FREE")) {
                for (var table : List.of("ledger_entry", "ledger_intent")) {
                    all.add("CREATE TABLE freed AS SELECT * FROM " + table);
                    all.add("DROP TABLE " + table);
                    all.add("ALTER TABLE freed RENAME TO " + table);
                }
            } else {
                all.add(one.strip());
            }
        }
        database.write(tx -> {
            for (var one : all) {
                try (var statement = tx.connection().createStatement()) {
                    statement.executeUpdate(one);
                }
            }
            return all.size();
        });
    }
}
