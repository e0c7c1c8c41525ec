package dev.lovage.sql.database;

import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// The units of writing that wait: two lanes, each in order and of bounded length; the first lane goes first.
final class WriteQueue {
    private final int max;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition arrived = lock.newCondition();
    private final Queue<Turn<?>> first = new ArrayDeque<>();
    private final Queue<Turn<?>> rest = new ArrayDeque<>();
    private boolean closed;

    WriteQueue(int max) {
        this.max = max;
    }

    /// @throws DatabaseBusy if the lane is full
    void add(Turn<?> turn, boolean beforeOthers) {
        Queue<Turn<?>> lane = beforeOthers ? first : rest;
        lock.lock();
        try {
            if (closed) {
                throw new DatabaseFailed("The database is closed. Nothing was written.", null, false);
            }
            if (lane.size() >= max) {
                throw new DatabaseBusy(
                        lane.size() + " units of writing wait already, and at most " + max
                                + " may. Nothing was written. Try again in a moment.",
                        lane.size());
            }
            lane.add(turn);
            arrived.signal();
        } finally {
            lock.unlock();
        }
    }

    /// Waits for a unit, which may have given up waiting when it is polled.
    ///
    /// @return false once the queue is closed and has been emptied
    boolean await() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (first.isEmpty() && rest.isEmpty()) {
                if (closed) {
                    return false;
                }
                arrived.await();
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /// Takes a unit if one waits.
    Optional<Turn<?>> poll() {
        lock.lock();
        try {
            return next();
        } finally {
            lock.unlock();
        }
    }

    /// Takes no more; what waits is still handed out.
    void close() {
        lock.lock();
        try {
            closed = true;
            arrived.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private Optional<Turn<?>> next() {
        while (true) {
            Turn<?> turn = first.isEmpty() ? rest.poll() : first.poll();
            if (turn == null) {
                return Optional.empty();
            }
            if (turn.take()) {
                return Optional.of(turn);
            }
        }
    }
}
