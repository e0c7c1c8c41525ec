package dev.lovage.engine.worker;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/// Where attempts run. A pool has a bound, its slots; a worker never claims more than there are free ones.
public interface Pool extends AutoCloseable {
    /// How many attempts run at once.
    int slots();

    /// Runs an attempt; called only while a slot is free.
    void run(Runnable attempt);

    /// Celery's word for it: `gevent`, `threads`, `solo`.
    String word();

    /// Whether it can kill what does not stop. Threads can't be killed.
    boolean enforcesHardLimits();

    @Override
    void close();

    /// Virtual threads: many attempts that wait for networks and disks. Celery's `gevent`.
    static Pool virtual(int slots) {
        return new Threads(
                "gevent",
                slots,
                Executors.newThreadPerTaskExecutor(
                        Thread.ofVirtual().name("lovage-task-", 1).factory()));
    }

    /// Platform threads: for handlers that call native code, which would hold a virtual thread's carrier.
    static Pool threads(int slots) {
        return new Threads(
                "threads",
                slots,
                Executors.newFixedThreadPool(
                        slots, Thread.ofPlatform().name("lovage-task-", 1).factory()));
    }

    /// One attempt at a time.
    static Pool solo() {
        return new Threads(
                "solo",
                1,
                Executors.newSingleThreadExecutor(
                        Thread.ofPlatform().name("lovage-solo").factory()));
    }

    /// @throws IllegalArgumentException for a pool that there is not, saying which there are
    static Pool named(String word, int slots) {
        return switch (word) {
            case "gevent", "virtual", "eventlet" -> virtual(slots);
            case "threads" -> threads(slots);
            case "solo" -> solo();
            case "prefork", "processes" ->
                throw new IllegalArgumentException(
                        "The pool prefork (child processes) is not in this version. Nothing was started. Use gevent or threads.");
            default ->
                throw new IllegalArgumentException(
                        "There is no pool '" + word + "'. Nothing was started. Use gevent, threads or solo.");
        };
    }

    /// A pool of threads of either kind.
    record Threads(String word, int slots, ExecutorService executor) implements Pool {
        public Threads {
            if (slots < 1) {
                throw new IllegalArgumentException("A pool has 1 slot or more, but was asked for " + slots + ".");
            }
        }

        @Override
        public void run(Runnable attempt) {
            executor.execute(attempt);
        }

        @Override
        public boolean enforcesHardLimits() {
            return false;
        }

        @Override
        public void close() {
            executor.shutdownNow();
            try {
                executor.awaitTermination(5, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
