package dev.lovage.archive.scanner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lovage.archive.scanner.CaptureSettings.Mode;
import dev.lovage.testkit.Seeds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TiffHeaderTest {
    @TempDir
    Path folder;

    @Test
    void tells_what_other_programs_wrote() throws IOException {
        assertThat(TiffHeader.read(sample("sane-grid-100dpi-bilevel.tif")).orElseThrow())
                .satisfies(image -> assertThat(image.mode()).isEqualTo(Mode.LINEART))
                .satisfies(image -> assertThat(image.depth()).isEqualTo(1))
                .satisfies(image -> assertThat(image.dpi()).isEqualTo(100));
        assertThat(TiffHeader.read(sample("sane-grid-100dpi-gray16.tif")).orElseThrow())
                .satisfies(image -> assertThat(image.mode()).isEqualTo(Mode.GRAY))
                .satisfies(image -> assertThat(image.depth()).isEqualTo(16));
        assertThat(TiffHeader.read(sample("bigtiff-rgb8.tif")).orElseThrow())
                .satisfies(image -> assertThat(image.mode()).isEqualTo(Mode.COLOR))
                .satisfies(image -> assertThat(image.depth()).isEqualTo(8))
                .satisfies(image -> assertThat(image.dpi()).isCloseTo(100, org.assertj.core.data.Offset.offset(0.05)));
    }

    @Test
    void tells_it_of_compressed_pixels_too() throws IOException {
        assertThat(TiffHeader.read(sample("jpeg-in-tiff.tif")).orElseThrow())
                .satisfies(image -> assertThat(image.mode()).isEqualTo(Mode.COLOR))
                .satisfies(image -> assertThat(image.width()).isEqualTo(196));
    }

    @Test
    void what_scanimage_leaves_of_a_device_that_ends_at_once_is_an_empty_image() {
        assertThatThrownBy(() -> TiffHeader.read(sample("bad-zero-rows-222-bytes.tif")))
                .isInstanceOfSatisfying(
                        CaptureFailed.class, e -> assertThat(e.fault()).isEqualTo(CaptureFault.EMPTY_IMAGE));
    }

    @Test
    void a_file_without_a_resolution_or_a_part_of_its_pixels_is_refused() {
        assertThatThrownBy(() -> TiffHeader.read(sample("no-resolution-tag.tif")))
                .hasMessageContaining("is a TIFF, but it does not tell its resolution.");
        assertThatThrownBy(() -> TiffHeader.read(sample("bad-truncated.tif"))).hasMessageContaining("is a TIFF, but ");
    }

    @Test
    void other_formats_are_none_of_its_business() throws IOException {
        assertThat(TiffHeader.read(Files.writeString(folder.resolve("a.jp2"), "\u0000\u0000\u0000\fjP  \r\n")))
                .isEmpty();
        assertThat(TiffHeader.read(Files.writeString(folder.resolve("b"), "II")))
                .isEmpty();
    }

    @Test
    void damaged_files_end_in_an_answer_or_a_readable_failure() throws IOException {
        var random = Seeds.random("damaged tiffs");
        for (var name : new String[] {"sane-grid-100dpi-bilevel.tif", "bigtiff-rgb8.tif"}) {
            var good = Files.readAllBytes(sample(name));
            for (int i = 0; i < 1000; i++) {
                var bytes = java.util.Arrays.copyOf(good, random.nextInt(4) == 0 ? random.nextInt(400) : good.length);
                for (int n = random.nextInt(20); n > 0 && bytes.length > 0; n--) {
                    int end = random.nextBoolean() ? Math.min(300, bytes.length) : bytes.length;
                    int place = random.nextBoolean() ? random.nextInt(end) : bytes.length - 1 - random.nextInt(end);
                    bytes[place] = (byte) random.nextInt();
                }
                var file = Files.write(folder.resolve("damaged.tif"), bytes);
                try {
                    TiffHeader.read(file);
                } catch (CaptureFailed failed) {
                    assertThat(failed.fault()).isIn(CaptureFault.BAD_FILE, CaptureFault.EMPTY_IMAGE);
                }
            }
        }
    }

    private Path sample(String name) throws IOException {
        try (var in = TiffHeaderTest.class.getResourceAsStream(name)) {
            var file = folder.resolve(name);
            Files.write(file, java.util.Objects.requireNonNull(in, name).readAllBytes());
            return file;
        }
    }
}
