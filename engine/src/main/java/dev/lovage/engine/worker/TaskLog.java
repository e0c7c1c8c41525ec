package dev.lovage.engine.worker;

import dev.lovage.engine.broker.Busy;
import dev.lovage.engine.log.AttemptLog;
import dev.lovage.engine.log.LogLine;
import dev.lovage.engine.store.Store;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Brings what tasks log to the store, on a thread of its own: a line waits until the next batch is written.
///
/// Invariants:
/// 1. No attempt and no settlement waits for it, and none fails of it.
/// 2. A bounded number of lines waits. Without lines there is no transaction.
/// 3. A line that finds no room, or that the store does not take, is counted, and the worker's own log says so.
///    What the console shows is the same either way.
/// 4. Closing writes what waits, as far as that is done within seconds.
///
/// Lines are stamped when they come here, by the store's clock, as are the ends of attempts.
final class TaskLog implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Worker.class);
    private static final int WAITING_MAX = 4_096;
    private static final int BATCH_MAX = 500;
    private static final Duration GATHERED = Duration.ofMillis(200);
    private static final int TRIES_MAX = 5;
    private static final Duration TRIED_AGAIN = Duration.ofSeconds(1);
    private static final Duration SAID_EACH = Duration.ofMinutes(1);
    private static final Duration CLOSED_WITHIN = Duration.ofSeconds(5);

    private final Store store;
    private final WorkerMeters meters;
    private final int linesMax;
    private final String worker;
    private final BlockingQueue<LogLine> waiting = new ArrayBlockingQueue<>(WAITING_MAX);
    private final CountDownLatch ends = new CountDownLatch(1);
    private final Thread writer;
    private final AtomicLong unsaid = new AtomicLong();
    private volatile boolean abandoned;
    private long saidNanos = System.nanoTime() - SAID_EACH.toNanos();

    /// @param linesMax that are kept of one attempt; 0 keeps none
    TaskLog(Store store, WorkerMeters meters, int linesMax, String worker) {
        this.store = store;
        this.meters = meters;
        this.linesMax = linesMax;
        this.worker = worker;
        this.writer = Thread.ofPlatform().name("lovage-log").daemon().unstarted(this::write);
    }

    void start() {
        writer.start();
    }

    /// For one attempt, which closes it.
    AttemptLog attempt(String taskId, String rootId, int retries, long epoch) {
        return new AttemptLog(linesMax, new AttemptLog.Sink() {
            @Override
            public boolean line(String level, String logger, String message) {
                var line = new LogLine(store.now(), taskId, rootId, retries, epoch, worker, level, logger, message);
                var room = waiting.offer(line);
                if (!room) {
                    lost(1); // the writer says so: whoever is here may be in the middle of logging
                }
                return room;
            }

            @Override
            public void missing(long lines) {
                var _ = line("WARN", LOG.getName(), lines + " more lines were not kept.");
            }
        });
    }

    private void write() {
        try {
            while (ends.getCount() > 0 || !waiting.isEmpty()) {
                var first = waiting.poll(GATHERED.toMillis(), TimeUnit.MILLISECONDS);
                if (first != null) {
                    keep(batch(first));
                    say("too many were waiting to be written");
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private List<LogLine> batch(LogLine first) throws InterruptedException {
        if (waiting.size() < BATCH_MAX) {
            var _ = ends.await(GATHERED.toMillis(), TimeUnit.MILLISECONDS);
        }
        var batch = new ArrayList<>(List.of(first));
        waiting.drainTo(batch, BATCH_MAX - 1);
        return batch;
    }

    private void keep(List<LogLine> batch) throws InterruptedException {
        var why = "the worker has stopped";
        for (int tries = 1; tries <= TRIES_MAX && !abandoned; tries++) {
            try {
                store.keep(batch);
                return;
            } catch (Busy e) {
                why = e.toString();
                if (ends.await(TRIED_AGAIN.toMillis(), TimeUnit.MILLISECONDS)) {
                    break;
                }
            } catch (RuntimeException e) {
                why = e.toString();
                break;
            }
        }
        lost(batch.size());
        say(why);
    }

    private void lost(int lines) {
        meters.logLost(lines);
        unsaid.addAndGet(lines);
    }

    /// Once a minute at most, so that a store that is away does not fill the log.
    private void say(String why) {
        if (System.nanoTime() - saidNanos >= SAID_EACH.toNanos() && unsaid.get() > 0) {
            saidNanos = System.nanoTime();
            warn(why);
        }
    }

    private void warn(String why) {
        var lines = unsaid.getAndSet(0);
        if (lines > 0) {
            LOG.warn(
                    "{} lines that tasks logged on {} were not kept for trace: {}. The tasks are not affected.",
                    lines,
                    worker,
                    why);
        }
    }

    /// No attempt adds anything any more.
    @Override
    public void close() {
        ends.countDown();
        try {
            writer.join(CLOSED_WITHIN);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        abandoned = true;
        var left = new ArrayList<LogLine>();
        lost(waiting.drainTo(left));
        warn("the store did not take them before the worker stopped");
    }
}
