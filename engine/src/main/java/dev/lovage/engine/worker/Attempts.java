package dev.lovage.engine.worker;

import dev.lovage.engine.argument.Result;
import dev.lovage.engine.broker.Busy;
import dev.lovage.engine.broker.Delivery;
import dev.lovage.engine.broker.Lease;
import dev.lovage.engine.broker.LeaseLost;
import dev.lovage.engine.canvas.Lineage;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.message.Request;
import dev.lovage.engine.message.Unreadable;
import dev.lovage.engine.payload.ByReference;
import dev.lovage.engine.payload.Payloads;
import dev.lovage.engine.payload.PayloadsAway;
import dev.lovage.engine.process.Answer;
import dev.lovage.engine.process.ChildTask;
import dev.lovage.engine.process.NoChild;
import dev.lovage.engine.process.ProcessRun;
import dev.lovage.engine.result.CeleryError;
import dev.lovage.engine.result.TaskState;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.store.Store;
import dev.lovage.engine.store.Transition;
import dev.lovage.engine.task.Ending;
import dev.lovage.engine.task.SoftTimeLimitExceeded;
import dev.lovage.engine.task.Task;
import dev.lovage.engine.task.TaskContext;
import dev.lovage.engine.task.Tasks;
import dev.lovage.engine.task.TimeLimit;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import tools.jackson.databind.JsonNode;

/// The life of one delivery in a worker: it is looked at, run, and settled. Whatever happens on the way, it is
/// settled.
///
/// 1. What can't be read, has no handler here, is newer than the handler, or has arguments that are not to be
///    had or of the wrong shape is parked, with every violation; that costs no attempt.
/// 2. What killed its worker too often is quarantined, what has expired or was revoked ends, a limit that the
///    pool can't enforce fails with a dead letter. None of these runs.
/// 3. Everything else runs once, here or in a child process, and its outcome is settled together with the
///    task's effects, which are written here. A child process that dies of it costs one attempt, which the
///    store counts.
/// 4. When the store refuses because the claim has passed to another, nothing of the attempt is kept.
final class Attempts {
    private static final Logger LOG = LoggerFactory.getLogger(Worker.class);
    private static final Duration EFFECTS_REPORTED = Duration.ofMillis(50);
    private static final Duration EFFECTS_REFUSED = Duration.ofSeconds(1);
    private static final int EFFECTS_TRIES = 5;

    /// An attempt that is running.
    record Running(
            Delivery delivery,
            Request request,
            Instant since,
            Consumer<RuntimeException> halt,
            TaskContext context,
            AtomicBoolean listens,
            ReentrantLock lock) {
        /// Makes the handler stop: blocking calls are interrupted, [TaskContext#checkDeadline] throws, a child
        /// process is killed unless it is only a soft limit. Does nothing once the handler has ended. The first
        /// reason counts, unless that was a soft limit.
        void stop(RuntimeException reason) {
            lock.lock();
            try {
                var stopped = context.stopped().get();
                if (listens.get()
                        && (stopped.isEmpty()
                                || stopped.get() instanceof SoftTimeLimitExceeded
                                        && !(reason instanceof SoftTimeLimitExceeded))) {
                    context.stopped().set(Optional.of(reason));
                    halt.accept(reason);
                }
            } finally {
                lock.unlock();
            }
        }

        /// Called on the handler's thread when the handler has ended: its settlement is not to be interrupted.
        void ended() {
            lock.lock();
            try {
                listens.set(false);
                var _ = Thread.interrupted();
            } finally {
                lock.unlock();
            }
        }
    }

    /// Thrown into a running attempt when its worker stops and its grace is over.
    static final class WorkerStops extends RuntimeException {
        WorkerStops() {
            super("the worker stops");
        }
    }

