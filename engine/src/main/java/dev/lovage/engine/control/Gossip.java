package dev.lovage.engine.control;

import dev.lovage.engine.json.Json;
import dev.lovage.engine.transport.Broadcast;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// What a worker learns of others from their events: who lives, how far their clocks are, and who of them is
/// elected to do something once.
///
/// In an election every worker says that it stands, and acknowledges each that does; the one with the lowest
/// clock acts. A worker that is silent keeps Python's from ever deciding. Python's decide as soon as there are
/// as many acknowledgements as others live; this one waits until all that live have stood, or [#DECIDED] has
/// passed.
final class Gossip {
    private static final Logger LOG = LoggerFactory.getLogger(Gossip.class);
    private static final Duration DECIDED = Duration.ofSeconds(2);
    private static final int ELECTIONS_MAX = 1000;
    private static final int CANDIDATES_MAX = 10_000;
    private static final double FREQ = 2.0;

    private record Candidate(long clock, String id, String topic, JsonNode action) {}

    private static final class Election {
        private final TreeSet<Candidate> candidates =
                new TreeSet<>(Comparator.comparingLong(Candidate::clock).thenComparing(Candidate::id));
        private int acknowledged;
        private boolean called;
        private boolean decided;
        private long calledNanos;
    }

    private final String node;
    private final Events events;
    private final LamportClock clock;
    private final Consumer<JsonNode> act;
    private final Map<String, Long> aliveUntilNanos = new HashMap<>();
    private final Map<String, Election> elections = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Election> eldest) {
            return size() > ELECTIONS_MAX;
        }
    };

    /// @param act is handed the signature to send when this worker is elected; it does not wait
    Gossip(String node, Events events, LamportClock clock, Consumer<JsonNode> act) {
        this.node = node;
        this.events = events;
        this.clock = clock;
        this.act = act;
    }

    /// An event of some worker, perhaps this one.
    void hear(Broadcast.Note note) {
        try {
            var body = Json.read(note.body());
            if (body.isArray()) {
                body.forEach(event -> hear(note, event));
            } else {
                hear(note, body);
            }
        } catch (JacksonException e) {
            LOG.debug("An event {} is not JSON: {}", note.routingKey(), e.getMessage());
        }
    }

    private void hear(Broadcast.Note note, JsonNode event) {
        var from = note.headers().path("hostname").asString(event.path("hostname").asString(""));
        if (from.equals(node)) {
            clock.forward();
        } else {
            clock.adjust(event.path("clock").asLong(0));
        }
        switch (event.path("type").asString("")) {
            case "worker-online", "worker-heartbeat" -> lives(from, event.path("freq").asDouble(FREQ));
            case "worker-offline" -> leaves(from);
            case "worker-elect" -> stands(from, event);
            case "worker-elect-ack" -> acknowledged(event.path("id").asString(""));
            default -> LOG.trace("{} from {}", event.path("type"), from);
        }
    }

    private synchronized void lives(String other, double freq) {
        if (!other.equals(node)) {
            aliveUntilNanos.put(other, System.nanoTime() + (long) (2 * Math.clamp(freq, 0.1, 3600) * 1e9));
        }
    }

    private synchronized void leaves(String other) {
        aliveUntilNanos.remove(other);
    }

    /// An election was called: this worker stands.
    void elect(String id, String topic, JsonNode action) {
        synchronized (this) {
            var election = elections.computeIfAbsent(id, _ -> new Election());
            election.called = true;
            election.calledNanos = System.nanoTime();
        }
        var fields = Json.object().put("id", id).put("topic", topic);
        fields.set("action", action);
        events.worker("elect", fields.put("cver", 1));
    }

    private void stands(String from, JsonNode event) {
        var id = event.path("id").asString("");
        synchronized (this) {
            var candidates = elections.computeIfAbsent(id, _ -> new Election()).candidates;
            if (candidates.size() < CANDIDATES_MAX) {
                candidates.add(new Candidate(
                        event.path("clock").asLong(0),
                        from + "." + event.path("pid").asLong(0),
                        event.path("topic").asString(""),
                        event.path("action")));
            }
        }
        events.worker("elect-ack", Json.object().put("id", id));
        decide();
    }

    private void acknowledged(String id) {
        synchronized (this) {
            elections.computeIfAbsent(id, _ -> new Election()).acknowledged++;
        }
        decide();
    }

    /// Called with each event of an election, and once in a while.
    void decide() {
        synchronized (this) {
            var now = System.nanoTime();
            aliveUntilNanos.values().removeIf(until -> until - now < 0);
            var others = aliveUntilNanos.size();
            elections.forEach((id, one) -> {
                if (one.called
                        && !one.decided
                        && !one.candidates.isEmpty()
                        && one.acknowledged >= others
                        && (one.candidates.size() > others || now - one.calledNanos > DECIDED.toNanos())) {
                    one.decided = true;
                    decided(id, one.candidates.first());
                }
            });
        }
    }

    private void decided(String id, Candidate elected) {
        LOG.info("{} is elected in {}.", elected.id(), id);
        if (elected.id().equals(node + "." + Host.pid())) {
            if (elected.topic().equals("task")) {
                act.accept(elected.action());
            } else {
                LOG.error("The election {} is about '{}', and only 'task' is known.", id, elected.topic());
            }
        }
    }
}
