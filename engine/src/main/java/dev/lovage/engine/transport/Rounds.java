package dev.lovage.engine.transport;

import dev.lovage.engine.broker.Broker;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A thread that goes its round as long as there is something to do, and waits for the store to change when
/// there is not. It ends only when it is told to: without it nothing would be carried off any more, and nobody
/// would know.
final class Rounds implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Rounds.class);
    private static final Duration IDLE_WAIT = Duration.ofMillis(500);
    private static final Duration LAST_WORDS = Duration.ofSeconds(5);

    private final String what;
    private final Broker broker;
    private final Round round;
    private final Thread thread;
    private volatile boolean stops;

    @FunctionalInterface
    interface Round {
        /// @return whether there was anything
        boolean run();
    }

    /// @param what is carried off, for people
    /// @param broker of the store, which tells of changes
    Rounds(String name, String what, Broker broker, Round round) {
        this.what = what;
        this.broker = broker;
        this.round = round;
        this.thread = Thread.ofPlatform().name(name).daemon().unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    private void run() {
        var failures = 0;
        while (!stops) {
            try {
                var mark = broker.mark();
                if (!round.run()) {
                    broker.awaitWork(mark, IDLE_WAIT);
                }
                failures = 0;
            } catch (InterruptedException e) {
                return;
            } catch (Throwable e) {
                failures++;
                LOG.warn(
                        "{} could not be carried off ({} times in a row), and stays in the store: {}",
                        what,
                        failures,
                        e.toString());
                LOG.debug("This was thrown.", e);
                if (!pause(Math.min(5_000, 100L << Math.min(failures, 6)))) {
                    return;
                }
            }
        }
    }

    private static boolean pause(long millis) {
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
            return true;
        } catch (InterruptedException e) {
            return false;
        }
    }

    /// Carries off what there is, as far as that works within a few seconds.
    @Override
    public void close() {
        stops = true;
        try {
            thread.join(LAST_WORDS);
            var until = System.nanoTime() + LAST_WORDS.toNanos();
            while (!thread.isAlive() && System.nanoTime() - until < 0 && round.run()) {}
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            LOG.warn("{} stays in the store, for whoever opens it next: {}", what, e.toString());
        }
    }
}
