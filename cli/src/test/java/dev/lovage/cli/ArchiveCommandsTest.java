package dev.lovage.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.archive.Archive;
import dev.lovage.cli.terminal.ExitCode;
import dev.lovage.engine.Lovage;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.worker.Pool;
import dev.lovage.records.intake.Agency;
import dev.lovage.sql.broker.Sql;
import dev.lovage.sql.broker.SqlBackbone;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

class ArchiveCommandsTest {
    @TempDir
    Path folder;

    private Terminal terminal;

    @BeforeEach
    void open() {
        terminal = new Terminal(folder.resolve("data"));
    }

    @Test
    void a_manifest_is_checked_without_data_and_all_that_is_wrong_is_told_at_once() throws Exception {
        var manifest = batch("B-1", "sane-grid-100dpi-bilevel.tif");
        var right = terminal.run("archive", "validate", folder.resolve("in").toString());
        assertThat(right.code()).as(right.err()).isZero();
        assertThat(right.out()).contains("batch B-1", "1 file");

        manifest.put("resolution_dpi", 3);
        manifest.remove("scanner_model");
        var file = write(manifest).toString();
        var wrong = terminal.run("archive", "validate", file);
        assertThat(wrong.code()).isEqualTo(ExitCode.FAILED.number());
        assertThat(wrong.out()).contains("rejected", "/resolution_dpi", "/scanner_model");
        var json = terminal.run("archive", "validate", file, "--json");
        assertThat(json.code()).isEqualTo(ExitCode.FAILED.number());
        assertThat(json.json().get("valid").asBoolean()).isFalse();
        assertThat(json.json().get("violations").size()).isGreaterThanOrEqualTo(2);
        assertThat(terminal.data()).doesNotExist();
    }

    @Test
    void a_batch_without_workers_is_received_once_and_the_missing_workers_are_named() throws Exception {
        batch("B-2", "sane-grid-100dpi-bilevel.tif");
        var first = terminal.run("archive", "ingest", folder.resolve("in").toString());
        assertThat(first.code()).as(first.err()).isZero();
        assertThat(first.out()).contains("B-2", "is received");
        assertThat(first.err()).contains("compute_intensive", "io_bound", "nothing runs by itself", "./lovage worker");
        var again = terminal.run("archive", "ingest", folder.resolve("in").toString(), "--json");
        assertThat(again.code()).as(again.err()).isZero();
        assertThat(again.json().get("known").asBoolean()).isTrue();
        assertThat(again.json().at("/batch/state").asString()).isEqualTo("RECEIVED");
        assertThat(terminal.run("archive", "list").out()).contains("B-2", "RECEIVED");
        assertThat(terminal.run("archive", "verify", "B-2").err()).contains("has no package");
        var waited = terminal.run(
                "archive", "ingest", folder.resolve("in").toString(), "--wait", "--timeout", "1", "--json");
        assertThat(waited.code()).isEqualTo(ExitCode.FAILED.number());
        assertThat(waited.json().get("timed_out").asBoolean()).isTrue();

        var trace = terminal.run("trace", "B-2");
        assertThat(trace.code()).as(trace.err()).isZero();
        assertThat(trace.out()).contains("batch.received", "READY", "on default");
    }

    @Test
    void a_known_id_with_another_manifest_is_refused_and_what_is_not_there_is_not_found() throws Exception {
        var manifest = batch("B-3", "sane-grid-100dpi-bilevel.tif");
        terminal.run("archive", "ingest", folder.resolve("in").toString());
        write(manifest.put("scanner_model", "Another"));
        var other = terminal.run("archive", "ingest", folder.resolve("in").toString());
        assertThat(other.code()).isEqualTo(ExitCode.FAILED.number());
        assertThat(other.err()).contains("higher generation");
        for (var words : List.of("archive status B-9", "archive verify B-9", "trace B-9", "archive validate nowhere")) {
            assertThat(terminal.run(words.split(" ")).code()).as(words).isEqualTo(ExitCode.NOT_FOUND.number());
        }
        var empty = new Terminal(folder.resolve("other"));
        empty.run("call", "shop.bill", "--task-id", "bill-1");
        assertThat(empty.run("archive", "list").code()).isEqualTo(ExitCode.NOT_FOUND.number());
        assertThat(empty.run("trace", "bill-1").out()).contains("shop.bill", "READY");
    }

