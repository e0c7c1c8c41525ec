package dev.lovage.engine.payload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lovage.engine.blob.BlobDamaged;
import dev.lovage.engine.blob.BlobRef;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PayloadFolderTest {
    private static final Instant START = Instant.parse("2026-11-20T08:00:00Z");
    private static final byte[] BYTES = "[[1],{}]".getBytes(StandardCharsets.UTF_8);

    @TempDir
    Path temporary;

    private final AtomicReference<Instant> now = new AtomicReference<>(START);

    private PayloadFolder folder() {
        return new PayloadFolder(temporary.resolve("payloads"), 1_000_000, now::get);
    }

    private Path file(BlobRef ref) {
        return temporary
                .resolve("payloads")
                .resolve(ref.hex().substring(0, 2))
                .resolve(ref.hex().substring(2));
    }

    @Test
    void nothing_is_made_before_something_is_kept() {
        assertThat(folder().sweep(START, Set::of)).isZero();
        assertThat(temporary.resolve("payloads")).doesNotExist();
    }

    @Test
    void what_was_kept_is_fetched_by_another_process_and_only_its_owner_reads_it() throws Exception {
        var ref = folder().keep(BYTES, "application/json");
        assertThat(folder().fetch(ref)).isEqualTo(BYTES);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file(ref))))
                .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(temporary.resolve("payloads"))))
                .isEqualTo("rwx------");
    }

    @Test
    void damaged_bytes_are_not_handed_out_and_are_whole_once_they_are_kept_again() throws Exception {
        var folder = folder();
        var ref = folder.keep(BYTES, "application/json");
        Files.write(file(ref), "[[2],{}]".getBytes(StandardCharsets.UTF_8));
        assertThatThrownBy(() -> folder.fetch(ref)).isInstanceOf(BlobDamaged.class);
        Files.write(file(ref), new byte[3]);
        assertThatThrownBy(() -> folder.fetch(ref)).isInstanceOf(BlobDamaged.class);
        folder.keep(BYTES, "application/json");
        assertThat(folder.fetch(ref)).isEqualTo(BYTES);
    }

    @Test
    void what_claims_to_be_longer_than_allowed_is_not_read() {
        var folder = folder();
        var ref = new BlobRef(folder.keep(BYTES, "application/json").digest(), 2_000_000, "application/json");
        assertThatThrownBy(() -> folder.fetch(ref))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("at most 1000000");
    }

    @Test
    void the_sweep_takes_what_is_old_and_unnamed_and_leaves_the_rest() throws Exception {
        var folder = folder();
        var named = folder.keep("named".getBytes(StandardCharsets.UTF_8), "text/plain");
        var unnamed = folder.keep("unnamed".getBytes(StandardCharsets.UTF_8), "text/plain");
        var renewed = folder.keep("renewed".getBytes(StandardCharsets.UTF_8), "text/plain");
        var halfWritten = temporary.resolve("payloads").resolve("incoming-1");
        Files.write(halfWritten, BYTES);
        Files.setLastModifiedTime(halfWritten, FileTime.from(START));
        now.set(START.plus(Duration.ofDays(2)));
        folder.keep("renewed".getBytes(StandardCharsets.UTF_8), "text/plain");
        assertThat(folder.sweep(START.plus(Duration.ofDays(1)), () -> Set.of(named.digest())))
                .isEqualTo(1);
        assertThat(folder.fetch(named)).isNotEmpty();
        assertThat(folder.fetch(renewed)).isNotEmpty();
        assertThat(halfWritten).doesNotExist();
        assertThatThrownBy(() -> folder.fetch(unnamed)).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void what_a_killed_sweep_was_about_to_take_is_still_there_as_long_as_it_is_named() throws Exception {
        var folder = folder();
        var ref = folder.keep(BYTES, "application/json");
        Files.move(file(ref), file(ref).resolveSibling(file(ref).getFileName() + ".going-1"));
        assertThat(folder.fetch(ref)).isEqualTo(BYTES);
        var later = START.plus(Duration.ofDays(1));
        assertThat(folder.sweep(later, () -> Set.of(ref.digest()))).isZero();
        assertThat(folder.fetch(ref)).isEqualTo(BYTES);
        assertThat(folder.sweep(later, Set::of)).isEqualTo(1);
        assertThatThrownBy(() -> folder.fetch(ref)).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void what_is_kept_while_a_sweep_runs_is_there() throws Exception {
        var folder = folder();
        var over = new AtomicBoolean();
        var failures = Collections.synchronizedList(new ArrayList<Throwable>());
        var sweepers = List.of(sweeper(over, failures), sweeper(over, failures));
        try {
            now.set(START.plusSeconds(2));
            for (int round = 0; round < 500; round++) {
                var ref = folder.keep(BYTES, "application/json");
                makeOld(file(ref));
                folder.keep(BYTES, "application/json");
                assertThat(folder.fetch(ref)).as("round %d", round).isEqualTo(BYTES);
            }
        } finally {
            over.set(true);
            for (var one : sweepers) {
                one.join();
            }
        }
        assertThat(failures).isEmpty();
    }

    private static void makeOld(Path file) throws IOException {
        try {
            Files.setLastModifiedTime(file, FileTime.from(START));
        } catch (NoSuchFileException e) {
            return; // a sweep that saw it in the round before looks at it again
        }
    }

    private Thread sweeper(AtomicBoolean over, List<Throwable> failures) {
        return Thread.ofPlatform().start(() -> {
            try {
                while (!over.get()) {
                    folder().sweep(START.plusSeconds(1), Set::of);
                }
            } catch (RuntimeException e) {
                failures.add(e);
            }
        });
    }
}
