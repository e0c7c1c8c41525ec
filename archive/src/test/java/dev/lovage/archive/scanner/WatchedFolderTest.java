package dev.lovage.archive.scanner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.lovage.archive.scanner.CaptureSettings.Mode;
import dev.lovage.archive.scanner.CaptureSettings.Source;
import dev.lovage.engine.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WatchedFolderTest {
    @TempDir
    Path data;

    private Path folder;
    private Scanner scanner;

    @BeforeEach
    void configure() throws IOException {
        folder = Files.createDirectory(data.resolve("drop"));
        scanner = Scanners.parse(
                        "drop: {address: 'folder:" + folder + "', model: OS 12000}", data, InstantSource.system())
                .named("drop");
    }

    @Test
    void a_page_without_a_marker_is_not_taken() throws IOException {
        tiff("a.tif", 1);
        assertThat(failure(settings(Optional.empty())).fault()).isEqualTo(CaptureFault.NOT_COMPLETE);
        tiff("b.tif", 2);
        mark("b.tif.done");
        var capture = scanner.capture(settings(Optional.empty()), staging());
        assertThat(capture.pages()).extracting(Capture.Page::name).containsExactly("b.tif");
        assertThat(staging().resolve("b.tif")).hasSameBinaryContentAs(folder.resolve("b.tif"));
        assertThat(capture.pages().getFirst().sha256()).isEqualTo(Staging.sha256(folder.resolve("b.tif")));
        assertThat(capture.pages().getFirst().image()).contains(new Capture.Image(10, 20, Mode.GRAY, 8, 300));
        assertThat(capture.device()).isEqualTo("OS 12000");
    }

    @Test
    void a_batch_marker_stands_for_every_page_in_the_order_of_their_names() throws IOException {
        tiff("page-2.tif", 2);
        tiff("page-1.tif", 1);
        Files.writeString(folder.resolve("page-3.jp2"), "not looked into here");
        Files.writeString(folder.resolve(".hidden"), "x");
        Files.writeString(folder.resolve("page-4.tif.part"), "x");
        Files.createDirectory(folder.resolve("other"));
        mark("batch.done");
        var capture = scanner.capture(settings(Optional.of(3)), staging());
        assertThat(capture.pages())
                .extracting(Capture.Page::name)
                .containsExactly("page-1.tif", "page-2.tif", "page-3.jp2");
        assertThat(capture.pages().getLast().image()).isEmpty();
    }

    @Test
    void nothing_moves_before_the_capture_is_committed_and_then_the_originals_are_put_aside() throws IOException {
        tiff("a.tif", 1);
        tiff("b.tif", 2);
        mark("batch.done");
        var before = listed(folder);
        var capture = scanner.capture(settings(Optional.of(2)), staging());
        assertThat(listed(folder)).isEqualTo(before);

        Capture recorded = Json.value(Json.read(Json.bytes(Json.tree(capture))), Capture.class);
        assertThat(recorded.pages()).isEqualTo(capture.pages());
        scanner.committed(recorded);
        assertThat(listed(folder)).containsExactly("taken");
        for (var page : capture.pages()) {
            assertThat(folder.resolve("taken").resolve(page.sha256()).resolve(page.name()))
                    .hasSize(page.size());
        }

        tiff("a.tif", 3);
        mark("batch.done");
        Files.setLastModifiedTime(folder.resolve("batch.done"), FileTime.from(Instant.parse("2026-11-20T12:00:00Z")));
        scanner.committed(recorded);
        assertThat(listed(folder))
                .as("the next batch stays when the message comes twice")
                .containsExactly("a.tif", "batch.done", "taken");
    }

    @Test
    void a_page_that_was_replaced_after_its_capture_stays() throws IOException {
        tiff("a.tif", 1);
        mark("a.tif.done");
        var capture = scanner.capture(settings(Optional.of(1)), staging());
        tiff("a.tif", 7);
        scanner.committed(capture);
        assertThat(listed(folder)).containsExactly("a.tif", "a.tif.done");
    }

    @Test
    void pages_that_are_missing_are_waited_for_unless_the_batch_is_said_to_be_whole() throws IOException {
        tiff("a.tif", 1);
        mark("a.tif.done");
        var waiting = failure(settings(Optional.of(2)));
        assertThat(waiting.fault()).isEqualTo(CaptureFault.NOT_COMPLETE);
        assertThat(waiting).isInstanceOf(CaptureFailed.Transient.class);
        mark("batch.done");
        var missing = failure(settings(Optional.of(2)));
        assertThat(missing.fault()).isEqualTo(CaptureFault.SHORT_BATCH);
        assertThat(missing).isInstanceOf(CaptureFailed.NeedsHuman.class);
        tiff("b.tif", 2);
        tiff("c.tif", 3);
        assertThat(failure(settings(Optional.of(2))).fault()).isEqualTo(CaptureFault.LONG_BATCH);
    }

    @Test
    void a_marker_without_its_page_is_waited_for() throws IOException {
        tiff("a.tif", 1);
        mark("a.tif.done");
        mark("b.tif.done");
        assertThat(failure(settings(Optional.empty()))).hasMessageContaining("b.tif.done, but no page b.tif");
    }

    @Test
    void a_page_that_is_not_as_asked_for_is_refused() throws IOException {
        tiff("a.tif", 1);
        mark("batch.done");
        var failed = failure(new CaptureSettings(
                400, Mode.GRAY, 8, Source.FEEDER, Optional.empty(), Optional.empty(), Optional.empty()));
        assertThat(failed.fault()).isEqualTo(CaptureFault.DELIVERED_DIFFERENT);
        assertThat(failed).hasMessageContaining("a.tif with 300.0 dpi, asked for were 400");
        failed = failure(new CaptureSettings(
                300,
                Mode.GRAY,
                8,
                Source.FEEDER,
                Optional.of(new CaptureSettings.Region(0, 0, 100, 100)),
                Optional.empty(),
                Optional.empty()));
        assertThat(failed).hasMessageContaining("10 x 20 pixels, the region has 1181 x 1181");
    }

    @Test
    void an_empty_page_a_link_and_a_damaged_page_are_refused() throws IOException {
        mark("batch.done");
        Files.createFile(folder.resolve("a.tif"));
        assertThat(failure(settings(Optional.empty())).fault()).isEqualTo(CaptureFault.EMPTY_IMAGE);
        Files.delete(folder.resolve("a.tif"));
        Files.createSymbolicLink(folder.resolve("a.tif"), Path.of("/etc/hostname"));
        assertThat(failure(settings(Optional.empty())).fault()).isEqualTo(CaptureFault.BAD_FILE);
        Files.delete(folder.resolve("a.tif"));
        Files.write(folder.resolve("a.tif"), new byte[] {'I', 'I', 42, 0, 9, 9, 9, 9});
        assertThat(failure(settings(Optional.empty())).fault()).isEqualTo(CaptureFault.BAD_FILE);
    }

    @Test
    void another_model_than_the_manifests_is_refused() throws IOException {
        tiff("a.tif", 1);
        mark("batch.done");
        var failed = failure(new CaptureSettings(
                300, Mode.GRAY, 8, Source.FEEDER, Optional.empty(), Optional.empty(), Optional.of("OS 15000")));
        assertThat(failed).hasMessageContaining("stands for a OS 12000, the manifest says OS 15000");
    }

    @Test
    void the_staging_folder_has_to_be_the_attempts_own() throws IOException {
        tiff("a.tif", 1);
        mark("batch.done");
        scanner.capture(settings(Optional.empty()), staging());
        assertThat(catchThrowableOfType(
                        IllegalArgumentException.class, () -> scanner.capture(settings(Optional.empty()), staging())))
                .hasMessageContaining("holds a.tif, and an empty one was expected");
        assertThat(listed(staging())).containsExactly("a.tif");
    }

    @Test
    void readiness_says_whether_a_batch_lies_there() throws IOException {
        assertThat(scanner.check(settings(Optional.of(1))).ready()).isFalse();
        tiff("a.tif", 1);
        mark("batch.done");
        var report = scanner.check(settings(Optional.of(1)));
        assertThat(report.ready()).isTrue();
        assertThat(report.checks()).anySatisfy(check -> {
            assertThat(check.name()).isEqualTo("complete");
            assertThat(check.value()).isEqualTo("1 pages");
        });
    }

    @Test
    void a_folder_that_is_not_there_is_waited_for() throws IOException {
        Files.delete(folder);
        assertThat(failure(settings(Optional.empty())).fault()).isEqualTo(CaptureFault.UNREACHABLE);
        assertThat(scanner.check(settings(Optional.empty())).ready()).isFalse();
    }

    private Path staging() {
        return data.resolve("staging");
    }

    private CaptureFailed failure(CaptureSettings settings) throws IOException {
        var staging = data.resolve("failing");
        var failed = catchThrowableOfType(CaptureFailed.class, () -> scanner.capture(settings, staging));
        assertThat(failed).isNotNull();
        assertThat(listed(staging)).isEmpty();
        return failed;
    }

    private static CaptureSettings settings(Optional<Integer> pages) {
        return new CaptureSettings(300, Mode.GRAY, 8, Source.FEEDER, Optional.empty(), pages, Optional.empty());
    }

    private static List<String> listed(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private void mark(String name) throws IOException {
        Files.createFile(folder.resolve(name));
    }

    /// 10 x 20 pixels, 8-bit gray, 300 dpi.
    private void tiff(String name, int value) throws IOException {
        Files.deleteIfExists(folder.resolve(name));
        var row = new byte[10];
        java.util.Arrays.fill(row, (byte) value);
        try (var tiff =
                TiffWriter.create(folder.resolve(name), new TiffWriter.Form(10, Mode.GRAY, 8, 300, "", ""), false)) {
            for (int y = 0; y < 20; y++) {
                tiff.row(row);
            }
            tiff.finish();
        }
    }
}
