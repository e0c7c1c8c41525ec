package dev.lovage.engine.canvas;

import dev.lovage.engine.json.Json;
import dev.lovage.engine.message.Lint;
import dev.lovage.engine.message.Request;
import dev.lovage.engine.message.Unreadable;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/// Runs what a planner plans to its end, with tasks that return their arguments.
final class Rehearsal {
    private final Planner planner;
    private final Map<String, JsonNode> results = new LinkedHashMap<>();
    private final Map<String, Join> joins = new HashMap<>();
    private final Map<String, Integer> sizes = new HashMap<>();
    private final Map<String, TreeMap<Integer, Join.End>> ends = new HashMap<>();

    Rehearsal(Planner planner) {
        this.planner = planner;
    }

    /// @param sizes of chords that were begun elsewhere
    Map<String, JsonNode> run(Plan first, Map<String, Integer> begun) throws Unreadable {
        sizes.putAll(begun);
        var plans = new ArrayDeque<Plan>();
        plans.add(first);
        while (!plans.isEmpty()) {
            var plan = plans.remove();
            plan.joins().forEach(join -> joins.put(join.id(), join));
            plan.ends().forEach(end -> end(end, plans));
            for (var message : plan.messages()) {
                var request = Request.read(message);
                var faults = Lint.faults(message);
                if (!faults.isEmpty()
                        && request.headers().path("lang").asString("").equals("java")) {
                    throw new AssertionError(faults + " in " + message.headers());
                }
                var value = request.task().equals("celery.accumulate")
                        ? request.args().get(0)
                        : request.args();
                results.put(request.id(), value);
                plans.add(planner.afterSuccess(request, value));
            }
        }
        return results;
    }

    private void end(Join.End end, ArrayDeque<Plan> plans) {
        var all = ends.computeIfAbsent(end.joinId(), _ -> new TreeMap<>());
        if (all.putIfAbsent(end.index(), end) != null) {
            throw new AssertionError("Two members have the index " + end.index() + " in " + end.joinId());
        }
        var known = joins.get(end.joinId());
        var size = known == null
                ? sizes.getOrDefault(end.joinId(), -1)
                : known.members().size();
        if (all.size() == size) {
            var join = known == null ? new Join(end.joinId(), end.body(), List.of(), "root", "parent") : known;
            plans.add(planner.close(join, List.copyOf(all.values())));
        }
    }

    static JsonNode joined(Plan plan) {
        var sizes = Json.object();
        plan.joins().forEach(join -> sizes.put(join.id(), join.members().size()));
        return sizes;
    }
}
