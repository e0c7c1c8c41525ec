package dev.lovage.archive.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import dev.lovage.archive.image.Finding.Code;
import dev.lovage.archive.image.Finding.Severity;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;

class TiffTest {
    private static final List<String> GOOD = Fixtures.GOOD;

    @TempDir
    Path folder;

    @ParameterizedTest
    @FieldSource("GOOD")
    void a_good_file_has_no_error_and_its_size_and_resolution_are_read(String name) throws IOException {
        var tiff = Tiff.read(Fixtures.file(name));

        assertThat(tiff.sound()).as(tiff.findings().toString()).isTrue();
        assertThat(tiff.size()).isEqualTo(Files.size(Fixtures.file(name)));
        assertThat(tiff.main().width()).isEqualTo(196);
        assertThat(tiff.main().height()).isEqualTo(196);
        assertThat(tiff.main().orientation()).isEqualTo(1);
        assertThat(tiff.main().resolution().orElseThrow().xPerInch()).hasValue(100);
        assertThat(tiff.main().resolution().orElseThrow().yPerInch()).hasValue(100);
        assertThat(tiff.main().segments().bytes()).isPositive();
    }

    @ParameterizedTest
    @CsvSource({
        "sane-grid-100dpi-rgb8.tif,       fmt/353,  big,    2, 1, 8-8-8, false,  1",
        "sane-grid-100dpi-gray16.tif,     fmt/353,  little, 1, 1, 16,    false,  1",
        "sane-grid-100dpi-bilevel.tif,    fmt/353,  big,    0, 1, 1,     false,  1",
        "lzw-rgb8.tif,                    fmt/353,  little, 2, 5, 8-8-8, false,  2",
        "jpeg-in-tiff.tif,                fmt/353,  little, 6, 7, 8-8-8, false,  2",
        "bigtiff-rgb8.tif,                fmt/1917, little, 2, 1, 8-8-8, false,  2",
        "pyramid-tiled.tif,               fmt/353,  little, 2, 1, 8-8-8, true,  16"
    })
    void the_tags_are_read(
            String name,
            String pronomId,
            String order,
            int photometric,
            int compression,
            String bits,
            boolean tiled,
            long segments)
            throws IOException {
        var tiff = Tiff.read(Fixtures.file(name));

        assertThat(tiff.format().pronomId()).isEqualTo(pronomId);
        assertThat(tiff.byteOrder()).isEqualTo(order.equals("big") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
        assertThat(tiff.main().photometric()).isEqualTo(OptionalInt.of(photometric));
        assertThat(tiff.main().compression()).isEqualTo(compression);
        assertThat(tiff.main().bitsPerSample().stream().map(String::valueOf)).containsExactly(bits.split("-"));
        assertThat(tiff.main().segments().tiled()).isEqualTo(tiled);
        assertThat(tiff.main().segments().count()).isEqualTo(segments);
    }

    @Test
    void a_profile_is_read_with_its_name_and_digest_and_one_that_is_missing_is_a_warning() throws IOException {
        var profile = Tiff.read(Fixtures.file("with-srgb-icc.tif")).main().profile();

        assertThat(profile.orElseThrow().size()).isEqualTo(6922);
        assertThat(profile.orElseThrow().version()).hasValue("2.3");
        assertThat(profile.orElseThrow().colorSpace()).hasValue("RGB");
        assertThat(profile.orElseThrow().description()).isPresent();
        assertThat(profile.orElseThrow().sha256()).matches("[0-9a-f]{64}");
        assertThat(Tiff.read(Fixtures.file("lzw-rgb8.tif")).findings())
                .extracting(Finding::code)
                .containsExactly(Code.PROFILE_MISSING);
        assertThat(Tiff.read(Fixtures.file("sane-grid-100dpi-gray16.tif")).findings())
                .isEmpty();
    }

    @Test
    void the_reduced_levels_of_a_pyramid_are_images_of_their_own() throws IOException {
        var tiff = Tiff.read(Fixtures.file("pyramid-tiled.tif"));

        assertThat(tiff.images()).extracting(Tiff.Image::width).containsExactly(196L, 98L, 49L);
        assertThat(tiff.images()).extracting(Tiff.Image::reduced).containsExactly(false, true, true);
    }

    @Test
    void a_truncated_file_says_where_it_should_go_on() throws IOException {
        var tiff = Tiff.read(Fixtures.file("bad-truncated.tif"));

        assertThat(tiff.sound()).isFalse();
        assertThat(error(tiff, Code.TRUNCATED))
                .contains("strip 1", "offset 240 with 115248 bytes", "the file has 9000 bytes");
    }

    @Test
    void a_file_without_rows_is_told_from_one_that_was_cut_off() throws IOException {
        var tiff = Tiff.read(Fixtures.file("bad-zero-rows-222-bytes.tif"));

        assertThat(error(tiff, Code.NO_PIXELS)).contains("offset 222 with 30772 bytes", "scan again");
        assertThat(tiff.findings()).extracting(Finding::code).doesNotContain(Code.TRUNCATED);
    }

    @Test
    void a_missing_resolution_is_an_error_of_the_master_only() throws IOException {
        var tiff = Tiff.read(Fixtures.file("no-resolution-tag.tif"));

        assertThat(error(tiff, Code.RESOLUTION_MISSING)).contains("XResolution (282) and YResolution (283)");
        assertThat(tiff.main().resolution()).isEmpty();
        assertThat(tiff.undecodable()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"false, little", "false, big", "true, little", "true, big"})
    void each_variant_and_byte_order_is_read(boolean big, String order) throws IOException {
        var file = TiffFile.image(big, order(order), 3000, 2000, 2, 16, 16, 16)
                .text(271, "Northlight")
                .text(272, "NL 900")
                .text(305, "capture 4")
                .text(315, "A. Operator")
                .text(270, "Box 12")
                .text(306, "2026:11:20 09:08:07")
                .rational(282, 11811, 100)
                .rational(283, 11811, 100)
                .shorts(296, 3)
                .shorts(274, 6);
        file.positions(273, file.bytes().length);

        var tiff = Tiff.read(file.write(folder.resolve("a.tif"), 36_000_000));

        assertThat(tiff.sound()).as(tiff.findings().toString()).isTrue();
        assertThat(tiff.main().orientation()).isEqualTo(6);
        assertThat(tiff.findings())
                .extracting(Finding::code)
                .containsExactlyInAnyOrder(Code.ORIENTATION, Code.PROFILE_MISSING);
        assertThat(tiff.main().resolution().orElseThrow().xPerInch().orElseThrow())
                .isCloseTo(300, within(0.01));
        assertThat(tiff.main().origin())
                .isEqualTo(new Tiff.Origin(
                        Optional.of("Northlight"),
                        Optional.of("NL 900"),
                        Optional.of("capture 4"),
                        Optional.of("A. Operator"),
                        Optional.of("Box 12"),
                        Optional.of(LocalDateTime.of(2026, 11, 20, 9, 8, 7))));
    }

    @Test
    void a_file_of_more_than_four_gibibytes_is_read() throws IOException {
        var file = TiffFile.image(true, ByteOrder.LITTLE_ENDIAN, 50_000, 40_000, 2, 8, 8, 8);

        var tiff = Tiff.read(file.write(folder.resolve("a.tif"), 6_000_000_000L));

        assertThat(tiff.sound()).as(tiff.findings().toString()).isTrue();
        assertThat(tiff.main().segments().bytes()).isEqualTo(6_000_000_000L);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "                         | 0 bytes, and a TIFF has at least 8",
                "25504446 2d312e34        | no TIFF: it begins with the bytes 25504446",
                "49492a00 08              | ends within its header",
                "49492a00 00000000        | has no directory that can be read. Its header names none",
                "49492a00 00010000        | lies behind the end of the file, which has 8 bytes",
                "49492a00 08000000 0000   | claims 0 entries",
                "49492a00 08000000 ffff   | claims 65535 entries",
                "49492a00 08000000 0500 00| ends after 0 of them",
                "4d4d002b 00040000 00000000 00000000 | positions that are not of 8 bytes"
            })
    void what_is_no_tiff_is_refused_with_the_reason(String hex, String reason) throws IOException {
        var bytes = java.util.HexFormat.of().parseHex(hex == null ? "" : hex.replace(" ", ""));
        var file = Files.write(folder.resolve("a.tif"), bytes);

        assertThatExceptionOfType(ImageUnreadable.class)
                .isThrownBy(() -> Tiff.read(file))
                .withMessageContaining(reason)
                .withMessageContaining("The file is unharmed");
    }

