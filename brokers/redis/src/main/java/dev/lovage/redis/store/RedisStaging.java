package dev.lovage.redis.store;

import dev.lovage.engine.broker.Delivery;
import dev.lovage.engine.broker.Lease;
import dev.lovage.engine.broker.LeaseLost;
import dev.lovage.engine.canvas.NeverRun;
import dev.lovage.engine.canvas.Planner;
import dev.lovage.engine.message.Message;
import dev.lovage.engine.store.Happening;
import dev.lovage.engine.transport.Noted;
import dev.lovage.engine.transport.Staging;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import redis.clients.jedis.Protocol.Command;

/// The store in the service of the broker that moves its messages. An entry that waits there is SENT.
///
/// An entry on its way has a mark, another one each time that it is handed out. Whoever writes what became of
/// it compares the mark: an entry that was elsewhere meanwhile has lost it.
final class RedisStaging implements Staging {
    private static final SecureRandom MARKS = new SecureRandom();
    private static final int LOOKED_AT_ONCE = 500;

    private final Redis redis;
    private final Planner planner;
    private final Steps steps;
    private final Plans plans;
    private final Entries entries;
    private final LongAway messagesAway;
    private final LongAway notesAway;

    /// Claims whose answer was lost: nobody knows what they took, so it is given back.
    private final Queue<Call> unanswered = new ConcurrentLinkedQueue<>();

    private volatile long notesMark;

    private record Call(String incarnation, String id) {}

    RedisStaging(Redis redis, Planner planner, Steps steps, Plans plans, Entries entries) {
        this.redis = redis;
        this.planner = planner;
        this.steps = steps;
        this.plans = plans;
        this.entries = entries;
        this.messagesAway = new LongAway(redis, "handed");
        this.notesAway = new LongAway(redis, "told");
    }

    @Override
    public List<Taken> take(Lease lease, List<Arrived> arrived, Set<String> earlyTasks) {
        var arguments = new ArrayList<Object>();
        for (var one : arrived) {
            arguments.add(one.tag());
            arguments.add(earlyTasks.contains(one.message().task()) ? "1" : "0");
            arguments.addAll(StoredEntry.arguments(one.message()));
        }
        if (arrived.isEmpty()) {
            if (!workerIsKnown(lease)) {
                throw new LeaseLost("The claim of " + lease.worker());
            }
            return List.of();
        }
        var answers = Redis.list(claim(StoreScript.TAKE, lease, arguments));
        if (answers.isEmpty()) {
            throw new LeaseLost("The claim of " + lease.worker());
        }
        var taken = new ArrayList<Taken>();
        for (int i = 0; i < arrived.size(); i++) {
            var told = Redis.list(answers.get(i));
            var one = arrived.get(i);
            if (told.isEmpty()) {
                taken.add(new Taken.Kept());
            } else {
                var isNew = Redis.text(told.getFirst()).equals("1");
                taken.add(new Taken.Claimed(
                        StoredEntry.of(told.get(1)).delivery(one.redelivered() && isNew),
                        earlyTasks.contains(one.message().task())));
            }
        }
        return taken;
    }

    private boolean workerIsKnown(Lease lease) {
        return redis.use(connection -> {
            connection.sendCommand(Command.HMGET, redis.key("worker:" + lease.incarnation()), "name", "dead");
            var values = connection.getBinaryMultiBulkReply();
            return values.getFirst() != null && values.get(1) == null;
        });
    }

    private Object claim(StoreScript script, Lease lease, List<?> arguments) {
        giveBackUnanswered();
        var call = new Call(lease.incarnation(), UUID.randomUUID().toString());
        var all = new ArrayList<Object>(List.of(call.incarnation(), call.id()));
        all.addAll(arguments);
        try {
            return redis.change(script, all);
        } catch (AnswerLost e) {
            unanswered.add(call);
            throw e;
        }
    }

    private void giveBackUnanswered() {
        for (var call = unanswered.peek(); call != null; call = unanswered.peek()) {
            redis.change(StoreScript.UNANSWERED, List.of(call.incarnation(), call.id()));
            unanswered.remove(call);
        }
    }

