package dev.lovage.proof;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.records.samples.SyntheticRequests;
import dev.lovage.server.installation.Installation;
import dev.lovage.testkit.LocalPostgres;
import dev.lovage.testkit.Seeds;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Whoever can write to the database can't change the ledger unseen.
class TamperTest {
    private static final int ROUNDS = 12;

    /// Bytes of the ledger, and where they lie: table, column, key columns.
    private record Spot(String table, String column, List<String> key) {}

    private static final List<Spot> SPOTS = List.of(
            new Spot("ledger_entry", "bytes", List.of("seq")),
            new Spot("ledger_entry", "leaf", List.of("seq")),
            new Spot("ledger_intent", "payload", List.of("writer_id", "writer_seq")),
            new Spot("ledger_intent", "payload_sha256", List.of("writer_id", "writer_seq")));

    private record Row(String name, String where, byte[] bytes) {}

    @TempDir
    Path folder;

    @Test
    void one_changed_byte_of_an_entry_or_an_intent_is_found_and_named_on_sqlite() throws Exception {
        tamper(Settings.embedded(folder));
    }

    @Test
    @Tag("services")
    void one_changed_byte_of_an_entry_or_an_intent_is_found_and_named_on_postgresql() throws Exception {
        tamper(Settings.embedded(folder).with(Setting.BROKER_URL, LocalPostgres.freshUrl()));
    }

    private static void tamper(Settings settings) throws Exception {
        fill(settings);
        var cli = new Cli(settings);
        var random = Seeds.random("tamper");
        assertThat(cli.run("ledger", "verify").code()).isZero();
        try (var accounts = Accounts.open(settings)) {
            for (int round = 0; round < ROUNDS; round++) {
                var spot = SPOTS.get(round % SPOTS.size());
                var row = any(accounts, spot, random);
                var changed = row.bytes().clone();
                changed[random.nextInt(changed.length)] ^= (byte) (1 << random.nextInt(8));
                write(accounts, spot, row, changed);

                var found = cli.run("ledger", "verify");
                assertThat(found.code()).as(found.out() + found.err()).isEqualTo(1);
                assertThat(found.out()).contains("NOT VERIFIED").contains("First bad row: " + row.name());

                write(accounts, spot, row, row.bytes());
                assertThat(cli.run("ledger", "verify").code())
                        .as("mended again")
                        .isZero();
            }
        }
    }

    private static void fill(Settings settings) {
        try (var installation = Installation.start(settings, InstantSource.system(), new SimpleMeterRegistry());
                var accounts = Accounts.open(settings)) {
            for (var sample : SyntheticRequests.generate(7, 10, 10, 0)) {
                installation
                        .records()
                        .reader()
                        .file(sample.name(), sample.bytes(), "samples")
                        .arrivals()
                        .forEach(installation.records()::accept);
            }
            accounts.awaitStill();
        }
    }

    private static Row any(Accounts accounts, Spot spot, Random random) {
        var number = random.nextLong(accounts.count("SELECT COUNT(*) FROM " + spot.table()));
        var key = String.join(", ", spot.key());
        return accounts.database().read(connection -> {
            try (var select = connection.prepareStatement("SELECT " + spot.column() + ", " + key + " FROM "
                    + spot.table() + " ORDER BY " + key + " LIMIT 1 OFFSET ?")) {
                select.setLong(1, number);
                try (var row = select.executeQuery()) {
                    row.next();
                    var parts = new String[spot.key().size()];
                    for (int i = 0; i < parts.length; i++) {
                        parts[i] = spot.key().get(i) + " = '" + row.getString(2 + i) + "'";
                    }
                    return new Row(
                            spot.table() + " " + name(spot, row.getString(2), row.getString(1 + parts.length)),
                            String.join(" AND ", parts),
                            row.getBytes(1));
                }
            }
        });
    }

    private static String name(Spot spot, String first, String last) {
        return spot.key().size() == 1 ? "seq " + first : "writer " + first + " seq " + last;
    }

    private static void write(Accounts accounts, Spot spot, Row row, byte[] bytes) {
        var changed = accounts.lovage().transaction(tx -> {
            try (var update = tx.connection()
                    .prepareStatement(
                            "UPDATE " + spot.table() + " SET " + spot.column() + " = ? WHERE " + row.where())) {
                update.setBytes(1, bytes);
                return update.executeUpdate();
            }
        });
        assertThat(changed).as(Arrays.toString(bytes)).isEqualTo(1);
    }
}