    @Test
    void a_file_that_is_not_there_is_an_io_error() {
        assertThatExceptionOfType(NoSuchFileException.class).isThrownBy(() -> Tiff.read(folder.resolve("missing.tif")));
    }

    @Test
    void each_departure_from_a_master_is_found() throws IOException {
        assertThat(codes(gray().without(257))).contains(Code.TAG_MISSING);
        assertThat(codes(gray().without(262))).contains(Code.TAG_MISSING);
        assertThat(codes(gray().without(273))).contains(Code.TAG_MISSING);
        assertThat(codes(gray().longs(257, 0))).contains(Code.NO_SIZE);
        assertThat(codes(gray().shorts(259, 999))).contains(Code.COMPRESSION);
        assertThat(codes(gray().text(259, "none"))).contains(Code.TAG_TYPE);
        assertThat(codes(gray().shorts(274, 9))).contains(Code.ORIENTATION);
        assertThat(codes(gray().rational(282, 300, 0))).contains(Code.RESOLUTION);
        assertThat(codes(gray().rational(282, 301, 1))).contains(Code.RESOLUTION);
        assertThat(codes(gray().shorts(296, 1))).contains(Code.RESOLUTION);
        assertThat(codes(gray().longs(278, 10))).contains(Code.SEGMENT_COUNT);
        assertThat(codes(gray().longs(278, 0))).contains(Code.SEGMENT_COUNT);
        assertThat(codes(gray().longs(279, 5000))).contains(Code.SEGMENT_SHORT);
        assertThat(codes(gray().longs(273, 4))).contains(Code.SEGMENT_OVERLAP);
        assertThat(codes(gray().longs(278, 50).longs(273, 500, 501).longs(279, 5000, 5000)))
                .contains(Code.SEGMENT_OVERLAP);
        assertThat(codes(gray().text(306, "20 Nov 2026"))).contains(Code.DATE_TIME);
        assertThat(codes(gray().text(306, "2026:02:30 10:00:00"))).contains(Code.DATE_TIME);
        assertThat(codes(gray().text(315, "Zoë"))).contains(Code.TEXT);
        assertThat(codes(gray().value(315, 2, 4, new byte[] {65, 66, 67, 68}))).contains(Code.TEXT);
        assertThat(codes(gray().value(34675, 7, 200, new byte[200]))).contains(Code.PROFILE);
        assertThat(codes(gray().value(34675, 7, 99_999_999, new byte[200]))).contains(Code.VALUE_OUTSIDE);
        assertThat(codes(gray().value(273, 4, 0xffff_ffffL, new byte[200]))).contains(Code.VALUE_OUTSIDE);
        assertThat(codes(gray().next().longs(256, 1))).contains(Code.MORE_IMAGES);
        assertThat(codes(gray().longs(330, 8))).contains(Code.DIRECTORY_LOOP);
        assertThat(codes(gray().longs(330, 800_000))).contains(Code.DIRECTORY);
        assertThat(codes(TiffFile.image(false, ByteOrder.BIG_ENDIAN, 100, 100, 2, 8, 8, 5)))
                .contains(Code.BITS_PER_SAMPLE);
        assertThat(codes(TiffFile.image(false, ByteOrder.BIG_ENDIAN, 100, 100, 2, 8, 8, 8)
                        .shorts(284, 2)))
                .contains(Code.PLANAR_CONFIGURATION);
        assertThat(codes(gray())).isEmpty();
    }

