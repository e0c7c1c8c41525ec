package dev.lovage.proof;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.records.intake.State;
import dev.lovage.records.samples.SyntheticRequests;
import dev.lovage.server.installation.Installation;
import dev.lovage.testkit.Eventually;
import dev.lovage.testkit.LocalPostgres;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What somebody deletes behind the program's back is missed, named, and where it can be, done again.
class DeletedByHandTest {
    @TempDir
    Path folder;

    @Test
    void a_deleted_message_letter_and_record_are_each_named_and_the_message_is_sent_again_on_sqlite() {
        delete(Settings.embedded(folder));
    }

    @Test
    @Tag("services")
    void a_deleted_message_letter_and_record_are_each_named_and_the_message_is_sent_again_on_postgresql() {
        delete(Settings.embedded(folder).with(Setting.BROKER_URL, LocalPostgres.freshUrl()));
    }

    private static void delete(Settings settings) {
        String message;
        String letter;
        String record;
        try (var installation = start(settings);
                var accounts = Accounts.open(settings)) {
            accept(installation, 3, 10);
            accounts.awaitStill();
            var done = ids(installation, State.ACKNOWLEDGED);
            letter = done.getFirst();
            record = done.getLast();
            installation.records().freeze().on("to keep one waiting", "proof");
            accept(installation, 4, 30);
            Eventually.until(
                    "what is frozen waits, and nothing else",
                    () -> accounts.inventory().stream()
                                    .noneMatch(one -> one.queue().equals("intake_triage"))
                            && !ids(installation, State.SCORED).isEmpty(),
                    accounts::inventory);
            message = ids(installation, State.SCORED).getFirst();
        }
        try (var accounts = Accounts.open(settings)) {
            assertThat(accounts.records().unaccounted()).isEmpty();
            deleted(accounts, "lovage_message WHERE subject = '" + message + "'");
            deleted(accounts, "records_letter WHERE tracking_id = '" + letter + "'");
            deleted(accounts, "records_submission WHERE tracking_id = '" + record + "'");
        }
        var cli = new Cli(settings);
        var status = cli.run("status", "--json");
        assertThat(status.code()).as(status.out() + status.err()).isEqualTo(1);
        assertThat(status.json().path("unaccounted").asInt()).isEqualTo(3);
        assertThat(cli.run("status").out()).contains("unaccounted: 3", message, letter, record);

        try (var installation = start(settings)) {
            installation.sweep();
            installation.records().freeze().off("enough", "proof");
            Eventually.until(
                    "the swept one has its letter",
                    () -> ids(installation, State.ACKNOWLEDGED).contains(message),
                    () -> installation.records().find(message));
        }
        var after = cli.run("status");
        assertThat(after.code()).isEqualTo(1);
        assertThat(after.out()).contains("unaccounted: 2", letter, record).doesNotContain(message);
    }

    private static Installation start(Settings settings) {
        return Installation.start(settings, InstantSource.system(), new SimpleMeterRegistry());
    }

    private static void accept(Installation installation, long seed, int count) {
        var records = installation.records();
        for (var sample : SyntheticRequests.generate(seed, 0, count, 0)) {
            records.reader()
                    .file(sample.name(), sample.bytes(), "samples")
                    .arrivals()
                    .forEach(records::accept);
        }
    }

    private static List<String> ids(Installation installation, State state) {
        return installation.records().latest(100).stream()
                .filter(item -> item.state() == state)
                .map(item -> item.trackingId())
                .toList();
    }

    private static void deleted(Accounts accounts, String rows) {
        assertThat(accounts.lovage().<Integer>transaction(tx -> {
                    try (var delete = tx.connection().createStatement()) {
                        return delete.executeUpdate("DELETE FROM " + rows);
                    }
                }))
                .as(rows)
                .isEqualTo(1);
    }
}
