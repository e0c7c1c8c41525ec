package dev.lovage.archive.scanner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.archive.scanner.CaptureSettings.Mode;
import dev.lovage.testkit.Seeds;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TiffWriterTest {
    @TempDir
    Path folder;

    /// 1000 rows of 1 to 6 bytes a pixel lie in one strip or several.
    @ParameterizedTest
    @CsvSource({"LINEART, 1", "GRAY, 8", "GRAY, 16", "COLOR, 8", "COLOR, 16"})
    void another_reader_finds_every_sample(Mode mode, int depth) throws IOException {
        var random = Seeds.random("samples");
        var form = new TiffWriter.Form(333, mode, depth, 600, "Müller", "S1");
        int perRow = 333 * form.samples();
        var samples = random.ints(1000L * perRow, 0, 1 << depth).toArray();
        var file = folder.resolve("image.tif");
        try (var tiff = TiffWriter.create(file, form, 1000)) {
            for (int y = 0; y < 1000; y++) {
                assertThat(tiff.row(packed(Arrays.copyOfRange(samples, y * perRow, (y + 1) * perRow), depth)))
                        .isTrue();
            }
            tiff.finish();
        }
        var image = ImageIO.read(file.toFile());
        assertThat(image.getWidth()).isEqualTo(333);
        assertThat(mode == Mode.LINEART ? whites(image) : image.getData().getPixels(0, 0, 333, 1000, (int[]) null))
                .isEqualTo(samples);
        assertThat(TiffHeader.read(file)).contains(new Capture.Image(333, 1000, mode, depth, 600));
    }

    @Test
    void what_can_not_stay_below_four_gibibytes_is_a_bigtiff_with_the_same_pixels() throws IOException {
        var form = new TiffWriter.Form(50, Mode.COLOR, 8, 300, "", "");
        var row = new byte[150];
        for (var big : new boolean[] {false, true}) {
            try (var tiff = TiffWriter.create(folder.resolve(big + ".tif"), form, big)) {
                for (int y = 0; y < 4000; y++) {
                    Arrays.fill(row, (byte) y);
                    tiff.row(row);
                }
                tiff.finish();
            }
        }
        var bytes =
                ByteBuffer.wrap(Files.readAllBytes(folder.resolve("true.tif"))).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(bytes.getShort(2)).isEqualTo((short) 43);
        assertThat(bytes.getShort(4)).isEqualTo((short) 8);
        assertThat(TiffHeader.read(folder.resolve("true.tif")))
                .isEqualTo(TiffHeader.read(folder.resolve("false.tif")))
                .contains(new Capture.Image(50, 4000, Mode.COLOR, 8, 300));
        var classic = Files.readAllBytes(folder.resolve("false.tif"));
        assertThat(Arrays.copyOfRange(bytes.array(), 16, 16 + 600_000))
                .isEqualTo(Arrays.copyOfRange(classic, 8, 8 + 600_000));
        var image = ImageIO.read(folder.resolve("true.tif").toFile());
        assertThat(image.getData().getPixels(0, 0, 50, 4000, (int[]) null))
                .isEqualTo(ImageIO.read(folder.resolve("false.tif").toFile())
                        .getData()
                        .getPixels(0, 0, 50, 4000, (int[]) null));
        assertThat(TiffWriter.create(folder.resolve("promised.tif"), form, 5L << 30))
                .satisfies(tiff -> {
                    tiff.row(row);
                    tiff.finish();
                    tiff.close();
                    assertThat(Files.readAllBytes(folder.resolve("promised.tif"))[2])
                            .isEqualTo((byte) 43);
                });
    }

    /// Readers differ in whether they turn the bits or the palette around, not in what is white.
    private static int[] whites(BufferedImage image) {
        return Arrays.stream(image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth()))
                .map(color -> color & 1)
                .toArray();
    }

    private static byte[] packed(int[] samples, int depth) {
        if (depth == 1) {
            var bits = new byte[(samples.length + 7) / 8];
            for (int i = 0; i < samples.length; i++) {
                // 1 is white here, as in an image that was read; in the file 0 is.
                bits[i / 8] |= (byte) ((1 - samples[i]) << 7 - i % 8);
            }
            return bits;
        }
        var bytes = ByteBuffer.allocate(samples.length * depth / 8).order(ByteOrder.LITTLE_ENDIAN);
        for (var sample : samples) {
            if (depth == 16) {
                bytes.putShort((short) sample);
            } else {
                bytes.put((byte) sample);
            }
        }
        return bytes.array();
    }
}
