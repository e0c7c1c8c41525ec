package dev.lovage.cli.look;

import dev.lovage.cli.terminal.Setup;
import dev.lovage.cli.terminal.Table;
import dev.lovage.cli.terminal.Words;
import dev.lovage.engine.Lovage;
import dev.lovage.engine.broker.Busy;
import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.broker.QueueState;
import dev.lovage.engine.control.Control;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.store.WorkerState;
import dev.lovage.engine.transport.Bridge;
import dev.lovage.engine.transport.Transported;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;

/// What several commands show of workers and queues, at one moment.
///
/// @param workers that are registered in the store
/// @param queues in which something lies, or that somebody is set up to use
/// @param unserved what should be served, and is by nobody that is known
/// @param untold what can't be known here, each in a sentence
public record View(List<Worker> workers, List<Queue> queues, Unserved unserved, List<String> untold) {
    /// @param unacknowledged messages that anyone has received and not acknowledged; null where that can't be known
    /// @param consumers who would be delivered to, Python's workers too; null where that can't be known
    /// @param oldestAgeSeconds how long the longest waiting ready entry has waited
    /// @param dead entries that failed and wait for a person
    /// @param leased entries that workers with this store have
    /// @param workers how many live workers with this store claim from it
    public record Queue(
            String queue,
            long ready,
            Optional<Long> unacknowledged,
            Optional<Long> consumers,
            Optional<Double> oldestAgeSeconds,
            long dead,
            long timer,
            long leased,
            long parked,
            long quarantined,
            boolean paused,
            long workers) {
        public long waiting() {
            return ready + timer;
        }

        public boolean served() {
            return workers > 0 || consumers.filter(count -> count > 0).isPresent();
        }
    }

