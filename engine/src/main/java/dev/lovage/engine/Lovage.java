package dev.lovage.engine;

import dev.lovage.engine.beat.Beat;
import dev.lovage.engine.beat.Timetable;
import dev.lovage.engine.broker.Busy;
import dev.lovage.engine.canvas.Canvas;
import dev.lovage.engine.canvas.Lineage;
import dev.lovage.engine.canvas.Planner;
import dev.lovage.engine.canvas.Routes;
import dev.lovage.engine.canvas.Signature;
import dev.lovage.engine.control.Control;
import dev.lovage.engine.direct.Direct;
import dev.lovage.engine.memory.MemoryBackbone;
import dev.lovage.engine.message.Compression;
import dev.lovage.engine.payload.PayloadFolder;
import dev.lovage.engine.payload.PayloadMemory;
import dev.lovage.engine.payload.Payloads;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.store.Backbone;
import dev.lovage.engine.task.TaskContext;
import dev.lovage.engine.task.TypeRef;
import dev.lovage.engine.transport.Broadcast;
import dev.lovage.engine.transport.SharedResults;
import dev.lovage.engine.transport.Transported;
import dev.lovage.engine.tx.Tx;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The door of the engine: sends tasks, starts workers, opens transactions.
///
/// ```java
/// try (var lovage = Lovage.embedded(Path.of("data"));
///         var worker = lovage.worker().tasks(new ArchiveTasks()).start()) {
///     var result = lovage.send(VERIFY_CHECKSUM.with(new VerifyChecksum(master, expected)));
///     Fixity fixity = result.await(Duration.ofMinutes(5));
/// }
/// ```
public final class Lovage implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Lovage.class);

    private final Settings settings;
    private final Planner planner;
    private final Backbone backbone;
    private final Remarks remarks;

    private Lovage(Settings settings, Planner planner, Backbone backbone, Remarks remarks) {
        this.settings = settings;
        this.planner = planner;
        this.backbone = backbone;
        this.remarks = remarks;
    }

    /// With everything in one SQLite file under `data`.
    public static Lovage embedded(Path data) {
        return open(Settings.embedded(data), InstantSource.system());
    }

    /// With the settings of a `lovage.yaml`, overridden by this process's environment.
    ///
    /// @throws dev.lovage.engine.settings.BadSetting if a setting can't be used; nothing was started
    public static Lovage open(Path file) {
        return open(Settings.read(file).overriddenBy(System.getenv()), InstantSource.system());
    }

    /// @throws dev.lovage.engine.settings.BadSetting if a setting is refused; nothing was started
    /// @throws IllegalStateException if nothing on the class path speaks the broker's URL
    public static Lovage open(Settings settings, InstantSource clock) {
        settings.checked();
        var url = settings.brokerUrl();
        var planner = planner(settings, clock);
        if (url.startsWith("memory:")) {
            return new Lovage(settings, planner, new MemoryBackbone(planner, clock), new Remarks(settings));
        }
        return new Lovage(settings, planner, Backbones.open(settings, planner, clock), new Remarks(settings));
    }

    /// In this JVM only: for tests, and for work that may be lost with the process.
    public static Lovage inMemory(InstantSource clock) {
        return open(Settings.embedded(Path.of("lovage-data")).with(Setting.BROKER_URL, "memory:"), clock);
    }

    private static Planner planner(Settings settings, InstantSource clock) {
        return new Planner(
                new Routes(
                        settings.routes(),
                        settings.queues(),
                        settings.flag(Setting.TASK_CREATE_MISSING_QUEUES),
                        settings.text(Setting.TASK_DEFAULT_QUEUE),
                        settings.number(Setting.TASK_DEFAULT_PRIORITY)),
                clock,
                "gen" + ProcessHandle.current().pid() + "@" + host(),
                settings.number(Setting.TASK_PAYLOAD_MAX),
                Compression.named(settings.text(Setting.TASK_COMPRESSION)),
                settings.text(Setting.TASK_JSON_TYPES).equals("typed"),
                payloads(settings, clock));
    }

    private static Payloads payloads(Settings settings, InstantSource clock) {
        var bytesMax = settings.number(Setting.TASK_PAYLOAD_REFERENCE_MAX);
        return settings.brokerUrl().startsWith("memory:")
                ? new PayloadMemory(bytesMax, clock)
                : new PayloadFolder(settings.payloadFolder(), bytesMax, clock);
    }

    static String host() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }

    /// Sends a canvas. When this returns, it is durable; its executions are known by their ids, so that sending
    /// the same signature with the same task id again changes nothing.
    ///
    /// @throws IllegalArgumentException if the canvas can't be sent
    /// @throws dev.lovage.engine.broker.Busy if too much is waiting to be written; nothing was sent
    public <O> AsyncResult<O> send(Canvas<O> canvas) {
        var frozen = freeze(canvas);
        backbone.broker().publish(frozen.plan());
        noteSent(frozen);
        return result(frozen, canvas);
    }

    /// Sends a canvas in the caller's transaction: it is sent when the transaction commits, or not at all.
    public <O> AsyncResult<O> send(Tx tx, Canvas<O> canvas) {
        var frozen = freeze(canvas);
        backbone.broker().publish(tx, frozen.plan());
        noteSent(frozen);
        return result(frozen, canvas);
    }

    /// Celery's `add_to_chord`: sends another member of the chord whose member the running task is. The chord's
    /// body waits for it, too, and gets its result beside the running task's.
    ///
    /// A process that dies between lengthening the chord and sending the member leaves a chord that waits until
    /// results expire, as in Celery.
    ///
    /// @throws IllegalStateException outside a task, and in a task that is no member of a chord or runs in a child
    ///     process; nothing was sent
    /// @throws UnsupportedOperationException unless chords join in a Redis that Celery shares; nothing was sent
    public <O> AsyncResult<O> addToChord(Signature<O> member) {
        var context = TaskContext.current();
        var group = context.headers().path("group");
        if (context.chord().isEmpty() || !group.isString()) {
            throw new IllegalStateException("The task " + context.task() + "[" + context.id()
                    + "] is no member of a chord, or runs in a child process, where that is not known. Nothing was"
                    + " sent.");
        }
        var joins = (backbone instanceof Transported over ? over.joins() : Optional.<SharedResults>empty())
                .orElseThrow(() -> new UnsupportedOperationException(
                        "A chord that is running can be made longer where chords join in Redis: with redis:// as"
                                + " result_backend, beside RabbitMQ or Redis. Nothing was sent."));
        var node = member.node();
        var options = node.withObject("/options");
        options.set("group_id", group);
        options.set("group_index", context.headers().path("group_index"));
        options.set("chord", context.chord().get());
        var frozen = planner.freeze(node, context.lineage());
        joins.lengthen(group.stringValue(), 1);
        try {
            backbone.broker().publish(frozen.plan());
        } catch (Busy e) {
            joins.lengthen(group.stringValue(), -1);
            throw e;
        }
        noteSent(frozen);
        return result(frozen, member);
    }

    /// What a task sends belongs to its children, which clients of Celery walk.
    private static void noteSent(Planner.Frozen frozen) {
        if (TaskContext.CURRENT.isBound()) {
            TaskContext.current().sent().add(frozen.tuple());
        }
    }

    private Planner.Frozen freeze(Canvas<?> canvas) {
        var lineage = TaskContext.CURRENT.isBound() ? TaskContext.current().lineage() : Lineage.CLIENT;
        return planner.freeze(canvas.node(), lineage);
    }

    private <O> AsyncResult<O> result(Planner.Frozen frozen, Canvas<O> canvas) {
        return new AsyncResult<>(backbone.results(), frozen.id(), frozen.members(), canvas.result());
    }

    /// A group that was saved, by [AsyncResult#save] or by Celery's `GroupResult.save()`.
    ///
    /// @param results the type of all results together
    /// @return empty if none of this id was saved, or it has expired
    /// @throws UnsupportedOperationException where results are not shared with Celery
    public <O> Optional<AsyncResult<O>> group(String groupId, TypeRef<O> results) {
        return AsyncResult.shared(backbone.results())
                .saved(groupId)
                .map(members -> new AsyncResult<>(backbone.results(), groupId, members, results.type()));
    }

    /// Runs a unit of writing in one transaction of the store: business data, ledger, and what is sent with it.
    ///
    /// @throws UnsupportedOperationException if the store has no transactions
    public <T> T transaction(Backbone.Unit<T> unit) {
        return backbone.transaction(unit);
    }

    /// Revokes tasks that have not started, durably, and tells Python's workers where the broker has a way to
    /// speak to all. Without a store only the workers that run now know of it, until they stop.
    ///
    /// @param terminate also stop them where they run
    /// @throws Busy if there is no store, and the workers could not be told
    public void revoke(Collection<String> taskIds, boolean terminate) {
        backbone.store().revoke(taskIds, terminate);
        if (broadcasts()) {
            try (var control = control()) {
                control.tell(Control.Command.of("revoke")
                        .with("task_id", List.copyOf(taskIds))
                        .with("terminate", terminate));
            } catch (Busy e) {
                if (!backbone.store().remembers()) {
                    throw e;
                }
                LOG.warn(
                        "The workers of this store will not start {}, and other workers could not be told: {}",
                        taskIds,
                        e.getMessage());
            }
        }
    }

    /// A client to all workers at this broker, Python's and ours.
    ///
    /// @throws UnsupportedOperationException if the broker has no way to speak to all
    public Control control() {
        return Control.open(broadcast(backbone)
                .orElseThrow(() -> new UnsupportedOperationException(
                        "Remote control needs RabbitMQ or Redis as the broker, and this one is "
                                + Settings.masked(settings.brokerUrl()) + ". Ask the store instead.")));
    }

    /// Whether [#control] has a way to the workers.
    public boolean broadcasts() {
        return backbone instanceof Transported;
    }

    static Optional<Broadcast> broadcast(Backbone backbone) {
        return backbone instanceof Transported over ? over.transport().broadcast() : Optional.empty();
    }

    /// A worker to be started.
    public WorkerBuilder worker() {
        return new WorkerBuilder(backbone, planner, settings, remarks);
    }

    /// Starts a beat, which sends what is due until it is closed. Any number may run on one store; without a store only
    /// one may.
    ///
    /// @throws dev.lovage.engine.settings.BadSetting if `beat_schedule` can't be used; nothing was started
    /// @throws UnsupportedOperationException if the store has no transactions
    public Beat beat() {
        var name = "beat" + ProcessHandle.current().pid() + "@" + host();
        var beat = Beat.of(beating(), planner, settings, name).start();
        remarks.say(Optional.empty());
        return beat;
    }

    /// The periodic tasks of the store.
    ///
    /// @throws UnsupportedOperationException if the store has no transactions
    public Timetable timetable() {
        return Timetable.of(beating(), settings);
    }

    private Backbone beating() {
        return backbone instanceof Direct direct ? direct.beating() : backbone;
    }

    /// This engine with something around its broker, results and store, such as an observer in a test. Closing
    /// either closes both.
    public Lovage decorated(UnaryOperator<Backbone> around) {
        return new Lovage(settings, planner, around.apply(backbone), remarks);
    }

    /// Where arguments are kept that travel as a reference, for tools that look at them.
    public Payloads payloads() {
        return planner.payloads();
    }

    /// Broker, results and store, for tools that look at them.
    public Backbone backbone() {
        return backbone;
    }

    public Settings settings() {
        return settings;
    }

    @Override
    public void close() {
        backbone.close();
    }
}
