package dev.lovage.testkit;

import dev.lovage.engine.Lovage;
import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.broker.Delivery;
import dev.lovage.engine.broker.Lease;
import dev.lovage.engine.canvas.Plan;
import dev.lovage.engine.canvas.Planner;
import dev.lovage.engine.canvas.Routes;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.message.Message;
import dev.lovage.engine.message.Request;
import dev.lovage.engine.message.Unreadable;
import dev.lovage.engine.result.Failures;
import dev.lovage.engine.result.ResultMeta;
import dev.lovage.engine.result.TaskState;
import dev.lovage.engine.store.Happening;
import dev.lovage.engine.store.Transition;
import dev.lovage.engine.store.WorkerState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import tools.jackson.databind.JsonNode;

/// A worker that takes one step when a test tells it to, so that the test decides the order of everything.
public final class StepWorker {
    private static final Duration BEATS_EACH = Duration.ofMillis(200);

    private final Lovage lovage;
    private final Planner planner;
    private final Lease lease;
    private final Duration quiet;

    /// Registers a new incarnation.
    public StepWorker(Lovage lovage, String name) {
        this(lovage, name, Duration.ZERO);
    }

    /// @param quiet how long nothing has to come before [#claim] takes it that there is no more; zero where
    ///     what was written can be claimed at once
    StepWorker(Lovage lovage, String name, Duration quiet) {
        this.lovage = lovage;
        this.quiet = quiet;
        this.planner =
                new Planner(Routes.DEFAULT, lovage.backbone().store()::now, "gen1@" + name, Message.BODY_MAX_BYTES);
        this.lease = new Lease(UUID.randomUUID().toString(), name);
        var now = lovage.backbone().store().now();
        lovage.backbone()
                .store()
                .register(
                        lease,
                        new WorkerState(
                                lease.incarnation(),
                                name,
                                ProcessHandle.current().pid(),
                                now,
                                now,
                                0,
                                List.of("celery"),
                                List.of(),
                                "solo",
                                1,
                                0));
    }

    public Lease lease() {
        return lease;
    }

    public List<Delivery> claim(int max, String... queues) {
        return claim(max, Set.of(), queues);
    }

    /// @param earlyTasks names of tasks that are acknowledged early
    List<Delivery> claim(int max, Set<String> earlyTasks, String... queues) {
        var broker = lovage.backbone().broker();
        if (quiet.isZero()) {
            return broker.claim(lease, Set.of(queues), earlyTasks, max);
        }
        var claimed = new ArrayList<Delivery>();
        var last = System.nanoTime();
        var beaten = last;
        while (claimed.size() < max && System.nanoTime() - last < quiet.toNanos()) {
            var mark = broker.mark();
            var some = broker.claim(lease, Set.of(queues), earlyTasks, max - claimed.size());
            claimed.addAll(some);
            if (System.nanoTime() - beaten > BEATS_EACH.toNanos()) {
                lovage.backbone().store().beat(lease, 0); // who waits lives
                beaten = System.nanoTime();
            }
            if (some.isEmpty()) {
                awaitWork(mark);
            } else {
                last = System.nanoTime();
            }
        }
        // It receives only while it claims: what it was sent beyond that, others can have.
        broker.claim(lease, Set.of(), Set.of(), 1);
        return claimed;
    }

    private void awaitWork(long mark) {
        try {
            lovage.backbone().broker().awaitWork(mark, Duration.ofMillis(20));
        } catch (InterruptedException e) {
            throw new AssertionError("The test was interrupted.", e);
        }
    }

    public void succeed(Delivery delivery, JsonNode value) {
        settle(delivery, Optional.empty(), TaskState.SUCCESS, value, planner.afterSuccess(request(delivery), value));
    }

    /// Fails for good: to the dead letters.
    public void fail(Delivery delivery, String message) {
        var failure = Failures.encode("builtins", "ValueError", message);
        settle(
                delivery,
                Optional.of(Custody.DEAD),
                TaskState.FAILURE,
                failure,
                planner.afterFailure(request(delivery), failure));
    }

    public void retry(Delivery delivery, Instant eta) {
        settle(
                delivery,
                Optional.empty(),
                TaskState.RETRY,
                Failures.encode("builtins", "ValueError", "again"),
                Plan.of(planner.retry(delivery.message(), request(delivery), eta)));
    }

    /// Ends it without a result, as a handler that throws IgnoreTask.
    public void ignore(Delivery delivery) {
        lovage.backbone()
                .store()
                .settle(
                        lease,
                        new Transition(
                                delivery,
                                Optional.empty(),
                                Optional.empty(),
                                List.of(),
                                Plan.NOTHING,
                                Optional.empty()));
    }

    /// To another custody, without a result.
    public void move(Delivery delivery, Custody to) {
        lovage.backbone()
                .store()
                .settle(
                        lease,
                        new Transition(
                                delivery,
                                Optional.of(to),
                                Optional.of("moved by a test"),
                                List.of(),
                                Plan.NOTHING,
                                Optional.of(new Happening(
                                        lovage.backbone().store().now(),
                                        0,
                                        "moved",
                                        "by a test",
                                        "",
                                        lease.worker()))));
    }

    /// What a worker does when the child process that ran it has died.
    public void crash(Delivery delivery, String evidence) {
        var store = lovage.backbone().store();
        store.settle(
                lease,
                Transition.crashed(
                        delivery, evidence, new Happening(store.now(), 0, "crash", evidence, "", lease.worker())));
    }

    /// What a vigil does when this worker's process is gone.
    public int dies() {
        var beats = lovage.backbone().store().workers().stream()
                .filter(state -> state.incarnation().equals(lease.incarnation()))
                .findFirst()
                .orElseThrow()
                .beats();
        return lovage.backbone().store().bury(lease.incarnation(), beats, "killed by a test");
    }

    public void leave() {
        lovage.backbone().store().leave(lease);
    }

    private void settle(Delivery delivery, Optional<Custody> to, TaskState state, JsonNode result, Plan send) {
        var store = lovage.backbone().store();
        var request = request(delivery);
        store.settle(
                lease,
                new Transition(
                        delivery,
                        to,
                        to.map(_ -> "failed by a test"),
                        List.of(new ResultMeta(
                                request.id(),
                                request.task(),
                                state,
                                result,
                                Optional.empty(),
                                state.ready() ? Optional.of(store.now()) : Optional.empty(),
                                Json.array(),
                                request.group(),
                                request.parentId(),
                                request.retries(),
                                Optional.of(lease.worker()))),
                        send,
                        to.map(_ -> new Happening(
                                store.now(), request.retries(), "failure", "by a test", "", lease.worker()))));
    }

    private static Request request(Delivery delivery) {
        try {
            return Request.read(delivery.message());
        } catch (Unreadable e) {
            throw new AssertionError("The bytes came back changed: " + delivery.message(), e);
        }
    }
}
