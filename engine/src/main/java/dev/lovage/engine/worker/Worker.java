package dev.lovage.engine.worker;

import dev.lovage.engine.broker.Binding;
import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.broker.Delivery;
import dev.lovage.engine.broker.Lease;
import dev.lovage.engine.broker.LeaseLost;
import dev.lovage.engine.canvas.Planner;
import dev.lovage.engine.rate.RateLimit;
import dev.lovage.engine.settings.Annotation;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.store.Backbone;
import dev.lovage.engine.store.WorkerState;
import dev.lovage.engine.task.TaskRevoked;
import dev.lovage.engine.task.Tasks;
import dev.lovage.engine.task.TimeLimit;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Claims what lies in its queues, runs it in its pool, and settles it.
///
/// The life of a worker: it registers an incarnation of itself, whose counter a heartbeat advances; it claims
/// only what it has free slots for, so that what it has not started can be taken by others; when it stops, it
/// stops claiming, lets running attempts finish within the grace, interrupts and gives back what is left, and
/// signs off. Afterwards nothing is leased by it. When it stood still so long that others took its work, it
/// goes on as a new incarnation.
public final class Worker implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Worker.class);
    private static final Duration IDLE_WAIT = Duration.ofMillis(500);
    private static final Duration STOPPING = Duration.ofSeconds(5);
    private static final Duration ALONE_WAIT = Duration.ofMinutes(1);
    private static final int UNKNOWN_IN_A_ROW_MAX = 3;
    private static final int LEAVE_TRIES_MAX = 10;

    private final Backbone backbone;
    private final Tasks tasks;
    private final Pool pool;
    private final Children children;
    private final Settings settings;
    private final String name;
    private final Set<String> queues;
    private final Set<String> early;
    private final Presence presence;
    private final Slots slots;
    private final RateLimits rates = new RateLimits();
    private final WorkerEvents events;
    private final Instant started;
    private final CountDownLatch ended = new CountDownLatch(1);
    private final ScheduledExecutorService limits = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("lovage-limits").daemon().factory());
    private final TaskLog taskLog;
    private final Attempts attempts;
    private final Vigil vigil;
    private final WorkerMeters meters;
    private final Thread claimer;
    private final Map<String, Integer> unknownInARow = new HashMap<>();
    private final Map<String, String> homes;
    private volatile Optional<Autoscaler> autoscaler = Optional.empty();
    private volatile Lease lease;
    private volatile boolean stops;
    private boolean closed;

    private Worker(
            Backbone backbone,
            Planner planner,
            Tasks tasks,
            Pool pool,
            Children children,
            Settings settings,
            String name,
            Set<String> queues,
            MeterRegistry registry,
            WorkerEvents events) {
        this.backbone = backbone;
        this.tasks = tasks;
        this.pool = pool;
        this.children = children;
        this.settings = settings;
        this.name = name;
        this.queues = java.util.concurrent.ConcurrentHashMap.newKeySet();
        this.queues.addAll(queues);
        this.early = early(tasks, settings, backbone.store().remembers());
        this.homes = tasks.all().entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey,
                        entry -> entry.getValue()
                                .task()
                                .options()
                                .queue()
                                .orElseGet(() -> planner.home(entry.getKey()))));
        tasks.all()
                .forEach((task, handler) -> settings.annotation(task)
                        .map(Annotation::rateLimit)
                        .orElse(handler.task().options().rateLimit())
                        .ifPresent(limit -> rates.configure(task, limit)));
        this.presence = new Presence(
                backbone.store().durable() ? Optional.of(settings.data().resolve("workers")) : Optional.empty());
        this.slots = new Slots(pool.slots());
        this.events = events;
        this.started = backbone.store().now();
        this.meters = new WorkerMeters(registry, tasks);
        this.lease = new Lease(UUID.randomUUID().toString(), name);
        this.taskLog = new TaskLog(backbone.store(), meters, settings.number(Setting.TASK_LOG_LINES_MAX), name);
        this.attempts = new Attempts(
                tasks,
                backbone.store(),
                this::lease,
                settings,
                new Settlement(planner, name),
                planner.payloads(),
                pool,
                children,
                meters,
                taskLog,
                limits,
                events);
        this.vigil = new Vigil(
                this,
                backbone.store(),
                backbone.broker(),
                planner.payloads(),
                presence,
                meters,
                settings.duration(Setting.WORKER_LEASE),
                settings.duration(Setting.RESULT_EXPIRES));
        this.claimer = Thread.ofPlatform().name("lovage-claim").unstarted(this::claim);
    }

    /// Starts a worker. It is claiming when this returns.
    ///
    /// @param childrenOnDemand whether a pool of threads starts child processes for messages with a hard time
    ///     limit
    /// @param events hears what the worker does
    /// @throws IllegalStateException if a task asks for what this pool or store can't do; nothing was started
    public static Worker start(
            Backbone backbone,
            Planner planner,
            Tasks tasks,
            Pool pool,
            boolean childrenOnDemand,
            Settings settings,
            String name,
            Set<String> queues,
            MeterRegistry registry,
            WorkerEvents events) {
        for (var handler : tasks.all().values()) {
            var task = handler.task();
            if ((handler.effects().isPresent() || handler.failureEffects().isPresent())
                    && !backbone.store().transactional()) {
                throw new IllegalStateException("The task " + task.name() + " has a commit, and this store has no"
                        + " transactions. Nothing was started. Set store_url to a SQL database, or use a SQL broker, or move"
                        + " the commit into the handler.");
            }
            if (task.options().timeLimit().hard().isPresent() && !pool.inChildren()) {
                throw new IllegalStateException("The task " + task.name() + " has a hard time limit, and the pool "
                        + pool.word() + " can't enforce one. Nothing was started. Use the pool prefork, or give the"
                        + " task a soft limit.");
            }
        }
        refuseSharedRates(backbone, tasks, settings);
        var children = Children.of(settings, tasks, pool, childrenOnDemand);
        var worker = new Worker(backbone, planner, tasks, pool, children, settings, name, queues, registry, events);
        worker.register();
        worker.meters.worker(
                name,
                worker.slots::count,
                () -> worker.attempts.running().size(),
                () -> worker.vigil.heartbeatAge().toMillis() / 1000.0);
        worker.taskLog.start();
        worker.vigil.start();
        worker.claimer.start();
        LOG.info(
                "{} claims from {} with {} slots ({}), tasks {}.",
                name,
                worker.queues,
                pool.slots(),
                pool.word(),
                tasks.all().keySet());
        return worker;
    }

    private static void refuseSharedRates(Backbone backbone, Tasks tasks, Settings settings) {
        if (backbone.store().remembers()) {
            return;
        }
        tasks.all()
                .forEach((task, handler) -> settings.annotation(task)
                        .map(Annotation::rateLimit)
                        .orElse(handler.task().options().rateLimit())
                        .filter(RateLimit::shared)
                        .ifPresent(limit -> {
                            throw new IllegalStateException("The task " + task + " has a rate that all workers share ("
                                    + limit + "), which is kept in a store, and store_url is none. Nothing was started."
                                    + " Give each worker its part of the rate, without cluster, or leave store_url"
                                    + " out.");
                        }));
    }

    public String name() {
        return name;
    }

    /// Whether it claims and its heartbeat is written.
    public boolean ready() {
        return !stops
                && claimer.isAlive()
                && vigil.heartbeatAge().compareTo(settings.duration(Setting.WORKER_LEASE)) < 0;
    }

    /// When it was started, by the store's clock.
    public Instant started() {
        return started;
    }

    public Tasks tasks() {
        return tasks;
    }

    /// The pool's name in Celery's words.
    public String pool() {
        return pool.word();
    }

    /// How many attempts run at once.
    public int slots() {
        return slots.count();
    }

    /// Makes it run more or fewer attempts at once, one at least. What runs goes on.
    ///
    /// @param by negative for fewer
    /// @throws IllegalStateException if the pool has as many as it has
    public void resize(int by) {
        if (stops || !pool.resize(Math.max(1, slots.count() + by))) {
            throw new IllegalStateException(
                    stops ? "The worker stops." : "The pool " + pool.word() + " always has one slot.");
        }
        children.resize(slots.change(by));
    }

    /// Between how many slots a worker scales itself.
    public record Bounds(int max, int min) {
        /// @throws IllegalArgumentException unless `max` is `min` or more, and `min` 1 or more
        public Bounds {
            if (min < 1 || max < min) {
                throw new IllegalArgumentException("A worker scales to a number of slots that is 1 or more, and at"
                        + " most is no less than at least; but at most " + max + " and at least " + min
                        + " were given.");
            }
        }
    }

    /// Gives it more slots while due tasks wait, and takes back those that stand idle.
    ///
    /// @throws IllegalStateException if the pool has as many slots as it has
    public synchronized void autoscale(Bounds bounds) {
        if (autoscaler.isPresent()) {
            autoscaler.get().bounds(bounds);
            return;
        }
        resize(Math.clamp(slots.count(), bounds.min(), bounds.max()) - slots.count());
        var scaler = new Autoscaler(
                new Autoscaler.Scaled() {
                    @Override
                    public int slots() {
                        return slots.count();
                    }

                    @Override
                    public int busy() {
                        return slots.count() - slots.free();
                    }

                    @Override
                    public boolean waits() {
                        return backbone.broker().queues().values().stream()
                                .anyMatch(queue -> queues.contains(queue.queue())
                                        && !queue.paused()
                                        && queue.count(Custody.READY) > 0);
                    }

                    @Override
                    public void resize(int by) {
                        if (!stops) {
                            Worker.this.resize(by);
                        }
                    }
                },
                bounds,
                System::nanoTime);
        scaler.start();
        autoscaler = Optional.of(scaler);
    }

    /// The bounds between which it scales itself, if it does.
    public Optional<Bounds> bounds() {
        return autoscaler.map(Autoscaler::bounds);
    }

    /// What it has claimed and not settled.
    public List<InHand> inHand() {
        return attempts.inHand();
    }

    /// How many tasks it has begun since it was started, by name.
    public Map<String, Long> totals() {
        return attempts.totals();
    }

    /// The queues that it claims from.
    public Set<String> queues() {
        return Set.copyOf(queues);
    }

    /// Claims from one queue more, until the worker stops.
    public void consume(String queue) {
        synchronized (unknownInARow) {
            unknownInARow.remove(queue);
        }
        queues.add(queue);
    }

    /// Binds a queue before it is claimed from, see [dev.lovage.engine.broker.Broker#bind].
    ///
    /// @throws UnsupportedOperationException if the broker has no such exchanges
    public void bind(String queue, Binding binding) {
        backbone.broker().bind(queue, binding);
    }

    /// Claims no longer from a queue. What it has of it, it finishes.
    public void cancel(String queue) {
        queues.remove(queue);
    }

    /// Revokes tasks durably, for all workers of this store.
    ///
    /// @param terminate also stop those that run
    /// @return those that are in this worker's hands
    public Set<String> revoke(Collection<String> ids, boolean terminate) {
        backbone.store().revoke(ids, terminate);
        var here = inHand().stream()
                .map(one -> one.message().execution().taskId())
                .filter(ids::contains)
                .collect(Collectors.toSet());
        if (terminate) {
            attempts.running().values().stream()
                    .filter(one -> ids.contains(one.request().id()))
                    .forEach(one -> one.stop(new TaskRevoked()));
        }
        return here;
    }

    /// Runs no task that has one of these values as its stamp of this name, until the worker stops.
    ///
    /// @param terminate also stop those that run
    /// @return those that were stopped
    public Set<String> revokeStamped(String header, Set<String> values, boolean terminate) {
        attempts.stamps().add(header, values);
        if (!terminate) {
            return Set.of();
        }
        var covered = attempts.running().values().stream()
                .filter(one -> attempts.stamps().cover(one.request().headers()))
                .toList();
        covered.forEach(one -> one.stop(new TaskRevoked()));
        return covered.stream().map(one -> one.request().id()).collect(Collectors.toSet());
    }

    /// Sets the limits of a task in place of its own, until the worker stops. What its message says counts
    /// more.
    ///
    /// @throws IllegalArgumentException if no such task is here, or its hard limit can't be enforced
    public void limit(String task, TimeLimit limit) {
        var handler = tasks.find(task).orElseThrow(() -> new IllegalArgumentException("unknown task"));
        if (limit.hard().isPresent() && !children.enforceLimitsOf(handler)) {
            throw new IllegalArgumentException("This worker has no child process for " + task
                    + " and can't enforce a hard limit. Nothing was changed.");
        }
        attempts.limit(task, limit);
    }

    /// Starts at most so many tasks of a name per second, until the worker stops. Where all workers share the
    /// task's limit, this is how fast this one draws on it, and lifting it lets this one pass by the line: say
    /// the same to all of them.
    ///
    /// @param perSecond 0 lifts the limit
    /// @throws IllegalArgumentException if no such task is here
    public void rate(String task, double perSecond) {
        if (tasks.find(task).isEmpty()) {
            throw new IllegalArgumentException("unknown task");
        }
        rates.set(task, perSecond);
    }

    /// How often tasks of this name are started at most.
    public Optional<RateLimit> rate(String task) {
        return rates.of(task);
    }

    /// Waits until it is closed, by whomever.
    public void awaitEnd() throws InterruptedException {
        ended.await();
    }

    Lease lease() {
        return lease;
    }

    Map<Long, Attempts.Running> running() {
        return attempts.running();
    }

    /// Goes on as a new incarnation: what the old one was running is no longer this worker's.
    void incarnate(String why) {
        LOG.warn("{} goes on as a new incarnation: {}.", name, why);
        attempts.running().values().forEach(one -> one.stop(new Attempts.WorkerStops()));
        presence.release(lease.incarnation());
        lease = new Lease(UUID.randomUUID().toString(), name);
        register();
    }

    private void register() {
        presence.hold(lease.incarnation());
        var now = backbone.store().now();
        backbone.store()
                .register(
                        lease,
                        new WorkerState(
                                lease.incarnation(),
                                name,
                                ProcessHandle.current().pid(),
                                now,
                                now,
                                0,
                                List.copyOf(queues),
                                List.copyOf(tasks.all().keySet()),
                                homes,
                                pool.word(),
                                slots.count(),
                                0));
    }

    private void claim() {
        var broker = backbone.broker();
        var failures = 0;
        while (!stops) {
            try {
                slots.acquire();
                slots.release(1);
                var mark = broker.mark();
                var wanted = Math.max(1, slots.free());
                // None stops receiving.
                var claimed = stops ? List.<Delivery>of() : broker.claim(lease, Set.copyOf(queues), early, wanted);
                autoscaler.ifPresent(scaler -> scaler.claimed(claimed.size() >= wanted, waited(claimed)));
                if (claimed.isEmpty()) {
                    broker.awaitWork(mark, IDLE_WAIT);
                } else {
                    dispatch(claimed);
                }
                failures = 0;
            } catch (InterruptedException e) {
                return;
            } catch (LeaseLost e) {
                pause(Duration.ofMillis(200)); // the heartbeat takes up a new incarnation
            } catch (RuntimeException e) {
                if (stops) {
                    return; // it was interrupted because of that
                }
                failures++;
                LOG.warn("{} could not claim ({} times in a row): {}", name, failures, e.toString());
                pause(Duration.ofMillis(Math.min(5_000, 100L << Math.min(failures, 6))));
            }
        }
    }

    /// How long the oldest of them had been due.
    private Duration waited(List<Delivery> claimed) {
        var now = backbone.store().now();
        return claimed.stream()
                .map(one -> Duration.between(due(one), now))
                .max(Comparator.naturalOrder())
                .orElse(Duration.ZERO);
    }

    private static Instant due(Delivery delivery) {
        return delivery.message().eta().filter(delivery.sent()::isBefore).orElse(delivery.sent());
    }

    private void dispatch(List<Delivery> claimed) throws InterruptedException {
        var ids =
                claimed.stream().map(one -> one.message().execution().taskId()).collect(Collectors.toSet());
        var revoked = revoked(ids);
        var now = backbone.store().now();
        var suspected = false;
        for (var delivery : claimed) {
            var turn = turn(delivery, now);
            if (turn.isPresent()) {
                attempts.putOff(delivery, turn.get());
                continue;
            }
            meters.waited(delivery.message().task(), delivery.message().queue(), Duration.between(due(delivery), now));
            attempts.waits(delivery);
            if (!suspect(delivery)) {
                slots.acquire();
                run(delivery, revoked, 1);
            } else if (suspected) {
                attempts.forget(delivery);
                attempts.giveBack(delivery, "it is to run alone, after another one");
            } else {
                suspected = true;
                var all = slots.acquireAll(ALONE_WAIT);
                if (all == 0) {
                    slots.acquire();
                }
                run(delivery, revoked, Math.max(1, all));
            }
        }
    }

    /// When it is to ask again, unless its task's rate lets it start now. Who can't ask the store waits: what
    /// was claimed must not be forgotten.
    private Optional<Instant> turn(Delivery delivery, Instant now) throws InterruptedException {
        var task = delivery.message().task();
        var execution = delivery.message().execution();
        var limit = rates.of(task).filter(RateLimit::shared);
        if (limit.isEmpty()) {
            return rates.admit(task, execution, now);
        }
        while (true) {
            try {
                return backbone.store().admit(task, execution, limit.get().step());
            } catch (RuntimeException e) {
                LOG.warn("{} could not ask whether {} may start, and asks again: {}", name, task, e.toString());
                TimeUnit.MILLISECONDS.sleep(200);
            }
        }
    }

    private void run(Delivery delivery, Map<String, Boolean> revoked, int permits) {
        pool.run(() -> {
            try {
                count(delivery, attempts.complete(delivery, revoked));
            } finally {
                slots.release(permits);
            }
        });
    }

    /// Whether one more crash quarantines it. All that was running when a process died is counted, so it gets
    /// its last run alone, where the worker can make room within a minute: then it can only blame itself. In a
    /// child process it is alone anyway.
    private boolean suspect(Delivery delivery) {
        var crashesMax = settings.number(Setting.TASK_CRASHES_MAX);
        return !pool.inChildren()
                && delivery.crashes() > 0
                && delivery.crashes() == crashesMax - 1
                && slots.count() > 1;
    }

    /// What is claimed must not be forgotten because the store was busy for a moment: it would stay leased.
    private Map<String, Boolean> revoked(Set<String> ids) throws InterruptedException {
        while (true) {
            try {
                return backbone.store().revoked(ids);
            } catch (RuntimeException e) {
                LOG.warn("{} could not ask for revokes, and asks again: {}", name, e.toString());
                TimeUnit.MILLISECONDS.sleep(200);
            }
        }
    }

    /// Stops consuming a queue whose messages are not for this worker: they would all be parked.
    private void count(Delivery delivery, boolean known) {
        synchronized (unknownInARow) {
            var queue = delivery.message().queue();
            var inARow = known ? 0 : unknownInARow.getOrDefault(queue, 0) + 1;
            unknownInARow.put(queue, inARow);
            if (inARow >= UNKNOWN_IN_A_ROW_MAX && queues.remove(queue)) {
                LOG.error(
                        "{} no longer claims from {}: the last {} messages there named tasks that it does not have, the"
                                + " last one {}. They are parked. Start a worker with their handlers.",
                        name,
                        queue,
                        inARow,
                        delivery.message().task());
            }
        }
    }

    private void pause(Duration wait) {
        try {
            TimeUnit.NANOSECONDS.sleep(wait.toNanos());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            stops = true;
        }
    }

    /// Where nothing remembers that a worker was lost, only what is acknowledged early never runs twice.
    private static Set<String> early(Tasks tasks, Settings settings, boolean remembered) {
        var early = new HashSet<String>();
        var verdict = new Verdict(settings);
        for (var handler : tasks.all().values()) {
            var options = handler.task().options();
            if (remembered ? verdict.endsWithProcess(options) : !verdict.late(options)) {
                early.add(handler.task().name().value());
            }
        }
        return early;
    }

    /// Stops claiming, waits for running attempts as long as the grace, gives back the rest, and signs off. May
    /// come twice.
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        stops = true;
        autoscaler.ifPresent(Autoscaler::close);
        claimer.interrupt();
        children.stopWaiting();
        try {
            claimer.join();
            var grace = settings.duration(Setting.WORKER_SHUTDOWN_GRACE);
            if (slots.acquireAll(grace) == 0) {
                attempts.running().values().forEach(one -> one.stop(new Attempts.WorkerStops()));
                if (slots.acquireAll(STOPPING) == 0) {
                    LOG.warn(
                            "{} leaves {} attempts that do not stop; they are given back, but for what was"
                                    + " acknowledged early, which is lost.",
                            name,
                            attempts.running().size());
                    endEarly();
                }
            }
            pool.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        children.close();
        taskLog.close();
        vigil.close();
        limits.shutdownNow();
        if (leave()) {
            presence.release(lease.incarnation());
            LOG.info("{} has stopped; nothing is leased by it.", name);
        } else {
            presence.abandon(lease.incarnation());
            LOG.error(
                    "{} has stopped without signing off: the store does not answer. What it had claimed is given back"
                            + " by the other workers.",
                    name);
        }
        events.stopped();
        ended.countDown();
    }

    /// As long as the store answers: else its other workers end them, as this one can't sign off.
    private void endEarly() throws InterruptedException {
        var ending = Thread.ofPlatform().name("lovage-end-early").daemon().start(attempts::endEarly);
        if (!ending.join(STOPPING)) {
            ending.interrupt();
            ending.join();
        }
    }

    private boolean leave() {
        for (int tries = 0; tries < LEAVE_TRIES_MAX; tries++) {
            try {
                backbone.store().leave(lease);
                return true;
            } catch (RuntimeException e) {
                LOG.warn("{} could not sign off, and tries again: {}", name, e.toString());
                LockSupport.parkNanos(IDLE_WAIT.toNanos());
            }
        }
        return false;
    }
}
