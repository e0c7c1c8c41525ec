package dev.lovage.archive.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.archive.Archive;
import dev.lovage.archive.batch.Batch;
import dev.lovage.archive.event.Recorded;
import dev.lovage.engine.Lovage;
import dev.lovage.engine.broker.Custody;
import dev.lovage.testkit.Eventually;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The child process that recognises text is killed while it reads a page.
class OcrChildKilledTest {
    private static final Set<String> OF_OCR = Set.of("text", "hocr", "alto", "digest-ocr");

    @TempDir
    Path place;

    @Test
    void it_costs_the_page_one_attempt_and_the_batch_nothing() throws Exception {
        var folder = new BatchFolder(place.resolve("in"))
                .add("scans/0001.tif", BatchFolder.fixture("ocr/8087_054.3B.tif")); // takes more than a second
        try (var lovage = Lovage.open(ArchiveProcess.settings(place.resolve("data")), InstantSource.system())) {
            var archive = Archive.open(lovage, "AV-ARC", InstantSource.system());
            try (var _ = Lanes.start(lovage, archive, 1)) {
                archive.ingest(folder.write(folder.manifest("B-child")));
                var killed = kill(lovage);
                Eventually.until(
                        "the batch has ended",
                        () -> archive.find("B-child")
                                .filter(batch -> batch.state().isFinal() || batch.state() == Batch.State.NEEDS_REVIEW)
                                .isPresent(),
                        () -> lovage.backbone().store().inventory());
                assertThat(reading()).as("another child has taken its place").isNotEqualTo(Optional.of(killed));
            }
            var accounts = new Accounts(lovage, archive);
            accounts.check("B-child", folder.path());
            var key = archive.find("B-child").orElseThrow().key();
            var events = archive.events(key);
            assertThat(events)
                    .filteredOn(event -> OF_OCR.contains(event.happened().step()))
                    .extracting(Recorded::attempt)
                    .containsExactly(2L, 2L, 2L, 2L);
            assertThat(events)
                    .filteredOn(event -> !OF_OCR.contains(event.happened().step()))
                    .extracting(Recorded::attempt)
                    .containsOnly(1L);
            assertThat(archive.outputs(key))
                    .filteredOn(output -> output.kept().kind().equals("alto"))
                    .singleElement()
                    .satisfies(
                            alto -> assertThat(archive.file(alto)).content().contains("<fileName>0001.tif</fileName>"));
        }
    }

    /// Kills the child once it has loaded the engine for the page that it holds.
    private static ProcessHandle kill(Lovage lovage) {
        Eventually.until(
                "a child reads a page",
                () -> reading().isPresent()
                        && lovage.backbone().store().inventory().stream()
                                .anyMatch(entry -> entry.custody() == Custody.LEASED
                                        && entry.task()
                                                .equals(Archival.RUN_OCR_PIPELINE
                                                        .name()
                                                        .toString())),
                () -> lovage.backbone().store().inventory());
        var child = reading().orElseThrow();
        assertThat(child.destroyForcibly()).isTrue();
        child.onExit().join();
        return child;
    }

    private static Optional<ProcessHandle> reading() {
        return ProcessHandle.current()
                .descendants()
                .filter(child -> proc(child, "cmdline").contains("dev.lovage.engine.process.ChildMain"))
                .filter(child -> proc(child, "maps").contains("libtesseract"))
                .findFirst();
    }

    private static String proc(ProcessHandle process, String file) {
        try {
            return Files.readString(Path.of("/proc", String.valueOf(process.pid()), file));
        } catch (IOException e) {
            return ""; // it has ended
        }
    }
}
