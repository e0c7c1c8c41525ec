package dev.lovage.redis.store;

import dev.lovage.engine.broker.Broker;
import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.broker.Delivery;
import dev.lovage.engine.broker.Export;
import dev.lovage.engine.broker.Lease;
import dev.lovage.engine.broker.QueueState;
import dev.lovage.engine.broker.SendUnknown;
import dev.lovage.engine.canvas.Plan;
import dev.lovage.engine.tx.Tx;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import redis.clients.jedis.Protocol.Command;

/// The queues of the store, whose messages leave for the broker beside it and are claimed there.
final class StoreBroker implements Broker {
    private static final List<Custody> COUNTED = List.of(Custody.values());
    private static final Set<String> WAITING = Set.of("READY", "TIMER");
    private static final int PURGED_AT_ONCE = 200;

    private final Redis redis;
    private final Steps steps;
    private final Plans plans;
    private final Entries entries;
    private final RedisStore store;

    StoreBroker(Redis redis, Steps steps, Plans plans, Entries entries, RedisStore store) {
        this.redis = redis;
        this.steps = steps;
        this.plans = plans;
        this.entries = entries;
        this.store = store;
    }

    @Override
    public void publish(Plan plan) {
        redis.measure();
        try {
            steps.run(writing -> {
                plans.write(writing, plan);
                return plan;
            });
        } catch (AnswerLost e) {
            throw new SendUnknown("what was sent", e);
        }
    }

    @Override
    public void publish(Tx tx, Plan plan) {
        plans.write(Steps.Together.writing(tx), plan);
    }

    @Override
    public List<Delivery> claim(Lease lease, Set<String> queues, Set<String> earlyTasks, int max) {
        throw new UnsupportedOperationException("What the store in Redis has ready is handed to a broker, and claimed"
                + " there. Nothing was claimed.");
    }

    @Override
    public long mark() {
        return redis.changes();
    }

    /// Other processes' changes are not noticed: what they write, they hand over themselves.
    @Override
    public void awaitWork(long mark, Duration wait) throws InterruptedException {
        var untilDue = next().map(due -> Duration.between(redis.now(), due)).orElse(wait);
        if (untilDue.isPositive()) {
            redis.awaitChange(mark, untilDue.compareTo(wait) < 0 ? untilDue : wait);
        }
    }

    private Optional<Instant> next() {
        return redis.use(connection -> {
            connection.sendCommand(Command.ZRANGE, redis.key("timers"), "0", "0", "WITHSCORES");
            var first = Redis.texts(connection.getBinaryMultiBulkReply());
            return first.isEmpty() ? Optional.empty() : Optional.of(Micros.instant(first.get(1)));
        });
    }

    @Override
    public Map<String, QueueState> queues() {
        var states = new HashMap<String, QueueState>();
        var told = Redis.list(redis.run(
                StoreScript.QUEUES, COUNTED.stream().map(Custody::name).toList()));
        for (var one : told) {
            var values = Redis.list(one);
            var counts = new EnumMap<Custody, Long>(Custody.class);
            for (int i = 0; i < COUNTED.size(); i++) {
                if (values.get(3 + i) instanceof Long count && count > 0) {
                    counts.put(COUNTED.get(i), count);
                }
            }
            var queue = Redis.text(values.getFirst());
            var paused = Redis.text(values.get(1)).equals("1");
            if (paused || !counts.isEmpty()) {
                states.put(queue, new QueueState(queue, counts, Micros.read(Redis.text(values.get(2))), paused));
            }
        }
        return states;
    }

    @Override
    public void pause(Set<String> queues) {
        steps.run(writing -> each(writing, "pause", queues));
    }

    @Override
    public void resume(Set<String> queues) {
        steps.run(writing -> each(writing, "resume", queues));
    }

    @Override
    public void pause(Tx tx, Set<String> queues) {
        each(Steps.Together.writing(tx), "pause", queues);
    }

    @Override
    public void resume(Tx tx, Set<String> queues) {
        each(Steps.Together.writing(tx), "resume", queues);
    }

    private static Collection<String> each(Writing writing, String operation, Set<String> queues) {
        queues.forEach(queue -> writing.write(operation, queue));
        return queues;
    }

    /// In several steps; the copies are made between them. What the purge itself sends, such as errbacks,
    /// stays.
    @Override
    public int purge(String queue, String reason, String by, Export export) {
        var newest = redis.use(connection -> {
            connection.sendCommand(Command.GET, redis.key("tags"));
            return Optional.ofNullable(connection.getBulkReply())
                    .map(Long::valueOf)
                    .orElse(0L);
        });
        var all = 0;
        long last = 0;
        while (true) {
            var some = entries.tags(queue, last, newest, PURGED_AT_ONCE, WAITING);
            if (some.isEmpty()) {
                return all;
            }
            export.keep(some);
            all += steps.run(writing -> {
                var still = entries.read(some).stream()
                        .filter(entry -> WAITING.contains(entry.at().custody()))
                        .toList();
                still.forEach(entry -> store.end(writing, entry, "purged", reason, by));
                return still.size();
            });
            last = some.getLast();
        }
    }
}
