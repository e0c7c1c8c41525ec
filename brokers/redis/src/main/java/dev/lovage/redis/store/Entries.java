package dev.lovage.redis.store;

import dev.lovage.engine.store.Store;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/// Reads entries, some at a time, so that nobody waits for long.
final class Entries {
    private static final int AT_ONCE = 200;
    private static final int ACCOUNTS_AT_ONCE = 2_000;

    private final Redis redis;

    Entries(Redis redis) {
        this.redis = redis;
    }

    Optional<StoredEntry> find(long tag) {
        return read(List.of(tag)).stream().findFirst();
    }

    /// Those that are there.
    List<StoredEntry> read(List<Long> tags) {
        var found = new ArrayList<StoredEntry>();
        for (int from = 0; from < tags.size(); from += AT_ONCE) {
            var some = tags.subList(from, Math.min(tags.size(), from + AT_ONCE));
            Redis.list(redis.run(
                            StoreScript.ENTRIES,
                            some.stream().map(String::valueOf).toList()))
                    .forEach(one -> found.add(StoredEntry.of(one)));
        }
        return found;
    }

    /// In the order of sending.
    ///
    /// @param queue nothing for all
    /// @param above, upTo bounds of the tags
    /// @param custodies as they are stored
    List<Long> tags(String queue, long above, long upTo, int max, Collection<String> custodies) {
        var arguments = new ArrayList<Object>(List.of(
                "",
                queue,
                String.valueOf(above),
                upTo == Long.MAX_VALUE ? "+inf" : String.valueOf(upTo),
                String.valueOf(max)));
        arguments.addAll(custodies);
        return numbers(redis.run(StoreScript.TAGS, arguments));
    }

    List<Long> tagsOf(String taskId) {
        return numbers(
                redis.run(StoreScript.TAGS, List.of(taskId, "", "0", "+inf", String.valueOf(Integer.MAX_VALUE))));
    }

    private static List<Long> numbers(Object answer) {
        return Redis.texts(answer).stream().map(Long::valueOf).toList();
    }

    /// Each that is there from beginning to end is found once.
    List<Store.Entry> inventory() {
        var all = new ArrayList<Store.Entry>();
        var last = "0";
        while (true) {
            var some = Redis.list(redis.run(StoreScript.INVENTORY, List.of(last, String.valueOf(ACCOUNTS_AT_ONCE))));
            for (var one : some) {
                var texts = Redis.texts(one);
                last = texts.getFirst();
                all.add(new Store.Entry(
                        StoredEntry.execution(texts.get(1), texts.get(2)),
                        StoredEntry.custody(texts.get(3)),
                        texts.get(4),
                        texts.get(5),
                        texts.get(6).isEmpty()
                                ? Optional.empty()
                                : Optional.of(texts.get(6).substring(1))));
            }
            if (some.size() < ACCOUNTS_AT_ONCE) {
                return all;
            }
        }
    }
}