    private final Tasks tasks;
    private final Store store;
    private final Supplier<Lease> lease;
    private final Settings settings;
    private final Settlement settlement;
    private final Payloads payloads;
    private final Verdict verdict;
    private final Pool pool;
    private final Children children;
    private final WorkerMeters meters;
    private final TaskLog taskLog;
    private final ScheduledExecutorService limits;
    private final WorkerEvents events;
    private final Map<Long, Running> running = new ConcurrentHashMap<>();
    private final Map<Long, Delivery> waiting = new ConcurrentHashMap<>();
    private final Map<String, TimeLimit> limitsNow = new ConcurrentHashMap<>();
    private final Map<String, LongAdder> totals = new ConcurrentHashMap<>();
    private final RevokedStamps stamps = new RevokedStamps();

    Attempts(
            Tasks tasks,
            Store store,
            Supplier<Lease> lease,
            Settings settings,
            Settlement settlement,
            Payloads payloads,
            Pool pool,
            Children children,
            WorkerMeters meters,
            TaskLog taskLog,
            ScheduledExecutorService limits,
            WorkerEvents events) {
        this.tasks = tasks;
        this.store = store;
        this.lease = lease;
        this.settings = settings;
        this.settlement = settlement;
        this.payloads = payloads;
        this.verdict = new Verdict(settings);
        this.pool = pool;
        this.children = children;
        this.meters = meters;
        this.taskLog = taskLog;
        this.limits = limits;
        this.events = events;
    }

    /// Claimed, and soon to run.
    void waits(Delivery delivery) {
        waiting.put(delivery.tag(), delivery);
    }

    void forget(Delivery delivery) {
        waiting.remove(delivery.tag(), delivery);
    }

    /// Those that have not begun, then those that run.
    List<InHand> inHand() {
        var all = new ArrayList<InHand>();
        waiting.values().forEach(one -> all.add(new InHand(one.message(), Optional.empty(), late(one))));
        running.values()
                .forEach(
                        one -> all.add(new InHand(one.delivery.message(), Optional.of(one.since), late(one.delivery))));
        return all;
    }

    private boolean late(Delivery delivery) {
        return tasks.find(delivery.message().task())
                .map(handler -> verdict.late(handler.task().options()))
                .orElse(true);
    }

    /// How many of each task were begun.
    Map<String, Long> totals() {
        var counts = new TreeMap<String, Long>();
        totals.forEach((task, count) -> counts.put(task, count.sum()));
        return counts;
    }

    RevokedStamps stamps() {
        return stamps;
    }

    /// From now on, in place of what the task's descriptor says.
    void limit(String task, TimeLimit limit) {
        limitsNow.put(task, limit);
    }

    private TimeLimit limitOf(Task<?, ?> task) {
        return limitsNow.getOrDefault(task.name().value(), task.options().timeLimit());
    }

    Map<Long, Running> running() {
        return Map.copyOf(running);
    }

    /// Brings a delivery to its end. Returns when it is settled, or has passed to another worker.
    ///
    /// @return whether the task's name was known here
    boolean complete(Delivery delivery, Map<String, Boolean> revoked) {
        try {
            return completed(delivery, revoked);
        } finally {
            waiting.remove(delivery.tag(), delivery);
        }
    }

    private boolean completed(Delivery delivery, Map<String, Boolean> revoked) {
        var holder = lease.get();
        var now = store.now();
        Request request;
        try {
            request = Request.read(delivery.message());
        } catch (Unreadable e) {
            settle(holder, delivery, Optional.empty(), new Outcome.Parked(String.valueOf(e.getMessage())), false);
            return true;
        }
        events.received(request);
        MDC.put("task_id", request.id());
        MDC.put("root_id", request.rootId());
        MDC.put("parent_id", request.parentId().orElse(""));
        try {
            var handler = tasks.find(request.task());
            var unrun = handler.isEmpty()
                    ? Optional.of(unknown(request.task()))
                    : judge(delivery, request, handler.get(), revoked, now);
            if (unrun.isEmpty()) {
                try {
                    request = whole(request);
                    unrun = judge(request, handler.orElseThrow());
                } catch (ClosedByInterruptException e) {
                    var _ = Thread.interrupted();
                    unrun = Optional.of(new Outcome.Reject("the worker stops", true));
                } catch (IOException e) {
                    unrun = Optional.of(new Outcome.Parked("Its arguments travel as a reference, and can't be had: "
                            + e.getMessage() + " It did not run. Make task_payload_folder the folder that its sender"
                            + " has, or bring the payload back from a backup; then release it."));
                }
            }
            if (unrun.isPresent() && handler.isPresent()) {
                var context = context(holder, delivery, request, Optional.empty());
                try (var _ = context.log()) {
                    settle(holder, delivery, request, handler.get(), context, unrun.get(), false, Duration.ZERO);
                }
            } else if (unrun.isPresent()) {
                settle(holder, delivery, Optional.of(request), unrun.get(), false);
            } else {
                run(holder, delivery, request, handler.orElseThrow());
            }
            return handler.isPresent();
        } catch (RuntimeException | Error unforeseen) {
            LOG.error("{} met an error of the worker itself, and fails.", delivery.message(), unforeseen);
            settle(holder, delivery, Optional.of(request), new Outcome.Failure(unforeseen), false);
            return true;
        } finally {
            MDC.clear();
        }
    }

