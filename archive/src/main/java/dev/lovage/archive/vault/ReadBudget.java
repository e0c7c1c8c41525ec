package dev.lovage.archive.vault;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/// How many bytes per second all readers of a storage take together, so that ingest leaves room for others.
///
/// Whoever reads pays for what it has read: it waits until the budget has earned it. Waiting is interruptible, so a
/// soft time limit reaches a reader that is held back.
public final class ReadBudget {
    private final long bytesPerSecond;
    private final ReentrantLock lock = new ReentrantLock(true);
    private long paidUntilNanos = System.nanoTime();

    private ReadBudget(long bytesPerSecond) {
        this.bytesPerSecond = bytesPerSecond;
    }

    public static ReadBudget unlimited() {
        return new ReadBudget(Long.MAX_VALUE);
    }

    /// @param bytes 1 or more
    public static ReadBudget perSecond(long bytes) {
        if (bytes < 1) {
            throw new IllegalArgumentException(
                    "A read budget is 1 byte per second or more, but was to be " + bytes + ".");
        }
        return new ReadBudget(bytes);
    }

    InputStream paced(InputStream in) {
        return bytesPerSecond == Long.MAX_VALUE ? in : new Paced(in);
    }

    private void pay(int bytes) throws IOException {
        try {
            lock.lockInterruptibly();
            try {
                long now = System.nanoTime();
                long cost = (long) (bytes * 1e9 / bytesPerSecond);
                paidUntilNanos = Math.max(paidUntilNanos, now) + cost;
                TimeUnit.NANOSECONDS.sleep(paidUntilNanos - now);
            } finally {
                lock.unlock();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while the read budget was used up");
        }
    }

    private final class Paced extends FilterInputStream {
        Paced(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            var one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int n = super.read(bytes, offset, length);
            if (n > 0) {
                pay(n);
            }
            return n;
        }
    }
}
