package dev.lovage.archive.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.archive.Archive;
import dev.lovage.archive.vault.Vault;
import dev.lovage.engine.Lovage;
import dev.lovage.engine.json.Json;
import dev.lovage.testkit.StepWorker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Folders of captures whose process was killed.
class StagingSweepTest {
    private static final Duration AGE = Duration.ofSeconds(20);

    @TempDir
    Path data;

    @Test
    void what_a_killed_capture_left_goes_and_what_a_live_one_has_stays() throws IOException {
        try (var lovage = Lovage.embedded(data)) {
            var archive = Archive.open(lovage, "AV-ARC", InstantSource.system());
            for (int capture = 0; capture < 2; capture++) {
                lovage.send(
                        Archival.ROUTE_CAPTURE_COMMAND.with(new Archival.RouteCaptureCommand("lab", Json.object())));
            }
            var worker = new StepWorker(lovage, "step@test");
            var claimed = worker.claim(2, Archival.STORAGE);
            var live = left(attempt(claimed.getFirst().message().execution().taskId()), Instant.EPOCH);
            var over = left(attempt(claimed.getLast().message().execution().taskId()), Instant.EPOCH);
            worker.fail(claimed.getLast(), "its process was killed");
            assertThat(archive.sweep()).isEqualTo(1);
            assertThat(over).doesNotExist();
            assertThat(live).isNotEmptyDirectory();
            worker.dies();
            assertThat(archive.sweep())
                    .as("ready to be captured again, by another attempt")
                    .isEqualTo(1);
            assertThat(live).doesNotExist();
        }
    }

    @Test
    void a_folder_stays_until_nothing_in_it_has_changed_for_long() throws IOException {
        var now = Instant.parse("2026-11-21T12:00:00Z");
        var old = left("aaaa-0-1", now.minus(AGE).minusSeconds(1));
        var young = left("bbbb-0-1", now.minus(AGE));
        var written = left("cccc-0-1", Instant.EPOCH);
        Files.setLastModifiedTime(written.resolve("page-0001.tif"), FileTime.from(now));
        assertThat(stagings().sweep(Set::of, AGE, now)).isEqualTo(1);
        assertThat(old).doesNotExist();
        assertThat(young).exists();
        assertThat(written).exists();
    }

    @Test
    void a_capture_that_begins_while_it_sweeps_is_left_alone() throws IOException {
        left("aaaa-0-1", Instant.EPOCH);
        left("bbbb-0-1", Instant.EPOCH);
        var running = new HashSet<>(Set.of("aaaa"));
        var swept = stagings()
                .sweep(
                        () -> {
                            left("cccc-0-1", Instant.EPOCH);
                            return running;
                        },
                        AGE,
                        InstantSource.system().instant());
        assertThat(swept).isEqualTo(1);
        assertThat(data.resolve("archive/staging-aaaa-0-1")).exists();
        assertThat(data.resolve("archive/staging-bbbb-0-1")).doesNotExist();
        assertThat(data.resolve("archive/staging-cccc-0-1")).exists();
    }

    @Test
    void nothing_else_in_the_archive_is_touched() throws IOException {
        var others = Files.createDirectories(data.resolve("archive/models"));
        var file = Files.writeString(data.resolve("archive/staging-file"), "no folder");
        for (var one : Set.of(others, file)) {
            Files.setLastModifiedTime(one, FileTime.from(Instant.EPOCH));
        }
        assertThat(stagings().sweep(Set::of, AGE, InstantSource.system().instant()))
                .isZero();
        assertThat(others).exists();
        assertThat(file).exists();
    }

    private StagingFolders stagings() {
        return new StagingFolders(data);
    }

    private static String attempt(String taskId) {
        return Vault.attempt(taskId, 0, 1);
    }

    private Path left(String attempt, Instant changed) {
        try {
            var folder = Files.createDirectories(stagings().of(attempt));
            for (var page : Set.of("page-0001.tif", "incoming.part")) {
                Files.setLastModifiedTime(Files.writeString(folder.resolve(page), "half"), FileTime.from(changed));
            }
            Files.setLastModifiedTime(folder, FileTime.from(changed));
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
