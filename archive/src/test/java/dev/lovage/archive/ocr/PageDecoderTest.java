package dev.lovage.archive.ocr;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.twelvemonkeys.imageio.metadata.tiff.TIFFEntry;
import com.twelvemonkeys.imageio.plugins.tiff.TIFFImageMetadata;
import com.twelvemonkeys.imageio.plugins.tiff.TIFFImageWriterSpi;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.ImageWriteParam;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PageDecoderTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "bigtiff-rgb8",
                "jpeg-in-tiff",
                "lzw-rgb8",
                "pyramid-tiled",
                "sane-grid-100dpi-bilevel",
                "sane-grid-100dpi-gray16",
                "with-srgb-icc"
            })
    void decodes_every_kind_of_tiff_whole(String name) throws Exception {
        try (var page = decode(OcrEngineTest.fixture("tiff/" + name + ".tif"))) {
            assertThat(page.width()).isEqualTo(196);
            assertThat(page.height()).isEqualTo(196);
            assertThat(page.dpi()).isEqualTo(OptionalInt.of(100));
            var values = new boolean[256];
            for (int i = 0; i < 196 * 196; i++) {
                values[page.pixels().get(i) & 0xFF] = true;
            }
            assertThat(values[0] || values[255]).isTrue();
            assertThat(values)
                    .as("more than one gray")
                    .contains(true)
                    .isNotEqualTo(only(page.pixels().get(0)));
        }
    }

    private static boolean[] only(byte value) {
        var values = new boolean[256];
        values[value & 0xFF] = true;
        return values;
    }

    @Test
    void the_same_picture_has_the_same_pixels_in_each_encoding() throws Exception {
        var plain = pixels("tiff/lzw-rgb8.tif");
        for (var other : List.of(
                "tiff/bigtiff-rgb8.tif",
                "tiff/pyramid-tiled.tif",
                "tiff/with-srgb-icc.tif",
                "tiff/no-resolution-tag.tif")) {
            assertThat(pixels(other)).as(other).isEqualTo(plain);
        }
    }

    @Test
    void a_missing_resolution_is_not_taken_for_72_dpi() throws Exception {
        try (var page = decode(OcrEngineTest.fixture("tiff/no-resolution-tag.tif"))) {
            assertThat(page.dpi()).isEmpty();
        }
    }

    @Test
    void reads_jpeg_2000() throws Exception {
        try (var page = decode(OcrEngineTest.fixture("2_0001.jp2"))) {
            var bytes = new byte[page.width() * page.height()];
            page.pixels().get(0, bytes);
            assertThat(page.width()).isGreaterThan(10);
            assertThat(page.height()).isGreaterThan(10);
            assertThat(bytes).isNotEqualTo(new byte[bytes.length]);
        }
    }

    static Stream<org.junit.jupiter.params.provider.Arguments> encodings() {
        return Stream.of(
                arguments("png", "", BufferedImage.TYPE_BYTE_GRAY),
                arguments("png", "", BufferedImage.TYPE_4BYTE_ABGR),
                arguments("png", "", BufferedImage.TYPE_USHORT_GRAY),
                arguments("png", "", BufferedImage.TYPE_BYTE_BINARY),
                arguments("jpeg", "", BufferedImage.TYPE_3BYTE_BGR),
                arguments("tiff", "CCITT T.6", BufferedImage.TYPE_BYTE_BINARY),
                arguments("tiff", "LZW", BufferedImage.TYPE_BYTE_GRAY),
                arguments("tiff", "Deflate", BufferedImage.TYPE_USHORT_GRAY),
                arguments("tiff", "JPEG", BufferedImage.TYPE_3BYTE_BGR),
                arguments("tiff", "PackBits", BufferedImage.TYPE_4BYTE_ABGR),
                arguments("tiff", "None", BufferedImage.TYPE_BYTE_INDEXED));
    }

    /// Bits may be right and their meaning wrong: so the text is compared, not only the pixels.
    @ParameterizedTest
    @MethodSource("encodings")
    void a_page_reads_the_same_in_every_encoding_and_is_refused_when_cut_off(
            String format, String compression, int type) throws Exception {
        var file = write(format, compression, type, 1);
        try (var engine = OcrEngine.open("eng")) {
            assertThat(CharacterErrors.percent(
                            Files.readString(OcrEngineTest.fixture("phototest.gold.txt")),
                            engine.read(file, Optional.of(200)).text()))
                    .isLessThanOrEqualTo(1);
        }
        assertRefusedWhenCut(file, 9);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tiff/bigtiff-rgb8.tif",
                "tiff/jpeg-in-tiff.tif",
                "tiff/lzw-rgb8.tif",
                "tiff/pyramid-tiled.tif",
                "tiff/sane-grid-100dpi-bilevel.tif",
                "2_0001.jp2",
                "8087_054.3B.tif"
            })
    void a_fixture_is_refused_when_cut_off(String name) throws Exception {
        // nine tenths of the pyramid hold its first image whole
        assertRefusedWhenCut(OcrEngineTest.fixture(name), name.contains("pyramid") ? 7 : 9);
    }

    private void assertRefusedWhenCut(Path file, int tenthsMax) throws IOException {
        var whole = Files.readAllBytes(file);
        var cut = folder.resolve("cut");
        for (int tenths = 1; tenths <= tenthsMax; tenths += 2) {
            Files.write(cut, Arrays.copyOf(whole, whole.length / 10 * tenths));
            assertThatThrownBy(() -> decode(cut).close())
                    .as(tenths + " tenths of " + file.getFileName())
                    .isInstanceOf(PageUnreadable.class);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiff/bad-truncated.tif", "tiff/bad-zero-rows-222-bytes.tif"})
    void damaged_tiffs_are_refused(String name) throws Exception {
        var file = OcrEngineTest.fixture(name);
        assertThatThrownBy(() -> decode(file))
                .isInstanceOfSatisfying(
                        PageUnreadable.class, e -> assertThat(e.page()).isEqualTo(String.valueOf(file.getFileName())));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void a_tiff_is_turned_upright(int orientation) throws Exception {
        // upright: 3 wide, 2 high, 1 2 3 / 4 5 6; stored as each orientation says
        int[][] stored = {
            {3, 1, 2, 3, 4, 5, 6},
            {3, 3, 2, 1, 6, 5, 4},
            {3, 6, 5, 4, 3, 2, 1},
            {3, 4, 5, 6, 1, 2, 3},
            {2, 1, 4, 2, 5, 3, 6},
            {2, 3, 6, 2, 5, 1, 4},
            {2, 6, 3, 5, 2, 4, 1},
            {2, 4, 1, 5, 2, 6, 3}
        };
        var values = stored[orientation - 1];
        var image = new BufferedImage(values[0], 6 / values[0], BufferedImage.TYPE_BYTE_GRAY);
        for (int i = 0; i < 6; i++) {
            image.getRaster().setSample(i % values[0], i / values[0], 0, values[i + 1] * 40);
        }
        try (var page = decode(writeTiff(image, "None", orientation))) {
            assertThat(page.width()).isEqualTo(3);
            assertThat(page.height()).isEqualTo(2);
            var upright = new byte[6];
            page.pixels().get(0, upright);
            assertThat(upright).isEqualTo(new byte[] {40, 80, 120, (byte) 160, (byte) 200, (byte) 240});
        }
    }

    @Test
    void an_image_beyond_the_first_is_read_by_its_index() throws Exception {
        var file = OcrEngineTest.fixture("tiff/pyramid-tiled.tif");
        try (var second = PageDecoder.decode(new PageImage(file, "p.tif", 1, Optional.empty()))) {
            assertThat(second.width()).isEqualTo(98);
        }
        assertThatThrownBy(() -> PageDecoder.decode(new PageImage(file, "p.tif", 9, Optional.empty())))
                .isInstanceOf(PageUnreadable.class)
                .hasMessageContaining("image 9 was asked for, counted from 0, but it has 3");
    }

    @Test
    void huge_and_hostile_headers_are_refused_before_anything_is_allocated() throws IOException {
        assertThatThrownBy(() -> decode(header(20_000, 20_000, 1)))
                .isInstanceOf(PageUnreadable.class)
                .hasMessageContaining("20000 × 20000 pixels, and at most 140 million are read");
        assertThatThrownBy(() -> decode(header(40_000, 10, 1)))
                .isInstanceOf(PageUnreadable.class)
                .hasMessageContaining("32767 a side");
        assertThatThrownBy(() -> decode(header(10, 10, 0x7FFF_FFFF))).isInstanceOf(PageUnreadable.class);
        assertThatThrownBy(() -> decode(header(-10, 10, 1))).isInstanceOf(PageUnreadable.class);
    }

    /// A gray TIFF with this size and number of strips, and no pixels.
    private Path header(int width, int height, int strips) throws IOException {
        int[][] fields = {
            {256, 4, 1, width},
            {257, 4, 1, height},
            {258, 3, 1, 8},
            {259, 3, 1, 1},
            {262, 3, 1, 1},
            {273, 4, strips, 8},
            {277, 3, 1, 1},
            {278, 4, 1, height},
            {279, 4, strips, 100}
        };
        var bytes = ByteBuffer.allocate(8 + 2 + fields.length * 12 + 4).order(ByteOrder.LITTLE_ENDIAN);
        bytes.put((byte) 'I').put((byte) 'I').putShort((short) 42).putInt(8).putShort((short) fields.length);
        for (var field : fields) {
            bytes.putShort((short) field[0])
                    .putShort((short) field[1])
                    .putInt(field[2])
                    .putInt(field[3]);
        }
        bytes.putInt(0);
        return Files.write(folder.resolve("header.tif"), bytes.array());
    }

    private Path write(String format, String compression, int type, int orientation) throws Exception {
        var page = ImageIO.read(OcrEngineTest.fixture("phototest.tif").toFile());
        var image = new BufferedImage(page.getWidth(), page.getHeight(), type);
        image.createGraphics().drawImage(page, 0, 0, null);
        if (format.equals("tiff")) {
            return writeTiff(image, compression, orientation);
        }
        var file = folder.resolve("page." + format);
        assertThat(ImageIO.write(image, format, file.toFile())).isTrue();
        return file;
    }

    private Path writeTiff(BufferedImage image, String compression, int orientation) throws IOException {
        var file = folder.resolve("page.tif");
        var writer = new TIFFImageWriterSpi().createWriterInstance(null);
        try (var out = ImageIO.createImageOutputStream(file.toFile())) {
            writer.setOutput(out);
            var settings = writer.getDefaultWriteParam();
            settings.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            settings.setCompressionType(compression);
            var metadata = new TIFFImageMetadata(List.of(new TIFFEntry(274, orientation)));
            var all =
                    writer.convertImageMetadata(metadata, ImageTypeSpecifier.createFromRenderedImage(image), settings);
            writer.write(null, new IIOImage(image, null, all), settings);
        } finally {
            writer.dispose();
        }
        return file;
    }

    private static byte[] pixels(String fixture) throws Exception {
        try (var page = decode(OcrEngineTest.fixture(fixture))) {
            var bytes = new byte[page.width() * page.height()];
            page.pixels().get(0, bytes);
            return bytes;
        }
    }

    private static GrayPage decode(Path file) throws IOException {
        return PageDecoder.decode(PageImage.of(file, Optional.empty()));
    }
}