    /// @param alive whether its counter was advanced within a lease
    public record Worker(
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

    /// @param queues with work in them
    /// @param tasks of live workers, and where each is sent unless its sender names another queue
    public record Unserved(List<String> queues, Map<String, String> tasks) {}

    public static View of(Lovage lovage) {
        var states = lovage.backbone().store().workers();
        var workers = workers(lovage);
        var alive = workers.stream().filter(Worker::alive).toList();
        var answered = lovage.broadcasts() ? answered(lovage) : Optional.<Map<String, Long>>empty();
        var names = new HashSet<>(lovage.settings().queues().keySet());
        names.add(lovage.settings().text(Setting.TASK_DEFAULT_QUEUE));
        lovage.settings().routes().values().forEach(route -> route.queue().ifPresent(names::add));
        alive.forEach(worker -> names.addAll(worker.queues()));
        answered.ifPresent(counts -> names.addAll(counts.keySet()));
        var queues = queues(lovage, names, alive, answered);
        return new View(workers, queues, unserved(states, alive, queues), untold(lovage));
    }

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

    /// How many workers say that they receive from each queue, Python's and ours; empty if none can be asked.
    public static Optional<Map<String, Long>> answered(Lovage lovage) {
        try (var control = lovage.control()) {
            var counts = new HashMap<String, Long>();
            for (var reply : control.ask(Control.Command.of("active_queues"))) {
                for (var queue : reply.value()) {
                    if (queue.path("name").isString()) {
                        counts.merge(queue.get("name").stringValue(), 1L, Long::sum);
                    }
                }
            }
            return Optional.of(counts);
        } catch (Busy e) {
            return Optional.empty();
        }
    }

    private static List<Queue> queues(
            Lovage lovage, Set<String> names, List<Worker> alive, Optional<Map<String, Long>> answered) {
        var now = lovage.backbone().store().now();
        return lovage.backbone().broker().queues(names).values().stream()
                .map(state -> queue(state, now, alive, answered))
                .filter(queue -> queue.served()
                        || queue.paused()
                        || queue.waiting()
                                        + queue.leased()
                                        + queue.parked()
                                        + queue.quarantined()
                                        + queue.dead()
                                        + queue.unacknowledged().orElse(0L)
                                > 0)
                .sorted(Comparator.comparing(Queue::queue))
                .toList();
    }

    private static Queue queue(
            QueueState state, Instant now, List<Worker> alive, Optional<Map<String, Long>> answered) {
        var workers = alive.stream()
                .filter(worker -> worker.queues().contains(state.queue()))
                .count();
        return new Queue(
                state.queue(),
                state.count(Custody.READY),
                optional(state.unacknowledged()),
                consumers(state, workers, answered),
                state.oldestReady().map(sent -> Duration.between(sent, now).toMillis() / 1000.0),
                state.count(Custody.DEAD),
                state.count(Custody.TIMER),
                state.count(Custody.LEASED),
                state.count(Custody.PARKED),
                state.count(Custody.QUARANTINED),
                state.paused(),
                workers);
    }

    /// Where the broker is the store, the workers are all there is. RabbitMQ's count is without those of ours that
    /// have no free slot just now.
    private static Optional<Long> consumers(QueueState state, long workers, Optional<Map<String, Long>> answered) {
        if (state.elsewhere().isEmpty()) {
            return Optional.of(workers);
        }
        var counted = optional(state.elsewhere().get().consumers());
        var said = answered.map(counts -> counts.getOrDefault(state.queue(), 0L));
        return counted.isPresent() && said.isPresent()
                ? Optional.of(Math.max(counted.get(), said.get()))
                : counted.or(() -> said);
    }

    private static Optional<Long> optional(OptionalLong number) {
        return number.isPresent() ? Optional.of(number.getAsLong()) : Optional.empty();
    }

    private static Unserved unserved(List<WorkerState> states, List<Worker> alive, List<Queue> queues) {
        var served = new HashSet<String>();
        alive.forEach(worker -> served.addAll(worker.queues()));
        queues.stream().filter(Queue::served).forEach(queue -> served.add(queue.queue()));
        var names = alive.stream().map(Worker::name).toList();
        var tasks = new TreeMap<String, String>();
        states.stream()
                .filter(state -> names.contains(state.name()))
                .forEach(state -> state.homes().forEach((task, queue) -> {
                    // Celery's own go where their canvas goes.
                    if (!task.startsWith("celery.") && !served.contains(queue)) {
                        tasks.put(task, queue);
                    }
                }));
        return new Unserved(
                queues.stream()
                        .filter(queue -> queue.waiting() > 0 && !queue.served())
                        .map(Queue::queue)
                        .toList(),
                tasks);
    }

    private static List<String> untold(Lovage lovage) {
        if (!(lovage.backbone() instanceof Transported over)) {
            return List.of();
        }
        var untold = new ArrayList<>(over.transport().untold());
        if (over instanceof Bridge) {
            untold.add("OLDEST is of what was sent with this store: other senders do not say when they sent.");
        } else {
            untold.add("Without a store a queue is looked into if a setting names it or a live worker says that it"
                    + " receives from it; which workers there are, `lovage inspect ping` asks them.");
        }
        over.off().forEach(off -> untold.add("Off without a store: " + off + "."));
        return untold;
    }

    void printQueues(Setup setup) {
        var table = new Table(
                "QUEUE",
                "READY",
                "UNACKED",
                "CONSUMERS",
                "OLDEST",
                "DEAD",
                "TIMER",
                "LEASED",
                "PARKED",
                "QUARANTINED",
                "WORKERS",
                "");
        queues.forEach(one -> table.row(
                one.queue(),
                one.ready(),
                one.unacknowledged().map(String::valueOf).orElse("-"),
                one.consumers().map(String::valueOf).orElse("-"),
                one.oldestAgeSeconds()
                        .map(seconds -> Words.age(Duration.ofMillis((long) (seconds * 1000))))
                        .orElse("-"),
                one.dead(),
                one.timer(),
                one.leased(),
                one.parked(),
                one.quarantined(),
                one.workers(),
                one.paused() ? "paused" : one.waiting() > 0 && !one.served() ? "no consumer" : ""));
        table.print(setup.out());
        untold.forEach(sentence -> setup.print("  " + sentence));
    }
}
