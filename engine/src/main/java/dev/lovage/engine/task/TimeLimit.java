package dev.lovage.engine.task;

import java.time.Duration;
import java.util.Optional;

/// How long one attempt may run. A soft limit interrupts the handler, a hard one kills its process.
public record TimeLimit(Optional<Duration> soft, Optional<Duration> hard) {
    public static final TimeLimit NONE = new TimeLimit(Optional.empty(), Optional.empty());

    public TimeLimit {
        if (soft.isPresent() && hard.isPresent() && soft.get().compareTo(hard.get()) > 0) {
            throw new IllegalArgumentException("The soft limit comes before the hard one, but they are " + soft.get()
                    + " and " + hard.get() + ".");
        }
    }

    public static TimeLimit soft(Duration limit) {
        return new TimeLimit(Optional.of(limit), Optional.empty());
    }

    public static TimeLimit hard(Duration limit) {
        return new TimeLimit(Optional.empty(), Optional.of(limit));
    }
}
