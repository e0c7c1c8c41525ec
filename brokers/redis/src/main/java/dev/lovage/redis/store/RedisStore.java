package dev.lovage.redis.store;

import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.broker.Lease;
import dev.lovage.engine.broker.LeaseLost;
import dev.lovage.engine.canvas.Join;
import dev.lovage.engine.canvas.NeverRun;
import dev.lovage.engine.canvas.Planner;
import dev.lovage.engine.log.LogLine;
import dev.lovage.engine.message.ExecutionKey;
import dev.lovage.engine.result.Failures;
import dev.lovage.engine.result.ResultMeta;
import dev.lovage.engine.store.Happening;
import dev.lovage.engine.store.Held;
import dev.lovage.engine.store.Store;
import dev.lovage.engine.store.Transition;
import dev.lovage.engine.store.WorkerState;
import dev.lovage.engine.tx.Tx;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.commands.ProtocolCommand;
import tools.jackson.databind.JsonNode;

/// Executions, timers, held entries, revokes, workers and joins in Redis.
///
/// Invariants:
/// 1. An entry under claim changes only after its incarnation and epoch were compared, in the same step.
/// 2. Ending an entry ends its execution in the same step: there is an entry as long as it is open.
/// 3. A step whose answer was lost may be taken again: the epoch keeps it from happening twice.
final class RedisStore implements Store {
    private static final Set<String> FOR_A_PERSON = Set.of("PARKED", "QUARANTINED", "DEAD");
    private static final int AT_ONCE = 500;

    /// What [#forget] looks into, in this order; the first two are counted.
    private static final List<String> FORGOTTEN = List.of("results", "ended", "traces", "closed", "revokes", "rates");

    private final Redis redis;
    private final Planner planner;
    private final Steps steps;
    private final Plans plans;
    private final Entries entries;
    private final Workers workers;

    RedisStore(Redis redis, Planner planner, Steps steps, Plans plans, Entries entries) {
        this.redis = redis;
        this.planner = planner;
        this.steps = steps;
        this.plans = plans;
        this.entries = entries;
        this.workers = new Workers(redis, steps);
    }

    @Override
    public boolean transactional() {
        return false;
    }

    @Override
    public void settle(Lease lease, Transition transition) {
        var delivery = transition.delivery();
        var key = delivery.message().execution();
        var tag = String.valueOf(delivery.tag());
        try {
            steps.run(writing -> {
                writing.check("leased", tag, lease.incarnation(), String.valueOf(delivery.epoch()));
                for (var result : transition.results()) {
                    plans.record(writing, result, Optional.of(delivery.message()));
                }
                transition.happened().ifPresent(happened -> writing.happen(key.taskId(), happened));
                if (transition.to().isPresent()) {
                    writing.write(
                            "move",
                            tag,
                            transition.to().get().name(),
                            StoredEntry.optional(transition.reason()),
                            Micros.of(transition.due()),
                            StoredEntry.optional(transition.crash()));
                } else {
                    writing.write("finish", tag, endedAs(transition));
                }
                plans.follow(writing, transition.send());
                return tag;
            });
        } catch (Steps.Refused e) {
            throw new LeaseLost("Settling " + delivery.message().task() + "[" + key + "] under epoch "
                    + delivery.epoch() + " by " + lease.worker());
        }
    }

    private static String endedAs(Transition transition) {
        return transition.results().isEmpty()
                ? transition.happened().map(Happening::what).orElse("ended")
                : transition.results().getLast().state().name();
    }

    @Override
    public void settle(Lease lease, Transition transition, Effects effects) {
        throw Steps.noSql();
    }

    @Override
    public void state(Lease lease, long tag, String state, JsonNode value) {
        var entry = entries.find(tag);
        if (entry.isEmpty()) {
            return;
        }
        var message = entry.get().message();
        var key = message.execution();
        try {
            steps.run(writing -> {
                writing.check("leased", String.valueOf(tag), lease.incarnation(), "");
                plans.record(
                        writing,
                        ResultMeta.running(key.taskId(), message.task(), key.retries(), lease.worker(), state, value),
                        Optional.of(message));
                return tag;
            });
        } catch (Steps.Refused e) {
            return; // it has passed to another
        }
    }

