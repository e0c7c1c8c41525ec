package dev.lovage.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.engine.Lovage;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.records.Records;
import dev.lovage.records.intake.Agency;
import dev.lovage.records.intake.Answer;
import dev.lovage.records.intake.State;
import dev.lovage.server.installation.Installation;
import dev.lovage.sql.broker.SqlBackbone;
import dev.lovage.sql.database.Database;
import dev.lovage.testkit.Eventually;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;

class DemoCommandTest {
    private record Ran(int code, String out, String err) {
        JsonNode summary() {
            return Json.read(out.getBytes(StandardCharsets.UTF_8));
        }
    }

    @TempDir
    private Path data;

    @Test
    void the_second_run_adds_nothing_and_what_is_deleted_by_hand_is_named_and_re_driven() throws Exception {
        var first = demo("--exit", "--json");
        assertThat(first.code()).describedAs(first.err()).isZero();
        var summary = first.summary();
        assertThat(summary.propertyNames()).containsExactly("records", "archive", "ledger", "unaccounted");
        assertThat(summary.path("records").propertyNames())
                .containsExactly(
                        "accepted", "duplicates", "acknowledged", "routed", "levels", "holding", "dead_lettered");
        assertThat(summary.at("/records/accepted").asInt()).isGreaterThan(150);
        assertThat(summary.at("/records/dead_lettered").asInt()).isZero();
        assertThat(summary.path("archive").propertyNames())
                .containsExactly("batches", "items", "pages_ocred", "thumbnails", "packages", "events", "quarantined");
        assertThat(summary.at("/archive/packages").asInt()).isEqualTo(2);
        assertThat(summary.at("/archive/quarantined").asInt()).isEqualTo(3);
        assertThat(summary.at("/ledger/verified").asBoolean()).isTrue();
        assertThat(summary.path("unaccounted").asInt()).isZero();

        var second = demo("--exit", "--json");
        assertThat(second.code()).isZero();
        assertThat(second.summary()).isEqualTo(summary);
        assertThat(second.err()).contains("0 accepted");

        var waiting = acceptWithoutWorker();
        var gone = deleteByHand(waiting);
        var third = demo("--exit", "--json");
        assertThat(third.code()).isEqualTo(1);
        assertThat(third.summary().path("unaccounted").asInt()).isEqualTo(3);
        assertThat(third.summary()
                        .path("unaccounted_items")
                        .valueStream()
                        .map(one -> one.path("tracking_id").asString()))
                .containsExactlyInAnyOrder(waiting, gone.letter(), gone.record());
        assertThat(third.err()).contains(waiting, gone.letter(), gone.record());

        sweeperBringsItToItsLetter(waiting);
        assertThat(demo("--exit", "--json").summary().path("unaccounted").asInt())
                .isEqualTo(2);
    }

    @Test
    void an_address_that_others_could_reach_is_refused() {
        var ran = demo("--exit", "--host", "0.0.0.0");
        assertThat(ran.code()).isEqualTo(2);
        assertThat(ran.err()).contains("loopback").contains("Nothing was started");
        assertThat(data).isEmptyDirectory();
    }

