package dev.lovage.archive.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.archive.Archive;
import dev.lovage.archive.batch.Batch;
import dev.lovage.engine.Lovage;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.worker.Pool;
import dev.lovage.testkit.Eventually;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
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

    private Batch ingest(ObjectNode manifest) throws Exception {
        var data = Files.createDirectories(place.resolve("data"));
        Files.createDirectories(place.resolve("drop"));
        Files.writeString(
                data.resolve("scanners.yaml"),
                "drop:\n  address: 'folder:" + place.resolve("drop") + "'\n  model: Overhead 2\n");
        var file = place.resolve("manifest.json");
        Files.write(file, Json.text(manifest).getBytes(UTF_8));
        try (var lovage = Lovage.embedded(data)) {
            var archive = Archive.open(lovage, "AV-ARC", InstantSource.system());
            try (var _ = lovage.worker()
                            .tasks(archive.tasks(Archive.LIGHT))
                            .queues("default", "io_bound")
                            .name("light@test")
                            .start();
                    var _ = lovage.worker()
                            .tasks(archive.tasks(Archive.HEAVY))
                            .queues("compute_intensive")
                            .pool(Pool.processes(1))
                            .name("heavy@test")
                            .start()) {
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
