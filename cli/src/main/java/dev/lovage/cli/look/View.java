package dev.lovage.cli.look;

import dev.lovage.cli.terminal.Table;
import dev.lovage.cli.terminal.Words;
import dev.lovage.engine.Lovage;
import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.broker.QueueState;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.store.WorkerState;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// What several commands show of workers and queues.
final class View {
    private View() {}

    /// @param oldestAgeSeconds how long the longest waiting ready entry has waited
    /// @param workers how many live workers claim from it
    record Queue(
            String queue,
            long ready,
            long timer,
            long leased,
            long parked,
            long quarantined,
            long dead,
            Optional<Double> oldestAgeSeconds,
            boolean paused,
            long workers) {}

    /// @param alive whether its counter was advanced within a lease
    record Worker(
            String name,
            boolean alive,
            long pid,
            String pool,
            int slots,
            int running,
            List<String> queues,
            List<String> tasks,
            Instant started,
            Instant seen) {}

    static List<Worker> workers(Lovage lovage) {
        var now = lovage.backbone().store().now();
        var lease = lovage.settings().duration(Setting.WORKER_LEASE);
        return lovage.backbone().store().workers().stream()
                .map(state -> worker(state, Duration.between(state.seen(), now).compareTo(lease) < 0))
                .sorted(Comparator.comparing(Worker::name))
                .toList();
    }

    private static Worker worker(WorkerState state, boolean alive) {
        return new Worker(
                state.name(),
                alive,
                state.pid(),
                state.pool(),
                state.slots(),
                state.running(),
                state.queues(),
                state.tasks().stream().sorted().toList(),
                state.started(),
                state.seen());
    }

    static List<Queue> queues(Lovage lovage, List<Worker> workers) {
        var now = lovage.backbone().store().now();
        return lovage.backbone().broker().queues().values().stream()
                .map(state -> queue(state, now, workers))
                .sorted(Comparator.comparing(Queue::queue))
                .toList();
    }

    private static Queue queue(QueueState state, Instant now, List<Worker> workers) {
        return new Queue(
                state.queue(),
                state.count(Custody.READY),
                state.count(Custody.TIMER),
                state.count(Custody.LEASED),
                state.count(Custody.PARKED),
                state.count(Custody.QUARANTINED),
                state.count(Custody.DEAD),
                state.oldestReady().map(sent -> Duration.between(sent, now).toMillis() / 1000.0),
                state.paused(),
                workers.stream()
                        .filter(worker -> worker.alive() && worker.queues().contains(state.queue()))
                        .count());
    }

    static Table table(List<Queue> queues) {
        var table = new Table(
                "QUEUE", "READY", "TIMER", "LEASED", "PARKED", "QUARANTINED", "DEAD", "OLDEST", "WORKERS", "");
        queues.forEach(one -> table.row(
                one.queue(),
                one.ready(),
                one.timer(),
                one.leased(),
                one.parked(),
                one.quarantined(),
                one.dead(),
                one.oldestAgeSeconds()
                        .map(seconds -> Words.age(Duration.ofMillis((long) (seconds * 1000))))
                        .orElse("-"),
                one.workers(),
                one.paused() ? "paused" : one.ready() > 0 && one.workers() == 0 ? "no worker" : ""));
        return table;
    }
}