    private Outcome unknown(String task) {
        return settings.text(Setting.TASK_UNKNOWN).equals("celery")
                ? new Outcome.Failure(CeleryError.celery("NotRegistered", task))
                : new Outcome.Parked("No handler of this worker is named " + task
                        + ". Start a worker that has one, then release it.");
    }

    /// With its arguments, where these travel as a reference.
    private Request whole(Request request) throws IOException {
        if (!ByReference.isReference(request.kwargs())) {
            return request;
        }
        var arguments = ByReference.fetch(request.args(), request.kwargs(), payloads);
        return request.with(arguments.args(), arguments.kwargs());
    }

    /// The outcome of a delivery that is not to run, whatever its arguments are, if there is one.
    private Optional<Outcome> judge(
            Delivery delivery,
            Request request,
            Tasks.Handler<?, ?, ?> handler,
            Map<String, Boolean> revoked,
            Instant now) {
        var options = handler.task().options();
        if (request.version() > options.version()) {
            return Optional.of(new Outcome.Parked(
                    "The arguments have version " + request.version() + ", and this worker knows version "
                            + options.version() + ". Start a newer worker, then release it."));
        }
        if (revoked.containsKey(request.id()) || stamps.cover(request.headers())) {
            return Optional.of(new Outcome.Revoked("revoked"));
        }
        if (request.expires().isPresent() && now.isAfter(request.expires().get())) {
            return Optional.of(new Outcome.Revoked("expired"));
        }
        if (delivery.crashes() > 0) {
            var evidence = delivery.evidence().orElse("The worker that ran it is gone.");
            if (delivery.failOnLoss()) {
                return Optional.of(new Outcome.Lost(evidence, false));
            }
            if (delivery.crashes() >= settings.number(Setting.TASK_CRASHES_MAX)) {
                return Optional.of(new Outcome.Lost(
                        "It was running " + delivery.crashes() + " times when its process died. The last time: "
                                + evidence,
                        true));
            }
        }
        return Optional.empty();
    }

    /// The outcome of a delivery whose arguments are not to be run, if there is one.
    private Optional<Outcome> judge(Request request, Tasks.Handler<?, ?, ?> handler) {
        var violations = handler.task().arguments().check(request.args(), request.kwargs());
        if (!violations.isEmpty()) {
            return Optional.of(
                    new Outcome.Parked(
                            "The arguments do not fit: "
                                    + String.join(
                                            " ",
                                            violations.stream()
                                                    .map(Object::toString)
                                                    .toList())
                                    + " Correct the sender and dispose of this one, or start a worker whose handler takes them and release it."));
        }
        if (request.hardLimit().isPresent()
                && handler.inChild().isPresent()
                && !children.enforceLimitsOf(handler)
                && settings.text(Setting.TASK_UNENFORCEABLE_LIMIT).equals("fail")) {
            return Optional.of(unenforceable(request, "this worker has no child process for it"));
        }
        return Optional.empty();
    }

    private Outcome unenforceable(Request request, String why) {
        return new Outcome.Failure(CeleryError.builtin(
                "ValueError",
                "The message asks for a hard time limit of "
                        + request.hardLimit().map(Duration::toString).orElse("unknown length") + ", and the pool "
                        + pool.word() + " can't enforce one: " + why
                        + ". It did not run. Send it with a soft limit, start a worker with --pool=prefork, or set"
                        + " task_unenforceable_limit to ignore."));
    }

