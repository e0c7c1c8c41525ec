package dev.lovage.archive.scanner;

import java.time.Duration;

/// How long a scanner may take, and how much it may give.
///
/// @param silence without a single byte; the lamp warms up in it
/// @param whole from the first word to the last page
/// @param pageBytes of one image
/// @param pages of one capture
record CaptureLimits(Duration silence, Duration whole, long pageBytes, int pages) {
    static final CaptureLimits USUAL =
            new CaptureLimits(Duration.ofSeconds(90), Duration.ofHours(2), 16L << 30, CaptureSettings.PAGES_MAX);

    CaptureLimits lasting(Duration silence, Duration whole) {
        return new CaptureLimits(silence, whole, pageBytes, pages);
    }
}