    @Test
    void sub_images_belong_to_the_image_that_points_to_them() throws IOException {
        var main = gray();
        main.longs(330, 0).longs(330, main.bytes().length);
        var sub = TiffFile.image(false, ByteOrder.LITTLE_ENDIAN, 50, 50, 1, 8).longs(254, 1);
        // the directory of the other file is moved behind this one, and what it refers to is taken from this one
        var moved = java.util.Arrays.copyOfRange(sub.bytes(), 8, sub.bytes().length);

        var tiff = Tiff.read(main.write(folder.resolve("a.tif"), concat(moved, new byte[20_000])));

        assertThat(tiff.images()).hasSize(1);
        assertThat(tiff.main().subImages())
                .singleElement()
                .satisfies(image -> assertThat(image.width()).isEqualTo(50));
    }

    @Test
    void a_chain_that_returns_is_followed_once() throws IOException {
        var bytes = ByteBuffer.wrap(gray().bytes()).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putInt(10 + bytes.getShort(8) * 12, 8);
        var file = Files.write(folder.resolve("a.tif"), bytes.array());

        assertThat(Tiff.read(file).findings()).extracting(Finding::code).contains(Code.DIRECTORY_LOOP);
    }

    @Test
    void an_absurd_number_of_directories_or_strips_ends_early() throws IOException {
        var many = new TiffFile(false, ByteOrder.LITTLE_ENDIAN);
        for (var i = 0; i < 5000; i++) {
            many.longs(256, 1).next();
        }
        var tiff = Tiff.read(many.write(folder.resolve("many.tif"), 0));
        assertThat(tiff.images()).hasSize(4096);
        assertThat(tiff.findings()).hasSize(101);

        var strips = gray().value(273, 4, 2_000_000, new byte[8]);
        assertThat(Tiff.read(strips.write(folder.resolve("strips.tif"), 9_000_000))
                        .findings())
                .extracting(Finding::code)
                .contains(Code.SEGMENT_COUNT);
    }

    private static TiffFile gray() {
        return TiffFile.image(false, ByteOrder.LITTLE_ENDIAN, 100, 100, 1, 8);
    }

    private List<Code> codes(TiffFile file) throws IOException {
        return Tiff.read(file.write(folder.resolve("codes.tif"), 40_000)).findings().stream()
                .map(Finding::code)
                .toList();
    }

    private static String error(Tiff tiff, Code code) {
        return tiff.findings().stream()
                .filter(finding -> finding.code() == code && finding.severity() == Severity.ERROR)
                .findFirst()
                .orElseThrow(() -> new AssertionError(tiff.findings().toString()))
                .message();
    }

    private static ByteOrder order(String name) {
        return name.equals("big") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    }

    private static byte[] concat(byte[] first, byte[] second) {
        return ByteBuffer.allocate(first.length + second.length)
                .put(first)
                .put(second)
                .array();
    }
}
