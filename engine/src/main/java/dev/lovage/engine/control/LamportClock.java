package dev.lovage.engine.control;

import java.util.concurrent.atomic.AtomicLong;

/// Counts what one process sends and receives, so that events of several can be put in order.
final class LamportClock {
    private final AtomicLong value = new AtomicLong();

    /// For what is about to be sent.
    long forward() {
        return value.incrementAndGet();
    }

    /// For what was received.
    void adjust(long other) {
        value.updateAndGet(mine -> Math.max(mine, other) + 1);
    }

    long value() {
        return value.get();
    }
}