    private TaskContext context(Lease holder, Delivery delivery, Request request, Optional<Instant> deadline) {
        return new TaskContext(
                request.id(),
                request.task(),
                request.retries(),
                Lineage.of(request.rootId(), request.id()),
                request.chord(),
                holder.worker(),
                deadline,
                delivery.epoch(),
                request.headers(),
                taskLog.attempt(request.id(), request.rootId(), request.retries(), delivery.epoch()),
                new AtomicReference<>(Optional.empty()),
                (state, value) -> tell(holder, delivery, state, value),
                new CopyOnWriteArrayList<>());
    }

    /// With a child where the work needs one.
    private void run(Lease holder, Delivery delivery, Request request, Tasks.Handler<?, ?, ?> handler) {
        if (!children.work(
                handler,
                request.hardLimit()
                        .or(() -> Optional.ofNullable(limitsNow.get(request.task()))
                                .flatMap(TimeLimit::hard))
                        .isPresent())) {
            run(holder, delivery, request, handler, Optional.empty());
            return;
        }
        try (var child = children.take()) {
            run(holder, delivery, request, handler, Optional.of(child));
        } catch (NoChild e) {
            var why = String.valueOf(e.getMessage());
            var gives = pool.inChildren() || e.stops();
            settle(
                    holder,
                    delivery,
                    Optional.of(request),
                    gives ? new Outcome.Reject(why, true) : unenforceable(request, why),
                    false);
        } catch (InterruptedException e) {
            settle(holder, delivery, Optional.of(request), new Outcome.Reject("the worker stops", true), false);
            Thread.currentThread().interrupt();
        }
    }

    private void run(
            Lease holder,
            Delivery delivery,
            Request request,
            Tasks.Handler<?, ?, ?> handler,
            Optional<ProcessRun> child) {
        var now = store.now();
        var soft = request.softLimit()
                .or(() -> limitOf(handler.task()).soft())
                .or(() -> Optional.of(settings.duration(Setting.TASK_SOFT_TIME_LIMIT))
                        .filter(Duration::isPositive));
        var context = context(holder, delivery, request, soft.map(now::plus));
        try (var _ = context.log()) {
            run(holder, delivery, request, handler, child, context, soft);
        }
    }

    @SuppressWarnings("NullAway") // the input and the result of a task on Void are null
    private <I, W, O> void run(
            Lease holder,
            Delivery delivery,
            Request request,
            Tasks.Handler<I, W, O> handler,
            Optional<ProcessRun> child,
            TaskContext context,
            Optional<Duration> soft) {
        var task = handler.task();
        var ignore = request.ignoreResult()
                .or(() -> task.options().ignoreResult())
                .orElseGet(() -> settings.flag(Setting.TASK_IGNORE_RESULT));
        var attempt = new Running(
                delivery,
                request,
                store.now(),
                child.map(Attempts::halt).orElseGet(() -> interrupt(Thread.currentThread())),
                context,
                new AtomicBoolean(true),
                new ReentrantLock());
        running.put(delivery.tag(), attempt);
        waiting.remove(delivery.tag(), delivery);
        totals.computeIfAbsent(request.task(), _ -> new LongAdder()).increment();
        events.started(request);
        ScheduledFuture<?> watch = soft.isPresent()
                ? limits.schedule(
                        () -> attempt.stop(new SoftTimeLimitExceeded(soft.get())),
                        soft.get().toNanos(),
                        TimeUnit.NANOSECONDS)
                : null;
        var started = System.nanoTime();
        if (settings.flag(Setting.TASK_TRACK_STARTED)) {
            tell(
                    holder,
                    delivery,
                    TaskState.STARTED.name(),
                    Json.object().put("pid", ProcessHandle.current().pid()).put("hostname", holder.worker()));
        }
        Optional<Store.Effects> effects = Optional.empty();
        Outcome outcome;
        try {
            W made = child.isPresent() ? make(handler, request, context, child.get()) : make(handler, request, context);
            outcome = switch (handler.ending().apply(made)) {
                case Ending.Returns<O>(var value) -> new Outcome.Success(encode(value, task.output()), context.sent());
                case Ending.ReplacedBy<O>(var canvas) -> new Outcome.Replaced(canvas.node());
            };
            effects = handler.effects().map(all -> tx -> all.commit(tx, made));
        } catch (MadeNothing nothing) {
            outcome = verdict.of(nothing.answer, request, task.options(), context);
        } catch (Throwable failure) { // the outermost frame of foreign code: everything is settled
            outcome = verdict.of(failure, request, task.options(), Optional.of(context));
        } finally {
            cancel(watch);
            attempt.ended();
            context.log().sum();
            running.remove(delivery.tag(), attempt); // not the one of a later claim
        }
        var ran = Duration.ofNanos(System.nanoTime() - started);
        meters.ran(request.task(), delivery.message().queue(), ran);
        if (effects.isPresent()) {
            try {
                settle(holder, delivery, request, context, outcome, ignore, effects.get(), ran);
                return;
            } catch (Exception failure) {
                outcome = verdict.of(failure, request, task.options(), Optional.empty());
            }
        }
        settle(holder, delivery, request, handler, context, outcome, ignore, ran);
    }

