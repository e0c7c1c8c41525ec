package dev.lovage.engine.memory;

import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.broker.Lease;
import dev.lovage.engine.broker.LeaseLost;
import dev.lovage.engine.canvas.Join;
import dev.lovage.engine.canvas.Plan;
import dev.lovage.engine.canvas.Planner;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.log.LogLine;
import dev.lovage.engine.message.ExecutionKey;
import dev.lovage.engine.message.Message;
import dev.lovage.engine.message.Request;
import dev.lovage.engine.message.Unreadable;
import dev.lovage.engine.payload.ByReference;
import dev.lovage.engine.rate.MemoryLine;
import dev.lovage.engine.result.Failures;
import dev.lovage.engine.result.ResultMeta;
import dev.lovage.engine.result.TaskState;
import dev.lovage.engine.store.Happening;
import dev.lovage.engine.store.Held;
import dev.lovage.engine.store.Store;
import dev.lovage.engine.store.Transition;
import dev.lovage.engine.store.WorkerState;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;

/// What broker, results and store share: everything, under one lock. Each call is one step that others see
/// whole or not at all; nothing under the lock waits, or runs foreign code.
final class Memory {
    /// A join that has begun.
    ///
    /// @param ends by index; the first end of a member counts
    private record Open(Join join, TreeMap<Integer, Join.End> ends) {}

    private record Closed(Join join, Instant at) {}

    private record Known(Optional<Instant> ended) {}

    private record Revoke(boolean terminate, Instant at) {}

    /// What was disposed of or purged, with its bytes.
    record Disposal(Held held, String reason, String by, Instant at) {}

    private final Planner planner;
    private final InstantSource clock;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition work = lock.newCondition();
    private final Condition ended = lock.newCondition();
    private final Map<Long, Kept> entries = new TreeMap<>();
    private final Map<ExecutionKey, Known> known = new HashMap<>();
    private final Map<String, ResultMeta> results = new HashMap<>();
    private final Map<String, TreeMap<Integer, String>> groups = new HashMap<>();
    private final Map<String, Open> joins = new LinkedHashMap<>();
    private final Map<String, Closed> joinsClosed = new HashMap<>();
    private final Map<String, List<Happening>> histories = new HashMap<>();
    private final Map<String, List<LogLine>> logs = new HashMap<>();
    private final Map<String, WorkerState> workers = new LinkedHashMap<>();
    private final Map<String, Revoke> revokes = new HashMap<>();
    private final List<Disposal> disposals = new ArrayList<>();
    private final Set<String> paused = new HashSet<>();
    private final Map<String, MemoryLine> lines = new HashMap<>();
    private long tags;
    private long version;

    Memory(Planner planner, InstantSource clock) {
        this.planner = planner;
        this.clock = clock;
    }

    <T> T locked(Supplier<T> step) {
        lock.lock();
        try {
            return step.get();
        } finally {
            lock.unlock();
        }
    }

    void locked(Runnable step) {
        lock.lock();
        try {
            step.run();
        } finally {
            lock.unlock();
        }
    }

    Instant now() {
        return clock.instant();
    }

    // What follows is called under the lock.

    Map<Long, Kept> entries() {
        return entries;
    }

    Map<String, WorkerState> workers() {
        return workers;
    }

    Set<String> paused() {
        return paused;
    }

    long version() {
        return version;
    }

    void wake() {
        version++;
        work.signalAll();
    }

    /// Makes ready what is due.
    void promote() {
        var now = now();
        var due = entries.values().stream().filter(entry -> entry.due(now)).toList();
        due.forEach(entry -> entry.move(Custody.READY, Optional.empty(), now));
        if (!due.isEmpty()) {
            wake();
        }
    }

    void write(Plan first) {
        var plans = new ArrayDeque<>(List.of(first));
        while (!plans.isEmpty()) {
            var plan = plans.poll();
            plan.joins().forEach(this::begin);
            plan.messages().forEach(this::accept);
            plan.results().forEach(this::record);
            plan.ends().forEach(end -> close(end).ifPresent(plans::add));
        }
    }

