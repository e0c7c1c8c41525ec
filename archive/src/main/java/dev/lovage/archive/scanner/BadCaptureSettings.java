package dev.lovage.archive.scanner;

import java.util.List;

/// Capture settings contradict themselves or are not settings at all. Nothing was captured.
public final class BadCaptureSettings extends IllegalArgumentException {
    private final List<String> violations;

    BadCaptureSettings(List<String> violations) {
        super("These capture settings can't be used: " + String.join("; ", violations)
                + ". Nothing was captured. Correct the settings of the manifest, and send the batch again.");
        this.violations = List.copyOf(violations);
    }

    /// Everything that is wrong, `/pointer: what was found, what was expected` each.
    public List<String> violations() {
        return violations;
    }
}
