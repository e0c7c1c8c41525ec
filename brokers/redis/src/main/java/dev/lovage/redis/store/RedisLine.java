package dev.lovage.redis.store;

import dev.lovage.engine.message.ExecutionKey;
import dev.lovage.engine.rate.Line;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import redis.clients.jedis.Protocol.Command;

/// The line of those who wait to start a task whose rate all workers share, as it was read. Every step of it
/// has another version, and one that met another one meanwhile is taken again.
final class RedisLine extends Line {
    private final Redis redis;
    private final Writing writing;
    private final String task;
    private final String asks;
    private final List<String> told;
    private Instant earliest;

    private RedisLine(Redis redis, Writing writing, String task, String asks, List<String> told) {
        this.redis = redis;
        this.writing = writing;
        this.task = task;
        this.asks = asks;
        this.told = told;
        this.earliest = told.get(1).isEmpty() ? Instant.EPOCH : Micros.instant(told.get(1));
    }

    /// @return empty when it may start now, or when it is to ask again
    static Optional<Instant> admit(Redis redis, Writing writing, String task, ExecutionKey execution, Duration step) {
        var asks = name(execution);
        var told = Redis.texts(redis.run(StoreScript.LINE, List.of(task, asks)));
        var version = told.getFirst();
        writing.check("rate_is", task, version);
        var line = new RedisLine(redis, writing, task, asks, told);
        var again = line.admit(execution, step, redis.now());
        var next = String.valueOf(version.isEmpty() ? 1 : Long.parseLong(version) + 1);
        writing.write("rate", task, next, Micros.of(line.earliest));
        return again;
    }

    private static String name(ExecutionKey execution) {
        return StoredEntry.place(execution) + ":" + execution.taskId();
    }

    private static ExecutionKey execution(String name) {
        var parts = name.split(":", 3);
        return new ExecutionKey(parts[2], Integer.parseInt(parts[0]), Integer.parseInt(parts[1]));
    }

    @Override
    protected Instant earliest() {
        return earliest;
    }

    @Override
    protected void earliest(Instant at) {
        earliest = at;
    }

    @Override
    protected Optional<Instant> place(ExecutionKey execution) {
        return score(told.get(2));
    }

    private static Optional<Instant> score(String score) {
        return Micros.read(score);
    }

    @Override
    protected Optional<Place> first() {
        return score(told.get(4)).map(at -> new Place(execution(told.get(3)), at));
    }

    /// Nobody else's: who enters has left before.
    @Override
    protected Optional<Instant> last() {
        return score(told.get(5));
    }

    @Override
    protected boolean taken(Instant at) {
        var micros = Micros.of(at);
        return redis.use(connection -> {
            connection.sendCommand(Command.ZRANGEBYSCORE, redis.key("line:" + task), micros, micros);
            return Redis.texts(connection.getBinaryMultiBulkReply()).stream().anyMatch(name -> !name.equals(asks));
        });
    }

    @Override
    protected void take(Place place) {
        writing.write("stand", task, name(place.execution()), Micros.of(place.at()));
    }

    @Override
    protected void leave(ExecutionKey execution) {
        writing.write("leave", task, name(execution));
    }
}
