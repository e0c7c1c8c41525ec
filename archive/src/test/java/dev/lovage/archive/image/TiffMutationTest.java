package dev.lovage.archive.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Damages good files at random. A run is repeated by `-Dlovage.seed=…`.
class TiffMutationTest {
    private static final long ALLOCATED_MAX = 128L << 20;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @TempDir
    Path folder;

    private final long seed = Long.getLong("lovage.seed", 20_261_121L);

    @Test
    void whatever_is_damaged_the_reader_ends_with_a_tiff_or_says_why_not() throws IOException {
        var random = new Random(seed);
        var originals = originals();
        var read = 0;
        var cases = 6000;
        for (var i = 0; i < cases; i++) {
            var bytes = damaged(random, originals.get(random.nextInt(originals.size())));
            var file = Files.write(folder.resolve("damaged.tif"), bytes);
            var before = THREADS.getCurrentThreadAllocatedBytes();
            try {
                var tiff = Tiff.read(file);
                assertThat(tiff.findings()).hasSizeLessThanOrEqualTo(101);
                read++;
            } catch (ImageUnreadable e) {
                assertThat(e).hasMessageContaining("The file is unharmed");
            } catch (RuntimeException | IOException e) {
                fail("case " + i + " of seed " + seed, e);
            }
            assertThat(THREADS.getCurrentThreadAllocatedBytes() - before)
                    .as("bytes allocated in case %d of seed %d", i, seed)
                    .isLessThan(ALLOCATED_MAX);
        }
        System.out.println("seed " + seed + ": " + read + " of " + cases + " damaged files still had a directory");
        assertThat(read).isBetween(cases / 10, cases - 1);
    }

    @Test
    void whatever_is_damaged_a_thumbnail_is_made_or_the_reason_is_said() throws IOException {
        var random = new Random(seed);
        var originals = originals();
        var made = 0;
        var cases = 800;
        for (var i = 0; i < cases; i++) {
            var bytes = damaged(random, originals.get(random.nextInt(originals.size())));
            var file = Files.write(folder.resolve("damaged.tif"), bytes);
            try {
                assertThat(Thumbnails.of(file, 128).jpeg()).isNotEmpty();
                made++;
            } catch (ImageUnreadable e) {
                assertThat(e).hasMessageContaining("The file is unharmed");
            } catch (RuntimeException | IOException e) {
                fail("case " + i + " of seed " + seed, e);
            }
        }
        System.out.println("seed " + seed + ": " + made + " of " + cases + " damaged files gave a thumbnail");
        assertThat(made).isPositive();
    }

    private static List<byte[]> originals() throws IOException {
        var originals = new ArrayList<byte[]>();
        for (var name : List.of(
                "lzw-rgb8.tif",
                "jpeg-in-tiff.tif",
                "sane-grid-100dpi-bilevel.tif",
                "pyramid-tiled.tif",
                "bad-zero-rows-222-bytes.tif",
                "bigtiff-rgb8.tif",
                "with-srgb-icc.tif")) {
            originals.add(Files.readAllBytes(Fixtures.file(name)));
        }
        for (var order : List.of(ByteOrder.BIG_ENDIAN, ByteOrder.LITTLE_ENDIAN)) {
            var file = TiffFile.image(true, order, 64, 64, 2, 8, 8, 8)
                    .text(271, "Northlight")
                    .text(306, "2026:11:20 09:08:07")
                    .next()
                    .longs(256, 10)
                    .longs(257, 10);
            originals.add(Arrays.copyOf(file.bytes(), file.bytes().length + 64 * 64 * 3));
        }
        return originals;
    }

    /// Most damage goes where the structure is: to the first bytes, and to the last, where libraries write it.
    private static byte[] damaged(Random random, byte[] original) {
        var bytes =
                random.nextInt(8) == 0 ? Arrays.copyOf(original, random.nextInt(original.length)) : original.clone();
        var changes = bytes.length == 0 ? 0 : 1 + random.nextInt(12);
        for (var i = 0; i < changes; i++) {
            var reach = Math.min(bytes.length, 600);
            var at = switch (random.nextInt(4)) {
                case 0 -> random.nextInt(bytes.length);
                case 1 -> random.nextInt(reach);
                default -> bytes.length - 1 - random.nextInt(reach);
            };
            bytes[at] = switch (random.nextInt(4)) {
                case 0 -> (byte) 0xff;
                case 1 -> 0;
                case 2 -> (byte) (bytes[at] ^ 1 << random.nextInt(8));
                default -> (byte) random.nextInt(256);
            };
        }
        return bytes;
    }
}
