package dev.lovage.engine.worker;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/// Where attempts run. A pool has a bound, its slots; a worker never claims more than there are free ones.
public interface Pool extends AutoCloseable {
    /// How many attempts run at once.
    int slots();

    /// Makes it run more or fewer attempts at once; what runs goes on.
    ///
    /// @return false if it has as many as it has
    default boolean resize(int slots) {
        return false;
    }

    /// Runs an attempt; called only while a slot is free.
    void run(Runnable attempt);

    /// Celery's word for it: `gevent`, `threads`, `solo`, `prefork`.
    String word();

    /// Whether the work is done in child processes. They can be killed, so that limits can be enforced; threads
    /// can't.
    boolean inChildren();

    @Override
    void close();

    /// Virtual threads: many attempts that wait for networks and disks. Celery's `gevent`.
    static Pool virtual(int slots) {
        return new Threads(
                "gevent",
                slots,
                false,
                Executors.newThreadPerTaskExecutor(
                        Thread.ofVirtual().name("lovage-task-", 1).factory()));
    }

    /// Platform threads: for handlers that call native code, which would hold a virtual thread's carrier.
    static Pool threads(int slots) {
        return new Threads(
                "threads",
                slots,
                false,
                Executors.newFixedThreadPool(
                        slots, Thread.ofPlatform().name("lovage-task-", 1).factory()));
    }

    /// One attempt at a time.
    static Pool solo() {
        return new Threads(
                "solo",
                1,
                false,
                Executors.newSingleThreadExecutor(
                        Thread.ofPlatform().name("lovage-solo").factory()));
    }

    /// Child processes: for work that computes, calls native code, or opens files that nobody vouches for. What
    /// a task does there harms its own process only. Celery's `prefork`. Handlers come from providers that a
    /// child can make: see [dev.lovage.engine.task.TaskProvider#inChild].
    static Pool processes(int slots) {
        return new Threads(
                "prefork",
                slots,
                true,
                Executors.newFixedThreadPool(
                        slots, Thread.ofPlatform().name("lovage-task-", 1).factory()));
    }

    /// Whether the pool of that name does its work in child processes.
    static boolean inChildren(String word) {
        return word.equals("prefork") || word.equals("processes");
    }

    /// @throws IllegalArgumentException for a pool that there is not, saying which there are
    static Pool named(String word, int slots) {
        return switch (word) {
            case "gevent", "virtual", "eventlet" -> virtual(slots);
            case "threads" -> threads(slots);
            case "solo" -> solo();
            case "prefork", "processes" -> processes(slots);
            default ->
                throw new IllegalArgumentException(
                        "There is no pool '" + word + "'. Nothing was started. Use gevent, threads, solo or prefork.");
        };
    }

    /// A pool of threads. With children, they only wait for them.
    record Threads(String word, int slots, boolean inChildren, ExecutorService executor) implements Pool {
        public Threads {
            if (slots < 1) {
                throw new IllegalArgumentException("A pool has 1 slot or more, but was asked for " + slots + ".");
            }
        }

        @Override
        public boolean resize(int slots) {
            if (executor instanceof ThreadPoolExecutor threads) {
                if (slots > threads.getMaximumPoolSize()) {
                    threads.setMaximumPoolSize(slots);
                    threads.setCorePoolSize(slots);
                } else {
                    threads.setCorePoolSize(slots);
                    threads.setMaximumPoolSize(slots);
                }
            }
            return !word.equals("solo");
        }

        @Override
        public void run(Runnable attempt) {
            executor.execute(attempt);
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
