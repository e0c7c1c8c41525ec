package dev.lovage.engine.memory;

import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.broker.Lease;
import dev.lovage.engine.canvas.Join;
import dev.lovage.engine.log.LogLine;
import dev.lovage.engine.message.ExecutionKey;
import dev.lovage.engine.result.ResultMeta;
import dev.lovage.engine.store.Happening;
import dev.lovage.engine.store.Held;
import dev.lovage.engine.store.Store;
import dev.lovage.engine.store.Transition;
import dev.lovage.engine.store.WorkerState;
import dev.lovage.engine.tx.Tx;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;

final class MemoryStore implements Store {
    private static final Set<Custody> WAIT_FOR_A_PERSON = Set.of(Custody.PARKED, Custody.QUARANTINED, Custody.DEAD);

    private final Memory memory;

    MemoryStore(Memory memory) {
        this.memory = memory;
    }

    @Override
    public boolean transactional() {
        return false;
    }

    @Override
    public boolean durable() {
        return false;
    }

    @Override
    public void settle(Lease lease, Transition transition) {
        memory.locked(() -> memory.settle(lease, transition));
    }

    @Override
    public void settle(Lease lease, Transition transition, Effects effects) {
        throw MemoryBackbone.noTransactions();
    }

    @Override
    public void state(Lease lease, long tag, String state, JsonNode value) {
        memory.locked(() -> {
            var entry = memory.entries().get(tag);
            if (entry != null && entry.isLeasedBy(lease.incarnation())) {
                memory.record(ResultMeta.running(
                        entry.message.execution().taskId(),
                        entry.message.task(),
                        entry.message.execution().retries(),
                        lease.worker(),
                        state,
                        value));
            }
        });
    }

    @Override
    public Instant now() {
        return memory.now();
    }

    @Override
    public void register(Lease lease, WorkerState state) {
        memory.locked(() -> {
            memory.workers().put(lease.incarnation(), state);
        });
    }

    @Override
    public void beat(Lease lease, int running) {
        memory.locked(() -> {
            memory.alive(lease, "A heartbeat of " + lease.worker());
            memory.workers()
                    .computeIfPresent(
                            lease.incarnation(),
                            (_, state) -> new WorkerState(
                                    state.incarnation(),
                                    state.name(),
                                    state.pid(),
                                    state.started(),
                                    memory.now(),
                                    state.beats() + 1,
                                    state.queues(),
                                    state.tasks(),
                                    state.homes(),
                                    state.pool(),
                                    state.slots(),
                                    running));
        });
    }

    @Override
    public List<WorkerState> workers() {
        return memory.locked(() -> List.copyOf(memory.workers().values()));
    }

    @Override
    public int bury(String incarnation, long beats, String evidence) {
        return memory.locked(() -> {
            var state = memory.workers().get(incarnation);
            if (state == null || state.beats() != beats) {
                return 0;
            }
            memory.workers().remove(incarnation);
            var leased = leased(incarnation);
            var now = memory.now();
            leased.forEach(entry -> {
                entry.crash(evidence, now);
                var execution = entry.message.execution();
                memory.happen(
                        execution.taskId(),
                        new Happening(now, execution.retries(), "crash", evidence, "", state.name()));
            });
            memory.wake();
            return leased.size();
        });
    }

    @Override
    public void leave(Lease lease) {
        memory.locked(() -> {
            memory.workers().remove(lease.incarnation());
            var now = memory.now();
            leased(lease.incarnation()).forEach(entry -> entry.move(Custody.READY, Optional.empty(), now));
            memory.wake();
        });
    }

    private List<Kept> leased(String incarnation) {
        return memory.entries().values().stream()
                .filter(entry -> entry.isLeasedBy(incarnation))
                .toList();
    }

    @Override
    public List<Held> held(Set<Custody> custodies, int max) {
        return memory.locked(() -> memory.entries().values().stream()
                .filter(entry -> custodies.contains(entry.custody()))
                .limit(max)
                .map(memory::held)
                .toList());
    }

    @Override
    public Optional<Held> find(long tag) {
        return memory.locked(
                () -> Optional.ofNullable(memory.entries().get(tag)).map(memory::held));
    }

    @Override
    public List<Held> findTask(String taskId) {
        return memory.locked(() -> memory.entries().values().stream()
                .filter(entry -> entry.message.execution().taskId().equals(taskId))
                .map(memory::held)
                .toList());
    }

    @Override
    public boolean release(long tag, String reason, String by) {
        return memory.locked(() -> {
            var entry = memory.entries().get(tag);
            if (entry == null || !WAIT_FOR_A_PERSON.contains(entry.custody())) {
                return false;
            }
            var now = memory.now();
            var execution = entry.message.execution();
            entry.release(reason, now);
            memory.forgetFailure(execution.taskId());
            memory.happen(execution.taskId(), new Happening(now, execution.retries(), "released", reason, "", by));
            memory.wake();
            return true;
        });
    }

    @Override
    public boolean dispose(Tx tx, long tag, String reason, String by) {
        throw MemoryBackbone.noTransactions();
    }

    @Override
    public List<Happening> history(String taskId) {
        return memory.locked(() -> memory.history(taskId));
    }

    @Override
    public void keep(List<LogLine> lines) {
        memory.locked(() -> memory.keep(lines));
    }

    @Override
    public Log log(Set<String> taskIds, int max) {
        return memory.locked(() -> memory.log(taskIds, max));
    }

    @Override
    public Set<String> tasksOf(Set<String> rootIds) {
        return memory.locked(() -> memory.tasksOf(rootIds));
    }

    @Override
    public void revoke(Collection<String> taskIds, boolean terminate) {
        memory.locked(() -> taskIds.forEach(id -> memory.revoke(id, terminate)));
    }

    @Override
    public Map<String, Boolean> revoked(Set<String> taskIds) {
        return memory.locked(() -> memory.revoked(taskIds));
    }

    @Override
    public List<String> revokes(int max) {
        return memory.locked(() -> memory.revokes(max));
    }

    @Override
    public List<Join> stalled(int max) {
        return memory.locked(() -> memory.stalled().stream().limit(max).toList());
    }

    @Override
    public void closeStalled(String joinId, String reason) {
        memory.locked(() -> memory.closeStalled(joinId, reason));
    }

    @Override
    public List<Entry> inventory() {
        return memory.locked(() ->
                memory.entries().values().stream().map(entry -> entry.account()).toList());
    }

    @Override
    public Optional<Instant> admit(String task, ExecutionKey execution, Duration step) {
        return memory.locked(() -> memory.admit(task, execution, step));
    }

    @Override
    public Set<String> payloads() {
        return memory.locked(memory::payloads);
    }

    @Override
    public int forget(Duration keep) {
        return memory.locked(() -> memory.forget(keep));
    }
}
