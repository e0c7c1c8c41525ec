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
/// clock acts. A worker that is silent keeps Python's from ever deciding, and a Python worker decides as soon
/// as there are as many acknowledgements as others live, dies where it has heard of one candidate only, and
/// may miss the last. Therefore:
///
/// 1. It acknowledges nothing before it stands itself: who has heard of the one has heard of the other.
/// 2. Where a Python worker lives, it stands after that one, so with a higher clock: Python's are elected
///    first, whatever else they have heard.
/// 3. It decides when all that live have stood and [#SETTLED] has passed, or [#DECIDED] after the call.
final class Gossip {
    private static final Logger LOG = LoggerFactory.getLogger(Gossip.class);
    private static final Duration DECIDED = Duration.ofSeconds(2);

    /// How long it waits for a Python worker to stand, and to be called itself.
    private static final Duration STANDS = Duration.ofSeconds(1);

    /// How long one may be on its way of whom nobody here has heard.
    private static final Duration SETTLED = Duration.ofMillis(500);

    static final String IDENTITY = "lovage";
    private static final int ELECTIONS_MAX = 1000;
    private static final int CANDIDATES_MAX = 10_000;
    private static final double FREQ = 2.0;

    private record Candidate(long clock, String id, String topic, JsonNode action) {}

    private static final class Election {
        private final TreeSet<Candidate> candidates =
                new TreeSet<>(Comparator.comparingLong(Candidate::clock).thenComparing(Candidate::id));
        private final long sinceNanos = System.nanoTime();
        private String topic = "";
        private JsonNode action = Json.nothing();
        private int heard;
        private int owed;
        private int acknowledged;
        private boolean called;
        private boolean stands;
        private boolean decided;
    }

    /// @param python whether it is of another make than this one
    private record Member(long aliveUntilNanos, boolean python) {}

    private final String node;
    private final Events events;
    private final LamportClock clock;
    private final Consumer<JsonNode> act;
    private final Map<String, Member> members = new HashMap<>();
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
        var from =
                note.headers().path("hostname").asString(event.path("hostname").asString(""));
        if (from.equals(node)) {
            clock.forward();
        } else {
            clock.adjust(event.path("clock").asLong(0));
        }
        switch (event.path("type").asString("")) {
            case "worker-online", "worker-heartbeat" -> lives(from, event);
            case "worker-offline" -> leaves(from);
            case "worker-elect" -> stands(from, event);
            case "worker-elect-ack" -> acknowledged(event.path("id").asString(""));
            default -> LOG.trace("{} from {}", event.path("type"), from);
        }
    }

    /// Someone has shown that it lives.
    ///
    /// @param description with the keys `freq` and `sw_ident`, if it has them
    synchronized void lives(String other, JsonNode description) {
        if (!other.equals(node)) {
            var freq = Math.clamp(description.path("freq").asDouble(FREQ), 0.1, 3600);
            members.put(
                    other,
                    new Member(
                            System.nanoTime() + (long) (2 * freq * 1e9),
                            !description.path("sw_ident").asString("").equals(IDENTITY)));
        }
    }

    private synchronized void leaves(String other) {
        members.remove(other);
    }

    /// An election was called.
    synchronized void elect(String id, String topic, JsonNode action) {
        var election = elections.computeIfAbsent(id, _ -> new Election());
        election.called = true;
        election.topic = topic;
        election.action = action;
        goOn();
    }

    private synchronized void stands(String from, JsonNode event) {
        var election = elections.computeIfAbsent(event.path("id").asString(""), _ -> new Election());
        if (election.candidates.size() < CANDIDATES_MAX) {
            election.candidates.add(new Candidate(
                    event.path("clock").asLong(0),
                    from + "." + event.path("pid").asLong(0),
                    event.path("topic").asString(""),
                    event.path("action")));
        }
        election.owed++;
        if (members.containsKey(from) && members.get(from).python()) {
            election.heard++;
        }
        goOn();
    }

    private synchronized void acknowledged(String id) {
        elections.computeIfAbsent(id, _ -> new Election()).acknowledged++;
        goOn();
    }

    /// Takes all elections a step further. Called with each event of one, and a few times a second.
    synchronized void goOn() {
        var now = System.nanoTime();
        members.values().removeIf(member -> member.aliveUntilNanos() - now < 0);
        var others = members.size();
        var pythons = members.values().stream().filter(Member::python).count();
        elections.forEach((id, one) -> {
            var waited = now - one.sinceNanos;
            if (one.called && !one.stands && (one.heard >= pythons || waited > STANDS.toNanos())) {
                one.stands = true;
                var fields = Json.object().put("id", id).put("topic", one.topic);
                fields.set("action", one.action);
                events.worker("elect", fields.put("cver", 1));
            }
            if (one.stands || waited > STANDS.toNanos()) {
                for (; one.owed > 0; one.owed--) {
                    events.worker("elect-ack", Json.object().put("id", id));
                }
            }
            if (one.stands
                    && !one.decided
                    && !one.candidates.isEmpty()
                    && one.acknowledged >= others
                    && waited > (one.candidates.size() > others ? SETTLED : DECIDED).toNanos()) {
                one.decided = true;
                decided(id, one.candidates.first());
            }
        });
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
