package dev.lovage.engine.worker;

import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.broker.QueueState;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.function.Function;

/// What lies in the queues, as gauges. They are the broker's, not a worker's: the workers of one registry share
/// them.
final class QueueGauges {
    /// Weak on both sides, since the gauges hold their registry.
    private static final Map<MeterRegistry, WeakReference<QueueGauges>> OF = new WeakHashMap<>();

    private final MultiGauge ready;
    private final MultiGauge leased;
    private final MultiGauge dead;
    private final MultiGauge parked;
    private final MultiGauge quarantined;
    private final MultiGauge oldest;

    private QueueGauges(MeterRegistry registry) {
        this.ready = MultiGauge.builder("lovage.queue.ready").register(registry);
        this.leased = MultiGauge.builder("lovage.queue.leased").register(registry);
        this.dead = MultiGauge.builder("lovage.queue.dead").register(registry);
        this.parked = MultiGauge.builder("lovage.queue.parked").register(registry);
        this.quarantined = MultiGauge.builder("lovage.queue.quarantined").register(registry);
        this.oldest = MultiGauge.builder("lovage.queue.oldest.seconds").register(registry);
    }

    static QueueGauges of(MeterRegistry registry) {
        synchronized (OF) {
            var known = OF.containsKey(registry) ? OF.get(registry).get() : null;
            if (known == null) {
                known = new QueueGauges(registry);
                OF.put(registry, new WeakReference<>(known));
            }
            return known;
        }
    }

    synchronized void set(Collection<QueueState> states, Instant now) {
        ready.register(rows(states, state -> state.count(Custody.READY)), true);
        leased.register(rows(states, state -> state.count(Custody.LEASED)), true);
        dead.register(rows(states, state -> state.count(Custody.DEAD)), true);
        parked.register(rows(states, state -> state.count(Custody.PARKED)), true);
        quarantined.register(rows(states, state -> state.count(Custody.QUARANTINED)), true);
        oldest.register(
                rows(
                        states,
                        state -> state.oldestReady()
                                .map(since -> Duration.between(since, now).toMillis() / 1000.0)
                                .orElse(0.0)),
                true);
    }

    private static List<MultiGauge.Row<?>> rows(Collection<QueueState> states, Function<QueueState, Number> value) {
        return states.stream()
                .<MultiGauge.Row<?>>map(state -> MultiGauge.Row.of(Tags.of("queue", state.queue()), value.apply(state)))
                .toList();
    }
}
