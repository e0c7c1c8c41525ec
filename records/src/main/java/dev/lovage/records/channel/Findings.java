package dev.lovage.records.channel;

import dev.lovage.records.channel.Violation.Code;
import dev.lovage.records.submission.Warning;
import java.util.ArrayList;
import java.util.List;

/// What is found wrong or odd while one input is read, in the order it is found.
final class Findings {
    final List<Violation> violations = new ArrayList<>();
    final List<Warning> warnings = new ArrayList<>();

    void violation(String field, Code code, String message) {
        violations.add(new Violation(field, code, message));
    }

    void warning(String field, String code, String message) {
        warnings.add(new Warning(field, code, message));
    }
}
