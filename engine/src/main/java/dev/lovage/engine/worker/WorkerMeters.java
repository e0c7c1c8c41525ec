package dev.lovage.engine.worker;

import dev.lovage.engine.broker.QueueState;
import dev.lovage.engine.task.Tasks;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.function.Supplier;

/// What a worker measures, by name.
///
/// `lovage.task.wait` and `lovage.task.run` are histograms per task and queue, `lovage.task.outcomes` counts
/// per task, queue and outcome; `lovage.queue.ready`, `.leased`, `.dead`, `.parked`, `.quarantined` and
/// `.oldest.seconds` are per queue; `lovage.worker.slots`, `.running` and `.heartbeat.age.seconds` are the
/// worker's own; `lovage.log.lines.lost` counts what tasks logged and [TaskLog] could not keep. Names of tasks
/// that this worker does not have count together as `unknown`: whoever may send could else fill the memory with
/// meters.
final class WorkerMeters {
    private static final String UNKNOWN = "unknown";

    private final MeterRegistry registry;
    private final Tasks tasks;
    private final QueueGauges queues;

    WorkerMeters(MeterRegistry registry, Tasks tasks) {
        this.registry = registry;
        this.tasks = tasks;
        this.queues = QueueGauges.of(registry);
    }

    void worker(String name, Supplier<Number> slots, Supplier<Number> running, Supplier<Number> heartbeatAgeSeconds) {
        var tags = Tags.of("worker", name);
        io.micrometer.core.instrument.Gauge.builder("lovage.worker.slots", slots)
                .tags(tags)
                .register(registry);
        io.micrometer.core.instrument.Gauge.builder("lovage.worker.running", running)
                .tags(tags)
                .register(registry);
        io.micrometer.core.instrument.Gauge.builder("lovage.worker.heartbeat.age.seconds", heartbeatAgeSeconds)
                .tags(tags)
                .register(registry);
    }

    void waited(String task, String queue, Duration wait) {
        timer("lovage.task.wait", task, queue).record(wait.isNegative() ? Duration.ZERO : wait);
    }

    void ran(String task, String queue, Duration run) {
        timer("lovage.task.run", task, queue).record(run);
    }

    void ended(String task, String queue, String outcome) {
        registry.counter("lovage.task.outcomes", "task", known(task), "queue", queue, "outcome", outcome)
                .increment();
    }

    void logLost(int lines) {
        registry.counter("lovage.log.lines.lost").increment(lines);
    }

    void queues(Collection<QueueState> states, Instant now) {
        queues.set(states, now);
    }

    private String known(String task) {
        return tasks.find(task).isPresent() ? task : UNKNOWN;
    }

    private Timer timer(String name, String task, String queue) {
        return Timer.builder(name)
                .tags("task", known(task), "queue", queue)
                .publishPercentileHistogram()
                .register(registry);
    }
}
