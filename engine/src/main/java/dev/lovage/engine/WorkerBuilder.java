package dev.lovage.engine;

import dev.lovage.engine.canvas.Lineage;
import dev.lovage.engine.canvas.Planner;
import dev.lovage.engine.control.Node;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.store.Backbone;
import dev.lovage.engine.task.TaskProvider;
import dev.lovage.engine.task.Tasks;
import dev.lovage.engine.transport.Transported;
import dev.lovage.engine.worker.Pool;
import dev.lovage.engine.worker.Worker;
import dev.lovage.engine.worker.WorkerEvents;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a worker is started with. Unless told otherwise it claims from the default queue and from every queue
/// that its tasks name, with the pool and the concurrency of the settings.
public final class WorkerBuilder {
    private static final Logger LOG = LoggerFactory.getLogger(WorkerBuilder.class);

    private final Backbone backbone;
    private final Planner planner;
    private final Settings settings;
    private final Remarks remarks;
    private final Tasks tasks;
    private final Set<String> queues = new LinkedHashSet<>();
    private final Set<String> excluded = new HashSet<>();
    private Optional<Pool> pool = Optional.empty();
    private Optional<Worker.Bounds> bounds = Optional.empty();
    private boolean childrenOnDemand = true;
    private String name = "celery@" + Lovage.host();
    private final Set<Node.Habit> habits = EnumSet.allOf(Node.Habit.class);
    private MeterRegistry meters = new SimpleMeterRegistry();

    WorkerBuilder(Backbone backbone, Planner planner, Settings settings, Remarks remarks) {
        this.backbone = backbone;
        this.planner = planner;
        this.settings = settings;
        this.remarks = remarks;
        this.tasks = new Tasks(settings);
        Builtins.register(tasks, settings, backbone, planner);
    }

    /// @throws IllegalStateException if two providers have a handler of one name
    public WorkerBuilder tasks(TaskProvider provider) {
        tasks.add(provider);
        return this;
    }

    public WorkerBuilder queues(String... names) {
        queues.addAll(Arrays.asList(names));
        return this;
    }

    /// Claims from none of these, whoever names them.
    public WorkerBuilder exclude(String... names) {
        excluded.addAll(Arrays.asList(names));
        return this;
    }

    public WorkerBuilder pool(Pool pool) {
        this.pool = Optional.of(pool);
        return this;
    }

    /// In a pool of threads, no child process is started for a message that comes with a hard time limit: the
    /// task fails instead, as `task_unenforceable_limit` says.
    public WorkerBuilder withoutChildren() {
        this.childrenOnDemand = false;
        return this;
    }

    /// @param name `celery@host` by convention
    public WorkerBuilder name(String name) {
        this.name = name;
        return this;
    }

    /// On RabbitMQ and Redis: what the worker does not do beside answering commands. Without gossip it takes part
    /// in no election; without mingling it learns of earlier revokes from the store alone.
    public WorkerBuilder without(Node.Habit habit) {
        habits.remove(habit);
        return this;
    }

    /// Scales itself between these numbers of slots, see [Worker#autoscale].
    public WorkerBuilder autoscale(int max, int min) {
        this.bounds = Optional.of(new Worker.Bounds(max, min));
        return this;
    }

    public WorkerBuilder meters(MeterRegistry registry) {
        this.meters = registry;
        return this;
    }

    /// The queues that it will claim from, as far as they are named and its tasks are given.
    ///
    /// @throws IllegalStateException if every one is excluded
    public Set<String> claimsFrom() {
        if (queues.isEmpty()) {
            queues.add(settings.text(Setting.TASK_DEFAULT_QUEUE));
            queues.addAll(settings.queues().keySet());
            settings.routes().values().forEach(route -> route.queue().ifPresent(queues::add));
            tasks.all()
                    .values()
                    .forEach(handler -> handler.task().options().queue().ifPresent(queues::add));
        }
        queues.removeAll(excluded);
        if (queues.isEmpty()) {
            throw new IllegalStateException("Every queue that this worker would claim from is excluded: "
                    + String.join(", ", excluded) + ". Nothing was started.");
        }
        return Set.copyOf(queues);
    }

    /// @throws IllegalStateException if a task asks for what the pool or the store can't do; nothing was
    ///     started
    public Worker start() {
        var _ = claimsFrom();
        var node = node();
        try {
            var worker = Worker.start(
                    backbone,
                    planner,
                    tasks,
                    pool.orElseGet(() -> pool(settings)),
                    childrenOnDemand,
                    settings,
                    name,
                    queues,
                    meters,
                    node.<WorkerEvents>map(one -> one).orElse(WorkerEvents.NONE));
            bounds.ifPresent(worker::autoscale);
            remarks.say(Optional.of(worker.pool()));
            if (backbone instanceof Transported over) {
                over.weaknesses().forEach(LOG::warn);
            }
            backbone.off().forEach(off -> LOG.warn("Off without a store: {}.", off));
            node.ifPresent(one -> one.started(worker));
            return worker;
        } catch (RuntimeException e) {
            node.ifPresent(Node::close);
            throw e;
        }
    }

    /// Where the broker has a way to speak to all.
    private Optional<Node> node() {
        if (!settings.flag(Setting.WORKER_ENABLE_REMOTE_CONTROL)) {
            return Optional.empty();
        }
        return Lovage.broadcast(backbone)
                .map(broadcast -> Node.open(
                        name,
                        broadcast,
                        backbone.store(),
                        settings,
                        InstantSource.system(),
                        signature -> backbone.broker()
                                .publish(planner.freeze(signature, Lineage.CLIENT)
                                        .plan()),
                        habits));
    }

    private static Pool pool(Settings settings) {
        var word = settings.text(Setting.WORKER_POOL);
        var cores = Runtime.getRuntime().availableProcessors();
        var slots = settings.number(Setting.WORKER_CONCURRENCY);
        if (slots > 0) {
            return Pool.named(word, slots);
        }
        return Pool.named(word, Pool.inChildren(word) ? cores : 8 * cores);
    }
}
