package dev.lovage.archive.image;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.lovage.testkit.ChildJvm;
import java.awt.Color;
import java.awt.color.ColorSpace;
import java.awt.color.ICC_ColorSpace;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.DeflaterOutputStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

class ThumbnailsTest {
    private static final List<String> GOOD = Fixtures.GOOD;

    @TempDir
    Path folder;

    @ParameterizedTest
    @FieldSource("GOOD")
    void every_good_file_gives_three_sizes_which_look_like_it_and_are_not_enlarged(String name) throws IOException {
        var thumbnails = Thumbnails.of(Fixtures.file(name), Thumbnails.SIDES);

        assertThat(thumbnails).extracting(Thumbnail::side).containsExactly(128, 256, 512);
        assertThat(thumbnails).extracting(Thumbnail::width).containsExactly(128, 196, 196);
        assertThat(thumbnails).extracting(Thumbnail::height).containsExactly(128, 196, 196);
        for (var thumbnail : thumbnails) {
            assertThat(thumbnail.jpeg()).hasSizeLessThan(60_000);
            var image = decoded(thumbnail);
            assertThat(image.getWidth()).isEqualTo(thumbnail.width());
            assertThat(image.getHeight()).isEqualTo(thumbnail.height());
            assertThat(image.getColorModel().getColorSpace().isCS_sRGB()).isTrue();
        }
        assertThat(darkness(decoded(thumbnails.getFirst())))
                .as("the average of the smallest and the largest")
                .isCloseTo(darkness(decoded(thumbnails.getLast())), within(3.0));
    }

    @Test
    void the_same_picture_looks_the_same_in_every_form() throws IOException {
        var expected = decoded(Thumbnails.of(Fixtures.file("sane-color-pattern-100dpi-rgb8.tif"), 128));
        for (var name : List.of("lzw-rgb8.tif", "bigtiff-rgb8.tif", "pyramid-tiled.tif", "jpeg-in-tiff.tif")) {
            var difference = difference(expected, decoded(Thumbnails.of(Fixtures.file(name), 128)));
            assertThat(difference).as(name).isLessThan(6);
        }
        var grid = decoded(Thumbnails.of(Fixtures.file("sane-grid-100dpi-rgb8.tif"), 128));
        for (var name : List.of("sane-grid-100dpi-gray16.tif", "sane-grid-100dpi-bilevel.tif")) {
            assertThat(difference(grid, decoded(Thumbnails.of(Fixtures.file(name), 128))))
                    .as(name)
                    .isLessThan(6);
        }
    }

    @Test
    void the_jpeg_holds_no_profile_and_no_metadata() throws IOException {
        var jpeg = Thumbnails.of(Fixtures.file("with-srgb-icc.tif"), 128).jpeg();

        for (var at = 2;
                jpeg[at + 1] != (byte) 0xda;
                at += 2 + ByteBuffer.wrap(jpeg).getShort(at + 2)) {
            var marker = Byte.toUnsignedInt(jpeg[at + 1]);
            assertThat(marker).as("segment at " + at).isNotIn(0xe1, 0xe2, 0xed, 0xfe);
        }
    }

    @Test
    void the_same_file_gives_the_same_bytes_alone_or_with_others() throws IOException {
        var source = page(folder.resolve("page.jpg"), "jpg", 2480, 3508);

        var all = Thumbnails.of(source, Thumbnails.SIDES);

        for (var thumbnail : all) {
            assertThat(Thumbnails.of(source, thumbnail.side()).jpeg()).isEqualTo(thumbnail.jpeg());
        }
    }