    private void begin(Join join) {
        if (joins.containsKey(join.id()) || joinsClosed.containsKey(join.id())) {
            return;
        }
        joins.put(join.id(), new Open(join, new TreeMap<>()));
        for (int i = 0; i < join.members().size(); i++) {
            place(join.id(), i, join.members().get(i));
        }
    }

    private void accept(Message message) {
        if (known.putIfAbsent(message.execution(), new Known(Optional.empty())) != null) {
            return;
        }
        var now = now();
        var waits = message.eta().filter(now::isBefore).isPresent();
        tags++;
        entries.put(tags, new Kept(tags, message, waits ? Custody.TIMER : Custody.READY, now));
        group(message);
        wake();
    }

    private void group(Message message) {
        try {
            var headers = Json.read(message.headers().getBytes(StandardCharsets.UTF_8));
            if (headers.path("group").isString() && headers.path("group_index").isInt()) {
                place(
                        headers.get("group").stringValue(),
                        headers.get("group_index").intValue(),
                        message.execution().taskId());
            }
        } catch (JacksonException e) {
            return; // what can't be read belongs to no group; a worker parks it
        }
    }

    private void place(String group, int index, String taskId) {
        groups.computeIfAbsent(group, _ -> new TreeMap<>()).putIfAbsent(index, taskId);
    }

    /// What a member's end leads to, if it closes its join: the last good one, or the first bad one.
    private Optional<Plan> close(Join.End end) {
        var open = joins.get(end.joinId());
        if (open == null || open.ends().putIfAbsent(end.index(), end) != null) {
            return Optional.empty();
        }
        var complete = open.ends().size() == open.join().members().size();
        if (end.succeeded() && !complete) {
            return Optional.empty();
        }
        joins.remove(end.joinId());
        joinsClosed.put(end.joinId(), new Closed(open.join(), now()));
        return Optional.of(following(open.join(), List.copyOf(open.ends().values())));
    }

    /// A body that can't be sent, perhaps because all results together are too long, fails, and says so.
    private Plan following(Join join, List<Join.End> ends) {
        try {
            return planner.close(join, ends);
        } catch (RuntimeException e) {
            var first = ends.getFirst();
            return planner.close(
                    join,
                    List.of(new Join.End(join.id(), first.index(), first.taskId(), false, Failures.encode(e), "")));
        }
    }

    /// Joins with a member that is missing while nothing that mentions the join can still run.
    List<Join> stalled() {
        return joins.values().stream()
                .filter(this::isStalled)
                .map(open -> open.join())
                .toList();
    }

    private boolean isStalled(Open open) {
        var id = open.join().id();
        var running = entries.values().stream()
                .filter(entry -> entry.custody() != Custody.DEAD && entry.custody() != Custody.QUARANTINED)
                .anyMatch(entry -> entry.message.headers().contains(id)
                        || new String(entry.message.expanded(), StandardCharsets.UTF_8).contains(id));
        return !running
                && joins.values().stream()
                        .noneMatch(other -> other != open && other.join().body().contains(id));
    }

    void closeStalled(String joinId, String reason) {
        var open = joins.get(joinId);
        if (open == null || !isStalled(open)) {
            return;
        }
        var missing = new ArrayList<Join.End>();
        for (int i = 0; i < open.join().members().size(); i++) {
            if (!open.ends().containsKey(i)) {
                missing.add(new Join.End(
                        joinId,
                        i,
                        open.join().members().get(i),
                        false,
                        Failures.encode("celery.exceptions", "ChordError", reason),
                        "",
                        ""));
            }
        }
        write(new Plan(List.of(), List.of(), missing, List.of()));
    }

    /// A task that is released is pending again.
    void forgetFailure(String taskId) {
        var meta = results.get(taskId);
        if (meta != null && (meta.state() == TaskState.FAILURE || meta.state() == TaskState.PARKED)) {
            results.remove(taskId);
        }
    }

