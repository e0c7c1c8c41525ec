package dev.lovage.archive.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.archive.Archive;
import dev.lovage.archive.batch.Batch;
import dev.lovage.engine.Lovage;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.message.Message;
import dev.lovage.testkit.Eventually;
import dev.lovage.testkit.WatchedBackbone;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.ObjectNode;

/// Batches that are captured first, from a folder that a scanner writes to.
class CapturedBatchTest {
    @TempDir
    Path place;

    @Test
    void captured_pages_go_through_every_step_before_the_package() throws Exception {
        drop("p1.tif", "image/sane-grid-100dpi-rgb8.tif");
        drop("p2.tif", "image/sane-color-pattern-100dpi-rgb8.tif");
        var batch = ingest(manifest("C-1"));
        assertThat(batch.state()).as(batch.reason().orElse("")).isEqualTo(Batch.State.ACCEPTED);
        try (var lovage = Lovage.embedded(place.resolve("data"))) {
            var archive = Archive.open(lovage, "AV-ARC", InstantSource.system());
            var items = archive.items(batch.key());
            assertThat(items).hasSize(2).allMatch(item -> item.path().startsWith("captured/"));
            var events = archive.events(batch.key());
            for (var item : items) {
                assertThat(events)
                        .filteredOn(event -> event.subject().equals(item.key()))
                        .extracting(event -> event.happened().step())
                        .contains("receive", "digest", "technical", "thumbnail-512", "text")
                        .doesNotHaveDuplicates();
            }
            assertThat(events)
                    .extracting(event -> event.happened().step())
                    .filteredOn(step -> step.equals("capture") || step.equals("enrich") || step.equals("package"))
                    .containsExactly("capture", "enrich", "package");
            assertThat(archive.outputs(batch.key()))
                    .extracting(output -> output.kept().kind())
                    .contains("readiness");
            assertThat(archive.verify(batch).orElseThrow().valid()).isTrue();
        }
        assertThat(place.resolve("drop/p1.tif"))
                .as("put aside once it is recorded")
                .doesNotExist();
    }

    @Test
    void a_bad_manifest_touches_no_scanner() throws Exception {
        drop("p1.tif", "image/sane-grid-100dpi-rgb8.tif");
        var batch = ingest(manifest("C-2").put("resolution_dpi", 1));
        assertThat(batch.state()).isEqualTo(Batch.State.REJECTED);
        assertThat(place.resolve("drop/p1.tif")).exists();
        assertThat(place.resolve("data/archive/files")).isEmptyDirectory();
    }

    @Test
    void an_unknown_scanner_needs_review_and_names_those_there_are() throws Exception {
        var batch = ingest(manifest("C-3").put("scanner_id", "nowhere"));
        assertThat(batch.state()).isEqualTo(Batch.State.NEEDS_REVIEW);
        assertThat(batch.reason().orElseThrow()).contains("nowhere").contains("drop");
    }

    @Test
    void the_first_capture_of_a_batch_that_is_recorded_counts_and_others_leave_their_originals() throws Exception {
        drop("p1.tif", "image/sane-grid-100dpi-rgb8.tif");
        var read = new AtomicInteger();
        var second = new CountDownLatch(1);
        try (var lovage = Lovage.embedded(data())) {
            var archive = Archive.open(lovage, "AV-ARC", InstantSource.system());
            var capture = new CompletableFuture<Message>();
            var watched = lovage.decorated(backbone -> WatchedBackbone.settling(
                    backbone,
                    message -> {
                        var id = message.execution().taskId();
                        if (message.task().equals(Archival.PACKAGE_BATCH.name().toString())) {
                            // It is captured, and not yet accepted.
                            lovage.send(DoubleDeliveryTest.copy(capture.join(), "/third"));
                            ended(lovage, capture.join().execution().taskId() + "/third");
                        } else if (id.endsWith("/second")) {
                            second.countDown();
                            Eventually.until("the first is recorded", () -> captured(archive) == 1, () -> id);
                        } else if (message.task()
                                        .equals(Archival.ROUTE_CAPTURE_COMMAND
                                                .name()
                                                .toString())
                                && capture.complete(message)) {
                            lovage.send(DoubleDeliveryTest.copy(message, "/second"));
                            Eventually.until("another is made, too", () -> second.getCount() == 0, () -> id);
                        }
                    },
                    message -> {
                        if (message.task()
                                .equals(Archival.RUN_OCR_PIPELINE.name().toString())) {
                            read.incrementAndGet();
                        }
                    }));
            try (var _ = Lanes.light(watched, archive);
                    var _ = Lanes.heavy(watched, archive, 1)) {
                archive.ingest(written(manifest("C-4")));
                Eventually.until(
                        "the batch is accepted",
                        () -> archive.find("C-4").orElseThrow().state() == Batch.State.ACCEPTED,
                        () -> archive.find("C-4") + "\n"
                                + lovage.backbone().store().inventory());
            }
            var batch = archive.find("C-4").orElseThrow();
            assertThat(archive.items(batch.key())).hasSize(1);
            assertThat(captured(archive)).isEqualTo(1);
            assertThat(read).as("pages that were read").hasValue(1);
            assertThat(lovage.backbone().store().inventory()).isEmpty();
        }
    }

    private static long captured(Archive archive) {
        var key = archive.find("C-4").orElseThrow().key();
        return archive.events(key).stream()
                .filter(event -> event.happened().step().equals("capture"))
                .count();
    }

    private static void ended(Lovage lovage, String id) {
        Eventually.until(
                id + " has ended",
                () -> lovage.backbone().store().inventory().stream()
                        .noneMatch(entry -> entry.execution().taskId().equals(id)),
                () -> lovage.backbone().store().inventory());
    }

    private void drop(String name, String fixture) throws Exception {
        var folder = Files.createDirectories(place.resolve("drop"));
        Files.write(folder.resolve(name), BatchFolder.fixture(fixture));
        Files.createFile(folder.resolve(name + ".done"));
    }

    private static ObjectNode manifest(String id) {
        return Json.object()
                .put("id", id)
                .put("scanner_id", "drop")
                .put("scanner_model", "Overhead 2")
                .put("resolution_dpi", 100)
                .put("color_profile", "none")
                .put("color_mode", "rgb")
                .put("bit_depth", 24)
                .set("settings", Json.object().put("source", "platen"))
                .set("file_paths", Json.array());
    }

    private Path data() throws Exception {
        var data = Files.createDirectories(place.resolve("data"));
        Files.createDirectories(place.resolve("drop"));
        Files.writeString(
                data.resolve("scanners.yaml"),
                "drop:\n  address: 'folder:" + place.resolve("drop") + "'\n  model: Overhead 2\n");
        return data;
    }

    private Path written(ObjectNode manifest) throws Exception {
        return Files.write(place.resolve("manifest.json"), Json.text(manifest).getBytes(UTF_8));
    }

    private Batch ingest(ObjectNode manifest) throws Exception {
        var file = written(manifest);
        try (var lovage = Lovage.embedded(data())) {
            var archive = Archive.open(lovage, "AV-ARC", InstantSource.system());
            try (var _ = Lanes.start(lovage, archive, 1)) {
                var id = archive.ingest(file).batch().id();
                Eventually.until(
                        "the batch has ended",
                        () -> archive.find(id)
                                .filter(batch -> batch.state().isFinal() || batch.state() == Batch.State.NEEDS_REVIEW)
                                .isPresent(),
                        () -> archive.find(id) + "\n"
                                + lovage.backbone().store().inventory());
                return archive.find(id).orElseThrow();
            }
        }
    }
}
