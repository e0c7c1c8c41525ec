package dev.lovage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.cli.sample.SampleTasks;
import dev.lovage.cli.terminal.ExitCode;
import dev.lovage.testkit.Eventually;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BeatCommandsTest {
    private static final String OFTEN =
            "{\"often\": {\"task\": \"sample.greet\", \"schedule\": 0.2, \"args\": [\"the hour\"]}}";

    @TempDir
    Path folder;

    private Terminal terminal;

    @BeforeEach
    void open() {
        terminal = new Terminal(folder.resolve("data"));
    }

    @Test
    void periodic_tasks_are_made_listed_disabled_and_removed() {
        var added = terminal.run(
                "beat",
                "add",
                "nightly",
                "{\"task\": \"sample.greet\", \"schedule\": {\"crontab\": \"0 4 * * mon-fri\"}}");
        assertThat(added.code()).as(added.err()).isZero();
        assertThat(added.out()).contains("'nightly' was written");
        assertThat(terminal.run("beat", "list").out())
                .contains("nightly", "sample.greet", "crontab 0 4 * * mon-fri", "T04:00:00Z", "store", "No beat runs");
        assertThat(terminal.run("beat", "disable", "nightly").code()).isZero();
        assertThat(terminal.run("beat", "list").out()).contains("disabled");
        var listed = terminal.run("beat", "list", "--json").json().get(0);
        assertThat(listed.get("enabled").booleanValue()).isFalse();
        assertThat(listed.get("next").isNull()).isTrue();
        assertThat(terminal.run("beat", "enable", "nightly").code()).isZero();
        assertThat(terminal.run("beat", "remove", "nightly").code()).isZero();
        assertThat(terminal.run("beat", "list").out()).contains("no periodic tasks");
        assertThat(terminal.run("beat", "remove", "nightly").code()).isEqualTo(ExitCode.NOT_FOUND.number());
    }

    @Test
    void what_cannot_be_used_is_code_2_and_named() {
        var schedule =
                terminal.run("beat", "add", "x", "{\"task\": \"t\", \"schedule\": {\"crontab\": {\"hour\": 24}}}");
        assertThat(schedule.code()).isEqualTo(ExitCode.USAGE.number());
        assertThat(schedule.err()).contains("'x'", "hour is '24'", "0 to 23", "Nothing was written");
        var json = terminal.run("beat", "add", "x", "{task: t}");
        assertThat(json.code()).isEqualTo(ExitCode.USAGE.number());
        assertThat(json.err()).contains("not JSON", "single quotes");
        var setting = Terminal.bare(
                Map.of("LOVAGE_BEAT_SCHEDULE", "{\"a\": {\"task\": \"t\", \"schedule\": \"daily\"}}"),
                "beat",
                "--data",
                terminal.data().toString());
        assertThat(setting.code()).isEqualTo(ExitCode.USAGE.number());
        assertThat(setting.err()).contains("beat_schedule", "'a'", "daily", "Nothing was started");
    }

    @Test
    void a_broker_without_a_database_is_refused_with_the_setting_that_helps() {
        var run = Terminal.bare(
                Map.of("LOVAGE_BROKER_URL", "memory:"),
                "beat",
                "--data",
                terminal.data().toString());
        assertThat(run.code()).isEqualTo(ExitCode.FAILED.number());
        assertThat(run.err()).contains("store_url", "memory:", "Nothing was started");
    }

    @Test
    void tasks_of_the_settings_file_are_listed_before_any_beat_has_run() throws IOException {
        var file = Files.writeString(folder.resolve("lovage.yaml"), """
                timezone: America/New_York
                beat_schedule:
                  reports:
                    task: reports.send
                    schedule: {crontab: {minute: 0, hour: 7, day_of_week: mon-fri}}
                  lamps:
                    task: lamps.on
                    schedule: {solar: {event: sunset, lat: 40.71, lon: -74.01}}
                    options: {queue: lamps, expires: 600}
                """);
        terminal.run("queues");
        terminal.run("beat", "add", "mine", "{\"task\": \"t\", \"schedule\": 60}");
        var run = terminal.run("beat", "list", "--config", file.toString());
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out())
                .contains("reports", "crontab 0 7 * * mon-fri", "lamps", "sunset at 40.71, -74.01", "settings")
                .contains("mine", "every 60 s");
    }

    @Test
    void beat_sends_until_it_is_stopped_and_gives_the_lead_back() throws Exception {
        var log = folder.resolve("beat.err");
        try (var beat =
                WorkerProcess.start("beat", terminal.data(), log, Map.of("LOVAGE_BEAT_SCHEDULE", OFTEN), List.of())) {
            assertThat(beat.banner()).contains("lovage beat", "timezone     UTC", "often", "Ready.");
            Eventually.until(
                    "tasks are sent",
                    () -> terminal.run("beat", "list", "--json")
                                    .json()
                                    .path(0)
                                    .path("count")
                                    .asInt(0)
                            > 2,
                    () -> read(log));
            assertThat(terminal.run("beat", "list").out())
                    .contains("Led by beat" + beat.process().pid());
            beat.stop();
        }
        assertThat(terminal.run("beat", "list").out()).contains("No beat runs");
        assertThat(read(log)).contains("leads", "Sent sample.greet", "due by 'often'");
    }

    @Test
    void a_worker_with_a_beat_runs_what_it_sends() throws Exception {
        var log = folder.resolve("worker.err");
        try (var worker = WorkerProcess.start(
                terminal.data(),
                log,
                Map.of("LOVAGE_BEAT_SCHEDULE", OFTEN),
                List.of("-A", WorkerProcess.app(folder, List.of(SampleTasks.class)), "-c", "2", "-B"))) {
            assertThat(worker.banner()).contains("beat         in this process, 1 periodic task");
            Eventually.until("a periodic task runs", () -> read(log).contains("Greeting the hour"), () -> read(log));
            worker.stop();
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