    void record(ResultMeta meta) {
        var before = results.get(meta.taskId());
        if (before == null || before.state() != TaskState.SUCCESS) {
            results.put(meta.taskId(), meta);
            ended.signalAll();
        }
    }

    /// @throws LeaseLost unless the incarnation is registered and was not declared dead
    void alive(Lease lease, String what) {
        if (!workers.containsKey(lease.incarnation())) {
            throw new LeaseLost(what);
        }
    }

    void settle(Lease lease, Transition transition) {
        var delivery = transition.delivery();
        var entry = entries.get(delivery.tag());
        if (entry == null || entry.epoch() != delivery.epoch() || !entry.isLeasedBy(lease.incarnation())) {
            throw new LeaseLost("The outcome of " + delivery.message().execution());
        }
        var now = now();
        transition.results().forEach(this::record);
        if (transition.crash().isPresent()) {
            entry.crash(transition.crash().get(), now);
            wake();
        } else if (transition.to().isPresent()) {
            entry.move(transition.to().get(), transition.reason(), now);
            transition.due().ifPresent(entry::putOff);
            wake();
        } else {
            end(entry, now);
        }
        var id = delivery.message().execution().taskId();
        if (transition.happened().isPresent()) {
            happen(id, transition.happened().get());
        }
        write(transition.send());
    }

    void happen(String taskId, Happening one) {
        histories.computeIfAbsent(taskId, _ -> new ArrayList<>()).add(one);
    }

    List<Happening> history(String taskId) {
        return List.copyOf(histories.getOrDefault(taskId, List.of()));
    }

    void keep(List<LogLine> lines) {
        lines.forEach(line ->
                logs.computeIfAbsent(line.taskId(), _ -> new ArrayList<>()).add(line));
    }

    Store.Log log(Set<String> taskIds, int max) {
        var all = taskIds.stream()
                .flatMap(id -> logs.getOrDefault(id, List.of()).stream())
                .sorted(Comparator.comparing(LogLine::at))
                .toList();
        var earlier = Math.max(0, all.size() - max);
        return new Store.Log(all.subList(earlier, all.size()), earlier);
    }

    Set<String> tasksOf(Set<String> rootIds) {
        var tasks = logs.values().stream()
                .flatMap(List::stream)
                .filter(line -> rootIds.contains(line.rootId()))
                .map(LogLine::taskId)
                .collect(Collectors.toCollection(HashSet::new));
        Stream.concat(
                        joins.values().stream().map(Open::join),
                        joinsClosed.values().stream().map(Closed::join))
                .filter(join -> rootIds.contains(join.rootId()))
                .forEach(join -> tasks.addAll(join.tasks()));
        return tasks;
    }

    private void end(Kept entry, Instant now) {
        entries.remove(entry.tag);
        known.put(entry.message.execution(), new Known(Optional.of(now)));
    }

    /// Ends an entry that nobody will run, and keeps it with its bytes.
    void dispose(Kept entry, String reason, String by) {
        var now = now();
        var message = entry.message;
        var id = message.execution().taskId();
        happen(id, new Happening(now, message.execution().retries(), "disposed", reason, "", by));
        disposals.add(new Disposal(held(entry), reason, by, now));
        end(entry, now);
        var before = results.get(id);
        if (before == null || !before.state().ready()) {
            revoke(message, "disposed of: " + reason, now);
        }
    }

    /// What waits for it hears of it: its result, the rest of its chain, its join.
    private void revoke(Message message, String why, Instant now) {
        var failure = Failures.encode("celery.exceptions", "TaskRevokedError", why);
        Optional<Request> request;
        try {
            request = Optional.of(Request.read(message));
        } catch (Unreadable e) {
            request = Optional.empty();
        }
        record(new ResultMeta(
                message.execution().taskId(),
                message.task(),
                TaskState.REVOKED,
                failure,
                Optional.empty(),
                Optional.of(now),
                Json.array(),
                request.flatMap(Request::group),
                request.flatMap(Request::parentId),
                message.execution().retries(),
                Optional.empty()));
        request.ifPresent(known -> write(planner.afterRevoke(known, failure)));
    }

