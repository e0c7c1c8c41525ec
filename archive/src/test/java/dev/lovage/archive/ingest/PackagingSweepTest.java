package dev.lovage.archive.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.archive.vault.Vault;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PackagingSweepTest {
    @TempDir
    Path data;

    @Test
    void a_package_that_is_begun_while_it_sweeps_is_left_alone() throws IOException {
        left("B-1.1.aaaa-0-1");
        var begun = packages().resolve("B-2.1.bbbb-0-1");
        var swept = packaging()
                .sweep(
                        () -> {
                            left("B-2.1.bbbb-0-1");
                            return Set.of();
                        },
                        List::of);
        assertThat(swept).isEqualTo(1);
        assertThat(packages()).isDirectoryContaining(begun::equals).isDirectoryNotContaining("glob:**B-1*");
    }

    @Test
    void an_accepted_package_stays_when_the_data_folder_has_been_moved() throws IOException {
        left("B-1.1.aaaa-0-1");
        left("B-2.1.bbbb-0-1");
        assertThat(packaging().sweep(Set::of, () -> List.of("/elsewhere/archive/packages/B-1.1.aaaa-0-1")))
                .isEqualTo(1);
        assertThat(packages().resolve("B-1.1.aaaa-0-1/bagit.txt")).exists();
    }

    private Packaging packaging() {
        return new Packaging(Vault.open(data), data);
    }

    private Path packages() {
        return data.resolve("archive/packages");
    }

    private void left(String name) {
        try {
            Files.writeString(Files.createDirectories(packages().resolve(name)).resolve("bagit.txt"), "");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
