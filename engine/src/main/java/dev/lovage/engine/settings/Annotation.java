package dev.lovage.engine.settings;

import dev.lovage.engine.rate.RateLimit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// What `task_annotations` says of a task, in place of what its descriptor says.
///
/// @param rateLimit empty where the task has none
public record Annotation(Optional<RateLimit> rateLimit) {
    private static final Set<String> KEYS = Set.of("rate_limit", "cluster");

    /// @param setting a map of task names to `{rate_limit, cluster}`; `*` is for all that are not named
    /// @throws BadSetting naming what can't be read
    static Map<String, Annotation> all(JsonNode setting) {
        if (!setting.isObject()) {
            throw new BadSetting("task_annotations is a map of task names to {rate_limit, cluster}, but is " + setting
                    + ". Celery's lists and functions are not read.");
        }
        Map<String, Annotation> all = new LinkedHashMap<>();
        setting.properties().forEach(entry -> all.put(entry.getKey(), of(entry.getKey(), entry.getValue())));
        return all;
    }

    private static Annotation of(String task, JsonNode given) {
        if (!given.isObject()) {
            throw new BadSetting("task_annotations says of '" + task + "' " + given
                    + ", and {rate_limit: 100/m, cluster: true} or the like is expected.");
        }
        given.propertyNames().stream()
                .filter(key -> !KEYS.contains(key))
                .findFirst()
                .ifPresent(key -> {
                    throw new BadSetting("task_annotations sets '" + key + "' of '" + task
                            + "', and rate_limit and cluster are what it sets in this version.");
                });
        var rate = given.path("rate_limit");
        var cluster = given.path("cluster");
        if (!rate.isString() && !rate.isNumber() && !rate.isNull()
                || !cluster.isMissingNode() && !cluster.isBoolean()) {
            throw new BadSetting("task_annotations says of '" + task + "' " + given
                    + ", and rate_limit is such as 10/s, 100/m, a number per second or null, and cluster true or"
                    + " false.");
        }
        if (rate.isNull()) {
            return new Annotation(Optional.empty());
        }
        try {
            var limit = RateLimit.of(rate.asString());
            return new Annotation(Optional.of(cluster.asBoolean(false) ? limit.cluster() : limit));
        } catch (IllegalArgumentException e) {
            throw new BadSetting("task_annotations can't limit '" + task + "': " + e.getMessage());
        }
    }
}
