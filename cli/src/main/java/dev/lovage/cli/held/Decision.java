package dev.lovage.cli.held;

import dev.lovage.cli.data.Installed;
import dev.lovage.custody.review.Review;
import dev.lovage.custody.review.Reviewer;
import dev.lovage.engine.Lovage;
import dev.lovage.engine.store.Held;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/// A person's decision about entries: recorded in the ledger where there is one, otherwise in the entry's own history.
record Decision(Lovage lovage, Optional<Review> review, String reason, Reviewer reviewer) {
    static Decision of(Lovage lovage, InstantSource clock, String reason, Optional<String> reviewer) {
        return new Decision(
                lovage,
                Installed.review(lovage, clock),
                reason,
                new Reviewer(reviewer, System.getProperty("user.name", "unknown")));
    }

    /// @return how many were made ready; others decide too, and one of them may have been first
    long release(List<Held> entries) {
        return entries.stream()
                .filter(one -> review.isPresent()
                        ? review.get().retry(one.tag(), reason, reviewer)
                        : lovage.backbone().store().release(one.tag(), reason, reviewer.reference()))
                .count();
    }

    /// @return how many were ended
    long dispose(List<Held> entries) {
        return entries.stream()
                .filter(one -> review.isPresent()
                        ? review.get().dispose(one.tag(), reason, reviewer)
                        : lovage.transaction(
                                tx -> lovage.backbone().store().dispose(tx, one.tag(), reason, reviewer.reference())))
                .count();
    }
}
