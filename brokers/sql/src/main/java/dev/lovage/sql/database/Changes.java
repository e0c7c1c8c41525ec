package dev.lovage.sql.database;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// The number that grows when something may have been written, and those who wait for that.
final class Changes {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition grown = lock.newCondition();
    private long count;

    long count() {
        lock.lock();
        try {
            return count;
        } finally {
            lock.unlock();
        }
    }

    void grow() {
        lock.lock();
        try {
            count++;
            grown.signalAll();
        } finally {
            lock.unlock();
        }
    }

    void await(long seen, Duration wait) throws InterruptedException {
        long left = wait.toNanos();
        lock.lockInterruptibly();
        try {
            while (count <= seen && left > 0) {
                left = grown.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }
}