    @ParameterizedTest
    @CsvSource({"2480, 3508, 362, 512", "3508, 2480, 512, 362", "5000, 7, 512, 1", "300, 299, 300, 299", "1, 1, 1, 1"})
    void the_aspect_is_kept_to_the_pixel(int width, int height, int expectedWidth, int expectedHeight)
            throws IOException {
        var thumbnail = Thumbnails.of(page(folder.resolve("page.png"), "png", width, height), 512);

        assertThat(thumbnail.width()).isEqualTo(expectedWidth);
        assertThat(thumbnail.height()).isEqualTo(expectedHeight);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void orientation_is_applied(int orientation) throws IOException {
        // as shown: 300 x 200, its left upper quarter red, its right upper one green, the rest blue
        var turned = orientation >= 5;
        var width = turned ? 200 : 300;
        var height = turned ? 300 : 200;
        var pixels = new byte[width * height * 3];
        var file = TiffFile.image(false, ByteOrder.LITTLE_ENDIAN, width, height, 2, 8, 8, 8)
                .shorts(274, orientation);
        file.positions(273, file.bytes().length);
        for (var y = 0; y < 200; y++) {
            for (var x = 0; x < 300; x++) {
                var at = stored(orientation, x, y, 300, 200);
                var band = y >= 100 ? 2 : x < 150 ? 0 : 1;
                pixels[(at[1] * width + at[0]) * 3 + band] = (byte) 255;
            }
        }

        var thumbnail = Thumbnails.of(file.write(folder.resolve("a.tif"), pixels), 150);

        assertThat(thumbnail.width()).isEqualTo(150);
        assertThat(thumbnail.height()).isEqualTo(100);
        var image = decoded(thumbnail);
        assertColor(image, 37, 25, Color.RED);
        assertColor(image, 112, 25, Color.GREEN);
        assertColor(image, 75, 75, Color.BLUE);
    }

    /// Where TIFF 6.0 says that a pixel lies in the file: row 0 of the file is which side, column 0 which.
    private static int[] stored(int orientation, int x, int y, int width, int height) {
        return switch (orientation) {
            case 2 -> new int[] {width - 1 - x, y}; // row 0 top, column 0 right
            case 3 -> new int[] {width - 1 - x, height - 1 - y}; // bottom, right
            case 4 -> new int[] {x, height - 1 - y}; // bottom, left
            case 5 -> new int[] {y, x}; // left, top
            case 6 -> new int[] {y, width - 1 - x}; // right, top
            case 7 -> new int[] {height - 1 - y, width - 1 - x}; // right, bottom
            case 8 -> new int[] {height - 1 - y, x}; // left, bottom
            default -> new int[] {x, y};
        };
    }

    @Test
    void a_profile_is_converted_before_it_is_dropped() throws IOException {
        // linear light: 0.2140 there is 0.5 in sRGB
        var profile = ((ICC_ColorSpace) ColorSpace.getInstance(ColorSpace.CS_LINEAR_RGB))
                .getProfile()
                .getData();
        var file = TiffFile.image(false, ByteOrder.BIG_ENDIAN, 300, 200, 2, 16, 16, 16)
                .value(34675, 7, profile.length, profile);
        file.positions(273, file.bytes().length);
        var pixels = ByteBuffer.allocate(300 * 200 * 6);
        while (pixels.hasRemaining()) {
            pixels.putShort((short) Math.round(0.2140 * 65535));
        }

        var image = decoded(Thumbnails.of(file.write(folder.resolve("a.tif"), pixels.array()), 128));

        assertColor(image, 60, 40, new Color(128, 128, 128));
    }

    @Test
    void a_damaged_profile_gives_a_thumbnail_or_the_reason() throws IOException {
        var profile = ((ICC_ColorSpace) ColorSpace.getInstance(ColorSpace.CS_LINEAR_RGB))
                .getProfile()
                .getData();
        var random = new Random(5);
        for (var i = 0; i < 200; i++) {
            var damaged = profile.clone();
            for (var change = 0; change < 4; change++) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            }
            var file = TiffFile.image(false, ByteOrder.BIG_ENDIAN, 20, 20, 2, 8, 8, 8)
                    .value(34675, 7, damaged.length, damaged);
            file.positions(273, file.bytes().length);
            try {
                Thumbnails.of(file.write(folder.resolve("a.tif"), new byte[1200]), 16);
            } catch (ImageUnreadable e) {
                assertThat(e).hasMessageContaining("The file is unharmed");
            }
        }
    }

