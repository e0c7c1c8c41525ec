package dev.lovage.archive.image;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.lovage.archive.xml.Schemas;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class MixTest {
    private static final Mix.File FILE = new Mix.File("box12/0001.tif", 115_488, "ab".repeat(32));
    private static final Mix.Capture CAPTURE =
            new Mix.Capture("NL 900", Optional.of("S-17"), Optional.of(Instant.parse("2026-11-20T09:08:07.123Z")));

    @TempDir
    Path folder;

    @ParameterizedTest
    @MethodSource("files")
    void every_file_that_can_be_read_gives_a_valid_document_and_always_the_same(String name) throws IOException {
        var document = Mix.document(Tiff.read(Fixtures.file(name)), FILE, CAPTURE);

        assertThat(Schemas.MIX.violations(new ByteArrayInputStream(document))).isEmpty();
        assertThat(Mix.document(Tiff.read(Fixtures.file(name)), FILE, CAPTURE)).isEqualTo(document);
    }

    static Stream<String> files() {
        return Stream.of(Fixtures.GOOD, Fixtures.BAD).flatMap(List::stream);
    }

    @Test
    void the_document_tells_file_image_capture_and_measures() throws IOException {
        var tiff = Tiff.read(Fixtures.file("with-srgb-icc.tif"));

        assertThat(text(Mix.document(tiff, FILE, CAPTURE)))
                .startsWith("<?xml version=\"1.0\" encoding=\"UTF-8\"?><mix xmlns=\"http://www.loc.gov/mix/v20\">")
                .contains(
                        "<objectIdentifierValue>box12/0001.tif</objectIdentifierValue>",
                        "<fileSize>115488</fileSize>",
                        "<formatName>image/tiff</formatName><formatVersion>6.0</formatVersion>",
                        "<formatRegistryName>PRONOM</formatRegistryName><formatRegistryKey>fmt/353<",
                        "<byteOrder>little endian</byteOrder>",
                        "<compressionScheme>Uncompressed</compressionScheme>",
                        "<messageDigest>" + "ab".repeat(32) + "<",
                        "<imageWidth>196</imageWidth><imageHeight>196</imageHeight>",
                        "<colorSpace>RGB</colorSpace>",
                        "<iccProfileURI>nih:sha-256;"
                                + tiff.main().profile().orElseThrow().sha256(),
                        "<dateTimeCreated>2026-11-20T09:08:07Z</dateTimeCreated>",
                        "<scannerModelName>NL 900</scannerModelName><scannerModelSerialNo>S-17<",
                        "<orientation>normal*</orientation>",
                        "<samplingFrequencyUnit>in.</samplingFrequencyUnit>",
                        "<xSamplingFrequency><numerator>100</numerator><denominator>1</denominator>",
                        "<bitsPerSampleValue>8</bitsPerSampleValue><bitsPerSampleValue>8<",
                        "<samplesPerPixel>3</samplesPerPixel>");
    }

    @Test
    void what_only_the_file_knows_is_told_and_its_clock_time_without_a_zone_only_to_the_day() throws IOException {
        var file = TiffFile.image(true, ByteOrder.BIG_ENDIAN, 200, 100, 2, 16, 16, 16, 16)
                .text(271, "North & Light <1>")
                .text(305, "capture\u0001 4")
                .text(306, "2026:11:19 23:59:59")
                .shorts(338, 2)
                .shorts(274, 6)
                .shorts(296, 3);
        file.positions(273, file.bytes().length);
        var tiff = Tiff.read(file.write(folder.resolve("a.tif"), 160_000));

        var document = Mix.document(
                tiff,
                new Mix.File("a\u0000.tif", 1, "00".repeat(32)),
                new Mix.Capture("NL 900", Optional.empty(), Optional.empty()));

        assertThat(Schemas.MIX.violations(new ByteArrayInputStream(document))).isEmpty();
        assertThat(text(document))
                .contains(
                        "<formatRegistryKey>fmt/1917<",
                        "<byteOrder>big endian</byteOrder>",
                        "<dateTimeCreated>2026-11-19</dateTimeCreated>",
                        "<scannerManufacturer>North &amp; Light &lt;1&gt;</scannerManufacturer>",
                        "<scanningSoftwareName>capture  4</scanningSoftwareName>",
                        "<orientation>normal, rotated ccw 90°</orientation>",
                        "<samplingFrequencyUnit>cm</samplingFrequencyUnit>",
                        "<extraSamples>unassociated alpha data</extraSamples>")
                .doesNotContain("scannerModelSerialNo");
    }

    @Test
    void an_image_that_is_no_tiff_is_described_as_far_as_its_format_goes() throws IOException {
        var format = new ImageFormat(
                "image/jp2",
                "JP2 (JPEG 2000 part 1)",
                Optional.empty(),
                "x-fmt/392",
                Optional.of(new ImageFormat.Size(3000, 4000)));

        var document = Mix.document(format, FILE, CAPTURE);

        assertThat(Schemas.MIX.violations(new ByteArrayInputStream(document))).isEmpty();
        assertThat(text(document)).contains("x-fmt/392", "<imageWidth>3000<", "NL 900");
    }

    @Test
    void a_digest_that_is_none_is_refused() {
        assertThatIllegalArgumentException().isThrownBy(() -> new Mix.File("a", 1, "AB".repeat(32)));
        assertThatIllegalArgumentException().isThrownBy(() -> new Mix.File("a", -1, "ab".repeat(32)));
    }

    private static String text(byte[] document) {
        return new String(document, UTF_8);
    }
}