    /// What a child answered instead of what the work makes.
    private static final class MadeNothing extends Exception {
        private final transient Answer.Unmade answer;

        MadeNothing(Answer.Unmade answer) {
            super("nothing was made", null, false, false);
            this.answer = answer;
        }
    }

    private static Consumer<RuntimeException> interrupt(Thread thread) {
        return _ -> thread.interrupt();
    }

    private static Consumer<RuntimeException> halt(ProcessRun child) {
        return reason -> {
            if (reason instanceof SoftTimeLimitExceeded soft) {
                child.softLimit(soft.limit());
            } else {
                child.kill();
            }
        };
    }

    @SuppressWarnings("NullAway") // the input and the result of a task on Void are null
    private static <I, W> W make(Tasks.Handler<I, W, ?> handler, Request request, TaskContext context)
            throws Exception {
        @SuppressWarnings("unchecked")
        var input = (I) handler.task().arguments().bind(request.args(), request.kwargs());
        return ScopedValue.where(TaskContext.CURRENT, context)
                .call(() -> handler.work().run(input));
    }

    /// @throws MadeNothing with what the child answered instead
    @SuppressWarnings("NullAway") // what is made of a task on Void is null
    private <W> W make(Tasks.Handler<?, W, ?> handler, Request request, TaskContext context, ProcessRun child)
            throws MadeNothing, InterruptedException {
        var task = new ChildTask(
                context, request.parentId(), request.args(), request.kwargs(), hardLimit(request, handler.task()));
        return switch (child.run(task)) {
            case Answer.Made(var value) -> Json.value(value, handler.made());
            case Answer.Unmade unmade -> throw new MadeNothing(unmade);
        };
    }

    private Optional<Duration> hardLimit(Request request, Task<?, ?> task) {
        return request.hardLimit()
                .or(() -> limitOf(task).hard())
                .or(() ->
                        Optional.of(settings.duration(Setting.TASK_TIME_LIMIT)).filter(Duration::isPositive));
    }

    private static void cancel(@Nullable ScheduledFuture<?> watch) {
        if (watch != null) {
            watch.cancel(false);
        }
    }

    private void tell(Lease holder, Delivery delivery, String state, JsonNode value) {
        try {
            store.state(holder, delivery.tag(), state, value);
        } catch (RuntimeException e) {
            LOG.warn("That {} is {} was not recorded; it goes on: {}", delivery.message(), state, e.toString());
        }
    }

    private static JsonNode encode(@Nullable Object value, java.lang.reflect.Type type) {
        return Result.encode(value, type);
    }

