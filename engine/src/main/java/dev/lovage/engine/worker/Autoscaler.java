package dev.lovage.engine.worker;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Gives a worker more slots while due tasks wait for one, and takes back those that stand idle.
///
/// Once a second it looks. It grows by half of what there is, one at least, when every slot is busy and the last claim
/// brought as many as it asked for, the oldest of which had been due for a second; or when no slot was free and
/// something due lay in its queues at two looks in a row. It shrinks to what was busy at most within the last thirty
/// seconds. Between the two it changes nothing, so that it does not swing.
final class Autoscaler implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Autoscaler.class);
    private static final Duration LOOK = Duration.ofSeconds(1);
    private static final Duration OLD = Duration.ofSeconds(1);
    /// Looks in a row at which due tasks lay there while no slot was free: who runs long tasks claims nothing, and
    /// learns from no claim that others wait.
    private static final int STARVES = 2;

    private static final Duration KEEP = Duration.ofSeconds(30);

    /// What it looks at and changes.
    interface Scaled {
        int slots();

        int busy();

        /// Whether due tasks lie in its queues. Asked while no slot is free.
        boolean waits();

        /// @param by negative for fewer
        void resize(int by);
    }

    private final Scaled worker;
    private final LongSupplier nanos;
    private final ScheduledExecutorService looks = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("lovage-autoscale").daemon().factory());
    private volatile Worker.Bounds bounds;
    private volatile boolean behind;
    private int starving;
    private int busiest;
    private long since;

    /// @param nanos a clock that only goes forward
    Autoscaler(Scaled worker, Worker.Bounds bounds, LongSupplier nanos) {
        this.worker = worker;
        this.bounds = bounds;
        this.nanos = nanos;
        this.since = nanos.getAsLong();
    }

    void start() {
        looks.scheduleWithFixedDelay(
                () -> {
                    try {
                        look();
                    } catch (RuntimeException e) {
                        LOG.warn("The number of slots could not be changed: {}", e.toString());
                    }
                },
                0,
                LOOK.toMillis(),
                TimeUnit.MILLISECONDS);
    }

    Worker.Bounds bounds() {
        return bounds;
    }

    void bounds(Worker.Bounds changed) {
        bounds = changed;
    }

    /// @param full whether a claim brought as many as it asked for
    /// @param waited how long the oldest of them had been due
    void claimed(boolean full, Duration waited) {
        behind = full && waited.compareTo(OLD) >= 0;
    }

    synchronized void look() {
        var now = nanos.getAsLong();
        var slots = worker.slots();
        var busy = worker.busy();
        busiest = Math.max(busiest, busy);
        var wanted = slots;
        starving = busy >= slots && slots < bounds.max() && worker.waits() ? starving + 1 : 0;
        if (behind && busy >= slots || starving >= STARVES) {
            wanted = slots + Math.max(1, slots / 2);
            begin(now);
        } else if (now - since >= KEEP.toNanos()) {
            wanted = Math.max(busiest, 1);
            begin(now);
        }
        wanted = Math.clamp(wanted, bounds.min(), bounds.max());
        if (wanted != slots) {
            worker.resize(wanted - slots);
            LOG.info("{} slots instead of {}, of {} to {}.", wanted, slots, bounds.min(), bounds.max());
        }
    }

    private void begin(long now) {
        since = now;
        busiest = 0;
        starving = 0;
    }

    @Override
    public void close() {
        looks.shutdownNow();
    }
}
