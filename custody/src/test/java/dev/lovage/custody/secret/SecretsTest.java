package dev.lovage.custody.secret;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecretsTest {
    @TempDir
    Path data;

    @Test
    void a_key_is_made_once_and_stays() {
        var key = Secrets.open(data).key("idempotency");
        assertThat(key).hasSize(32).isNotEqualTo(new byte[32]);
        assertThat(Secrets.open(data).key("idempotency")).isEqualTo(key);
        assertThat(Secrets.open(data).key("pseudonym")).isNotEqualTo(key);
    }

    @Test
    void only_the_owner_has_access_and_nothing_else_is_left_behind() throws Exception {
        Secrets.open(data).key("idempotency");
        assertThat(mode(data.resolve("secrets"))).isEqualTo("rwx------");
        assertThat(mode(data.resolve("secrets/idempotency"))).isEqualTo("rw-------");
        try (var files = Files.list(data.resolve("secrets"))) {
            assertThat(files).containsExactly(data.resolve("secrets/idempotency"));
        }
    }

    @Test
    void a_folder_or_file_that_others_can_reach_is_refused_with_what_to_do() throws Exception {
        var secrets = Secrets.open(data);
        secrets.key("idempotency");
        Files.setPosixFilePermissions(
                data.resolve("secrets/idempotency"), PosixFilePermissions.fromString("rw-r-----"));
        assertThatThrownBy(() -> secrets.key("idempotency"))
                .hasMessageContaining("rw-r-----")
                .hasMessageContaining("chmod 600");
        Files.setPosixFilePermissions(data.resolve("secrets"), PosixFilePermissions.fromString("rwxr-xr-x"));
        assertThatThrownBy(() -> Secrets.open(data)).hasMessageContaining("chmod 700");
    }

    @Test
    void a_key_of_the_wrong_length_is_refused_and_kept() throws Exception {
        var secrets = Secrets.open(data);
        secrets.key("pseudonym");
        Files.write(data.resolve("secrets/pseudonym"), new byte[5]);
        assertThatThrownBy(() -> secrets.key("pseudonym")).hasMessageContaining("5 bytes");
        assertThat(data.resolve("secrets/pseudonym")).hasBinaryContent(new byte[5]);
    }

    @Test
    void a_name_that_is_a_path_is_refused() {
        assertThatThrownBy(() -> Secrets.open(data).key("../idempotency")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void those_who_start_at_the_same_time_get_the_same_key() throws Exception {
        var starts = new ArrayList<Callable<String>>();
        for (int i = 0; i < 40; i++) {
            starts.add(() -> HexFormat.of().formatHex(Secrets.open(data).key("idempotency")));
        }
        var keys = new ArrayList<String>();
        try (var threads = Executors.newFixedThreadPool(16)) {
            for (var start : threads.invokeAll(starts)) {
                keys.add(start.get());
            }
        }
        assertThat(keys.stream().distinct()).hasSize(1);
    }

    private static String mode(Path path) throws Exception {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }
}