    @Override
    public List<Delivery> lost(Lease lease, Set<String> queues, int max) {
        if (queues.isEmpty() || !anyLost(queues)) {
            return List.of();
        }
        var arguments = new ArrayList<Object>(List.of(String.valueOf(max)));
        arguments.addAll(queues);
        var answers = claim(StoreScript.LOST, lease, arguments);
        if (Redis.isNothing(answers) && !workerIsKnown(lease)) {
            throw new LeaseLost("The claim of " + lease.worker());
        }
        return Redis.list(answers).stream()
                .map(one -> StoredEntry.of(one).delivery(false))
                .toList();
    }

    private boolean anyLost(Set<String> queues) {
        return redis.use(connection -> {
            connection.sendCommand(
                    Command.EXISTS,
                    queues.stream().map(queue -> redis.key("lost:" + queue)).toArray(String[]::new));
            return connection.getIntegerReply() > 0;
        });
    }

    @Override
    public Set<Long> keep(Lease lease, List<Long> tags) {
        var arguments = new ArrayList<Object>(List.of(lease.incarnation()));
        tags.forEach(tag -> arguments.add(String.valueOf(tag)));
        var kept = new HashSet<Long>();
        Redis.texts(redis.run(StoreScript.KEEP, arguments)).forEach(tag -> kept.add(Long.valueOf(tag)));
        return kept;
    }

    @Override
    public void absorb(List<Message> arrived) {
        var arguments = new ArrayList<Object>();
        arrived.forEach(message -> arguments.addAll(StoredEntry.arguments(message)));
        redis.change(StoreScript.ABSORB, arguments);
    }

    @Override
    public Outgoing outgoing(Wanted wanted) {
        giveBackUnanswered();
        var mark = MARKS.nextLong();
        var lost = messagesAway.lost();
        var arguments = new ArrayList<Object>(List.of(
                String.valueOf(mark),
                String.valueOf(wanted.max()),
                String.valueOf(wanted.bytesMax()),
                String.valueOf(lost.size() / 2)));
        arguments.addAll(lost);
        arguments.addAll(wanted.except());
        var answer = Redis.list(redis.run(StoreScript.OUTGOING, arguments));
        return new Outgoing(
                Redis.list(answer.getFirst()).stream()
                        .map(StoredEntry::of)
                        .map(entry -> new Ready(entry.tag(), mark, entry.message()))
                        .toList(),
                Redis.list(answer.get(1)).stream()
                        .map(Redis::texts)
                        .map(pair -> new Orphan(Long.parseLong(pair.getFirst()), mark, pair.get(1)))
                        .toList());
    }

    @Override
    public void sent(List<Ready> messages) {
        handed("sent", messages);
    }

    @Override
    public void notSent(List<Ready> messages) {
        handed("left", messages);
        redis.announce();
    }

    @Override
    public void notDue(List<Ready> messages) {
        var now = redis.now();
        var arguments = new ArrayList<Object>(List.of("early"));
        for (var one : messages) {
            arguments.add(String.valueOf(one.tag()));
            arguments.add(String.valueOf(one.mark()));
            arguments.add(Micros.of(one.message().due().orElse(now)));
        }
        redis.run(StoreScript.HANDED, arguments);
    }

    private void handed(String what, List<Ready> messages) {
        var arguments = new ArrayList<Object>(List.of(what));
        for (var one : messages) {
            arguments.add(String.valueOf(one.tag()));
            arguments.add(String.valueOf(one.mark()));
        }
        redis.run(StoreScript.HANDED, arguments);
    }

    @Override
    public void refused(Ready message, String reason) {
        steps.run(writing -> {
            var found = entries.find(message.tag())
                    .filter(entry -> entry.at().custody().equals("READY")
                            && entry.at().handed().equals(String.valueOf(message.mark())));
            if (found.isPresent()) {
                var key = found.get().message().execution();
                var now = redis.now();
                writing.unchanged(found.get())
                        .write("move", String.valueOf(message.tag()), "DEAD", "+" + reason, "", "")
                        .happen(key.taskId(), new Happening(now, key.retries(), "unroutable", reason, "", "relay"));
                var ended = NeverRun.unroutable(planner, message.message(), reason, now);
                plans.record(writing, ended.result(), Optional.of(message.message()));
                plans.write(writing, ended.follows());
            }
            return found;
        });
    }