    @Test
    void a_batch_is_waited_for_told_about_verified_and_traced() throws Exception {
        batch("B-4", "sane-grid-100dpi-bilevel.tif", "bad-truncated.tif");
        try (var lovage = Lovage.embedded(terminal.data());
                var archive = new Workers(lovage)) {
            var waited =
                    terminal.run("archive", "ingest", folder.resolve("in").toString(), "--wait", "--timeout", "120");
            assertThat(waited.code()).as(waited.out() + waited.err()).isZero();
            assertThat(waited.err()).contains("B-4: ").doesNotContain("No live worker");
            assertThat(waited.out()).contains("ACCEPTED", "PACKAGED", "QUARANTINED", "damaged");
            assertThat(archive.names()).isNotEmpty();
        }
        var status = terminal.run("archive", "status", "B-4", "--json").json();
        assertThat(status.get("items")).hasSize(2);
        assertThat(status.at("/items/0/steps")
                        .valueStream()
                        .map(step -> step.get("step").asString()))
                .contains("digest", "thumbnail-128", "text");
        var verified = terminal.run("archive", "verify", "B-4");
        assertThat(verified.code()).as(verified.out() + verified.err()).isZero();
        assertThat(verified.out()).startsWith("VERIFIED");

        var trace = terminal.run("trace", "B-4", "--json").json();
        assertThat(trace.get("kind").asString()).isEqualTo("batch");
        var lines = trace.get("lines").valueStream().toList();
        assertThat(lines).extracting(line -> line.get("at").asString()).isSorted();
        assertThat(Set.copyOf(words(lines, "source"))).isEqualTo(Set.of("ARCHIVE", "LEDGER", "ATTEMPT"));
        assertThat(words(lines, "node")).contains("light@test", "heavy@test");
        assertThat(Set.copyOf(words(lines, "task_id"))).containsAll(ended());
        var ocr = lines.stream()
                .filter(line -> line.get("what").asString().equals("text SUCCESS"))
                .findFirst()
                .orElseThrow();
        assertThat(ocr.get("attempt").asInt()).isEqualTo(1);
        var item = terminal.run("trace", "sane-grid-100dpi-bilevel.tif").out();
        assertThat(item).contains("text SUCCESS", "archive.event").doesNotContain("bad-truncated");
        var key = status.at("/items/1/key").asString();
        assertThat(terminal.run("trace", key).out()).contains("quarantine");
        var task = terminal.run("trace", ocr.get("task_id").asString()).out();
        assertThat(task).contains("text SUCCESS", "SUCCESS", "heavy@test").doesNotContain("receive SUCCESS");

        spoil(Path.of(status.get("packaged").asString()));
        var spoilt = terminal.run("archive", "verify", "B-4");
        assertThat(spoilt.code()).isEqualTo(ExitCode.FAILED.number());
        assertThat(spoilt.out()).contains("NOT VERIFIED", "DIGEST_DIFFERS");
    }

    @Test
    void a_request_is_traced_by_its_tracking_id() throws Exception {
        var mail = Files.writeString(
                folder.resolve("request.eml"),
                String.join(
                        "\r\n",
                        "From: Ada Example <ada@example.org>",
                        "Message-ID: <1@example.org>",
                        "Date: Fri, 20 Nov 2026 10:00:00 +0000",
                        "Subject: Request for inspection reports",
                        "",
                        "Please send me all inspection reports of 2025.",
                        ""));
        var id = terminal.run("records", "submit", mail.toString(), "--json")
                .json()
                .get(0)
                .get("tracking_id")
                .asString();
        assertThat(terminal.run("trace", id).out()).contains("submission.received", "READY", "The request " + id);
    }

    /// All tasks that have ended in this data folder.
    private Set<String> ended() {
        try (var lovage = Lovage.embedded(terminal.data())) {
            return Set.copyOf(((SqlBackbone) lovage.backbone())
                    .database()
                    .read(connection ->
                            new Sql(connection).list("SELECT task_id FROM lovage_result", row -> row.getString(1))));
        }
    }

    /// The two workers of an archive.
    private record Workers(List<dev.lovage.engine.worker.Worker> all) implements AutoCloseable {
        Workers(Lovage lovage) {
            this(new ArrayList<>());
            var archive = Archive.open(lovage, Agency.sample().tenant(), InstantSource.system());
            all.add(lovage.worker()
                    .tasks(archive.tasks(Archive.LIGHT))
                    .queues(Archive.LIGHT.toArray(String[]::new))
                    .name("light@test")
                    .start());
            all.add(lovage.worker()
                    .tasks(archive.tasks(Archive.HEAVY))
                    .queues(Archive.HEAVY.toArray(String[]::new))
                    .pool(Pool.processes(1))
                    .name("heavy@test")
                    .start());
        }

        List<String> names() {
            return all.stream().map(dev.lovage.engine.worker.Worker::name).toList();
        }

        @Override
        public void close() {
            all.forEach(dev.lovage.engine.worker.Worker::close);
        }
    }

    private static List<String> words(List<JsonNode> lines, String field) {
        return lines.stream().map(line -> line.path(field).asString("")).toList();
    }

    private static void spoil(Path bag) throws Exception {
        try (var files = Files.walk(bag.resolve("data"))) {
            var file = files.filter(Files::isRegularFile).sorted().findFirst().orElseThrow();
            Files.write(file, new byte[] {0}, java.nio.file.StandardOpenOption.APPEND);
        }
    }

    private ObjectNode batch(String id, String... files) throws Exception {
        var in = Files.createDirectories(folder.resolve("in"));
        var manifest = Json.object();
        manifest.put("id", id);
        manifest.put("scanner_model", "Test Scanner 1");
        manifest.put("resolution_dpi", 300);
        manifest.put("color_profile", "none");
        var paths = Json.array();
        for (var name : files) {
            try (var tiff = Objects.requireNonNull(getClass().getResourceAsStream("archive/" + name), name)) {
                Files.write(in.resolve(name), tiff.readAllBytes());
            }
            paths.add(name);
        }
        manifest.set("file_paths", paths);
        write(manifest);
        return manifest;
    }

    private Path write(ObjectNode manifest) throws Exception {
        return Files.write(
                folder.resolve("in/manifest.json"), Json.text(manifest).getBytes(UTF_8));
    }
}
