package dev.lovage.engine.control;

import dev.lovage.engine.json.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The ids that a worker knows to be revoked, for those who ask and for workers that join. What decides
/// whether a task runs is the store.
final class Revoked {
    /// As in Celery; the oldest go first.
    static final int MAX = 50_000;

    private final Map<String, Double> seconds = new LinkedHashMap<>();

    synchronized void add(String id) {
        seconds.remove(id);
        // Celery's times are seconds of a monotonic clock, and have to be floats.
        seconds.put(id, System.nanoTime() / 1e9);
        if (seconds.size() > MAX) {
            seconds.remove(seconds.keySet().iterator().next());
        }
    }

    synchronized List<String> ids() {
        return List.copyOf(seconds.keySet());
    }

    /// As workers tell each other.
    synchronized ObjectNode shared() {
        var all = Json.object();
        seconds.forEach((id, at) -> all.putArray(id).add(at.doubleValue()).add(id));
        return all;
    }

    /// The ids that another worker has shared, and that were not known.
    synchronized List<String> news(JsonNode shared) {
        var news = new ArrayList<String>();
        for (var id : shared.propertyNames()) {
            if (!seconds.containsKey(id) && news.size() < MAX) {
                news.add(id);
            }
        }
        return news;
    }
}
