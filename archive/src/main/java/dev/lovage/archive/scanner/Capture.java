package dev.lovage.archive.scanner;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What a capture brought.
///
/// @param scanner the scanner's id
/// @param device what captured: vendor and model as it says itself, or as configured for a folder
/// @param options the device's options as they were read back before the first page, in the device's words
/// @param pages in the order of capture
public record Capture(
        String scanner,
        String device,
        CaptureSettings settings,
        Map<String, String> options,
        List<Page> pages,
        Instant began,
        Instant ended) {
    public Capture {
        options = Map.copyOf(options);
        pages = List.copyOf(pages);
    }

    /// One file in the staging folder.
    ///
    /// @param name of the file, without a folder
    /// @param size bytes, at least 1
    /// @param sha256 lower-case hexadecimal, of the file as read again after it was closed
    /// @param image what the file says; empty for one that is not TIFF, which only a later step can tell
    public record Page(String name, long size, String sha256, Optional<Image> image) {}

    /// What an image turned out to be.
    ///
    /// @param width pixels
    /// @param height pixels
    /// @param depth bits per sample
    /// @param dpi pixels per inch, in both directions
    public record Image(long width, long height, CaptureSettings.Mode mode, int depth, double dpi) {
        /// Alignment to whole bytes takes up to 7 pixels, rounding of millimetres one.
        private static final double PIXELS_OFF_MAX = 8;

        /// Files count per centimetre too, with two decimals or so.
        private static final double DPI_OFF_MAX = 0.05;

        /// What is not as asked for, in words.
        Optional<String> differsFrom(CaptureSettings settings) {
            if (mode != settings.mode()) {
                return Optional.of("the mode " + mode + ", asked for was " + settings.mode());
            }
            if (depth != settings.depth()) {
                return Optional.of(depth + " bits a sample, asked for were " + settings.depth());
            }
            if (!(Math.abs(dpi - settings.resolutionDpi()) <= DPI_OFF_MAX)) {
                return Optional.of(dpi + " dpi, asked for were " + settings.resolutionDpi());
            }
            return settings.regionMm()
                    .flatMap(region -> differsFrom(
                            pixels(region.width(), settings.resolutionDpi()),
                            pixels(region.height(), settings.resolutionDpi())));
        }

        Optional<String> differsFrom(double wide, double high) {
            return Math.abs(width - wide) <= PIXELS_OFF_MAX && Math.abs(height - high) <= PIXELS_OFF_MAX
                    ? Optional.empty()
                    : Optional.of(width + " x " + height + " pixels, the region has " + Math.round(wide) + " x "
                            + Math.round(high));
        }

        static double pixels(double millimetres, int dpi) {
            return millimetres / 25.4 * dpi;
        }
    }
}
