package dev.lovage.engine.canvas;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/// Where a task goes, and how urgently, when its signature does not say: `task_routes`, first match, then
/// `task_default_queue`.
///
/// @param byName task names or globs such as `archival.*`, in order, to queue names
/// @param defaultPriority `task_default_priority`, 0 to 10, of what names none
public record Routes(Map<String, String> byName, String defaultQueue, int defaultPriority) {
    public static final Routes DEFAULT = new Routes(Map.of(), "celery", 0);

    public Routes {
        byName = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(byName));
    }

    public String queue(String task) {
        var exact = byName.get(task);
        if (exact != null) {
            return exact;
        }
        return byName.entrySet().stream()
                .filter(route -> route.getKey().contains("*")
                        && glob(route.getKey()).matcher(task).matches())
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse(defaultQueue);
    }

    private static Pattern glob(String pattern) {
        return Pattern.compile(Pattern.quote(pattern).replace("*", "\\E.*\\Q"));
    }
}
