package dev.lovage.redis.store;

import dev.lovage.engine.canvas.Join;
import dev.lovage.engine.canvas.Plan;
import dev.lovage.engine.canvas.Planner;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.payload.PayloadsAway;
import dev.lovage.engine.result.Failures;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/// The joins that one step has to do with, as they were read, and how it changes them.
///
/// Invariants:
/// 1. A member ends once: the first end counts.
/// 2. A join closes once, in the step in which its last member ended, or the first one badly. What a step read
///    of a join is compared when it is written: of an end that is not the last one that it still is not, else
///    that nothing at all has changed.
final class Joins {
    private final Redis redis;
    private final Planner planner;
    private final Writing writing;
    private final Map<String, Whole> read = new HashMap<>();

    /// Ends of this step that close nothing.
    private final Map<String, Map<Integer, Join.End>> ending = new HashMap<>();

    Joins(Redis redis, Planner planner, Writing writing) {
        this.redis = redis;
        this.planner = planner;
        this.writing = writing;
    }

    /// @param ends by index
    private record Whole(Join join, boolean closed, TreeMap<Integer, Join.End> ends) {}

    /// A join of this step, unless the store has it already.
    void begins(Join join) {
        if (Redis.isNothing(look(join.id(), ""))) {
            read.put(join.id(), new Whole(join, false, new TreeMap<>()));
        }
    }

    /// @return what follows when that closed the join
    Optional<Plan> end(Join.End end) {
        var before = ending.getOrDefault(end.joinId(), Map.of());
        if (!read.containsKey(end.joinId()) && before.isEmpty()) {
            if (writing.guesses() && end.succeeded()) {
                countsOnly(end); // as most do; if it does not, the step is taken again with open eyes
                return Optional.empty();
            }
            var answer = look(end.joinId(), String.valueOf(end.index()));
            if (Redis.isNothing(answer)) {
                return Optional.empty();
            }
            var told = Redis.list(answer);
            var ended = !Redis.texts(told.get(4)).get(1).isEmpty();
            var member = Redis.texts(told.get(3)).get(1);
            if (!Redis.text(told.getFirst()).equals("0") || ended || !member.equals(end.taskId())) {
                return Optional.empty();
            }
            if (end.succeeded() && Integer.parseInt(Redis.text(told.get(1))) > 1) {
                countsOnly(end);
                return Optional.empty();
            }
        }
        return whole(end.joinId()).flatMap(whole -> end(whole, end));
    }

    private void countsOnly(Join.End end) {
        writing.check("counts", end.joinId(), String.valueOf(end.index()), end.taskId());
        write(end);
        ending.computeIfAbsent(end.joinId(), _ -> new HashMap<>()).put(end.index(), end);
    }

    private Optional<Plan> end(Whole whole, Join.End end) {
        var members = whole.join().members();
        if (whole.closed()
                || end.index() >= members.size()
                || !members.get(end.index()).equals(end.taskId())
                || whole.ends().putIfAbsent(end.index(), end) != null) {
            return Optional.empty();
        }
        write(end);
        return end.succeeded() && whole.ends().size() < members.size() ? Optional.empty() : Optional.of(close(whole));
    }

    /// Those that are missing end badly, if there is such a join and it is open.
    Optional<Plan> closeMissing(String joinId, JsonNode how) {
        writing.check("stalled", joinId);
        return whole(joinId).filter(whole -> !whole.closed()).map(whole -> {
            var members = whole.join().members();
            for (int i = 0; i < members.size(); i++) {
                if (!whole.ends().containsKey(i)) {
                    var end = new Join.End(joinId, i, members.get(i), false, how, "", "");
                    whole.ends().put(i, end);
                    write(end);
                }
            }
            return close(whole);
        });
    }

    private void write(Join.End end) {
        writing.write(
                "end",
                end.joinId(),
                String.valueOf(end.index()),
                (end.succeeded() ? "1" : "0") + Json.text(end.result()));
    }

    private Plan close(Whole whole) {
        var join = whole.join();
        writing.write("close", join.id());
        read.put(join.id(), new Whole(join, true, whole.ends()));
        var ends = List.copyOf(whole.ends().values());
        try {
            return planner.close(join, ends);
        } catch (PayloadsAway e) {
            throw e; // whoever ended the last member tries again
        } catch (RuntimeException e) {
            // The body can't be sent, perhaps because all results together are too long: it fails, and says so.
            var first = ends.getFirst();
            return planner.close(
                    join,
                    List.of(new Join.End(join.id(), first.index(), first.taskId(), false, Failures.encode(e), "", "")));
        }
    }

    private Optional<Whole> whole(String joinId) {
        var known = read.get(joinId);
        if (known != null) {
            return Optional.of(known);
        }
        var answer = look(joinId, "");
        if (Redis.isNothing(answer)) {
            return Optional.empty();
        }
        var told = Redis.list(answer);
        var closed = !Redis.text(told.getFirst()).equals("0");
        if (!closed) {
            writing.check("join", joinId, Redis.text(told.get(2)));
        }
        var join = join(joinId, told);
        var ends = new TreeMap<Integer, Join.End>();
        var pairs = Redis.texts(told.get(4));
        for (int i = 0; i < pairs.size(); i += 2) {
            var index = Integer.parseInt(pairs.get(i));
            var how = pairs.get(i + 1);
            ends.put(
                    index,
                    new Join.End(
                            joinId,
                            index,
                            join.members().get(index),
                            how.charAt(0) == '1',
                            Json.read(how.substring(1).getBytes(StandardCharsets.UTF_8)),
                            "",
                            ""));
        }
        ends.putAll(ending.getOrDefault(joinId, Map.of()));
        var whole = new Whole(join, closed, ends);
        read.put(joinId, whole);
        return Optional.of(whole);
    }

    private Object look(String joinId, String index) {
        return redis.run(StoreScript.JOIN, List.of(joinId, index));
    }

    /// @return empty if it is not known
    static Optional<Join> find(Redis redis, String joinId) {
        var answer = redis.run(StoreScript.JOIN, List.of(joinId, ""));
        return Redis.isNothing(answer) ? Optional.empty() : Optional.of(join(joinId, Redis.list(answer)));
    }

    private static Join join(String joinId, List<Object> told) {
        var members = new TreeMap<Integer, String>();
        var pairs = Redis.texts(told.get(3));
        for (int i = 0; i < pairs.size(); i += 2) {
            members.put(Integer.parseInt(pairs.get(i)), pairs.get(i + 1));
        }
        return new Join(
                joinId,
                Redis.text(told.get(5)),
                List.copyOf(members.values()),
                Redis.text(told.get(6)),
                Redis.text(told.get(7)));
    }
}