    @Test
    void what_keeps_it_from_serving_is_said_in_a_sentence_and_by_the_exit_code() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var port = String.valueOf(taken.getLocalPort());
            var up = run("up", "--data", data.toString(), "--port", port);
            assertThat(up.code()).isEqualTo(2);
            assertThat(up.err()).contains(port, "--port", "Nothing is served").doesNotContain("\tat ");
        }
        var mistyped = run("up", "--prot", "1");
        assertThat(mistyped.code()).isEqualTo(2);
        assertThat(mistyped.err()).contains("--prot", "lovage up --help").doesNotContain("Usage:");

        var settings = Files.writeString(data.resolve("other.yaml"), "worker_leese: 3\n");
        var misnamed = run("up", "--config", settings.toString());
        assertThat(misnamed.code()).isEqualTo(2);
        assertThat(misnamed.err()).contains("'worker_leese'", "'worker_lease'");
    }

    @Test
    void up_sends_periodic_tasks_and_names_them_unless_it_is_told_not_to() throws Exception {
        var settings = Files.writeString(data.resolve("beat.yaml"), """
                beat_schedule:
                  poll-mailbox: {task: mailbox.poll, schedule: 0.05}
                """);
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var port = String.valueOf(taken.getLocalPort());
            var words = List.of("up", "--config", settings.toString(), "--data", data.toString(), "--port", port);
            var up = run(words.toArray(String[]::new));
            assertThat(up.out()).contains("Periodic tasks are sent: poll-mailbox");
            var without = run(
                    Stream.concat(words.stream(), Stream.of("--without-beat")).toArray(String[]::new));
            assertThat(without.out()).doesNotContain("Periodic");
        }
        try (var installation = Installation.start(
                Settings.read(settings).with(Setting.DATA, data.toString()),
                InstantSource.system(),
                new SimpleMeterRegistry())) {
            assertThat(installation.beat()).containsExactly("poll-mailbox");
            var before = sent(installation);
            Eventually.until(
                    "it is sent again and again",
                    () -> sent(installation) > before + 1,
                    () -> installation.lovage().timetable().list().toString());
            installation.stopWorking();
            assertThat(installation.lovage().timetable().leader()).isEmpty();
        }
    }

    private static long sent(Installation installation) {
        return installation.lovage().timetable().list().getFirst().count();
    }

    @Test
    void a_newer_schema_is_left_alone() throws Exception {
        try (var lovage = Lovage.embedded(data)) {
            execute(
                    ((SqlBackbone) lovage.backbone()).database(),
                    "UPDATE lovage_schema SET version = 99 WHERE version = 1");
        }
        var up = run("up", "--data", data.toString(), "--port", "0");
        assertThat(up.code()).isEqualTo(69);
        assertThat(up.err()).contains("99", "Run the newer program").doesNotContain("\tat ");
    }

    private record Gone(String letter, String record) {}

    private String acceptWithoutWorker() {
        try (var lovage = Lovage.embedded(data)) {
            var records = Records.open(lovage, Agency.sample(), InstantSource.system());
            var body = """
                    {"requester": {"email": "one@example.org"}, "description": "The budget of the harbor, please."}""".getBytes(StandardCharsets.UTF_8);
            var arrival = records.reader()
                    .json("one", body, "test", Optional.of("one"))
                    .arrivals()
                    .getFirst();
            return ((Answer.Accepted) records.accept(arrival)).trackingId();
        }
    }

    private Gone deleteByHand(String waiting) throws Exception {
        try (var lovage = Lovage.embedded(data)) {
            var database = ((SqlBackbone) lovage.backbone()).database();
            assertThat(execute(database, "DELETE FROM lovage_message WHERE subject = '" + waiting + "'"))
                    .isEqualTo(1);
            var acknowledged = Records.open(lovage, Agency.sample(), InstantSource.system()).latest(1000).stream()
                    .filter(item -> item.state() == State.ACKNOWLEDGED)
                    .map(item -> item.trackingId())
                    .toList();
            var gone = new Gone(acknowledged.get(3), acknowledged.get(7));
            try (var letters = Files.newDirectoryStream(data.resolve("letters"), gone.letter() + "*")) {
                for (var letter : letters) {
                    Files.delete(letter);
                }
            }
            assertThat(execute(database, "DELETE FROM records_submission WHERE tracking_id = '" + gone.record() + "'"))
                    .isEqualTo(1);
            return gone;
        }
    }

    private void sweeperBringsItToItsLetter(String waiting) {
        try (var installation =
                Installation.start(Settings.embedded(data), InstantSource.system(), new SimpleMeterRegistry())) {
            installation.sweep();
            Eventually.until(
                    "the sweeper has sent the lost step again",
                    () -> state(installation, waiting).equals(Optional.of(State.ACKNOWLEDGED)),
                    () -> state(installation, waiting));
        }
    }

    private static Optional<State> state(Installation installation, String trackingId) {
        return installation.records().find(trackingId).map(item -> item.state());
    }

    private static int execute(Database database, String sql) {
        return database.write(tx -> {
            try (var statement = tx.connection().createStatement()) {
                return statement.executeUpdate(sql);
            }
        });
    }

    private Ran demo(String... options) {
        var line = new ArrayList<>(List.of("demo", "--data", data.toString()));
        line.addAll(List.of(options));
        return run(line.toArray(String[]::new));
    }

    private static Ran run(String... line) {
        var out = new ByteArrayOutputStream();
        var err = new ByteArrayOutputStream();
        var realOut = System.out;
        var realErr = System.err;
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
        try {
            CommandLine commands = Main.commands();
            var code = commands.execute(line);
            return new Ran(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(realOut);
            System.setErr(realErr);
        }
    }
}
