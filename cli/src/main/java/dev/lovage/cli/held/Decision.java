package dev.lovage.cli.held;

import dev.lovage.cli.data.Installed;
import dev.lovage.cli.terminal.CommandFailed;
import dev.lovage.custody.review.Review;
import dev.lovage.custody.review.Reviewer;
import dev.lovage.engine.Lovage;
import dev.lovage.engine.direct.Direct;
import dev.lovage.engine.store.Held;
import dev.lovage.engine.transport.Aside;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

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
        if (lovage.backbone() instanceof Direct direct) {
            return direct.release(entries.stream().map(Held::tag).collect(Collectors.toSet()));
        }
        return entries.stream()
                .filter(one -> review.isPresent()
                        ? review.get().retry(one.tag(), reason, reviewer)
                        : lovage.backbone().store().release(one.tag(), reason, reviewer.reference()))
                .count();
    }

    /// @return how many were ended
    /// @throws CommandFailed if nothing could keep them in a record of disposals; nothing was ended
    long dispose(List<Held> entries) {
        if (!lovage.backbone().store().remembers()) {
            throw CommandFailed.refused("What is disposed of is kept in a record with its history and its bytes, and"
                    + " store_url is none, so that nothing can keep it. Nothing was disposed of. What you do not want"
                    + " to keep lies in the queue "
                    + Aside.DEAD.of(
                            entries.isEmpty()
                                    ? "QUEUE"
                                    : entries.getFirst().message().queue())
                    + ": take it out there with RabbitMQ's own tools.");
        }
        return entries.stream()
                .filter(one -> review.isPresent()
                        ? review.get().dispose(one.tag(), reason, reviewer)
                        : lovage.transaction(
                                tx -> lovage.backbone().store().dispose(tx, one.tag(), reason, reviewer.reference())))
                .count();
    }
}