    @Override
    public Instant now() {
        return redis.now();
    }

    @Override
    public void register(Lease lease, WorkerState state) {
        workers.register(lease, state);
    }

    @Override
    public void beat(Lease lease, int running) {
        workers.beat(lease, running);
    }

    @Override
    public List<WorkerState> workers() {
        return workers.all();
    }

    @Override
    public int bury(String incarnation, long beats, String evidence) {
        return workers.bury(incarnation, beats, evidence);
    }

    @Override
    public void leave(Lease lease) {
        workers.leave(lease);
    }

    @Override
    public List<Held> held(Set<Custody> custodies, int max) {
        var wanted = new HashSet<String>();
        custodies.forEach(custody -> wanted.add(custody.name()));
        if (custodies.contains(Custody.READY)) {
            wanted.add("SENT");
        }
        return wanted.isEmpty()
                ? List.of()
                : entries.read(entries.tags("", 0, Long.MAX_VALUE, max, wanted)).stream()
                        .filter(entry -> wanted.contains(entry.at().custody()))
                        .map(StoredEntry::held)
                        .toList();
    }

    @Override
    public Optional<Held> find(long tag) {
        return entries.find(tag).map(StoredEntry::held);
    }

    @Override
    public List<Held> findTask(String taskId) {
        return entries.read(entries.tagsOf(taskId)).stream()
                .map(StoredEntry::held)
                .toList();
    }

    @Override
    public boolean release(long tag, String reason, String by) {
        return steps.run(writing -> {
            var entry = waitsForAPerson(tag);
            entry.ifPresent(one -> {
                var key = one.message().execution();
                writing.unchanged(one)
                        .write("release", String.valueOf(tag), "+" + reason)
                        .happen(key.taskId(), new Happening(redis.now(), key.retries(), "released", reason, "", by));
            });
            return entry.isPresent();
        });
    }

    private Optional<StoredEntry> waitsForAPerson(long tag) {
        return entries.find(tag)
                .filter(entry -> FOR_A_PERSON.contains(entry.at().custody()));
    }

    @Override
    public boolean dispose(Tx tx, long tag, String reason, String by) {
        var entry = waitsForAPerson(tag);
        entry.ifPresent(one -> end(Steps.Together.writing(tx), one, "disposed", reason, by));
        return entry.isPresent();
    }

    /// Ends an entry because a person said so. Bytes and history are kept, with the reason.
    ///
    /// What still waited ends as REVOKED: results say so, the rest of its chain fails, chords hear of it. What
    /// had failed before stays as it failed.
    void end(Writing writing, StoredEntry entry, String what, String reason, String by) {
        var key = entry.message().execution();
        var now = redis.now();
        writing.unchanged(entry)
                .happen(key.taskId(), new Happening(now, key.retries(), what, reason, "", by))
                .write("dispose", String.valueOf(entry.tag()), what, reason, by);
        var state = redis.use(connection -> {
            connection.sendCommand(Command.HGET, redis.key("result:" + key.taskId()), "state");
            return Optional.ofNullable(connection.getBulkReply()).orElse("");
        });
        writing.check("result", key.taskId(), state);
        if (!Set.of("SUCCESS", "FAILURE", "REVOKED").contains(state)) {
            var ended = NeverRun.revoked(planner, entry.message(), what + ": " + reason, now);
            plans.record(writing, ended.result(), Optional.of(entry.message()));
            plans.write(writing, ended.follows());
        }
    }

    @Override
    public List<Happening> history(String taskId) {
        return texts(Command.LRANGE, "history:" + taskId, "0", "-1").stream()
                .map(StoredEntry::happening)
                .toList();
    }

    private List<String> texts(ProtocolCommand command, String key, String... arguments) {
        var all = new ArrayList<String>(List.of(redis.key(key)));
        all.addAll(List.of(arguments));
        return redis.use(connection -> {
            connection.sendCommand(command, all.toArray(String[]::new));
            return Redis.texts(connection.getBinaryMultiBulkReply());
        });
    }

