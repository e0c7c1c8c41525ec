package dev.lovage.engine.transport;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// Where something could not be brought just now, and is not tried again for a while: longer each time that it
/// fails in a row. Used by one thread.
final class Resting {
    private static final Duration FIRST = Duration.ofMillis(200);
    private static final Duration LONGEST = Duration.ofSeconds(5);

    private final Map<String, Rest> places = new HashMap<>();

    private record Rest(int failures, long untilNanos) {}

    /// @return how often in a row
    int failed(String place) {
        var before = places.get(place);
        var failures = before == null ? 1 : before.failures() + 1;
        var pause = FIRST.multipliedBy(1L << Math.min(failures - 1, 6));
        var shorter = pause.compareTo(LONGEST) < 0 ? pause : LONGEST;
        places.put(place, new Rest(failures, System.nanoTime() + shorter.toNanos()));
        return failures;
    }

    void worked(String place) {
        places.remove(place);
    }

    Set<String> now() {
        var now = System.nanoTime();
        return places.entrySet().stream()
                .filter(one -> now - one.getValue().untilNanos() < 0)
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
    }
}
