package dev.lovage.archive.scanner;

import java.time.Duration;

/// How long a peer is still waited for: a bound for its silence, and one for all of it, since a peer that gives one
/// byte a minute is never silent for long.
final class Patience {
    private final CaptureLimits limits;
    private final String peer;
    private final long began = System.nanoTime();

    Patience(CaptureLimits limits, String peer) {
        this.limits = limits;
        this.peer = peer;
    }

    /// Milliseconds until the next byte has to come, 1 or more.
    ///
    /// @throws CaptureFailed if the whole time is used up
    int millisForNextByte() {
        var rest = limits.whole().minusNanos(System.nanoTime() - began);
        if (rest.isNegative() || rest.isZero()) {
            throw hung();
        }
        var wait = rest.compareTo(limits.silence()) < 0 ? rest : limits.silence();
        return Math.clamp(wait.toMillis(), 1, Integer.MAX_VALUE);
    }

    /// To be thrown when the byte did not come in time.
    CaptureFailed hung() {
        var waited = Duration.ofNanos(System.nanoTime() - began);
        return CaptureFailed.because(
                CaptureFault.CAPTURE_HUNG,
                peer + " did not go on: it has been used for " + seconds(waited) + " s, and at most "
                        + seconds(limits.whole()) + " s in all and " + seconds(limits.silence())
                        + " s without a byte are allowed.");
    }

    private static String seconds(Duration time) {
        return String.valueOf(time.toMillis() / 1000.0);
    }
}
