package dev.lovage.archive.image;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImageFormatTest {
    private static final String JPEG_FRAME = " ffc0 000b 08 0064 00c8 01 01 11 00";
    private static final String PNG_START = "89504e470d0a1a0a 0000000d 49484452 000000c8 00000064 0802000000 00000000";
    private static final String JP2_START = "0000000c 6a502020 0d0a870a";
    private static final String JP2_HEADER = " 0000001e 6a703268 00000016 69686472 00000064 000000c8 0003 07 07 00 00";

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({
        "image/jpeg, fmt/42,    1.00, ffd8 ffe0 0010 4a46494600 0100 00 0001 0001 0000" + JPEG_FRAME,
        "image/jpeg, fmt/43,    1.01, ffd8 ffe0 0010 4a46494600 0101 00 0001 0001 0000" + JPEG_FRAME,
        "image/jpeg, fmt/44,    1.02, ffd8 ffff ffe0 0010 4a46494600 0102 00 0001 0001 0000" + JPEG_FRAME,
        "image/jpeg, fmt/41,    ,     ffd8 fffe 0004 4142" + JPEG_FRAME,
        "image/png,  fmt/11,    1.0,  " + PNG_START + "00000000 49444154",
        "image/png,  fmt/12,    1.1,  " + PNG_START + "00000001 73524742 00 00000000 00000000 49444154",
        "image/png,  fmt/13,    1.2,  " + PNG_START + "00000002 69545874 4100 00000000 00000000 49444154",
        "image/jp2,  x-fmt/392, ,     " + JP2_START + "00000014 66747970 6a703220 00000000 6a703220" + JP2_HEADER,
        "image/jpx,  fmt/151,   ,     " + JP2_START + "00000014 66747970 6a707820 00000000 6a707820" + JP2_HEADER
    })
    void the_first_bytes_tell_format_version_and_size(String mediaType, String pronomId, String version, String hex)
            throws IOException {
        var file = Files.write(folder.resolve("a"), HexFormat.of().parseHex(hex.replace(" ", "")));

        var format = ImageFormat.of(file).orElseThrow();

        assertThat(format.mediaType()).isEqualTo(mediaType);
        assertThat(format.pronomId()).isEqualTo(pronomId);
        assertThat(format.version()).isEqualTo(Optional.ofNullable(version));
        assertThat(format.size()).hasValue(new ImageFormat.Size(200, 100));
    }

    @ParameterizedTest
    @CsvSource({
        "0200, x-fmt/398",
        "0210, x-fmt/390",
        "0220, x-fmt/391",
        "0221, fmt/645",
        "0231, fmt/1507",
        "9999, fmt/41"
    })
    void a_jpeg_without_jfif_is_told_by_its_exif_version_and_turned_as_exif_says(String version, String pronomId)
            throws IOException {
        var file = Files.write(folder.resolve("a.jpg"), camera(version, "II", 6));

        try (var channel = FileChannel.open(file)) {
            var header = JpegHeader.read(Bytes.of(channel)).orElseThrow();
            assertThat(header.orientation()).isEqualTo(6);
            assertThat(header.format().pronomId()).isEqualTo(pronomId);
        }
        var thumbnail = Thumbnails.of(file, 100);
        assertThat(thumbnail.width()).isEqualTo(50);
        assertThat(thumbnail.height()).isEqualTo(100);
    }

    @Test
    void what_the_jdk_writes_is_known_and_other_files_are_not() throws IOException {
        var image = new BufferedImage(20, 10, BufferedImage.TYPE_INT_RGB);
        for (var form : List.of("jpg", "png", "tiff")) {
            ImageIO.write(image, form, folder.resolve("a").toFile());
            assertThat(ImageFormat.of(folder.resolve("a")).orElseThrow().size()).hasValue(new ImageFormat.Size(20, 10));
        }
        assertThat(ImageFormat.of(Fixtures.file("bigtiff-rgb8.tif"))
                        .orElseThrow()
                        .pronomId())
                .isEqualTo("fmt/1917");
        assertThat(ImageFormat.of(Files.writeString(folder.resolve("a"), "GIF89a, for example")))
                .isEmpty();
        assertThat(ImageFormat.of(Files.write(folder.resolve("a"), new byte[0])))
                .isEmpty();
    }

    @Test
    void whatever_is_damaged_there_is_an_answer() throws IOException {
        var seed = Long.getLong("lovage.seed", 20_261_121L);
        System.out.println("seed " + seed);
        var random = new Random(seed);
        var png = new ByteArrayOutputStream();
        ImageIO.write(new BufferedImage(20, 10, BufferedImage.TYPE_INT_RGB), "png", png);
        var originals = List.of(
                camera("0230", "II", 6),
                png.toByteArray(),
                HexFormat.of()
                        .parseHex((JP2_START + "00000014 66747970 6a703220 00000000 6a703220" + JP2_HEADER)
                                .replace(" ", "")));
        for (var i = 0; i < 3000; i++) {
            var original = originals.get(random.nextInt(originals.size()));
            var bytes = Arrays.copyOf(original, 1 + random.nextInt(original.length));
            for (var change = random.nextInt(6); change >= 0; change--) {
                bytes[random.nextInt(Math.min(bytes.length, 120))] = (byte) random.nextInt(256);
            }
            var file = Files.write(folder.resolve("a"), bytes);
            try {
                ImageFormat.of(file);
                Thumbnails.of(file, 16);
            } catch (ImageUnreadable e) {
                assertThat(e).hasMessageContaining("The file is unharmed");
            } catch (RuntimeException | IOException e) {
                fail("case " + i + " of seed " + seed, e);
            }
        }
    }

    /// A JPEG as cameras write it: Exif in place of JFIF.
    private static byte[] camera(String version, String order, int orientation) throws IOException {
        var out = new ByteArrayOutputStream();
        ImageIO.write(new BufferedImage(200, 100, BufferedImage.TYPE_INT_RGB), "jpg", out);
        var jpeg = out.toByteArray();
        var byteOrder = order.equals("II") ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
        var exif = new TiffFile(false, byteOrder).shorts(274, orientation).longs(34665, 38);
        exif.next().value(36864, 7, 4, version.getBytes(US_ASCII));
        var tags = exif.bytes();
        var rest = 4 + (jpeg[4] << 8 | jpeg[5]); // behind the JFIF segment
        var camera = new ByteArrayOutputStream();
        camera.writeBytes(HexFormat.of().parseHex("ffd8ffe1%04x457869660000".formatted(tags.length + 8)));
        camera.writeBytes(tags);
        camera.write(jpeg, rest, jpeg.length - rest);
        return camera.toByteArray();
    }
}