    /// What may have been written is not written again: a line is missing rather than there twice.
    @Override
    public void keep(List<LogLine> lines) {
        var writing = new Writing(redis);
        lines.forEach(line -> writing.write("log", line.taskId(), line.rootId(), Lines.text(line)));
        try {
            redis.run(StoreScript.ACCEPT, writing.arguments());
        } catch (AnswerLost e) {
            throw new IllegalStateException("It is not known whether " + lines.size() + " lines were kept.", e);
        }
    }

    @Override
    public Log log(Set<String> taskIds, int max) {
        return Lines.newest(redis, taskIds, max);
    }

    @Override
    public Set<String> tasksOf(Set<String> rootIds) {
        var tasks = new HashSet<String>();
        for (var root : rootIds) {
            tasks.addAll(texts(Command.SMEMBERS, "root:" + root));
            for (var join : texts(Command.SMEMBERS, "rootjoins:" + root)) {
                Joins.find(redis, join).ifPresent(found -> tasks.addAll(found.tasks()));
            }
        }
        return tasks;
    }

    @Override
    public void revoke(Collection<String> taskIds, boolean terminate) {
        var writing = new Writing(redis);
        taskIds.forEach(id -> writing.write("revoke", id, terminate ? "1" : "0"));
        redis.change(StoreScript.APPLY, writing.arguments());
    }

    @Override
    public Map<String, Boolean> revoked(Set<String> taskIds) {
        if (taskIds.isEmpty()) {
            return Map.of();
        }
        var ids = List.copyOf(taskIds);
        var revoked = new HashMap<String, Boolean>();
        redis.use(connection -> {
            for (var id : ids) {
                connection.sendCommand(Command.ZSCORE, redis.key("revokes"), id);
                connection.sendCommand(Command.SISMEMBER, redis.key("terminate"), id);
            }
            var answers = connection.getMany(2 * ids.size());
            for (int i = 0; i < ids.size(); i++) {
                if (answers.get(2 * i) instanceof byte[]) {
                    revoked.put(ids.get(i), Long.valueOf(1).equals(answers.get(2 * i + 1)));
                }
            }
            return revoked;
        });
        return revoked;
    }

    @Override
    public List<String> revokes(int max) {
        return texts(Command.ZREVRANGE, "revokes", "0", String.valueOf(max - 1));
    }

    @Override
    public Optional<Instant> admit(String task, ExecutionKey execution, Duration step) {
        return steps.run(writing -> RedisLine.admit(redis, writing, task, execution, step));
    }

    @Override
    public List<Join> stalled(int max) {
        return texts(Command.SRANDMEMBER, "stalled", String.valueOf(max)).stream()
                .flatMap(id -> Joins.find(redis, id).stream())
                .toList();
    }

    @Override
    public void closeStalled(String joinId, String reason) {
        try {
            steps.run(writing -> {
                plans.closeStalled(writing, joinId, Failures.encode("celery.exceptions", "ChordError", reason));
                return joinId;
            });
        } catch (Steps.Refused e) {
            return; // it is not stalled any more
        }
    }

    @Override
    public List<Store.Entry> inventory() {
        return entries.inventory();
    }

    @Override
    public Set<String> payloads() {
        return Set.copyOf(texts(Command.HKEYS, "payloads"));
    }

    @Override
    public int forget(Duration keep) {
        var before = Micros.of(redis.now().minus(keep));
        var all = 0;
        for (var what : FORGOTTEN) {
            var forgotten = forget(what, before);
            all += FORGOTTEN.indexOf(what) < 2 ? forgotten : 0;
        }
        return all;
    }

    /// Some at a time, so that nobody waits for long.
    private int forget(String what, String before) {
        var all = 0;
        var stay = 0L;
        while (true) {
            var told = Redis.list(redis.change(
                    StoreScript.FORGET, List.of(what, before, String.valueOf(stay), String.valueOf(AT_ONCE))));
            all += Math.toIntExact((Long) told.get(2));
            stay += (Long) told.get(1);
            if ((Long) told.getFirst() < AT_ONCE) {
                return all;
            }
        }
    }
}
