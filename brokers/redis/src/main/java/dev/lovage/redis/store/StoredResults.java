package dev.lovage.redis.store;

import dev.lovage.engine.result.ResultBackend;
import dev.lovage.engine.result.ResultMeta;
import dev.lovage.engine.store.ResultWatch;
import dev.lovage.engine.transport.Noted;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import redis.clients.jedis.Protocol.Command;

/// Results that are kept in the store, for clients and workers of this store alone. What other processes write
/// is looked for each 50 ms.
final class StoredResults implements ResultBackend, ResultWatch.Source {
    private final Redis redis;
    private final ResultWatch watch = new ResultWatch(this);

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

    @Override
    public Optional<ResultMeta> await(String taskId, Duration wait) throws InterruptedException {
        return watch.await(taskId, wait);
    }

    @Override
    public List<ResultMeta> ready(List<String> taskIds) {
        return read(taskIds).stream().filter(meta -> meta.state().ready()).toList();
    }

    @Override
    public long changes() {
        return redis.changes();
    }

    @Override
    public void awaitChange(long seen, Duration wait) throws InterruptedException {
        redis.awaitChange(seen, wait);
    }

    void close() {
        watch.close();
    }
}
