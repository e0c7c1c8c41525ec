package dev.lovage.proof;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.engine.Lovage;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.store.Store;
import dev.lovage.records.Records;
import dev.lovage.records.intake.Agency;
import dev.lovage.sql.broker.SqlBackbone;
import dev.lovage.sql.database.Database;
import dev.lovage.testkit.Eventually;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// What is really there, read from the tables and the folder rather than from what the programs say.
record Accounts(Lovage lovage, Records records, Database database, Path letters) implements AutoCloseable {
    static Accounts open(Settings settings) {
        var lovage = Lovage.open(settings, InstantSource.system());
        return new Accounts(
                lovage,
                Records.open(lovage, Agency.sample(), InstantSource.system()),
                ((SqlBackbone) lovage.backbone()).database(),
                settings.data().resolve("letters"));
    }

    /// Waits until nothing is waiting or running, and the ledger has chained all.
    void awaitStill() {
        Eventually.until(
                "nothing is in work",
                Duration.ofMinutes(10),
                () -> inventory().isEmpty(),
                () -> inventory().stream().limit(20).toList());
        Eventually.until(
                "all intents are chained",
                Duration.ofMinutes(2),
                () -> count("SELECT COUNT(*) FROM ledger_intent") == count("SELECT COUNT(*) FROM ledger_entry"),
                () -> count("SELECT COUNT(*) FROM ledger_entry") + " of "
                        + count("SELECT COUNT(*) FROM ledger_intent"));
    }

    /// Checks that exactly these submissions are there, each once, each in one state with what belongs to it.
    void check(List<String> ids) throws IOException {
        var states = texts("SELECT tracking_id, state FROM records_submission");
        assertThat(states.keySet()).containsExactlyInAnyOrderElementsOf(ids);
        assertThat(states.values()).containsOnly("ACKNOWLEDGED", "HOLDING");
        assertThat(count("SELECT COUNT(*) FROM inbox WHERE state = 'finished'")).isEqualTo(ids.size());
        assertThat(count("SELECT COUNT(*) FROM inbox")).isEqualTo(ids.size());

        var acknowledged = states.entrySet().stream()
                .filter(one -> one.getValue().equals("ACKNOWLEDGED"))
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
        assertThat(acknowledged).hasSizeGreaterThan(ids.size() / 2);
        assertThat(count("SELECT COUNT(*) FROM records_letter")).isEqualTo(acknowledged.size());
        var rows = texts("SELECT tracking_id, file FROM records_letter");
        assertThat(rows.keySet()).isEqualTo(acknowledged);
        assertThat(files()).containsExactlyInAnyOrderElementsOf(rows.values());
        for (var type : List.of("submission.received", "submission.ack.written")) {
            var subjects = texts("SELECT writer_id || '/' || writer_seq, subject FROM ledger_intent WHERE type = '"
                            + type + "'")
                    .values();
            assertThat(subjects)
                    .as(type)
                    .containsExactlyInAnyOrderElementsOf(type.endsWith("received") ? ids : acknowledged);
        }
        assertThat(inventory()).as("nothing is in a second place").isEmpty();
        assertThat(records.unaccounted()).isEmpty();
        assertThat(records.verify().problems()).isEmpty();
    }

    List<Store.Entry> inventory() {
        return lovage.backbone().store().inventory();
    }

    private List<String> files() throws IOException {
        try (var files = Files.list(letters)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> !name.startsWith(".writing-"))
                    .toList();
        }
    }

    long count(String sql) {
        return database.read(connection -> {
            try (var select = connection.createStatement();
                    var row = select.executeQuery(sql)) {
                row.next();
                return row.getLong(1);
            }
        });
    }

    private Map<String, String> texts(String sql) {
        return database.read(connection -> {
            var found = new HashMap<String, String>();
            try (var select = connection.createStatement();
                    var row = select.executeQuery(sql)) {
                while (row.next()) {
                    assertThat(found.put(row.getString(1), row.getString(2)))
                            .as("a second row of " + row.getString(1))
                            .isNull();
                }
            }
            return found;
        });
    }

    @Override
    public void close() {
        lovage.close();
    }
}
