package dev.lovage.archive.ingest;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.archive.Archive;
import dev.lovage.archive.batch.Batch;
import dev.lovage.archive.batch.Catalogue;
import dev.lovage.archive.scanner.LocalSaned;
import dev.lovage.archive.vault.Vault;
import dev.lovage.engine.Lovage;
import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.store.Held;
import dev.lovage.testkit.Eventually;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.ObjectNode;

/// Batches that are captured through Debian's `saned`, from manifest to package.
@Tag("services")
class ScannedBatchTest {
    private static final String TESTER = "frontend-tester";
    /// As for any page; only there is no digest of a depositor to compare with.
    private static final Set<String> OF_A_PAGE =
            Accounts.STEPS.stream().filter(step -> !step.equals("fixity")).collect(Collectors.toUnmodifiableSet());

    @TempDir
    static Path configuration;

    private static LocalSaned saned;

    @TempDir
    Path place;

    @BeforeAll
    static void startSaned() {
        saned = LocalSaned.start(configuration);
    }

    @AfterAll
    static void endSaned() {
        if (saned != null) {
            saned.close();
        }
    }

    /// One opening of the data folder, as by one process.
    private interface Session<T> {
        T with(Lovage lovage, Archive archive) throws Exception;
    }

    @Test
    void a_page_with_text_on_the_glass_is_read_and_packed() throws Exception {
        scanner(
                "pnm:0",
                "PNM file reader",
                Map.of("filename", picture("ocr/phototest.tif").toString()));
        var manifest = manifest("S-1", "PNM file reader", 300, "platen");
        var text = session(InstantSource.system(), (_, archive) -> {
            archive.ingest(write(manifest));
            var batch = accepted(archive, "S-1", 1);
            return Files.readString(archive.file(output(archive, batch, "text")));
        });
        assertThat(text).contains("This is a lot of 12 point text");
    }

    @Test
    void a_stack_in_the_feeder_becomes_as_many_pages() throws Exception {
        scanner("test:0", TESTER, Map.of());
        var manifest = manifest("S-2", TESTER, 100, "feeder");
        ((ObjectNode) manifest.path("settings")).put("pages_expected", 10);
        session(InstantSource.system(), (_, archive) -> {
            archive.ingest(write(manifest));
            return accepted(archive, "S-2", 10);
        });
    }

    @Test
    void a_device_that_is_busy_is_tried_again_until_it_is_not() throws Exception {
        scanner("test:0", TESTER, Map.of("read-return-value", "SANE_STATUS_DEVICE_BUSY"));
        var manifest = manifest("S-3", TESTER, 100, "platen");
        session(InstantSource.system(), (lovage, archive) -> {
            archive.ingest(write(manifest));
            Eventually.until(
                    "the capture waits for its next attempt",
                    () -> waiting(lovage, Custody.TIMER),
                    () -> lovage.backbone().store().inventory());
            assertThat(archive.find("S-3").orElseThrow().state()).isEqualTo(Batch.State.VALIDATED);
            assertThat(place.resolve("data/archive")).isDirectoryNotContaining("glob:**/staging-*");
            return archive;
        });
        scanner("test:0", TESTER, Map.of());
        session(later(), (lovage, archive) -> {
            var batch = accepted(archive, "S-3", 1);
            assertThat(archive.events(batch.key()))
                    .filteredOn(event -> event.happened().step().equals("capture"))
                    .singleElement()
                    .satisfies(event -> assertThat(event.attempt()).isGreaterThan(1));
            assertThat(lovage.backbone().store().inventory()).isEmpty();
            return batch;
        });
    }

    @Test
    void a_jam_is_for_a_person_who_ingests_the_manifest_again() throws Exception {
        scanner("test:0", TESTER, Map.of("read-return-value", "SANE_STATUS_JAMMED"));
        var manifest = manifest("S-4", TESTER, 100, "platen");
        session(InstantSource.system(), (lovage, archive) -> {
            archive.ingest(write(manifest));
            Eventually.until(
                    "the batch needs review",
                    () -> archive.find("S-4").orElseThrow().state() == Batch.State.NEEDS_REVIEW,
                    () -> lovage.backbone().store().inventory());
            assertThat(archive.find("S-4").orElseThrow().reason().orElseThrow())
                    .contains("Clear the jam")
                    .contains("ingest the same manifest again");
            return archive;
        });
        scanner("test:0", TESTER, Map.of());
        session(InstantSource.system(), (lovage, archive) -> {
            var store = lovage.backbone().store();
            assertThat(store.release(dead(lovage).tag(), "the jam is cleared", "jmoreno"))
                    .isTrue();
            Eventually.until(
                    "the dead letter, released alone, has captured nothing",
                    () -> store.held(Set.of(Custody.DEAD), 10).stream()
                            .anyMatch(one -> one.reason().orElse("").contains("needs review")),
                    store::inventory);
            assertThat(place.resolve("data/archive/files")).isEmptyDirectory();
            archive.ingest(write(manifest));
            var batch = accepted(archive, "S-4", 1);
            var entry = dead(lovage).tag();
            lovage.transaction(tx -> store.dispose(tx, entry, "captured anew", "jmoreno"));
            assertThat(store.inventory()).isEmpty();
            return batch;
        });
    }

