package dev.lovage.redis.store;

import dev.lovage.engine.broker.Busy;
import dev.lovage.engine.result.ResultBackend;
import dev.lovage.engine.result.ResultMeta;
import dev.lovage.engine.transport.Noted;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.Protocol.Command;

/// Results that are kept in the store, for clients and workers of this store alone.
final class StoredResults implements ResultBackend {
    private static final Logger LOG = LoggerFactory.getLogger(StoredResults.class);

    /// Settlements of other processes are looked for as often as this.
    private static final Duration LOOK_EACH = Duration.ofMillis(50);

    private final Redis redis;

    StoredResults(Redis redis) {
        this.redis = redis;
    }

    @Override
    public Optional<ResultMeta> result(String taskId) {
        return read(List.of(taskId)).stream().findFirst();
    }

    @Override
    public List<ResultMeta> group(String groupId) {
        return read(redis.use(connection -> {
            connection.sendCommand(Command.ZRANGE, redis.key("group:" + groupId), "0", "-1");
            return Redis.texts(connection.getBinaryMultiBulkReply());
        }));
    }

    private List<ResultMeta> read(List<String> taskIds) {
        return redis
                .use(connection -> {
                    taskIds.forEach(id -> connection.sendCommand(Command.HGET, redis.key("result:" + id), "content"));
                    return connection.getMany(taskIds.size());
                })
                .stream()
                .filter(byte[].class::isInstance)
                .map(Redis::text)
                .filter(text -> !text.isEmpty()) // which is kept elsewhere
                .map(Noted::meta)
                .toList();
    }

    /// A Redis that does not answer is asked again: those who wait know how long they want to.
    @Override
    public Optional<ResultMeta> await(String taskId, Duration wait) throws InterruptedException {
        var until = System.nanoTime() + wait.toNanos();
        while (true) {
            var seen = redis.changes();
            try {
                var found = result(taskId).filter(meta -> meta.state().ready());
                if (found.isPresent()) {
                    return found;
                }
            } catch (Busy e) {
                LOG.debug("The result of {} could not be looked for, and is again: {}", taskId, e.getMessage());
            }
            var left = Duration.ofNanos(until - System.nanoTime());
            if (!left.isPositive()) {
                return Optional.empty();
            }
            redis.awaitChange(seen, left.compareTo(LOOK_EACH) < 0 ? left : LOOK_EACH);
        }
    }
}
