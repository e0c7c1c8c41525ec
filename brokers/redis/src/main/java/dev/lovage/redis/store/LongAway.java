package dev.lovage.redis.store;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import redis.clients.jedis.Protocol.Command;

/// Finds what was lost on its way: the process that had it is gone, or could not write that it has arrived.
/// That is what keeps one mark for long, on this process's own monotonic clock. Used by one thread.
final class LongAway {
    private static final Duration LONG = Duration.ofSeconds(10);
    private static final Duration LOOKED_FOR_EACH = Duration.ofSeconds(1);

    private final Redis redis;
    private final String marked;
    private Map<String, Seen> before = Map.of();
    private long lookedForNanos = System.nanoTime();

    private record Seen(String mark, long sinceNanos) {}

    /// @param marked hash of marks
    LongAway(Redis redis, String marked) {
        this.redis = redis;
        this.marked = marked;
    }

    /// @return pairs of the field and its mark
    List<String> lost() {
        var now = System.nanoTime();
        if (now - lookedForNanos < LOOKED_FOR_EACH.toNanos()) {
            return List.of();
        }
        lookedForNanos = now;
        var all = redis.use(connection -> {
            connection.sendCommand(Command.HGETALL, redis.key(marked));
            return Redis.texts(connection.getBinaryMultiBulkReply());
        });
        var seen = new HashMap<String, Seen>();
        for (int i = 0; i < all.size(); i += 2) {
            var mark = all.get(i + 1);
            var old = before.get(all.get(i));
            seen.put(all.get(i), old != null && old.mark().equals(mark) ? old : new Seen(mark, now));
        }
        before = seen;
        var lost = new ArrayList<String>();
        seen.forEach((field, one) -> {
            if (now - one.sinceNanos() >= LONG.toNanos()) {
                lost.add(field);
                lost.add(one.mark());
            }
        });
        return lost;
    }
}
