package dev.lovage.archive.scanner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.lovage.archive.scanner.CaptureSettings.Mode;
import dev.lovage.archive.scanner.CaptureSettings.Region;
import dev.lovage.archive.scanner.CaptureSettings.Source;
import dev.lovage.engine.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CaptureSettingsTest {
    @Test
    void are_read_from_a_manifest() {
        assertThat(read("""
                {"resolution_dpi": 400, "mode": "color", "depth": 16, "source": "duplex", "pages_expected": 12,
                 "region_mm": {"left": 0, "top": 2.5, "width": 210, "height": 297}, "scanner_model": "OS 12000"}"""))
                .isEqualTo(new CaptureSettings(
                        400,
                        Mode.COLOR,
                        16,
                        Source.DUPLEX,
                        Optional.of(new Region(0, 2.5, 210, 297)),
                        Optional.of(12),
                        Optional.of("OS 12000")));
        assertThat(read("{\"resolution_dpi\": 300, \"mode\": \"lineart\", \"depth\": 1}")
                        .source())
                .isEqualTo(Source.FLATBED);
    }

    @Test
    void come_back_from_a_message() {
        var settings = read("{\"resolution_dpi\": 300, \"mode\": \"gray\", \"depth\": 8, \"region_mm\":"
                + " {\"left\": 1, \"top\": 1, \"width\": 10, \"height\": 10}}");
        CaptureSettings back = Json.value(Json.read(Json.bytes(Json.tree(settings))), CaptureSettings.class);
        assertThat(back).isEqualTo(settings);
        assertThat(CaptureSettings.read(Json.tree(settings))).isEqualTo(settings);
    }

    @Test
    void everything_that_is_wrong_is_told_at_once() {
        var refused = catchThrowableOfType(BadCaptureSettings.class, () -> read("""
                {"resolution_dpi": 20, "mode": "sepia", "depth": "8", "source": "flatbed", "pages_expected": 3,
                 "region_mm": {"left": -1, "top": 0, "width": 0, "heigth": 5}, "dpi": 300}"""));
        assertThat(refused.violations())
                .containsExactlyInAnyOrder(
                        "/dpi: is not known, expected one of depth, mode, pages_expected, region_mm, resolution_dpi,"
                                + " scanner_model, source",
                        "/resolution_dpi: found 20, expected 50 to 6400",
                        "/mode: found \"sepia\", expected one of lineart, gray, color",
                        "/depth: found \"8\", expected a whole number",
                        "/pages_expected: found 3, expected 1: a flatbed gives one page a capture",
                        "/region_mm/heigth: is not known, expected one of height, left, top, width",
                        "/region_mm/height: found nothing, expected a number of millimetres",
                        "/region_mm/left: found -1.0, expected millimetres from 0 up to 10000",
                        "/region_mm/width: found 0.0, expected millimetres above 0 up to 10000");
        assertThat(refused).hasMessageContaining("Nothing was captured.");
    }

    @Test
    void the_depth_has_to_fit_the_mode() {
        assertThat(catchThrowableOfType(
                                BadCaptureSettings.class,
                                () -> read("{\"resolution_dpi\": 300, \"mode\": \"lineart\", \"depth\": 8}"))
                        .violations())
                .containsExactly("/depth: found 8, expected 1 with the mode lineart");
    }

    @Test
    void something_else_than_an_object_is_refused() {
        assertThat(catchThrowableOfType(BadCaptureSettings.class, () -> read("[]"))
                        .violations())
                .containsExactly("/: found ARRAY, expected an object");
    }

    private static CaptureSettings read(String json) {
        return CaptureSettings.read(Json.read(json.getBytes(StandardCharsets.UTF_8)));
    }
}
