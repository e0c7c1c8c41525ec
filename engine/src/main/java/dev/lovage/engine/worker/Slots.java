package dev.lovage.engine.worker;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// How many attempts may run at once, which can change while they run: fewer slots take effect as attempts end.
final class Slots {
    private static final class Permits extends Semaphore {
        private static final long serialVersionUID = 1;

        Permits(int permits) {
            super(permits);
        }

        void fewer(int by) {
            reducePermits(by);
        }
    }

    /// Fewer slots wake nobody, so they are looked for.
    private static final Duration LOOK = Duration.ofMillis(50);

    private final Permits permits;
    private int count;

    Slots(int count) {
        this.permits = new Permits(count);
        this.count = count;
    }

    synchronized int count() {
        return count;
    }

    /// @param by negative for fewer
    /// @return how many there are now; at least one
    synchronized int change(int by) {
        var change = Math.max(1 - count, by);
        count += change;
        if (change > 0) {
            permits.release(change);
        } else {
            permits.fewer(-change);
        }
        return count;
    }

    int free() {
        return Math.max(0, permits.availablePermits());
    }

    void acquire() throws InterruptedException {
        permits.acquire();
    }

    /// Takes all that there are, also when these become more or fewer meanwhile.
    ///
    /// @return how many were taken; none when that took longer than `wait`
    int acquireAll(Duration wait) throws InterruptedException {
        var deadline = System.nanoTime() + wait.toNanos();
        var taken = 0;
        try {
            while (true) {
                synchronized (this) {
                    if (taken > count) {
                        permits.release(taken - count);
                        taken = count;
                    }
                    if (taken == count) {
                        var all = taken;
                        taken = 0;
                        return all;
                    }
                }
                var left = deadline - System.nanoTime();
                if (left <= 0) {
                    return 0;
                }
                if (permits.tryAcquire(Math.min(left, LOOK.toNanos()), TimeUnit.NANOSECONDS)) {
                    taken++;
                }
            }
        } finally {
            permits.release(taken);
        }
    }

    void release(int slots) {
        permits.release(slots);
    }
}
