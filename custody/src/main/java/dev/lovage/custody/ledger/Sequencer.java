package dev.lovage.custody.ledger;

import dev.lovage.sql.database.Database;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Chains intents to entries, in batches of at most 1,000 and at most every 50 ms.
///
/// The life of a sequencer: it takes the seat at once, whoever sat there; a crashed one need not be waited for.
/// It works until it is closed, or until it finds that another has taken the seat. Then it waits, and sits down
/// again when the seat was given back or nothing has moved there for three seconds of its own monotonic clock.
/// A crash at any point loses nothing and repeats nothing: a batch is one transaction.
public final class Sequencer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Sequencer.class);
    private static final Duration PACE = Duration.ofMillis(50);
    private static final Duration IDLE = Duration.ofMillis(100);
    private static final Duration BEAT = Duration.ofSeconds(1);
    private static final Duration SILENCE = Duration.ofSeconds(3);

    /// How far the chain is behind.
    ///
    /// @param pending intents that are not chained yet
    /// @param oldest when the oldest of those was written; empty when none waits
    /// @param problems why intents can't be chained; empty as long as all is well
    public record Lag(long pending, Optional<Instant> oldest, List<String> problems) {}

    private final Database database;
    private final Chain chain;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread thread;
    private volatile List<String> broken = List.of();
    private List<String> logged = List.of();
    private boolean seated = true;
    private long lastBeatNanos = System.nanoTime();
    private Chain.@Nullable Seat watched;
    private long watchedNanos;

    private Sequencer(Database database, Chain chain) {
        this.database = database;
        this.chain = chain;
        this.thread = Thread.ofPlatform().name("ledger-sequencer").daemon().unstarted(this::run);
    }

    /// Starts a sequencer on a thread of its own.
    ///
    /// @param origin the name of this ledger for ever, such as a host and a path
    /// @throws IllegalStateException if the ledger in this database has another origin
    public static Sequencer start(Database database, String origin, InstantSource clock) {
        var chain = new Chain(database, origin, clock, holder());
        chain.sitDown();
        var sequencer = new Sequencer(database, chain);
        sequencer.thread.start();
        return sequencer;
    }

    /// Chains all that waits now, on this thread. A running sequencer loses its seat for that long and takes it again.
    ///
    /// @return how many entries were added
    /// @throws LedgerBroken if the ledger was tampered with, or an intent is missing
    public static long runOnce(Database database, String origin, InstantSource clock) {
        var chain = new Chain(database, origin, clock, holder());
        chain.sitDown();
        long chained = 0;
        while (true) {
            try {
                int batch = chain.chain();
                chained += batch;
                if (batch == 0) {
                    chain.getUp();
                    break;
                }
            } catch (Chain.Fenced another) {
                // Whoever sits there now goes on with the same work: it is done all the same.
                return chained;
            }
        }
        if (!chain.stuck().isEmpty()) {
            throw new LedgerBroken(String.join(" ", chain.stuck()) + " " + chained
                    + " other intents were chained. Run the verification of the ledger.");
        }
        return chained;
    }

    public Lag lag() {
        var problems = broken.isEmpty() ? chain.stuck() : broken;
        return database.read(connection -> {
            try (var select = connection.prepareStatement("""
                            SELECT SUM(w.seq - COALESCE(c.chained, 0)), MIN(i.at)
                            FROM ledger_writer w
                            LEFT JOIN ledger_cursor c ON c.writer_id = w.writer_id
                            LEFT JOIN ledger_intent i
                                 ON i.writer_id = w.writer_id AND i.writer_seq = COALESCE(c.chained, 0) + 1
                            WHERE w.seq > COALESCE(c.chained, 0)""");
                    var row = select.executeQuery()) {
                row.next();
                long pending = row.getLong(1);
                long oldest = row.getLong(2);
                return new Lag(
                        pending,
                        pending == 0 || row.wasNull()
                                ? Optional.empty()
                                : Optional.of(Instant.EPOCH.plus(oldest, ChronoUnit.MICROS)),
                        problems);
            }
        });
    }

    /// Chains what waits, gives the seat back and ends the thread.
    @Override
    public void close() {
        closing.countDown();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            while (!closing.await(PACE.toMillis(), TimeUnit.MILLISECONDS)) {
                step();
            }
            if (seated) {
                chainAll();
                chain.getUp();
            }
        } catch (InterruptedException stop) {
            LOG.info("The sequencer of the ledger was interrupted. What waits is chained by the next one.");
        } catch (Chain.Fenced another) {
            LOG.info("Another sequencer took over while this one closed. What waits is chained there.");
        } catch (RuntimeException e) {
            LOG.error("The sequencer of the ledger ended early. What waits is chained by the next one.", e);
        }
    }

    private void step() throws InterruptedException {
        try {
            long seen = database.changes();
            if (seated) {
                chainAll();
                beat();
            } else {
                watch();
            }
            broken = List.of();
            database.awaitChange(seen, IDLE);
        } catch (Chain.Fenced another) {
            LOG.info("Another sequencer has taken over. This one waits.");
            seated = false;
            watched = null;
        } catch (RuntimeException e) {
            // Any failure: the outermost frame of this thread. The transaction was not written, so it is simply tried
            // again.
            broken = List.of(String.valueOf(e.getMessage()));
            logOnce(broken, e);
            closing.await(1, TimeUnit.SECONDS);
        }
    }

    private void chainAll() {
        while (chain.chain() > 0) {
            lastBeatNanos = System.nanoTime();
        }
        logOnce(chain.stuck(), null);
    }

    private void beat() {
        if (passed(lastBeatNanos, BEAT)) {
            chain.beat();
            lastBeatNanos = System.nanoTime();
        }
    }

    /// Looks at the seat that another one has taken.
    private void watch() {
        var seat = chain.seat();
        if (!seat.equals(watched)) {
            watched = seat;
            watchedNanos = System.nanoTime();
        }
        if (seat.holder().isEmpty() || passed(watchedNanos, SILENCE)) {
            seated = chain.sitDown(seat);
        }
    }

    private void logOnce(List<String> problems, @Nullable Throwable cause) {
        if (!problems.isEmpty() && !problems.equals(logged)) {
            LOG.error("The ledger can't be continued: {} What waits is kept, not chained.", problems, cause);
        }
        logged = problems;
    }

    private static boolean passed(long sinceNanos, Duration duration) {
        return System.nanoTime() - sinceNanos >= duration.toNanos();
    }

    private static String holder() {
        return ProcessHandle.current().pid() + "-" + UUID.randomUUID();
    }
}
