package dev.lovage.engine.worker;

import dev.lovage.engine.broker.Broker;
import dev.lovage.engine.broker.LeaseLost;
import dev.lovage.engine.payload.Payloads;
import dev.lovage.engine.store.Store;
import dev.lovage.engine.task.TaskRevoked;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A worker's heartbeat, and its watch over the others, each on a platform thread that task code can't block.
///
/// A worker is dead when its counter stood still for a lease period on this observer's own monotonic clock,
/// counted in looks so that a pause of the observer itself counts for one; or when its process ran on this
/// machine and is gone. Its claims are then given back, each with one crash more. What the dead wrote
/// afterwards would be refused.
final class Vigil implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Worker.class);
    private static final int LOOKS_PER_LEASE = 10;
    private static final Duration KEEP_CHECKED = Duration.ofMinutes(10);

    private record Seen(long beats, int looks) {}

    private final Worker worker;
    private final Store store;
    private final Broker broker;
    private final Payloads payloads;
    private final Presence presence;
    private final WorkerMeters meters;
    private final Duration period;
    private final Duration keep;
    private final CountDownLatch ends = new CountDownLatch(1);
    private final Thread heart;
    private final Thread watch;
    private volatile long beatNanos = System.nanoTime();

    Vigil(
            Worker worker,
            Store store,
            Broker broker,
            Payloads payloads,
            Presence presence,
            WorkerMeters meters,
            Duration lease,
            Duration keep) {
        this.worker = worker;
        this.store = store;
        this.broker = broker;
        this.payloads = payloads;
        this.presence = presence;
        this.meters = meters;
        this.period = lease.dividedBy(LOOKS_PER_LEASE);
        this.keep = keep;
        this.heart = Thread.ofPlatform().name("lovage-heartbeat").daemon().unstarted(this::beat);
        this.watch = Thread.ofPlatform().name("lovage-watch").daemon().unstarted(this::look);
    }

    void start() {
        heart.start();
        watch.start();
    }

    Duration heartbeatAge() {
        return Duration.ofNanos(System.nanoTime() - beatNanos);
    }

    private void beat() {
        do {
            try {
                store.beat(worker.lease(), worker.running().size());
                beatNanos = System.nanoTime();
            } catch (LeaseLost e) {
                incarnate();
            } catch (RuntimeException e) {
                LOG.warn("The heartbeat of {} was not written: {}", worker.name(), e.toString());
            }
        } while (!pause());
    }

    /// The heart must not stop because the store is busy just now: the next beat tries again.
    private void incarnate() {
        try {
            worker.incarnate("its counter stood still for so long that others took its work");
        } catch (RuntimeException e) {
            LOG.warn("The new incarnation of {} was not registered: {}", worker.name(), e.toString());
        }
    }

    /// Stops what is running here and was revoked with termination.
    private void terminate() {
        var attempts = worker.running();
        if (attempts.isEmpty()) {
            return;
        }
        var ids = attempts.values().stream().map(one -> one.request().id()).collect(Collectors.toSet());
        var revoked = store.revoked(ids);
        attempts.values().forEach(one -> {
            if (revoked.getOrDefault(one.request().id(), false)) {
                one.stop(new TaskRevoked());
            }
        });
    }

    private void look() {
        Map<String, Seen> seen = new HashMap<>();
        var forgotAt = System.nanoTime();
        do {
            try {
                terminate();
                observe(seen);
                closeStalled();
                meters.queues(broker.queues().values(), store.now());
                if (keep.isPositive() && System.nanoTime() - forgotAt > KEEP_CHECKED.toNanos()) {
                    store.forget(keep, payloads);
                    forgotAt = System.nanoTime();
                }
            } catch (RuntimeException e) {
                LOG.warn("The watch of {} could not look: {}", worker.name(), e.toString());
            }
        } while (!pause());
    }

    private void closeStalled() {
        for (var join : store.stalled(100)) {
            LOG.warn("The chord {} has no live member left; it is closed.", join.id());
            try {
                store.closeStalled(join.id(), "no member that could still end it is left");
            } catch (RuntimeException e) {
                LOG.warn("The chord {} could not be closed; the next look tries again: {}", join.id(), e.toString());
            }
        }
    }

    private void observe(Map<String, Seen> seen) {
        var states = store.workers();
        seen.keySet()
                .retainAll(states.stream().map(state -> state.incarnation()).toList());
        for (var state : states) {
            if (state.incarnation().equals(worker.lease().incarnation())) {
                continue;
            }
            var before = seen.get(state.incarnation());
            var looks = before != null && before.beats() == state.beats() ? before.looks() + 1 : 0;
            seen.put(state.incarnation(), new Seen(state.beats(), looks));
            var gone = presence.gone(state.incarnation());
            if (gone || looks > LOOKS_PER_LEASE) {
                var evidence = "The worker " + state.name() + " (process " + state.pid() + ") "
                        + (gone ? "ended without signing off." : "stood still for " + period.multipliedBy(looks) + ".");
                var back = store.bury(state.incarnation(), state.beats(), evidence);
                LOG.warn("{} {} of its deliveries are given back.", evidence, back);
                seen.remove(state.incarnation());
                if (store.workers().stream().noneMatch(one -> one.incarnation().equals(state.incarnation()))) {
                    presence.forget(state.incarnation()); // it was buried, and had not moved after all
                }
            }
        }
    }

    /// @return whether the vigil is over
    private boolean pause() {
        try {
            return ends.await(period.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    /// Ends both threads. Heartbeats stop last when a worker leaves, so the worker closes this after its own
    /// work.
    @Override
    public void close() {
        ends.countDown();
        try {
            heart.join(Duration.ofSeconds(5));
            watch.join(Duration.ofSeconds(5));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