    @Test
    void grey_without_a_profile_keeps_its_numbers_and_transparency_becomes_white() throws IOException {
        var file = TiffFile.image(false, ByteOrder.LITTLE_ENDIAN, 200, 200, 1, 8);
        var pixels = new byte[200 * 200];
        Arrays.fill(pixels, (byte) 100);
        assertColor(
                decoded(Thumbnails.of(file.write(folder.resolve("a.tif"), pixels), 100)),
                50,
                50,
                new Color(100, 100, 100));

        var inverted = file.shorts(262, 0).write(folder.resolve("inverted.tif"), pixels);
        assertColor(decoded(Thumbnails.of(inverted, 100)), 50, 50, new Color(155, 155, 155));

        var glass = new BufferedImage(200, 200, BufferedImage.TYPE_INT_ARGB);
        for (var y = 100; y < 200; y++) {
            for (var x = 0; x < 200; x++) {
                glass.setRGB(x, y, 0x80ff0000);
            }
        }
        ImageIO.write(glass, "png", folder.resolve("glass.png").toFile());
        var image = decoded(Thumbnails.of(folder.resolve("glass.png"), 100));
        assertColor(image, 50, 25, Color.WHITE);
        assertColor(image, 50, 75, new Color(255, 127, 127));
    }

    @Test
    void planes_and_printing_colors_are_decoded() throws IOException {
        var planes = TiffFile.image(false, ByteOrder.BIG_ENDIAN, 200, 200, 2, 8, 8, 8)
                .shorts(284, 2)
                .longs(279, 40_000, 40_000, 40_000);
        var start = planes.longs(273, 0, 0, 0).bytes().length;
        planes.longs(273, start, start + 40_000, start + 80_000);
        var pixels = new byte[120_000];
        Arrays.fill(pixels, 40_000, 80_000, (byte) 200);
        assertColor(
                decoded(Thumbnails.of(planes.write(folder.resolve("planes.tif"), pixels), 100)),
                50,
                50,
                new Color(0, 200, 0));

        var inks = TiffFile.image(false, ByteOrder.BIG_ENDIAN, 200, 200, 5, 8, 8, 8, 8);
        var paper = decoded(Thumbnails.of(inks.write(folder.resolve("inks.tif"), new byte[160_000]), 100));
        assertColor(paper, 50, 50, Color.WHITE);
        var black = new byte[160_000];
        Arrays.fill(black, (byte) 0xff);
        var printed = new Color(decoded(Thumbnails.of(inks.write(folder.resolve("inks.tif"), black), 100))
                .getRGB(50, 50));
        assertThat(printed.getRed() + printed.getGreen() + printed.getBlue()).isLessThan(120);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void sixteen_bits_are_read_with_a_predictor_too(int predictor) throws IOException {
        var samples = ByteBuffer.allocate(300 * 200 * 6).order(ByteOrder.LITTLE_ENDIAN);
        for (var y = 0; y < 200; y++) {
            var before = new int[3];
            for (var x = 0; x < 300; x++) {
                var pixel = new int[] {x * 218, 0x4000, x < 150 ? 0 : 0xffff};
                for (var band = 0; band < 3; band++) {
                    samples.putShort((short) (predictor == 2 ? pixel[band] - before[band] : pixel[band]));
                }
                before = pixel;
            }
        }
        var packed = new ByteArrayOutputStream();
        try (var deflater = new DeflaterOutputStream(packed)) {
            deflater.write(samples.array());
        }
        var file = TiffFile.image(false, ByteOrder.LITTLE_ENDIAN, 300, 200, 2, 16, 16, 16)
                .shorts(259, 8)
                .shorts(317, predictor)
                .longs(279, packed.size());
        file.positions(273, file.bytes().length);

        var image = decoded(Thumbnails.of(file.write(folder.resolve("a.tif"), packed.toByteArray()), 150));

        assertColor(image, 25, 50, new Color(50 * 218 >> 8, 0x40, 0));
        assertColor(image, 125, 50, new Color(250 * 218 >> 8, 0x40, 255));
    }

    @Test
    void every_pixel_counts_in_the_average() throws IOException {
        // lines one pixel wide, every other one black: picking rows would give all black or all white
        var file = TiffFile.image(false, ByteOrder.LITTLE_ENDIAN, 3072, 3072, 0, 1);
        var pixels = new byte[384 * 3072];
        for (var y = 0; y < 3072; y += 2) {
            Arrays.fill(pixels, y * 384, (y + 1) * 384, (byte) 0xff);
        }

        var image = decoded(Thumbnails.of(file.write(folder.resolve("a.tif"), pixels), 256));

        for (var at = 10; at < 250; at += 7) {
            assertColor(image, at, at, new Color(128, 128, 128));
        }
    }

    @Test
    void noise_is_held_below_the_limit() throws IOException {
        var random = new Random(7);
        var noise = new BufferedImage(1100, 1100, BufferedImage.TYPE_INT_RGB);
        for (var y = 0; y < 1100; y++) {
            for (var x = 0; x < 1100; x++) {
                noise.setRGB(x, y, random.nextBoolean() ? 0xffffff : random.nextInt(1 << 24));
            }
        }
        ImageIO.write(noise, "png", folder.resolve("noise.png").toFile());

        assertThat(Thumbnails.of(folder.resolve("noise.png"), 512).jpeg()).hasSizeBetween(20_000, 59_999);
    }

    @Test
    void sources_of_any_size_need_no_more_heap_than_128_megabytes() throws IOException, InterruptedException {
        var command = new ArrayList<>(ChildJvm.command(LargeSources.class, List.of(folder.toString())));
        command.add(1, "-Xmx128m");
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        var output = new String(process.getInputStream().readAllBytes(), UTF_8);

        assertThat(process.waitFor()).as(output).isZero();
        assertThat(output.lines()).containsExactly("512 x 480", "512 x 427", "512 x 341");
    }

    /// Runs in a Java of its own, whose heap is small. The files are holes, so that they need no disk either.
    static final class LargeSources {
        private LargeSources() {}

        public static void main(String[] arguments) throws IOException {
            make(Path.of(arguments[0]), 16_000, 15_000, 1, 8);
            make(Path.of(arguments[0]), 12_000, 10_000, 2, 16, 16, 16);
            make(Path.of(arguments[0]), 60_000, 40_000, 0, 1);
        }

        private static void make(Path folder, long width, long height, int photometric, int... bits)
                throws IOException {
            var source = folder.resolve("large.tif");
            TiffFile.image(true, ByteOrder.LITTLE_ENDIAN, width, height, photometric, bits)
                    .write(source, Math.ceilDiv(width * Arrays.stream(bits).sum(), 8) * height);
            var largest = Thumbnails.of(source, Thumbnails.SIDES).getLast();
            System.out.println(largest.width() + " x " + largest.height());
            Files.delete(source);
        }
    }

    @Test
    void what_claims_too_many_pixels_is_refused_before_it_is_decoded() throws IOException {
        var huge = TiffFile.image(true, ByteOrder.LITTLE_ENDIAN, 400_000, 10, 1, 8)
                .write(folder.resolve("wide.tif"), 4_000_000);
        assertThatExceptionOfType(ImageUnreadable.class)
                .isThrownBy(() -> Thumbnails.of(huge, 128))
                .withMessageContaining("400000 x 10 pixels; at most 300000 on a side");

        var tiled = TiffFile.image(false, ByteOrder.LITTLE_ENDIAN, 100, 100, 1, 8)
                .longs(322, 1 << 30)
                .longs(324, 300)
                .longs(325, 100)
                .longs(323, 100)
                .shorts(259, 5)
                .write(folder.resolve("tiled.tif"), 10_000);
        assertThatExceptionOfType(ImageUnreadable.class)
                .isThrownBy(() -> Thumbnails.of(tiled, 128))
                .withMessageContaining("tiles of 1073741824 x 100 pixels");

        var empty = TiffFile.image(false, ByteOrder.LITTLE_ENDIAN, 100_000, 40_000, 1, 8)
                .shorts(259, 5)
                .longs(279, 100)
                .write(folder.resolve("empty.tif"), 100);
        assertThatExceptionOfType(ImageUnreadable.class)
                .isThrownBy(() -> Thumbnails.of(empty, 128))
                .withMessageContaining("more than 1000 a byte");

        var png = ByteBuffer.wrap(Files.readAllBytes(page(folder.resolve("page.png"), "png", 10, 10)));
        png.putInt(16, 250_000).putInt(20, 250_000);
        Files.write(folder.resolve("bomb.png"), png.array());
        assertThatExceptionOfType(ImageUnreadable.class)
                .isThrownBy(() -> Thumbnails.of(folder.resolve("bomb.png"), 128))
                .withMessageContaining("250000 x 250000 pixels");
    }

    @ParameterizedTest
    @ValueSource(strings = {"bad-truncated.tif", "bad-zero-rows-222-bytes.tif"})
    void half_a_picture_is_no_thumbnail(String name) {
        assertThatExceptionOfType(ImageUnreadable.class)
                .isThrownBy(() -> Thumbnails.of(Fixtures.file(name), 128))
                .withMessageContaining("The structure of this TIFF is damaged");
    }

    @Test
    void a_missing_resolution_is_no_obstacle() throws IOException {
        assertThat(Thumbnails.of(Fixtures.file("no-resolution-tag.tif"), 128).width())
                .isEqualTo(128);
    }

    @Test
    void cut_off_jpeg_and_png_files_and_other_formats_are_refused_and_missing_ones_are_io_errors() throws IOException {
        for (var form : List.of("jpg", "png")) {
            var whole = Files.readAllBytes(page(folder.resolve("page." + form), form, 800, 600));
            for (var part : List.of(20, whole.length / 100, whole.length / 2)) {
                Files.write(folder.resolve("part"), Arrays.copyOf(whole, part));
                assertThatExceptionOfType(ImageUnreadable.class)
                        .as(form + " cut off after " + part)
                        .isThrownBy(() -> Thumbnails.of(folder.resolve("part"), 128));
            }
        }
        Files.writeString(folder.resolve("text"), "no image at all");
        assertThatExceptionOfType(ImageUnreadable.class)
                .isThrownBy(() -> Thumbnails.of(folder.resolve("text"), 128))
                .withMessageContaining("begins with the bytes");
        assertThatExceptionOfType(NoSuchFileException.class)
                .isThrownBy(() -> Thumbnails.of(folder.resolve("missing"), 128));
        assertThatIllegalArgumentException().isThrownBy(() -> Thumbnails.of(folder.resolve("text"), 513));
    }

    /// Something like a page: paper, and lines of marks.
    private static Path page(Path file, String form, int width, int height) throws IOException {
        var page = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        var random = new Random(1);
        for (var y = 0; y < height; y++) {
            for (var x = 0; x < width; x++) {
                var ink = y / 20 % 2 == 0 && x / 7 % 3 != 0 && random.nextInt(4) > 0;
                page.setRGB(x, y, ink ? 0x302820 : 0xf4f0e0 - random.nextInt(6));
            }
        }
        ImageIO.write(page, form, file.toFile());
        return file;
    }

    private static BufferedImage decoded(Thumbnail thumbnail) throws IOException {
        return ImageIO.read(new ByteArrayInputStream(thumbnail.jpeg()));
    }

    private static void assertColor(BufferedImage image, int x, int y, Color expected) {
        var found = new Color(image.getRGB(x, y));
        assertThat(List.of(found.getRed(), found.getGreen(), found.getBlue()))
                .as("pixel %d,%d is %s, expected %s", x, y, found, expected)
                .satisfiesExactly(
                        red -> assertThat(red).isCloseTo(expected.getRed(), within(4)),
                        green -> assertThat(green).isCloseTo(expected.getGreen(), within(4)),
                        blue -> assertThat(blue).isCloseTo(expected.getBlue(), within(4)));
    }

    private static double darkness(BufferedImage image) {
        return difference(image, new BufferedImage(image.getWidth(), image.getHeight(), BufferedImage.TYPE_INT_RGB));
    }

    /// The mean difference of the samples, 0 to 255.
    private static double difference(BufferedImage one, BufferedImage other) {
        var sum = 0L;
        for (var y = 0; y < one.getHeight(); y++) {
            for (var x = 0; x < one.getWidth(); x++) {
                for (var shift = 0; shift < 24; shift += 8) {
                    sum += Math.abs((one.getRGB(x, y) >> shift & 255) - (other.getRGB(x, y) >> shift & 255));
                }
            }
        }
        return sum / (3.0 * one.getWidth() * one.getHeight());
    }
}
