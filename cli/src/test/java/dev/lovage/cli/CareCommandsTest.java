package dev.lovage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.cli.terminal.ExitCode;
import dev.lovage.engine.Lovage;
import dev.lovage.engine.task.Task;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CareCommandsTest {
    @TempDir
    Path folder;

    private Terminal terminal;

    @BeforeEach
    void open() {
        terminal = new Terminal(folder.resolve("data"));
    }

    @Test
    void a_request_is_submitted_once_listed_and_told_about() throws Exception {
        var submitted = submit();
        assertThat(submitted.code()).as(submitted.err() + submitted.out()).isZero();
        var id = submitted.json().get(0).get("tracking_id").asString();
        assertThat(submit().json().get(0).get("answer").asString()).isEqualTo("replayed");
        assertThat(terminal.run("records", "list").out()).contains(id);
        assertThat(terminal.run("records", "status", id).out()).contains(id, "submission.received");
        assertThat(terminal.run("records", "status", "US-X-Y-2026-0000000-0").code())
                .isEqualTo(ExitCode.NOT_FOUND.number());
    }

    @Test
    void what_is_unaccounted_for_is_counted_and_named_and_ends_status_with_1() throws Exception {
        var id = submit().json().get(0).get("tracking_id").asString();
        assertThat(terminal.run("status", "--json").json().get("unaccounted").asInt())
                .isZero();
        change("DELETE FROM lovage_message");
        var status = terminal.run("status");
        assertThat(status.code()).isEqualTo(ExitCode.FAILED.number());
        assertThat(status.out()).contains("unaccounted: 1", id);
    }

    @Test
    void a_ledger_that_was_edited_does_not_verify_and_the_row_is_named() throws Exception {
        submit();
        var whole = terminal.run("ledger", "verify");
        assertThat(whole.code()).as(whole.out() + whole.err()).isZero();
        change("UPDATE ledger_intent SET subject = subject || 'x' WHERE writer_seq = 1");
        var edited = terminal.run("ledger", "verify");
        assertThat(edited.code()).isEqualTo(ExitCode.FAILED.number());
        assertThat(edited.out()).contains("NOT VERIFIED", "First bad row: ledger_intent");
    }

    @Test
    void data_without_an_application_has_no_ledger_and_no_records() {
        terminal.run("call", "shop.bill");
        assertThat(terminal.run("ledger", "verify").code()).isEqualTo(ExitCode.NOT_FOUND.number());
        assertThat(terminal.run("records", "list").code()).isEqualTo(ExitCode.NOT_FOUND.number());
        assertThat(terminal.run("freeze", "status").code()).isEqualTo(ExitCode.NOT_FOUND.number());
    }

    @Test
    void a_freeze_is_switched_with_or_without_a_reason_and_forbids_purging() {
        assertThat(terminal.run("freeze", "on").out()).startsWith("frozen").contains("no reason given");
        assertThat(terminal.run("freeze", "off").out()).startsWith("not frozen");
        assertThat(terminal.run("freeze", "on", "--reason", "audit", "--reviewer", "u-7")
                        .out())
                .contains("frozen", "audit", "claimed:u-7 os:");
        terminal.run("call", "shop.bill");
        var purge = terminal.run("purge", "celery", "--reason", "tidy", "--force");
        assertThat(purge.code()).isEqualTo(ExitCode.REFUSED.number());
        assertThat(purge.err()).contains("frozen", "audit");
        var worker = terminal.run("worker", "--purge", "--reason", "tidy");
        assertThat(worker.code()).isEqualTo(ExitCode.REFUSED.number());
        assertThat(worker.err()).contains("frozen", "Nothing was purged");
        assertThat(terminal.run("worker", "--purge").err()).contains("needs a reason");
        assertThat(terminal.run("freeze", "off", "--reason", "done").out()).startsWith("not frozen");
        assertThat(terminal.run("freeze", "status", "--json")
                        .json()
                        .get("frozen")
                        .asBoolean())
                .isFalse();
    }

    @Test
    void a_backup_has_every_file_with_its_digest_and_can_be_worked_on() throws Exception {
        var id = submit().json().get(0).get("tracking_id").asString();
        var backup = folder.resolve("backup");
        assertThat(terminal.run("backup", backup.toString()).code()).isZero();
        assertThat(mode(backup)).isEqualTo("rwx------");
        assertThat(mode(backup.resolve("lovage.db"))).isEqualTo("rw-------");
        assertThat(backup.resolve("secrets/idempotency")).exists();
        var manifest = dev.lovage.engine.json.Json.read(Files.readAllBytes(backup.resolve("manifest.json")));
        for (var file : manifest.get("files")) {
            var bytes = Files.readAllBytes(backup.resolve(file.get("path").asString()));
            var sha256 = MessageDigest.getInstance("SHA-256").digest(bytes);
            assertThat(HexFormat.of().formatHex(sha256))
                    .as(file.toString())
                    .isEqualTo(file.get("sha256").asString());
        }
        assertThat(new Terminal(backup).run("records", "list").out()).contains(id);
        assertThat(terminal.run("backup", backup.toString()).code()).isEqualTo(ExitCode.REFUSED.number());
    }

    @Test
    void a_backup_has_the_arguments_that_travel_as_a_reference_and_trace_and_exports_name_them() throws Exception {
        submit();
        var text = "x".repeat(2 << 20);
        try (var lovage = Lovage.embedded(folder.resolve("data"))) {
            lovage.send(LONG.with(text).taskId("long"));
        }
        var trace = terminal.run("trace", "long");
        assertThat(trace.out()).contains("by reference to sha256:").doesNotContain("x".repeat(2_000));
        var backup = folder.resolve("backup");
        assertThat(terminal.run("backup", backup.toString()).code()).isZero();
        try (var lovage = Lovage.embedded(backup);
                var _ = lovage.worker()
                        .tasks(tasks -> tasks.handle(LONG, String::length))
                        .start()) {
            var known = lovage.send(
                    LONG.with("its id is known, so this one is not sent").taskId("long"));
            assertThat(known.await(Duration.ofMinutes(1))).isEqualTo(text.length());
        }
    }

    private static final Task<String, Integer> LONG =
            Task.named("care.long", String.class, Integer.class).byReference();

    @Test
    void doctor_finds_a_folder_that_others_can_read_and_a_queue_without_a_worker() throws Exception {
        terminal.run("call", "shop.bill", "--queue", "lonely");
        Files.setPosixFilePermissions(terminal.data(), PosixFilePermissions.fromString("rwxr-xr-x"));
        var run = terminal.run("doctor");
        assertThat(run.code()).isEqualTo(ExitCode.FAILED.number());
        assertThat(run.out()).contains("rwx------ is expected", "lonely", "no live worker serves it", "durable writes");
    }

    @Test
    void doctor_judges_each_setting_that_was_given() throws Exception {
        var config = Files.writeString(folder.resolve("shop.yaml"), """
                task_acks_late: false
                worker_eta_task_limit: 100
                task_default_queue: celery
                """).toString();
        var environment = Map.of("LOVAGE_BROKER_HEARTBEAT", "30");
        var data = terminal.data().toString();
        var run = Terminal.bare(environment, "doctor", "--config", config, "--data", data);
        assertThat(run.code()).as(run.out()).isZero();
        assertThat(run.out().lines().map(line -> line.replaceAll(" {2,}", "  ")))
                .contains(
                        "SETTING  VALUE  FROM  VERDICT  WHY",
                        "task_acks_late  false  " + config
                                + " line 1  unsafe  a task that is acknowledged before it runs is"
                                + " lost with the process that runs it; safe is true",
                        "worker_eta_task_limit  100  " + config + " line 2  without effect  what is not due lies in the"
                                + " store, not in the memory of a worker",
                        "task_default_queue  celery  " + config + " line 3  honoured",
                        "broker_heartbeat  30  variable LOVAGE_BROKER_HEARTBEAT  without effect  it concerns RabbitMQ,"
                                + " and the broker is sqlite",
                        "data  " + data + "  option --data  honoured");
        var found = Terminal.bare(environment, "doctor", "--config", config, "--data", data, "--json")
                .json()
                .valueStream()
                .filter(one -> one.get("what").asString().equals("setting task_acks_late"))
                .findFirst()
                .orElseThrow();
        assertThat(found.get("verdict").asString()).isEqualTo("NOTE");
        assertThat(found.get("setting").get("verdict").asString()).isEqualTo("UNSAFE");
        assertThat(found.get("setting").get("origin").get("line").intValue()).isEqualTo(1);
        assertThat(found.get("setting").get("safe").asString()).isEqualTo("true");
    }

    @Test
    void doctor_shows_all_that_is_refused_and_looks_no_further() throws Exception {
        var config = Files.writeString(folder.resolve("shop.yaml"), "task_serializer: pickle\nworker_concurency: 4\n")
                .toString();
        var run = terminal.run("doctor", "--config", config);
        assertThat(run.code()).isEqualTo(ExitCode.FAILED.number());
        assertThat(run.out())
                .contains(
                        "refused", "task_serializer can't be pickle here", "nearest known one is 'worker_concurrency'")
                .doesNotContain("database");
        var other = terminal.run("status", "--config", config);
        assertThat(other.code()).isEqualTo(ExitCode.USAGE.number());
        assertThat(other.err())
                .contains(
                        "line 1: task_serializer can't be pickle here",
                        "line 2: There is no setting 'worker_concurency'");
    }

    private Terminal.Run submit() throws Exception {
        var mail = folder.resolve("request.eml");
        Files.writeString(
                mail,
                String.join(
                        "\r\n",
                        "From: Ada Example <ada@example.org>",
                        "To: foia@example.gov",
                        "Message-ID: <1@example.org>",
                        "Date: Fri, 20 Nov 2026 10:00:00 +0000",
                        "Subject: Request for inspection reports",
                        "Content-Type: text/plain; charset=utf-8",
                        "",
                        "Please send me all inspection reports of 2025.",
                        ""),
                StandardCharsets.UTF_8);
        return terminal.run("records", "submit", mail.toString(), "--json");
    }

    private void change(String sql) throws Exception {
        try (var connection = DriverManager.getConnection(
                        "jdbc:sqlite:" + terminal.data().resolve("lovage.db"));
                var statement = connection.createStatement()) {
            assertThat(statement.executeUpdate(sql)).isPositive();
        }
    }

    private static String mode(Path path) throws Exception {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }
}