    /// With so many captured pages, each of which went through every step; and its package verifies.
    private static Batch accepted(Archive archive, String id, int pages) throws IOException {
        Eventually.until(
                id + " is accepted",
                () -> archive.find(id).orElseThrow().state() == Batch.State.ACCEPTED,
                () -> archive.find(id));
        var batch = archive.find(id).orElseThrow();
        var items = archive.items(batch.key());
        assertThat(items).hasSize(pages).allMatch(item -> item.path().startsWith("captured/"));
        var events = archive.events(batch.key()).stream()
                .collect(Collectors.groupingBy(
                        event -> event.subject(),
                        Collectors.mapping(event -> event.happened().step(), Collectors.toList())));
        for (var item : items) {
            assertThat(events.get(item.key())).as(item.path()).containsExactlyInAnyOrderElementsOf(OF_A_PAGE);
            var packed = Path.of(batch.packaged().orElseThrow())
                    .resolve("data/masters")
                    .resolve(item.path());
            assertThat(Vault.digest(packed)).isEqualTo(item.sha256().orElseThrow());
        }
        for (var output : archive.outputs(batch.key())) {
            assertThat(Vault.digest(archive.file(output)))
                    .isEqualTo(output.kept().sha256());
        }
        var mix = Files.readString(archive.file(output(archive, batch, "mix")));
        assertThat(mix).contains("<scannerModelName>").contains("imageWidth");
        assertThat(output(archive, batch, "readiness").kept().mediaType()).isEqualTo("application/json");
        assertThat(archive.verify(batch).orElseThrow().valid()).isTrue();
        assertThat(archive.same(batch)).isTrue();
        assertThat(archive.unaccounted()).isEmpty();
        return batch;
    }

    private static Catalogue.Output output(Archive archive, Batch batch, String kind) {
        return archive.outputs(batch.key()).stream()
                .filter(output -> output.kept().kind().equals(kind))
                .findFirst()
                .orElseThrow();
    }

    private static boolean waiting(Lovage lovage, Custody custody) {
        return lovage.backbone().store().inventory().stream()
                .anyMatch(entry -> entry.custody() == custody
                        && entry.task()
                                .equals(Archival.ROUTE_CAPTURE_COMMAND.name().toString()));
    }

    private static Held dead(Lovage lovage) {
        return lovage.backbone().store().held(Set.of(Custody.DEAD), 10).getFirst();
    }

    /// When every pause before another attempt is over.
    private static InstantSource later() {
        return () -> InstantSource.system().instant().plus(Duration.ofHours(2));
    }

    private static ObjectNode manifest(String id, String model, int dpi, String source) {
        return Json.object()
                .put("id", id)
                .put("scanner_id", "lab")
                .put("scanner_model", model)
                .put("resolution_dpi", dpi)
                .put("color_profile", "none")
                .put("color_mode", "rgb")
                .put("bit_depth", 24)
                .set("settings", Json.object().put("source", source))
                .set("file_paths", Json.array());
    }

    private Path write(ObjectNode manifest) throws IOException {
        return Files.write(place.resolve("manifest.json"), Json.text(manifest).getBytes(UTF_8));
    }

    private void scanner(String device, String model, Map<String, String> options) throws IOException {
        var lab = Json.object()
                .put("address", "sane:127.0.0.1:" + saned.port() + "/" + device)
                .put("model", model)
                .set("options", Json.tree(options));
        // JSON is YAML, too.
        Files.writeString(
                Files.createDirectories(place.resolve("data")).resolve("scanners.yaml"),
                Json.text(Json.object().set("lab", lab)));
    }

    /// A fixture as the picture that the device `pnm` scans.
    private Path picture(String fixture) throws IOException {
        var image = ImageIO.read(new ByteArrayInputStream(BatchFolder.fixture(fixture)));
        var bytes = new ByteArrayOutputStream();
        bytes.write(("P6\n" + image.getWidth() + " " + image.getHeight() + "\n255\n").getBytes(US_ASCII));
        for (int pixel : image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth())) {
            bytes.writeBytes(new byte[] {(byte) (pixel >> 16), (byte) (pixel >> 8), (byte) pixel});
        }
        return Files.write(place.resolve("picture.ppm"), bytes.toByteArray());
    }

    private <T> T session(InstantSource clock, Session<T> session) throws Exception {
        try (var lovage = Lovage.open(Settings.embedded(place.resolve("data")), clock)) {
            var archive = Archive.open(lovage, "AV-ARC", clock);
            try (var _ = Lanes.start(lovage, archive, 2)) {
                return session.with(lovage, archive);
            }
        }
    }
}
