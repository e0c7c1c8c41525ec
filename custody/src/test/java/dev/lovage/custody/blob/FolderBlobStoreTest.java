package dev.lovage.custody.blob;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lovage.engine.blob.BlobDamaged;
import dev.lovage.engine.blob.BlobRef;
import dev.lovage.engine.blob.BlobStore;
import dev.lovage.engine.blob.BlobTooLarge;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FolderBlobStoreTest {
    private static final byte[] HELLO = "hello\n".getBytes(StandardCharsets.UTF_8);
    private static final String HELLO_HEX = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";

    @TempDir
    Path data;

    private Path folder;
    private BlobStore blobs;

    @BeforeEach
    void openStore() throws IOException {
        folder = data.resolve("blobs");
        blobs = FolderBlobStore.open(folder, 200_000);
    }

    @Test
    void keeps_bytes_under_their_digest_for_the_owner_alone() throws Exception {
        var ref = blobs.put(HELLO, "text/plain");
        assertThat(ref).isEqualTo(new BlobRef("sha256:" + HELLO_HEX, 6, "text/plain"));
        var file = folder.resolve("58").resolve(HELLO_HEX.substring(2));
        assertThat(file).hasBinaryContent(HELLO);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        try (var in = blobs.open(ref)) {
            assertThat(in.readAllBytes()).isEqualTo(HELLO);
        }
        assertThat(blobs.exists(ref)).isTrue();
        assertThat(files()).isEqualTo(1);
    }

    @Test
    void the_same_bytes_put_by_many_at_once_are_kept_once() throws Exception {
        var puts = new ArrayList<Callable<BlobRef>>();
        for (int i = 0; i < 40; i++) {
            puts.add(() -> blobs.put(HELLO, "text/plain"));
        }
        try (var threads = Executors.newFixedThreadPool(8)) {
            for (var put : threads.invokeAll(puts)) {
                assertThat(put.get().digest()).isEqualTo("sha256:" + HELLO_HEX);
            }
        }
        assertThat(files()).isEqualTo(1);
    }

    @Test
    void what_is_too_large_is_refused_while_it_comes_and_leaves_nothing() throws Exception {
        assertThat(blobs.put(new byte[200_000], "application/octet-stream").size())
                .isEqualTo(200_000);
        assertThatThrownBy(() -> blobs.put(new Endless(), "application/octet-stream"))
                .isInstanceOf(BlobTooLarge.class)
                .hasMessageContaining("200000");
        assertThat(files()).isEqualTo(1);
    }

    @Test
    void a_stream_that_breaks_leaves_nothing() throws Exception {
        assertThatThrownBy(() -> blobs.put(
                        new InputStream() {
                            private int left = 100;

                            @Override
                            public int read() throws IOException {
                                if (left-- <= 0) {
                                    throw new IOException("the caller hung up");
                                }
                                return 'x';
                            }
                        },
                        "text/plain"))
                .hasMessageContaining("hung up");
        assertThat(files()).isZero();
    }

    @Test
    void damaged_bytes_are_never_read_to_their_end() throws Exception {
        var ref = blobs.put(HELLO, "text/plain");
        var file = folder.resolve("58").resolve(HELLO_HEX.substring(2));
        for (var damaged : new String[] {"hellO\n", "hell", "hello\n\n", ""}) {
            Files.writeString(file, damaged);
            assertThatThrownBy(() -> {
                        try (var in = blobs.open(ref)) {
                            in.readAllBytes();
                        }
                    })
                    .as(damaged)
                    .isInstanceOf(BlobDamaged.class);
        }
        assertThatThrownBy(() -> blobs.put(HELLO, "text/plain")).isInstanceOf(BlobDamaged.class);
    }

    @Test
    void a_blob_that_is_not_there_is_told() throws Exception {
        var ref = new BlobRef("sha256:" + HELLO_HEX, 6, "text/plain");
        assertThat(blobs.exists(ref)).isFalse();
        assertThatThrownBy(() -> blobs.open(ref)).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void reading_byte_by_byte_and_skipping_is_verified_too() throws Exception {
        var ref = blobs.put(new ByteArrayInputStream(HELLO), "text/plain");
        try (var in = blobs.open(ref)) {
            assertThat(in.read()).isEqualTo('h');
            in.skipNBytes(4);
            assertThat(in.read()).isEqualTo('\n');
            assertThat(in.read()).isEqualTo(-1);
            assertThat(in.read()).isEqualTo(-1);
        }
    }

    @Test
    void a_reference_that_is_none_is_refused() {
        assertThatThrownBy(() -> new BlobRef("sha256:../../etc/passwd", 1, "text/plain"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private long files() throws IOException {
        try (var files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile).count();
        }
    }

    private static final class Endless extends InputStream {
        @Override
        public int read() {
            return 'x';
        }
    }
}
