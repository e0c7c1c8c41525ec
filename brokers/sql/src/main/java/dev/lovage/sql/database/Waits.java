package dev.lovage.sql.database;

import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Waiting for what is being closed: ten seconds at most, and interruption is kept for later.
final class Waits {
    private static final Logger LOG = LoggerFactory.getLogger(Waits.class);
    private static final Duration GRACE = Duration.ofSeconds(10);

    private Waits() {}

    static void forEnd(Thread thread) {
        forEnd(thread.getName(), () -> thread.join(GRACE));
    }

    static void forEnd(ExecutorService threads) {
        forEnd("A pool of readers", () -> threads.awaitTermination(GRACE.toMillis(), TimeUnit.MILLISECONDS));
    }

    private interface Waiting {
        boolean ended() throws InterruptedException;
    }

    private static void forEnd(String name, Waiting waiting) {
        boolean interrupted = Thread.interrupted();
        try {
            if (!waiting.ended()) {
                LOG.warn("{} has not ended within {}; it is left to end with the process.", name, GRACE);
            }
        } catch (InterruptedException e) {
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
