package dev.lovage.records.channel;

import dev.lovage.records.submission.Submission;
import java.util.List;

/// What a reader made of one body: a submission, or all the reasons why there is none.
public sealed interface Reading {
    /// The body holds a submission.
    ///
    /// @param contents the decoded bytes of the submission's attachments, in the same order
    record Accepted(Submission submission, List<byte[]> contents) implements Reading {
        public Accepted {
            contents = List.copyOf(contents);
            if (contents.size() != submission.attachments().size()) {
                throw new IllegalArgumentException("Each attachment has its content, but "
                        + submission.attachments().size() + " attachments and " + contents.size()
                        + " contents were given.");
            }
        }
    }

    /// The body holds no submission. Nothing of it was kept.
    record Rejected(List<Violation> violations) implements Reading {
        public Rejected {
            violations = List.copyOf(violations);
        }
    }
}
