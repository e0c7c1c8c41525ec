package dev.lovage.engine.transport;

import dev.lovage.engine.broker.Busy;
import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.broker.Lease;
import dev.lovage.engine.broker.LeaseLost;
import dev.lovage.engine.canvas.Join;
import dev.lovage.engine.log.LogLine;
import dev.lovage.engine.message.ExecutionKey;
import dev.lovage.engine.store.Happening;
import dev.lovage.engine.store.Held;
import dev.lovage.engine.store.Store;
import dev.lovage.engine.store.Transition;
import dev.lovage.engine.store.WorkerState;
import dev.lovage.engine.tx.Tx;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// The store, with the broker told of what was settled in it.
final class BridgeStore implements Store {
    private final Store base;
    private final Staging staging;
    private final Transport transport;
    private final Reserved reserved;

    BridgeStore(Store base, Staging staging, Transport transport, Reserved reserved) {
        this.base = base;
        this.staging = staging;
        this.transport = transport;
        this.reserved = reserved;
    }

    @Override
    public boolean transactional() {
        return base.transactional();
    }

    @Override
    public boolean durable() {
        return base.durable();
    }

    @Override
    public void settle(Lease lease, Transition transition) {
        settled(lease, transition, () -> base.settle(lease, transition));
    }

    @Override
    public void settle(Lease lease, Transition transition, Effects effects) {
        settled(lease, transition, () -> base.settle(lease, transition, effects));
    }

    private void settled(Lease lease, Transition transition, Runnable settlement) {
        try {
            settlement.run();
        } catch (LeaseLost e) {
            reserved.lost(lease, transition.delivery().tag());
            throw e;
        }
        reserved.settled(lease, transition.delivery().tag());
    }

    @Override
    public void state(Lease lease, long tag, String state, JsonNode value) {
        base.state(lease, tag, state, value);
    }

    @Override
    public Instant now() {
        return base.now();
    }

    @Override
    public void register(Lease lease, WorkerState state) {
        base.register(lease, state);
    }

    @Override
    public void beat(Lease lease, int running) {
        try {
            base.beat(lease, running);
        } catch (LeaseLost e) {
            reserved.close(lease.incarnation());
            throw e;
        }
    }

    @Override
    public List<WorkerState> workers() {
        return base.workers();
    }

    @Override
    public int bury(String incarnation, long beats, String evidence) {
        var back = base.bury(incarnation, beats, evidence);
        if (base.workers().stream().noneMatch(worker -> worker.incarnation().equals(incarnation))) {
            reserved.buried(incarnation);
        }
        return back;
    }

    @Override
    public void leave(Lease lease) {
        base.leave(lease);
        reserved.close(lease.incarnation());
    }

    @Override
    public List<Held> held(Set<Custody> custodies, int max) {
        return base.held(custodies, max);
    }

    @Override
    public Optional<Held> find(long tag) {
        return base.find(tag);
    }

    @Override
    public List<Held> findTask(String taskId) {
        return base.findTask(taskId);
    }

    @Override
    public boolean release(long tag, String reason, String by) {
        return base.release(tag, reason, by);
    }

    @Override
    public boolean dispose(Tx tx, long tag, String reason, String by) {
        return base.dispose(tx, tag, reason, by);
    }

    @Override
    public List<Happening> history(String taskId) {
        return base.history(taskId);
    }

    @Override
    public void keep(List<LogLine> lines) {
        base.keep(lines);
    }

    @Override
    public Log log(Set<String> taskIds, int max) {
        return base.log(taskIds, max);
    }

    @Override
    public Set<String> tasksOf(Set<String> rootIds) {
        return base.tasksOf(rootIds);
    }

    @Override
    public void revoke(Collection<String> taskIds, boolean terminate) {
        base.revoke(taskIds, terminate);
    }

    @Override
    public Map<String, Boolean> revoked(Set<String> taskIds) {
        return base.revoked(taskIds);
    }

    @Override
    public List<String> revokes(int max) {
        return base.revokes(max);
    }

    @Override
    public List<Join> stalled(int max) {
        return base.stalled(max);
    }

    @Override
    public void closeStalled(String joinId, String reason) {
        base.closeStalled(joinId, reason);
    }

    @Override
    public List<Entry> inventory() {
        return base.inventory();
    }

    @Override
    public Optional<Instant> admit(String task, ExecutionKey execution, Duration step) {
        return base.admit(task, execution, step);
    }

    @Override
    public Set<String> payloads() {
        return base.payloads();
    }

    @Override
    public int forget(Duration keep) {
        return staging.forgetSent(keep, mayWait()) + base.forget(keep);
    }

    /// Queues that workers of ours serve or that are paused, unless nothing lies there: what was sent there is
    /// not forgotten. Of others nobody here can tell.
    private Set<String> mayWait() {
        var queues = new HashSet<>(staging.paused());
        base.workers().forEach(worker -> queues.addAll(worker.queues()));
        try {
            var depths = transport.depths(queues);
            queues.removeIf(
                    queue -> !depths.containsKey(queue) || depths.get(queue).ready() == 0);
        } catch (Busy e) {
            return queues; // perhaps there is something in each
        }
        return queues;
    }
}
