package dev.lovage.records.mail;

import java.time.Duration;
import java.util.function.LongSupplier;

/// The time that one message may take.
final class Budget {
    private final LongSupplier nanoTime;
    private final long start;
    private final Duration limit;

    Budget(LongSupplier nanoTime, Duration limit) {
        this.nanoTime = nanoTime;
        this.start = nanoTime.getAsLong();
        this.limit = limit;
    }

    /// @throws MailRefused if the time is used up
    void check() {
        if (nanoTime.getAsLong() - start > limit.toNanos()) {
            throw new MailRefused(
                    MailRefused.Reason.TOO_SLOW, "Reading took longer than the " + limit.toSeconds() + " s allowed.");
        }
    }
}
