package dev.lovage.server.installation;

import dev.lovage.custody.ledger.Sequencer;
import dev.lovage.records.intake.Reconciliation;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reconciles every few seconds, on a thread of its own: keeps what it found for pages and metrics, says what is new of
/// it, and sends the next step of what was lost again.
public final class Sweeper implements AutoCloseable {
    /// What was seen at one look.
    ///
    /// @param unaccounted before anything was re-driven
    /// @param tasksPerSecond ended by this process's worker since the look before
    public record Look(
            Instant at, List<Reconciliation.Unaccounted> unaccounted, Sequencer.Lag ledger, double tasksPerSecond) {
        public Look {
            unaccounted = List.copyOf(unaccounted);
        }
    }

    private static final Logger LOG = LoggerFactory.getLogger(Sweeper.class);
    private static final Duration PACE = Duration.ofSeconds(3);
    private static final Duration FILES_SWEPT_EVERY = Duration.ofMinutes(1);

    private final Installation installation;
    private final MeterRegistry meters;
    private final InstantSource clock;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread thread;
    private volatile Optional<Look> last = Optional.empty();
    private double ended;
    private long lookedNanos = System.nanoTime();
    private long sweptNanos = System.nanoTime();
    private List<String> told = List.of();

    private Sweeper(Installation installation, MeterRegistry meters, InstantSource clock) {
        this.installation = installation;
        this.meters = meters;
        this.clock = clock;
        this.thread = Thread.ofPlatform().name("lovage-sweeper").daemon().unstarted(this::run);
    }

    static Sweeper start(Installation installation, MeterRegistry meters, InstantSource clock) {
        var sweeper = new Sweeper(installation, meters, clock);
        Gauge.builder(
                        "lovage.unaccounted",
                        () -> sweeper.last
                                .map(look -> (double) look.unaccounted().size())
                                .orElse(Double.NaN))
                .description("accepted submissions and batches that are not accounted for")
                .register(meters);
        Gauge.builder(
                        "lovage.ledger.pending",
                        () -> sweeper.last
                                .map(look -> (double) look.ledger().pending())
                                .orElse(Double.NaN))
                .description("ledger intents that are not chained yet")
                .register(meters);
        sweeper.ended = sweeper.endedSoFar();
        sweeper.thread.start();
        return sweeper;
    }

    /// What was seen last; empty before the first look has ended.
    public Optional<Look> last() {
        return last;
    }

    private void run() {
        try {
            do {
                try {
                    look();
                } catch (RuntimeException e) {
                    // The outermost frame of this thread: the next look tries again.
                    LOG.warn("The reconciliation failed and is repeated in {} s: {}", PACE.toSeconds(), e.toString());
                }
            } while (!closing.await(PACE.toMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException stop) {
            LOG.info("The sweeper was interrupted.");
        }
    }

    private void look() {
        var unaccounted = installation.unaccounted();
        var now = System.nanoTime();
        var soFar = endedSoFar();
        var rate = (soFar - ended) * 1e9 / Math.max(1, now - lookedNanos);
        ended = soFar;
        lookedNanos = now;
        last = Optional.of(
                new Look(clock.instant(), unaccounted, installation.sequencer().lag(), rate));
        var names = unaccounted.stream()
                .map(one -> one.trackingId() + ": " + one.why())
                .toList();
        if (!names.isEmpty() && !names.equals(told)) {
            LOG.error("{} unaccounted for: {}", names.size(), names);
        }
        told = names;
        if (unaccounted.stream().anyMatch(Reconciliation.Unaccounted::redrivable)) {
            LOG.warn("Sent again: {}", installation.redrive());
        }
        sweepFiles();
    }

    /// Files that an attempt left behind which did not come to its end.
    private void sweepFiles() {
        if (System.nanoTime() - sweptNanos < FILES_SWEPT_EVERY.toNanos()) {
            return;
        }
        sweptNanos = System.nanoTime();
        try {
            int swept = installation.archive().sweep();
            if (swept > 0) {
                LOG.info("{} files of the archive that no row names were removed.", swept);
            }
        } catch (IOException e) {
            LOG.warn("The files of the archive could not be swept: {}", e.toString());
        }
    }

    private double endedSoFar() {
        return meters.find("lovage.task.outcomes").counters().stream()
                .mapToDouble(counter -> counter.count())
                .sum();
    }

    @Override
    public void close() {
        closing.countDown();
        try {
            thread.join(Duration.ofSeconds(5));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
