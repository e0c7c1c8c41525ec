package dev.lovage.archive.scanner;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// What was found out before a capture. It is kept with the capture, as JSON.
///
/// @param scanner the scanner's id
public record Readiness(String scanner, Instant at, List<Check> checks) {
    public Readiness {
        checks = List.copyOf(checks);
    }

    /// How one check ended.
    public enum Verdict {
        OK,
        FAIL,
        /// It can't be told; the reason says why. That stops nothing.
        NOT_CHECKED
    }

    /// One thing that was looked at.
    ///
    /// @param name what was looked at, in snake_case, such as `free_space`
    /// @param value what was found, with its unit; empty if nothing could be
    /// @param limit what was expected
    /// @param fault why a capture would fail on it
    /// @param reason why it failed or was not checked, and what to do
    public record Check(
            String name,
            String value,
            String limit,
            Verdict verdict,
            Optional<CaptureFault> fault,
            Optional<String> reason,
            Instant at) {}

    /// Whether nothing was found that would make a capture fail.
    public boolean ready() {
        return checks.stream().noneMatch(check -> check.verdict() == Verdict.FAIL);
    }
}
