package dev.lovage.archive.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lovage.archive.Archive;
import dev.lovage.archive.vault.Vault;
import dev.lovage.engine.Lovage;
import dev.lovage.engine.canvas.Signature;
import dev.lovage.engine.settings.BadSetting;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.testkit.Eventually;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// The setting `archive_read_budget`.
class ReadBudgetTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    @TempDir
    Path place;

    private Path page;

    @BeforeEach
    void deposit() throws IOException {
        page = Files.write(place.resolve("page.tif"), BatchFolder.page(1));
    }

    @Test
    void files_wait_for_their_bytes_whether_they_are_only_checked_or_taken_in() {
        try (var lovage = Lovage.open(settings("1"), InstantSource.system())) {
            var archive = Archive.open(lovage, "AV-ARC", InstantSource.system());
            try (var _ = lovage.worker()
                    .tasks(archive.tasks(Archive.LIGHT))
                    .queues("io_bound")
                    .start()) {
                for (var reading : new Signature<?>[] {
                    check(), check().subject(new UUID(0, 1).toString()).header(Brief.HEADER, brief())
                }) {
                    // At a byte per second the page takes hours.
                    var result = lovage.send(reading.timeLimit(Optional.of(Duration.ofMillis(300)), Optional.empty()));
                    assertThatThrownBy(() -> result.await(LIMIT)).hasMessageContaining("soft");
                }
                Eventually.until(
                        "what was begun is removed",
                        () -> isEmpty(place.resolve("data/archive/files")),
                        () -> place.resolve("data/archive/files"));
            }
        }
    }

    @Test
    void a_budget_that_is_large_enough_changes_nothing() throws Exception {
        try (var lovage = Lovage.open(settings("200MiB"), InstantSource.system())) {
            var archive = Archive.open(lovage, "AV-ARC", InstantSource.system());
            try (var _ = lovage.worker()
                    .tasks(archive.tasks(Archive.LIGHT))
                    .queues("io_bound")
                    .start()) {
                assertThat(lovage.send(check()).await(LIMIT).hash()).isEqualTo(Vault.digest(page));
            }
        }
    }

    @Test
    void what_is_no_rate_is_refused_before_anything_is_opened() {
        assertThatThrownBy(() -> Lovage.open(settings("fast"), InstantSource.system()))
                .isInstanceOf(BadSetting.class)
                .hasMessageContaining("archive_read_budget")
                .hasMessageContaining("'fast'");
        assertThat(place.resolve("data/archive")).doesNotExist();
    }

    private Signature<Archival.Fixity> check() {
        return Archival.VERIFY_CHECKSUM.with(new Archival.VerifyChecksum(page.toString(), Optional.empty()));
    }

    private static JsonNode brief() {
        return new Brief("page.tif", "", "Test Scanner 1", Optional.empty(), 300).header();
    }

    private Settings settings(String budget) {
        return Settings.embedded(place.resolve("data")).with(Setting.ARCHIVE_READ_BUDGET, budget);
    }

    private static boolean isEmpty(Path folder) {
        try (var files = Files.list(folder)) {
            return files.findAny().isEmpty();
        } catch (IOException e) {
            return false;
        }
    }
}