    List<Disposal> disposals() {
        return List.copyOf(disposals);
    }

    Held held(Kept entry) {
        return entry.held(history(entry.message.execution().taskId()));
    }

    Optional<ResultMeta> result(String taskId) {
        return Optional.ofNullable(results.get(taskId));
    }

    List<ResultMeta> group(String groupId) {
        return groups.getOrDefault(groupId, new TreeMap<>()).values().stream()
                .filter(results::containsKey)
                .map(results::get)
                .toList();
    }

    void revoke(String taskId, boolean terminate) {
        revokes.merge(
                taskId,
                new Revoke(terminate, now()),
                (old, given) -> new Revoke(old.terminate() || given.terminate(), given.at()));
    }

    List<String> revokes(int max) {
        return revokes.entrySet().stream()
                .sorted(Map.Entry.comparingByValue(
                        Comparator.comparing(Revoke::at).reversed()))
                .limit(max)
                .map(Map.Entry::getKey)
                .toList();
    }

    Map<String, Boolean> revoked(Set<String> taskIds) {
        var found = new HashMap<String, Boolean>();
        for (var id : taskIds) {
            var revoke = revokes.get(id);
            if (revoke != null) {
                found.put(id, revoke.terminate());
            }
        }
        return found;
    }

    Optional<Instant> admit(String task, ExecutionKey execution, Duration step) {
        return lines.computeIfAbsent(task, _ -> new MemoryLine()).admit(execution, step, now());
    }

    Set<String> payloads() {
        var named = new HashSet<String>();
        Stream.concat(
                        entries.values().stream().map(entry -> entry.message),
                        disposals.stream().map(one -> one.held().message()))
                .forEach(message -> named.addAll(ByReference.named(message)));
        joins.values()
                .forEach(open -> named.addAll(ByReference.named(open.join().body())));
        return named;
    }

    int forget(Duration keep) {
        var before = now().minus(keep);
        var sizes = results.size() + known.size();
        var live = new HashSet<String>();
        entries.values().forEach(entry -> live.add(entry.message.execution().taskId()));
        joins.values().forEach(open -> live.addAll(open.join().members()));
        results.values()
                .removeIf(meta -> !live.contains(meta.taskId())
                        && meta.dateDone().filter(before::isAfter).isPresent());
        known.entrySet()
                .removeIf(one -> !live.contains(one.getKey().taskId())
                        && one.getValue().ended().filter(before::isAfter).isPresent());
        live.addAll(results.keySet());
        known.keySet().forEach(key -> live.add(key.taskId()));
        histories.keySet().retainAll(live);
        logs.keySet().retainAll(live);
        joinsClosed
                .entrySet()
                .removeIf(one -> before.isAfter(one.getValue().at()) && groups.remove(one.getKey()) != null);
        revokes.values().removeIf(revoke -> before.isAfter(revoke.at()));
        return sizes - results.size() - known.size();
    }

    /// Waits on the lock that the caller does not hold yet.
    void awaitWork(long mark, Duration wait) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            var left = wait.toNanos();
            promote();
            while (version == mark && left > 0) {
                var now = now();
                var due = entries.values().stream()
                        .filter(entry -> entry.custody() == Custody.TIMER)
                        .map(entry -> entry.waitsUntil().orElse(now))
                        .min(Instant::compareTo)
                        .map(at -> Math.max(1_000_000, Duration.between(now, at).toNanos()))
                        .orElse(Long.MAX_VALUE);
                var slice = Math.min(left, due);
                left -= slice - work.awaitNanos(slice);
                promote();
            }
        } finally {
            lock.unlock();
        }
    }

    Optional<ResultMeta> awaitResult(String taskId, Duration wait) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            var left = wait.toNanos();
            while (true) {
                var meta = result(taskId);
                if (meta.isPresent() && meta.get().state().ready()) {
                    return meta;
                }
                if (left <= 0) {
                    return Optional.empty();
                }
                left = ended.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }
}