    @Override
    public void notRecovered(List<Orphan> orphans) {
        var arguments = new ArrayList<Object>(List.of("orphaned"));
        for (var one : orphans) {
            arguments.add(String.valueOf(one.tag()));
            arguments.add(String.valueOf(one.mark()));
        }
        redis.run(StoreScript.HANDED, arguments);
    }

    @Override
    public List<Note> untold(int max, long bytesMax) {
        var mark = MARKS.nextLong();
        notesMark = mark;
        var arguments =
                new ArrayList<Object>(List.of(String.valueOf(mark), String.valueOf(max), String.valueOf(bytesMax)));
        arguments.addAll(notesAway.lost());
        return Redis.list(redis.run(StoreScript.UNTOLD, arguments)).stream()
                .map(Redis::texts)
                .map(one -> new Noted(one.get(1), "", one.get(2)).note(Long.parseLong(one.getFirst())))
                .toList();
    }

    @Override
    public void done(List<Long> notes) {
        told("", notes);
    }

    @Override
    public void notTold(List<Long> notes) {
        told(String.valueOf(notesMark), notes);
    }

    private void told(String mark, List<Long> notes) {
        var arguments = new ArrayList<Object>(List.of(mark));
        notes.forEach(id -> arguments.add(String.valueOf(id)));
        redis.change(StoreScript.TOLD, arguments); // messages may wait for the beginning of their join
    }

    /// What waits at the broker for its time counts from that time on.
    @Override
    public int forgetSent(Duration keep, Set<String> except) {
        var time = redis.now().minus(keep);
        var all = 0;
        var stay = 0L;
        while (true) {
            var arguments = new ArrayList<Object>(
                    List.of(Micros.of(time), String.valueOf(stay), String.valueOf(LOOKED_AT_ONCE)));
            arguments.addAll(except);
            var told = Redis.list(redis.run(StoreScript.SENT_LONG, arguments));
            var looked = (Long) told.getFirst();
            var forgotten = new ArrayList<Object>();
            var found = Redis.list(told.get(1));
            for (var one : found) {
                var texts = Redis.texts(one);
                var due = Message.received(texts.get(2), texts.get(3), texts.get(4), new byte[0])
                        .eta()
                        .filter(time::isBefore);
                forgotten.add(texts.getFirst());
                forgotten.add(texts.get(1));
                forgotten.add(Micros.of(due));
                all += due.isPresent() ? 0 : 1;
            }
            redis.run(StoreScript.FORGET_SENT, forgotten);
            stay += looked - found.size();
            if (looked < LOOKED_AT_ONCE) {
                return all;
            }
        }
    }

    @Override
    public Optional<Instant> oldestSent(String queue, long lying) {
        return Micros.read(Redis.text(redis.run(StoreScript.SENT, List.of(queue, String.valueOf(lying)))));
    }

    @Override
    public Set<String> sentTo() {
        var queues = names("queues");
        return redis.use(connection -> {
            queues.forEach(queue -> connection.sendCommand(Command.EXISTS, redis.key("in:SENT:" + queue)));
            var answers = connection.getMany(queues.size());
            var sentTo = new HashSet<String>();
            for (int i = 0; i < queues.size(); i++) {
                if (Long.valueOf(1).equals(answers.get(i))) {
                    sentTo.add(queues.get(i));
                }
            }
            return sentTo;
        });
    }

    @Override
    public boolean onTheirWay(String queue) {
        return redis.use(connection -> {
            connection.sendCommand(Command.HEXISTS, redis.key("underway"), queue);
            return connection.getIntegerReply() == 1;
        });
    }

    @Override
    public Set<String> paused() {
        return Set.copyOf(names("paused"));
    }

    private List<String> names(String set) {
        return redis.use(connection -> {
            connection.sendCommand(Command.SMEMBERS, redis.key(set));
            return Redis.texts(connection.getBinaryMultiBulkReply());
        });
    }
}
