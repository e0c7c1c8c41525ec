package dev.lovage.testkit;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/// Waits for what has to become true. The only place of a test that waits for time to pass.
public final class Eventually {
    private static final Duration LIMIT = Duration.ofSeconds(40);
    private static final Duration LOOK = Duration.ofMillis(5);

    private Eventually() {}

    /// @param what the sentence that has to become true
    /// @param state printed when it did not
    public static void until(String what, BooleanSupplier condition, Supplier<?> state) {
        until(what, LIMIT, condition, state);
    }

    /// @throws AssertionError with the state when `condition` is not met within `limit`
    public static void until(String what, Duration limit, BooleanSupplier condition, Supplier<?> state) {
        var deadline = System.nanoTime() + limit.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("Not within " + limit + ": " + what + ". The state was: " + state.get());
            }
            LockSupport.parkNanos(LOOK.toNanos());
        }
    }
}