    /// Settles an outcome with the task's effects in one transaction.
    ///
    /// @throws Exception what the effects threw; nothing is settled then
    private void settle(
            Lease holder,
            Delivery delivery,
            Request request,
            TaskContext context,
            Outcome outcome,
            boolean ignore,
            Store.Effects effects,
            Duration ran)
            throws Exception {
        var tooLong = new AtomicInteger();
        Store.Effects timed = tx -> {
            var began = System.nanoTime();
            ScopedValue.where(TaskContext.CURRENT, context).call(() -> {
                effects.write(tx);
                return tx;
            });
            var took = Duration.ofNanos(System.nanoTime() - began);
            if (took.compareTo(EFFECTS_REFUSED) > 0) {
                var what = "The commit of " + request.task() + " took " + took.toMillis()
                        + " ms, and at most " + EFFECTS_REFUSED.toMillis()
                        + " ms are allowed, since others wait for it. It was rolled back";
                if (tooLong.incrementAndGet() < EFFECTS_TRIES) {
                    // A machine that is starved for a moment must not fail what is sound.
                    LOG.warn("{}, and is tried again.", what);
                    throw new Busy(what + ", and is tried again.");
                }
                throw new IllegalStateException(what + " " + EFFECTS_TRIES + " times. Move the work into the handler.");
            }
            if (took.compareTo(EFFECTS_REPORTED) > 0) {
                LOG.warn("The commit of {} took {} ms; it is to be short.", request.task(), took.toMillis());
            }
        };
        try {
            var transition = patiently(
                    () -> settlement.of(delivery, Optional.of(request), outcome, ignore, store.now()), delivery);
            persist(() -> store.settle(holder, transition, timed), delivery);
            meters.ended(request.task(), delivery.message().queue(), outcome.word());
            log(delivery, outcome);
            events.ended(request, outcome, ran);
        } catch (LeaseLost e) {
            LOG.warn("{} {}", delivery.message(), e.getMessage());
        }
    }

    /// Settles what has no effects of success: together with what the task writes when it has failed for good.
    @SuppressWarnings("NullAway") // the input of a task on Void is null
    private <I> void settle(
            Lease holder,
            Delivery delivery,
            Request request,
            Tasks.Handler<I, ?, ?> handler,
            TaskContext context,
            Outcome outcome,
            boolean ignore,
            Duration ran) {
        var cause = outcome.forGood();
        if (cause.isPresent() && handler.failureEffects().isPresent()) {
            try {
                var whole = whole(request);
                @SuppressWarnings("unchecked")
                var input = (I) handler.task().arguments().bind(whole.args(), whole.kwargs());
                var effects = handler.failureEffects().get();
                settle(
                        holder,
                        delivery,
                        request,
                        context,
                        outcome,
                        ignore,
                        tx -> effects.commit(tx, input, cause.get()),
                        ran);
                return;
            } catch (Exception e) {
                LOG.error("What {} writes when it fails could not be written.", delivery.message(), e);
            }
        }
        settle(holder, delivery, Optional.of(request), outcome, ignore, ran);
    }

    /// Ends those that run, were acknowledged early and do not stop: they must not run again, and would be given back
    /// when the worker signs off. What they make afterwards is refused.
    void endEarly() {
        for (var one : running.values()) {
            if (!late(one.delivery)) {
                var outcome = new Outcome.Lost(
                        "The worker stopped while it ran, and did not stop it; it was acknowledged early.", false);
                settle(
                        lease.get(),
                        one.delivery,
                        one.request,
                        tasks.find(one.delivery.message().task()).orElseThrow(),
                        one.context,
                        outcome,
                        false,
                        Duration.between(one.since, store.now()));
            }
        }
    }

    /// Makes a claimed delivery wait for its turn.
    void putOff(Delivery delivery, Instant turn) {
        var transition = Transition.putOff(delivery, turn, "its task is limited in rate");
        try {
            persist(() -> store.settle(lease.get(), transition), delivery);
            LOG.debug("{} is put off until {}", delivery.message(), turn);
        } catch (LeaseLost e) {
            LOG.warn("{} {}", delivery.message(), e.getMessage());
        } catch (RuntimeException e) {
            // Those that were claimed with it are still to be run.
            LOG.error("{} could not be put off. It stays leased until this worker ends.", delivery.message(), e);
        }
    }

