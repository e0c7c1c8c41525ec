package dev.lovage.archive.image;

import dev.lovage.archive.image.Finding.Code;
import dev.lovage.archive.image.Finding.Severity;
import java.util.ArrayList;
import java.util.List;

/// What is found while one file is read, in the order it is found. A hostile file does not make it long.
final class Findings {
    private static final int FINDINGS_MAX = 100;

    private final List<Finding> found = new ArrayList<>();

    void error(Code code, String message) {
        add(new Finding(Severity.ERROR, code, message));
    }

    void warning(Code code, String message) {
        add(new Finding(Severity.WARNING, code, message));
    }

    private void add(Finding finding) {
        if (found.size() < FINDINGS_MAX) {
            found.add(finding);
        } else if (found.size() == FINDINGS_MAX) {
            found.add(new Finding(
                    Severity.ERROR,
                    Code.MORE_FINDINGS,
                    "More than " + FINDINGS_MAX + " findings: the others are not listed. Treat the file as damaged."));
        }
    }

    List<Finding> list() {
        return List.copyOf(found);
    }
}
