package dev.lovage.proof;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.proof.load.Delivery;
import dev.lovage.proof.load.Sender;
import dev.lovage.proof.load.ServerProcess;
import dev.lovage.testkit.Eventually;
import dev.lovage.testkit.LocalPostgres;
import dev.lovage.testkit.Seeds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Submissions from mixed sources while the server is killed and started again: each that got an answer is there once,
/// with one letter, and everything is accounted for.
class KillTheServerTest {
    private static final int CLIENTS = 8;
    private static final Duration KILL_DELAY_MAX = Duration.ofMillis(40);

    @TempDir
    Path folder;

    @Test
    @Timeout(300)
    void three_hundred_submissions_survive_three_kills_on_sqlite() throws Exception {
        survive(Settings.embedded(folder.resolve("data")), Optional.empty(), 300, 3);
    }

    @Test
    @Timeout(300)
    @Tag("services")
    void three_hundred_submissions_survive_three_kills_on_postgresql() throws Exception {
        onPostgres(300, 3);
    }

    @Test
    @Timeout(1800)
    @Tag("long")
    void five_thousand_submissions_survive_ten_kills_on_sqlite() throws Exception {
        survive(Settings.embedded(folder.resolve("data")), Optional.empty(), 5000, 10);
    }

    @Test
    @Timeout(1800)
    @Tag("long")
    @Tag("services")
    void five_thousand_submissions_survive_ten_kills_on_postgresql() throws Exception {
        onPostgres(5000, 10);
    }

    private void onPostgres(int submissions, int kills) throws Exception {
        var url = LocalPostgres.freshUrl();
        var config = Files.writeString(folder.resolve("lovage.yaml"), "broker_url: " + url + "\n");
        survive(
                Settings.embedded(folder.resolve("data")).with(Setting.BROKER_URL, url),
                Optional.of(config),
                submissions,
                kills);
    }

    private void survive(Settings settings, Optional<Path> config, int submissions, int kills) throws Exception {
        var random = Seeds.random("kill the server, " + submissions + " submissions, " + kills + " kills");
        var deliveries = Delivery.mixed(random, submissions);
        var answers = new ConcurrentHashMap<String, List<String>>();
        try (var server = ServerProcess.start(settings.data(), config)) {
            server.awaitReady();
            var sender = new Sender(server);
            // The last kill comes when all is accepted and the letters are being written.
            send(deliveries, sender, answers, () -> killAtRandom(server, random, kills - 1, deliveries, answers));
            var letters = random.nextLong(1, submissions);
            Eventually.until(letters + " letters", Duration.ofMinutes(10), () -> letters() >= letters, this::letters);
            killSoon(server, random);
            server.startAgain();
            assertThat(sender.repeated()).as("deliveries sent again").isPositive();

            var again = new ConcurrentHashMap<String, List<String>>();
            send(deliveries, sender, again, () -> null);
            assertThat(again).as("the same key gets the same tracking id").isEqualTo(answers);

            try (var accounts = Accounts.open(settings)) {
                accounts.awaitStill();
            }
        }
        var ids = answers.values().stream().flatMap(List::stream).toList();
        assertThat(ids).hasSize(submissions).doesNotHaveDuplicates();
        try (var accounts = Accounts.open(settings)) {
            accounts.check(ids);
        }
        var status = new Cli(settings).run("status", "--json");
        assertThat(status.code()).as(status.out() + status.err()).isZero();
        assertThat(status.json().path("unaccounted").asInt(-1)).isZero();
        var ledger = new Cli(settings).run("ledger", "verify", "--json");
        assertThat(ledger.code()).as(ledger.out() + ledger.err()).isZero();
        assertThat(ledger.json().path("pending_intents").asLong(-1)).isZero();
    }

    /// Sends everything from several clients while `meanwhile` runs.
    private static void send(
            List<Delivery> deliveries, Sender sender, Map<String, List<String>> answers, Callable<?> meanwhile)
            throws Exception {
        var waiting = new ConcurrentLinkedQueue<>(deliveries);
        try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
            var running = new ArrayList<Future<?>>();
            for (int i = 0; i < CLIENTS; i++) {
                running.add(clients.submit(() -> {
                    for (var next = waiting.poll(); next != null; next = waiting.poll()) {
                        answers.put(next.name(), sender.send(next));
                    }
                    return null;
                }));
            }
            running.add(clients.submit(meanwhile));
            for (var one : running) {
                one.get();
            }
        }
    }

    private static Void killAtRandom(
            ServerProcess server,
            Random random,
            int kills,
            List<Delivery> deliveries,
            Map<String, List<String>> answers) {
        var moments =
                random.ints(kills, 1, deliveries.size() - CLIENTS).sorted().toArray();
        for (var moment : moments) {
            Eventually.until(
                    moment + " answers", Duration.ofMinutes(10), () -> answers.size() >= moment, answers::size);
            killSoon(server, random);
            server.startAgain();
        }
        return null;
    }

    /// A little later, so that the kill is not in step with the answer that was waited for.
    private static void killSoon(ServerProcess server, Random random) {
        LockSupport.parkNanos(random.nextLong(KILL_DELAY_MAX.toNanos()));
        server.kill();
    }

    private long letters() {
        var letters = folder.resolve("data").resolve("letters");
        if (!Files.isDirectory(letters)) {
            return 0;
        }
        try (var files = Files.list(letters)) {
            return files.count();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