    /// Makes a claimed delivery ready again, unrun.
    void giveBack(Delivery delivery, String reason) {
        settle(lease.get(), delivery, Optional.empty(), new Outcome.Reject(reason, true), false);
    }

    private void settle(
            Lease holder, Delivery delivery, Optional<Request> request, Outcome outcome, boolean ignoreResult) {
        settle(holder, delivery, request, outcome, ignoreResult, Duration.ZERO);
    }

    private void settle(
            Lease holder,
            Delivery delivery,
            Optional<Request> request,
            Outcome outcome,
            boolean ignoreResult,
            Duration ran) {
        try {
            Transition transition;
            var settled = outcome;
            try {
                transition =
                        patiently(() -> settlement.of(delivery, request, outcome, ignoreResult, store.now()), delivery);
            } catch (RuntimeException unencodable) {
                settled = new Outcome.Failure(unencodable);
                transition = failure(delivery, request, settled);
            }
            var decided = transition;
            persist(() -> store.settle(holder, decided), delivery);
            meters.ended(delivery.message().task(), delivery.message().queue(), settled.word());
            log(delivery, settled);
            var ended = settled;
            request.ifPresent(known -> events.ended(known, ended, ran));
        } catch (LeaseLost e) {
            LOG.warn("{} {}", delivery.message(), e.getMessage());
        } catch (Exception e) {
            LOG.error(
                    "{} could not be settled. Its claim stands until this worker ends, then it runs again.",
                    delivery.message(),
                    e);
        }
    }

    /// A failure whose own successors (errbacks, the rest of a chain) can't be sent either goes to the dead
    /// letters without them.
    private Transition failure(Delivery delivery, Optional<Request> request, Outcome failure) {
        try {
            return patiently(() -> settlement.of(delivery, request, failure, false, store.now()), delivery);
        } catch (RuntimeException unsendable) {
            LOG.error(
                    "What was to follow the failure of {} can't be sent, and is not.", delivery.message(), unsendable);
            return settlement.of(delivery, Optional.empty(), failure, false, store.now());
        }
    }

    /// A write that must not be given up while the store is busy or away: the attempt has happened. It is tried
    /// again until the worker stops and interrupts it.
    private static void persist(Runnable write, Delivery delivery) {
        patiently(
                () -> {
                    write.run();
                    return delivery;
                },
                delivery);
    }

    /// @return what could be had at last
    private static <T> T patiently(Supplier<T> step, Delivery delivery) {
        for (int tries = 0; ; tries++) {
            try {
                return step.get();
            } catch (Busy | PayloadsAway e) {
                if (Thread.currentThread().isInterrupted()) {
                    throw e;
                }
                if (tries % 600 == 0) {
                    LOG.warn("{} waits to be settled: {}", delivery.message(), e.getMessage());
                }
                LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
            }
        }
    }

    private static void log(Delivery delivery, Outcome outcome) {
        switch (outcome) {
            case Outcome.Success _, Outcome.Ignore _, Outcome.Replaced _ ->
                LOG.debug("{} {}", delivery.message(), outcome.word());
            case Outcome.Retry(var cause, var wait) ->
                LOG.info("{} is tried again in {}: {}", delivery.message(), wait, cause.toString());
            case Outcome.Failure(var cause) ->
                LOG.warn("{} failed for good and lies in the dead letters: {}", delivery.message(), cause.toString());
            case Outcome.Reject(var reason, var requeue) ->
                LOG.info("{} {}: {}", delivery.message(), requeue ? "was given back" : "was rejected", reason);
            case Outcome.Crashed(var evidence, var _) ->
                LOG.warn("{} killed its child process, and runs again: {}", delivery.message(), evidence);
            case Outcome.Lost(var evidence, var quarantine) ->
                LOG.error("{} {}: {}", delivery.message(), quarantine ? "is quarantined" : "is lost", evidence);
            case Outcome.Revoked(var reason) -> LOG.info("{} {}", delivery.message(), reason);
            case Outcome.Parked(var reason) -> LOG.warn("{} is parked: {}", delivery.message(), reason);
        }
    }
}
