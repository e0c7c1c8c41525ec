package dev.lovage.engine.rate;

import dev.lovage.engine.message.ExecutionKey;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// A line in this JVM. Whoever asks takes care that only one does.
public final class MemoryLine extends Line {
    private final Map<ExecutionKey, Instant> places = new HashMap<>();
    private final TreeMap<Instant, ExecutionKey> line = new TreeMap<>();
    private Instant earliest = Instant.EPOCH;

    @Override
    protected Instant earliest() {
        return earliest;
    }

    @Override
    protected void earliest(Instant at) {
        earliest = at;
    }

    @Override
    protected Optional<Instant> place(ExecutionKey execution) {
        return Optional.ofNullable(places.get(execution));
    }

    @Override
    protected Optional<Place> first() {
        return Optional.ofNullable(line.firstEntry()).map(one -> new Place(one.getValue(), one.getKey()));
    }

    @Override
    protected Optional<Instant> last() {
        return line.isEmpty() ? Optional.empty() : Optional.of(line.lastKey());
    }

    @Override
    protected boolean taken(Instant at) {
        return line.containsKey(at);
    }

    @Override
    protected void take(Place place) {
        places.put(place.execution(), place.at());
        line.put(place.at(), place.execution());
    }

    @Override
    protected void leave(ExecutionKey execution) {
        var place = places.remove(execution);
        if (place != null) {
            line.remove(place);
        }
    }
}
