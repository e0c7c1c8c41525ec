package dev.lovage.engine.worker;

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

    boolean tryAcquire(int slots, long wait, TimeUnit unit) throws InterruptedException {
        return permits.tryAcquire(slots, wait, unit);
    }

    void release(int slots) {
        permits.release(slots);
    }
}
