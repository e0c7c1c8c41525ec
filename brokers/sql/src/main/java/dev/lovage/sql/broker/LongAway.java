package dev.lovage.sql.broker;

import dev.lovage.sql.database.Database;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Finds what was lost on its way: the process that had it is gone, or could not write that it has arrived.
/// That is what keeps one mark for long, on this process's own monotonic clock. Used by one thread.
final class LongAway {
    private static final Duration LONG = Duration.ofSeconds(10);
    private static final Duration LOOKED_FOR_EACH = Duration.ofSeconds(1);
    private static final int LOOKED_AT_MAX = 1_000;

    private final String marked;
    private Map<Long, Seen> before = Map.of();
    private long lookedForNanos = System.nanoTime();

    private record Seen(long mark, long sinceNanos) {}

    /// @param marked what follows `FROM`: the rows with a mark, which have `id` and `handed`
    LongAway(String marked) {
        this.marked = marked;
    }

    /// @return id and mark of each
    List<@Nullable Object[]> lost(Database database) {
        var now = System.nanoTime();
        if (now - lookedForNanos < LOOKED_FOR_EACH.toNanos()) {
            return List.of();
        }
        lookedForNanos = now;
        return database.read(connection -> lost(new Sql(connection), now));
    }

    private List<@Nullable Object[]> lost(Sql sql, long now) throws SQLException {
        var seen = new HashMap<Long, Seen>();
        sql.list(
                "SELECT id, handed FROM " + marked + " ORDER BY id LIMIT ?",
                row -> {
                    var old = before.get(row.getLong(1));
                    return seen.put(
                            row.getLong(1),
                            old != null && old.mark() == row.getLong(2) ? old : new Seen(row.getLong(2), now));
                },
                LOOKED_AT_MAX);
        before = seen;
        var lost = new ArrayList<@Nullable Object[]>();
        seen.forEach((id, one) -> {
            if (now - one.sinceNanos() >= LONG.toNanos()) {
                lost.add(new @Nullable Object[] {id, one.mark()});
            }
        });
        return lost;
    }
}
