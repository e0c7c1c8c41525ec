package dev.lovage.archive.vault;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VaultSweepTest {
    private static final Duration AGE = Duration.ofSeconds(20);

    @TempDir
    Path data;

    @Test
    void a_file_that_comes_too_slowly_to_change_stays_while_its_task_runs() throws IOException {
        var vault = Vault.open(data);
        var live = incoming(vault, "live");
        var left = incoming(vault, "dead");
        assertThat(vault.sweep(
                        () -> Set.of(Vault.maker("live")),
                        Set::of,
                        AGE,
                        InstantSource.system().instant()))
                .isEqualTo(1);
        assertThat(live).exists();
        assertThat(left).doesNotExist();
    }

    private static Path incoming(Vault vault, String task) throws IOException {
        var file = Files.writeString(vault.incoming(Vault.attempt(task, 0, 1)), "half");
        return Files.setLastModifiedTime(file, FileTime.from(Instant.EPOCH));
    }
}
