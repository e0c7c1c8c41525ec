package dev.lovage.engine.worker;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/// Stamps whose tasks are not to run, as Celery's `revoke_by_stamped_headers` names them. They are forgotten
/// with the worker, as in Celery.
final class RevokedStamps {
    private static final int VALUES_MAX = 50_000;

    private final Map<String, Set<String>> values = new LinkedHashMap<>();
    private int count;

    /// The oldest header goes when there are too many values.
    synchronized void add(String header, Set<String> more) {
        var known = values.computeIfAbsent(header, _ -> new HashSet<>());
        for (var value : more) {
            count += known.add(value) ? 1 : 0;
        }
        while (count > VALUES_MAX && values.size() > 1) {
            var oldest = values.entrySet().iterator().next();
            count -= oldest.getValue().size();
            values.remove(oldest.getKey());
        }
    }

    /// @param headers of a message
    synchronized boolean cover(ObjectNode headers) {
        if (values.isEmpty()) {
            return false;
        }
        for (var header : headers.path("stamped_headers")) {
            var revoked = values.getOrDefault(header.asString(""), Set.of());
            var stamp = headers.path("stamps").path(header.asString(""));
            if (stamp.isArray()) {
                for (var one : stamp) {
                    if (revoked.contains(one.asString(""))) {
                        return true;
                    }
                }
            } else if (revoked.contains(stamp.asString(""))) {
                return true;
            }
        }
        return false;
    }
}
