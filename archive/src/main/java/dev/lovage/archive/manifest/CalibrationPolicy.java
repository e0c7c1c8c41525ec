package dev.lovage.archive.manifest;

import java.time.Duration;

/// When a scanner's last calibration still stands for a batch.
///
/// @param required whether a manifest must tell of a calibration at all
/// @param ageMax from the measurement to the last capture of the batch; a capture before the measurement is no question
///     of age
/// @param pagesMax masters of one batch that one calibration stands for
public record CalibrationPolicy(boolean required, Duration ageMax, int pagesMax) {
    /// None is required; one that is told of has passed and stands for 24 hours and 500 pages.
    public static final CalibrationPolicy DEFAULT = new CalibrationPolicy(false, Duration.ofHours(24), 500);

    /// @throws IllegalArgumentException if a limit is not positive
    public CalibrationPolicy {
        if (!ageMax.isPositive() || pagesMax < 1) {
            throw new IllegalArgumentException("A calibration stands for a time and for pages, but the limits are "
                    + ageMax + " and " + pagesMax + " pages.");
        }
    }
}
