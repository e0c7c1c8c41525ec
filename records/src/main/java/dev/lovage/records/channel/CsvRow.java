package dev.lovage.records.channel;

import dev.lovage.records.submission.Submission;
import java.util.List;
import java.util.Optional;

/// What became of one row of an uploaded file.
public sealed interface CsvRow {
    /// The physical line that the row begins on, from 1; the header is usually line 1.
    long row();

    /// The uploader's own id of the row.
    Optional<String> externalId();

    /// The row holds a submission.
    record Accepted(long row, Optional<String> externalId, Submission submission) implements CsvRow {}

    /// The row holds none. A rejected row 1 means that nothing of the file was read.
    ///
    /// @param violations at least one, in the order of the columns
    record Rejected(long row, Optional<String> externalId, List<Violation> violations) implements CsvRow {
        public Rejected {
            violations = List.copyOf(violations);
            if (violations.isEmpty()) {
                throw new IllegalArgumentException(
                        "A row is rejected for a reason, but none was given for row " + row + ".");
            }
        }

        static Rejected of(long row, String field, Violation.Code code, String message) {
            return new Rejected(row, Optional.empty(), List.of(new Violation(field, code, message)));
        }
    }
}
