package dev.lovage.archive.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lovage.archive.Archive;
import dev.lovage.archive.batch.Batch;
import dev.lovage.archive.batch.Item;
import dev.lovage.archive.event.Happened;
import dev.lovage.archive.event.Recorded;
import dev.lovage.archive.vault.Vault;
import dev.lovage.engine.Lovage;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.worker.Worker;
import dev.lovage.sql.broker.Sql;
import dev.lovage.sql.broker.SqlBackbone;
import dev.lovage.testkit.Eventually;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.assertj.core.groups.Tuple;
/// Batches from manifest to package, on workers of both kinds.
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PipelineTest {
    @TempDir
    Path place;

    private Lovage lovage;
    private Archive archive;
    private Worker light;
    private Worker heavy;

    @BeforeEach
    void start() {
        lovage = Lovage.embedded(place.resolve("data"));
        archive = Archive.open(lovage, "AV-ARC", InstantSource.system());
        light = Lanes.light(lovage, archive);
        heavy = Lanes.heavy(lovage, archive, 2);
    }

    @AfterEach
    void stop() {
        light.close();
        heavy.close();
        lovage.close();
    }

    @Test
    void a_batch_becomes_a_package_without_its_bad_files_each_of_which_has_its_reason() throws Exception {
        var photo = BatchFolder.fixture("ocr/phototest.tif");
        var flipped = photo.clone();
        flipped[photo.length / 2] ^= 1;
        var folder = new BatchFolder(place.resolve("in"))
                .add("001.tif", photo)
                .add("002.tif", BatchFolder.fixture("image/sane-grid-100dpi-rgb8.tif"))
                .add("003-flipped.tif", BatchFolder.fixture("ocr/eurotext.tif"))
                .add("004-truncated.tif", BatchFolder.fixture("image/bad-truncated.tif"))
                .add("005-missing.tif", BatchFolder.fixture("image/lzw-rgb8.tif"))
                .add("006-again.tif", photo)
                .change("003-flipped.tif", flipped)
                .remove("005-missing.tif");
        var manifest = folder.manifest("B-1");
        manifest.set(
                "metadata",
                Json.object()
                        .put("title", "Harbour photographs")
                        .put("date", "ca. 1923")
                        .put("language", "English"));
        var file = folder.write(manifest);
        assertThat(archive.ingest(file).known()).isFalse();
        var batch = ended("B-1");
        assertThat(batch.state()).as(batch.reason().orElse("")).isEqualTo(Batch.State.ACCEPTED);
        assertThat(archive.ingest(place.resolve("in")).known())
                .as("the same folder again")
                .isTrue();

        assertThat(item(batch, "001.tif").state()).isEqualTo(Item.State.PACKAGED);
        assertThat(item(batch, "002.tif").state()).isEqualTo(Item.State.PACKAGED);
        assertThat(item(batch, "003-flipped.tif").reason().orElseThrow()).contains("SHA-256");
        assertThat(item(batch, "004-truncated.tif").reason().orElseThrow()).contains("damaged");
        assertThat(item(batch, "005-missing.tif").reason().orElseThrow()).contains("missing");
        assertThat(item(batch, "006-again.tif").reason().orElseThrow()).contains("001.tif");

        var events = archive.events(batch.key());
        assertThat(events)
                .as("one event per item, step and generation")
                .doesNotHaveDuplicates()
                .extracting(event -> event.subject() + event.happened().step())
                .doesNotHaveDuplicates();
        assertThat(events).allMatch(event -> !event.taskId().isEmpty() && event.attempt() == 1);
        assertThat(steps(events, item(batch, "001.tif")))
                .contains(
                        "receive",
                        "digest",
                        "fixity",
                        "format",
                        "structure",
                        "technical",
                        "virus",
                        "thumbnail-128",
                        "thumbnail-256",
                        "thumbnail-512",
                        "text",
                        "hocr",
                        "alto");
        assertThat(events)
                .filteredOn(event ->
                        event.subject().equals(item(batch, "003-flipped.tif").key()))
                .filteredOn(event -> event.happened().step().equals("fixity"))
                .extracting(event -> event.happened().outcome())
                .containsExactly(Happened.Outcome.FAILURE);
        assertThat(events)
                .filteredOn(event -> event.happened().step().equals("quarantine"))
                .hasSize(4);

        assertThat(archive.verify(batch).orElseThrow().valid()).isTrue();
        assertThat(archive.same(batch)).isTrue();
        sha256sum(Path.of(batch.packaged().orElseThrow()));
        assertThat(archive.unaccounted()).isEmpty();
        assertThat(lovage.backbone().store().inventory()).isEmpty();
        for (var output : archive.outputs(batch.key())) {
            assertThat(Vault.digest(archive.file(output)))
                    .isEqualTo(output.kept().sha256());
        }
        assertThat(text(batch, item(batch, "001.tif"))).contains("This is a lot of 12 point text");
    }

    @Test
    void a_bad_manifest_ends_as_rejected_with_all_its_violations_and_nothing_else_ran() throws Exception {
        var folder = new BatchFolder(place.resolve("in")).add("001.tif", BatchFolder.fixture("ocr/phototest.tif"));
        var manifest = folder.manifest("B-2");
        manifest.put("resolution_dpi", 3);
        manifest.put("color_profile", "pink");
        manifest.remove("scanner_model");
        archive.ingest(folder.write(manifest));
        var batch = ended("B-2");
        assertThat(batch.state()).isEqualTo(Batch.State.REJECTED);
        assertThat(batch.reason().orElseThrow())
                .contains("/resolution_dpi")
                .contains("/color_profile")
                .contains("/scanner_model");
        assertThat(archive.events(batch.key()))
                .extracting(
                        event -> event.happened().step(),
                        event -> event.happened().outcome())
                .containsExactly(Tuple.tuple("validate", Happened.Outcome.FAILURE));
        assertThat(archive.items(batch.key())).isEmpty();
        assertThat(archive.unaccounted()).isEmpty();
    }

    @Test
    void a_batch_of_bad_files_only_is_rejected() throws Exception {
        var folder = new BatchFolder(place.resolve("in"))
                .add("001.tif", BatchFolder.fixture("image/bad-truncated.tif"))
                .add("002.tif", "no image at all".getBytes(StandardCharsets.UTF_8));
        archive.ingest(folder.write(folder.manifest("B-3")));
        var batch = ended("B-3");
        assertThat(batch.state()).as(batch.reason().orElse("")).isEqualTo(Batch.State.REJECTED);
        assertThat(archive.items(batch.key())).allMatch(item -> item.state() == Item.State.QUARANTINED);
    }

    @Test
    void a_known_id_with_another_manifest_and_what_is_no_manifest_are_refused() throws Exception {
        var folder = new BatchFolder(place.resolve("in")).add("001.tif", BatchFolder.fixture("ocr/phototest.tif"));
        archive.ingest(folder.write(folder.manifest("B-4")));
        ended("B-4");
        var other = folder.manifest("B-4").put("project", "another");
        var file = folder.write(other);
        assertThatThrownBy(() -> archive.ingest(file))
                .isInstanceOf(BatchRefused.class)
                .hasMessageContaining("higher generation");
        Files.writeString(file, "{\"id\": ");
        assertThatThrownBy(() -> archive.ingest(file))
                .isInstanceOf(BatchRefused.class)
                .hasMessageContaining("no JSON")
                .hasMessageContaining("at line 1, column 8. Nothing was taken in");
    }

    @Test
    void a_batch_whose_message_was_lost_is_named_and_taken_up_again_and_again() throws Exception {
        light.close();
        var folder = new BatchFolder(place.resolve("in")).add("001.tif", BatchFolder.fixture("ocr/phototest.tif"));
        archive.ingest(folder.write(folder.manifest("B-6")));
        for (int loss = 0; loss < 2; loss++) {
            assertThat(archive.unaccounted()).isEmpty();
            sql("DELETE FROM lovage_message");
            assertThat(archive.unaccounted())
                    .extracting(Ingest.Unaccounted::batch)
                    .containsExactly("B-6");
            assertThat(archive.redrive()).containsExactly("B-6");
        }
        light = Lanes.light(lovage, archive);
        var batch = ended("B-6");
        assertThat(batch.state()).as(batch.reason().orElse("")).isEqualTo(Batch.State.ACCEPTED);
        assertThat(archive.items(batch.key())).hasSize(1);
    }

    @Test
    void of_two_resumptions_of_a_batch_the_older_one_ends_by_itself() throws Exception {
        light.close();
        var folder = new BatchFolder(place.resolve("in")).add("001.tif", BatchFolder.fixture("ocr/phototest.tif"));
        var key = archive.ingest(folder.write(folder.manifest("B-7"))).batch().key();
        sql("DELETE FROM lovage_message");
        assertThat(archive.redrive()).containsExactly("B-7");
        sql("UPDATE lovage_message SET subject = 'out of sight'");
        assertThat(archive.redrive()).containsExactly("B-7");
        sql("UPDATE lovage_message SET subject = '" + key + "'");
        assertThat(lovage.backbone().store().inventory()).hasSize(2);
        light = Lanes.light(lovage, archive);
        var batch = ended("B-7");
        assertThat(batch.state()).as(batch.reason().orElse("")).isEqualTo(Batch.State.ACCEPTED);
        assertThat(archive.events(key))
                .extracting(
                        Recorded::subject,
                        event -> event.happened().step(),
                        event -> event.happened().outcome())
                .doesNotHaveDuplicates();
        assertThat(archive.unaccounted()).isEmpty();
        Eventually.until(
                "both resumptions have ended",
                () -> lovage.backbone().store().inventory().isEmpty(),
                () -> lovage.backbone().store().inventory());
    }

    @Test
    void files_without_a_row_are_swept_and_others_stay() throws Exception {
        var folder = new BatchFolder(place.resolve("in")).add("001.tif", BatchFolder.fixture("ocr/phototest.tif"));
        archive.ingest(folder.write(folder.manifest("B-5")));
        var batch = ended("B-5");
        var files = place.resolve("data/archive/files");
        var orphan = Files.createDirectories(files.resolve("aa")).resolve("aa" + "0".repeat(62) + ".0123-0-1.txt");
        Files.writeString(orphan, "left by a crash");
        var incoming = Files.writeString(files.resolve("incoming-x"), "left by a crash");
        for (var old : List.of(orphan, incoming)) {
            Files.setLastModifiedTime(
                    old, FileTime.from(InstantSource.system().instant().minusSeconds(3600)));
        }
        assertThat(archive.sweep()).isEqualTo(2);
        assertThat(orphan).doesNotExist();
        for (var output : archive.outputs(batch.key())) {
            assertThat(archive.file(output)).exists();
        }
        assertThat(archive.verify(batch).orElseThrow().valid()).isTrue();
    }

    @Test
    void celery_programs_call_the_tasks_by_name_with_their_own_arguments() throws Exception {
        var page = Files.write(place.resolve("page.tif"), BatchFolder.fixture("ocr/phototest.tif"));
        var hash = Vault.digest(page);
        var fixity = lovage.send(
                        Archival.VERIFY_CHECKSUM.with(new Archival.VerifyChecksum(page.toString(), Optional.of(hash))))
                .await(Duration.ofSeconds(30));
        assertThat(fixity).isEqualTo(new Archival.Fixity("verified", page.toString(), hash));
        var wrong = lovage.send(Archival.VERIFY_CHECKSUM.with(
                new Archival.VerifyChecksum(page.toString(), Optional.of("0".repeat(64)))));
        assertThatThrownBy(() -> wrong.await(Duration.ofSeconds(30))).hasMessageContaining("was expected");
        var thumbnails = lovage.send(
                        Archival.GENERATE_THUMBNAILS.with(new Archival.GenerateThumbnails(List.of(page.toString()))))
                .await(Duration.ofSeconds(30));
        assertThat(thumbnails.getFirst().path("thumbnails").size()).isEqualTo(3);
        archive.sweep();
        assertThat(Path.of(thumbnails.getFirst().at("/thumbnails/0/file").asString()))
                .exists();
    }

    private void sql(String statement) {
        ((SqlBackbone) lovage.backbone()).database().write(tx -> new Sql(tx.connection()).update(statement));
    }

    private Batch ended(String id) {
        Eventually.until(
                id + " has ended",
                () -> archive.find(id)
                        .filter(batch -> batch.state().isFinal() || batch.state() == Batch.State.NEEDS_REVIEW)
                        .isPresent(),
                () -> archive.find(id) + "\n" + lovage.backbone().store().inventory());
        return archive.find(id).orElseThrow();
    }

    private String text(Batch batch, Item item) throws IOException {
        var output = archive.outputs(batch.key()).stream()
                .filter(one ->
                        one.subject().equals(item.key()) && one.kept().kind().equals("text"))
                .findFirst()
                .orElseThrow();
        return Files.readString(archive.file(output));
    }

    private Item item(Batch batch, String path) {
        return archive.items(batch.key()).stream()
                .filter(item -> item.path().equals(path))
                .findFirst()
                .orElseThrow();
    }

    private static List<String> steps(List<Recorded> events, Item item) {
        return events.stream()
                .filter(event -> event.subject().equals(item.key()))
                .map(event -> event.happened().step())
                .toList();
    }

    private static void sha256sum(Path bag) throws Exception {
        var process = new ProcessBuilder("sha256sum", "-c", "--quiet", "manifest-sha256.txt")
                .directory(bag.toFile())
                .redirectErrorStream(true)
                .start();
        var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        assertThat(Arrays.asList(said.split("\n"))).containsExactly("");
    }
}
