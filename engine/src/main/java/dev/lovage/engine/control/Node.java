package dev.lovage.engine.control;

import dev.lovage.engine.broker.Busy;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.json.PythonRepr;
import dev.lovage.engine.message.Request;
import dev.lovage.engine.result.Failures;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.store.Store;
import dev.lovage.engine.transport.Broadcast;
import dev.lovage.engine.worker.Outcome;
import dev.lovage.engine.worker.Worker;
import dev.lovage.engine.worker.WorkerEvents;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// One worker's end of Celery's remote control and events.
///
/// The life of a node: it asks those who are there what they know to be revoked, listens to commands and to
/// other workers' events, says that it is online, shows every two seconds that it lives, answers commands as
/// its [Panel] has it, tells what becomes of tasks, and says at last that it is offline.
///
/// Invariants:
/// 1. No task waits for it: what it sends waits in a bounded queue, what it answers is worked on by a thread of
///    its own, over connections of its own.
/// 2. No command ends it: what can't be understood is answered with `error`, or passed over where nobody asked.
/// 3. What is revoked is in the store before it is answered; with the broker away, tasks go on, and remote
///    control is silent until it is back.
/// 4. An event has Celery's fields and no others.
///
/// @see <a href="https://docs.celeryq.dev/en/stable/userguide/workers.html">Celery's workers guide</a>
public final class Node implements WorkerEvents, AutoCloseable {
    /// What a node does beside answering commands, unless it is told not to.
    public enum Habit {
        /// Ask the others at start what is revoked.
        MINGLE,
        /// Listen to the others' events, and take part in elections.
        GOSSIP,
        /// Show every two seconds that it lives.
        HEARTBEAT
    }

    private static final Logger LOG = LoggerFactory.getLogger(Node.class);
    private static final Duration HEARTBEAT = Duration.ofSeconds(2);
    private static final Duration LOOK = Duration.ofMillis(200);
    private static final Duration NEIGHBOURS = Duration.ofSeconds(1);
    private static final Duration LISTENING = Duration.ofSeconds(5);
    private static final int COMMANDS_MAX = 1000;

    private final String name;
    private final Broadcast broadcast;
    private final Store store;
    private final Settings settings;
    private final LamportClock clock = new LamportClock();
    private final Revoked revoked = new Revoked();
    private final Events events;
    private final Set<Habit> habits;
    private final Gossip gossip;
    private final ThreadPoolExecutor commands = new ThreadPoolExecutor(
            1,
            1,
            0,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(COMMANDS_MAX),
            Thread.ofPlatform().name("lovage-control").daemon().factory());
    private final ScheduledExecutorService heart = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("lovage-node").daemon().factory());
    private final List<Broadcast.Listening> listenings = new ArrayList<>();
    private final Map<String, JsonNode> signals = new LinkedHashMap<>();
    private Optional<Panel> panel = Optional.empty();
    private boolean closed;

    private Node(
            String name,
            Broadcast broadcast,
            Store store,
            Settings settings,
            InstantSource time,
            Consumer<ObjectNode> send,
            Set<Habit> habits) {
        this.name = name;
        this.habits = Set.copyOf(habits);
        this.broadcast = broadcast;
        this.store = store;
        this.settings = settings;
        this.events = new Events(broadcast, name, clock, time, settings.flag(Setting.WORKER_SEND_TASK_EVENTS));
        this.gossip = new Gossip(name, events, clock, action -> elected(send, action));
    }

    /// Before the worker starts: what others know to be revoked is in the store when this returns. That takes a
    /// second where there are others, and no time where there are none.
    ///
    /// @param broadcast is closed with the node
    /// @param time for events; Celery compares it with its own
    /// @param send sends a signature, in Celery's serialized form, that this worker was elected to send
    public static Node open(
            String name,
            Broadcast broadcast,
            Store store,
            Settings settings,
            InstantSource time,
            Consumer<ObjectNode> send,
            Set<Habit> habits) {
        var node = new Node(name, broadcast, store, settings, time, send, habits);
        try {
            store.revokes(Revoked.MAX).reversed().forEach(node.revoked::add);
            if (habits.contains(Habit.MINGLE)) {
                node.mingle();
            }
        } catch (RuntimeException e) {
            LOG.warn("{} could not ask its neighbours what is revoked: {}", name, e.toString());
        }
        return node;
    }

    private void mingle() {
        try (var asking = new Control(broadcast, clock)) {
            var question = Json.object().put("from_node", name);
            question.set("revoked", revoked.shared());
            var replies = asking.ask(new Control.Command("hello", question, Set.of(), NEIGHBOURS));
            for (var reply : replies) {
                if (!reply.node().equals(name)) {
                    gossip.lives(reply.node(), reply.value());
                    clock.adjust(reply.value().path("clock").asLong(0));
                    learn(reply.value().path("revoked"));
                }
            }
        }
    }

    /// What another worker knows to be revoked.
    void learn(JsonNode shared) {
        var news = revoked.news(shared);
        if (!news.isEmpty()) {
            store.revoke(news, false);
            news.forEach(revoked::add);
        }
    }

    /// The same, after the command that is worked on is answered: who asked does not wait for long.
    void learnLater(JsonNode shared) {
        try {
            commands.execute(() -> {
                try {
                    learn(shared);
                } catch (RuntimeException e) {
                    LOG.warn("{} could not write down what a neighbour knows to be revoked: {}", name, e.toString());
                }
            });
        } catch (RejectedExecutionException e) {
            LOG.warn("{} has too many commands to do and does not learn what a neighbour knows to be revoked.", name);
        }
    }

    /// The worker has started, and is at everybody's command when this returns, unless the broker is away.
    public void started(Worker worker) {
        panel = Optional.of(new Panel(this, worker, settings, settings.brokerUrl()));
        listenings.add(broadcast.commands(name, this::hear));
        if (habits.contains(Habit.GOSSIP)) {
            listenings.add(broadcast.events("worker.#", gossip::hear));
        }
        try {
            for (var one : listenings) {
                if (!one.begun(LISTENING)) {
                    LOG.warn("{} can't hear remote commands yet; it tries on.", name);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        events.worker("online", vitals(worker));
        if (habits.contains(Habit.HEARTBEAT)) {
            heart.scheduleAtFixedRate(
                    () -> beat(worker), HEARTBEAT.toMillis(), HEARTBEAT.toMillis(), TimeUnit.MILLISECONDS);
        }
        if (habits.contains(Habit.GOSSIP)) {
            heart.scheduleAtFixedRate(gossip::goOn, LOOK.toMillis(), LOOK.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private void beat(Worker worker) {
        try {
            events.worker("heartbeat", vitals(worker));
        } catch (RuntimeException e) {
            LOG.warn("{} could not show that it lives: {}", name, e.toString());
        }
    }

    private ObjectNode vitals(Worker worker) {
        var fields = Json.object()
                .put("freq", HEARTBEAT.toMillis() / 1000.0)
                .put(
                        "active",
                        worker.inHand().stream()
                                .filter(one -> one.started().isPresent())
                                .count())
                .put(
                        "processed",
                        worker.totals().values().stream()
                                .mapToLong(count -> count)
                                .sum());
        fields.set("loadavg", Host.load());
        return software(fields);
    }

    private static ObjectNode software(ObjectNode fields) {
        return fields.put("sw_ident", Gossip.IDENTITY)
                .put("sw_ver", Host.version())
                .put("sw_sys", Host.system());
    }

    // What a panel works on

    String name() {
        return name;
    }

    LamportClock clock() {
        return clock;
    }

    Events events() {
        return events;
    }

    boolean does(Habit habit) {
        return habits.contains(habit);
    }

    Gossip gossip() {
        return gossip;
    }

    Revoked revoked() {
        return revoked;
    }

    Store store() {
        return store;
    }

    /// A sign of life that was asked for.
    void showLife() {
        events.worker("heartbeat", software(Json.object().put("freq", 5)));
    }

    /// The signal with which a task was terminated, for the event of its end.
    void signal(String id, JsonNode signal) {
        synchronized (signals) {
            signals.put(id, signal);
            if (signals.size() > COMMANDS_MAX) {
                signals.remove(signals.keySet().iterator().next());
            }
        }
    }

    // What is heard

    private void hear(Broadcast.Note note) {
        try {
            commands.execute(() -> obey(note));
        } catch (RejectedExecutionException e) {
            LOG.warn("{} passes over a command: {} wait already, or it stops.", name, COMMANDS_MAX);
        }
    }

    private void obey(Broadcast.Note note) {
        JsonNode command;
        try {
            command = Json.read(note.body());
        } catch (JacksonException e) {
            LOG.warn("{} passes over a command that is not JSON: {}", name, e.getMessage());
            return;
        }
        clock.forward();
        clock.adjust(note.headers().path("clock").asLong(0));
        try {
            if (addressed(command)) {
                answer(command);
            }
        } catch (RuntimeException e) {
            LOG.warn("{} could not answer a command: {}", name, e.toString());
        }
    }

    private boolean addressed(JsonNode command) {
        var destination = command.path("destination");
        if (destination.isArray() && !destination.isEmpty()) {
            for (var one : destination) {
                if (one.asString("").equals(name)) {
                    return true;
                }
            }
            return false;
        }
        var pattern = command.path("pattern").asString("");
        var matcher = command.path("matcher").asString("");
        if (pattern.isEmpty() || matcher.isEmpty()) {
            return true;
        }
        try {
            return switch (matcher) {
                case "glob" -> glob(pattern).matcher(name).matches();
                case "pcre" -> Pattern.compile(pattern).matcher(name).lookingAt();
                default -> false;
            };
        } catch (PatternSyntaxException e) {
            LOG.warn("{} passes over a command for {}: {}", name, pattern, e.getDescription());
            return false;
        }
    }

    /// As in a shell: `*`, `?`, `[abc]`, `[!abc]`.
    static Pattern glob(String glob) {
        var regex = new StringBuilder();
        for (int i = 0; i < glob.length(); i++) {
            var c = glob.charAt(i);
            var end = c == '[' ? glob.indexOf(']', i + 2) : -1;
            if (c == '*') {
                regex.append(".*");
            } else if (c == '?') {
                regex.append('.');
            } else if (end > 0) {
                var set = glob.substring(i + 1, end)
                        .replace("\\", "\\\\")
                        .replace("[", "\\[")
                        .replace("&", "\\&");
                regex.append('[')
                        .append(set.startsWith("!") ? "^" + set.substring(1) : set.replaceFirst("^\\^", "\\\\^"))
                        .append(']');
                i = end;
            } else {
                regex.append(Pattern.quote(String.valueOf(c)));
            }
        }
        return Pattern.compile(regex.toString(), Pattern.DOTALL);
    }

    private void answer(JsonNode command) {
        var method = command.path("method").asString("");
        var arguments = command.path("arguments") instanceof ObjectNode object ? object : Json.object();
        var reply = panel.orElseThrow().answer(method, arguments);
        var to = command.path("reply_to");
        if (!to.isObject() || reply.isEmpty()) {
            return;
        }
        var body = Json.object();
        body.set(name, reply.get());
        var headers = Json.object();
        headers.set("ticket", command.has("ticket") ? command.get("ticket") : Json.nothing());
        headers.put("clock", clock.forward());
        try {
            broadcast.reply(
                    to.path("exchange").asString(""), to.path("routing_key").asString(""), headers, body);
        } catch (Busy e) {
            LOG.warn("{} could not answer {}: {}", name, method, e.getMessage());
        }
    }

    private void elected(Consumer<ObjectNode> send, JsonNode action) {
        try {
            commands.execute(() -> act(send, action));
        } catch (RejectedExecutionException e) {
            LOG.error("{} was elected to send {} and did not: it stops.", name, action);
        }
    }

    private void act(Consumer<ObjectNode> send, JsonNode action) {
        try {
            send.accept((ObjectNode) action);
        } catch (RuntimeException e) {
            LOG.error("{} was elected to send {} and could not.", name, action, e);
        }
    }

    // What the worker tells

    @Override
    public void received(Request request) {
        if (events.ofTasks()) {
            events.task("received", request.id(), TaskForm.received(request));
        }
    }

    @Override
    public void started(Request request) {
        events.task("started", request.id(), Json.object());
    }

    @Override
    public void ended(Request request, Outcome outcome, Duration run) {
        if (!events.ofTasks()) {
            return;
        }
        var id = request.id();
        var fields = Json.object();
        switch (outcome) {
            case Outcome.Success(var value, var _) ->
                events.task(
                        "succeeded",
                        id,
                        fields.put("result", PythonRepr.value(value)).put("runtime", run.toNanos() / 1e9));
            case Outcome.Retry(var cause, var _) -> events.task("retried", id, failed(fields, cause));
            case Outcome.Failure(var cause) -> events.task("failed", id, failed(fields, cause));
            case Outcome.Lost(var _, var _) ->
                events.task("failed", id, failed(fields, outcome.forGood().orElseThrow()));
            case Outcome.Reject(var _, var requeue) -> events.task("rejected", id, fields.put("requeue", requeue));
            case Outcome.Crashed(var _, var _) -> events.task("rejected", id, fields.put("requeue", true));
            case Outcome.Parked(var _) -> events.task("rejected", id, fields.put("requeue", false));
            case Outcome.Revoked(var reason) -> {
                var terminated = reason.equals("terminated");
                fields.put("terminated", terminated);
                synchronized (signals) {
                    fields.set("signum", terminated ? signals.getOrDefault(id, Json.nothing()) : Json.nothing());
                }
                events.task("revoked", id, fields.put("expired", reason.equals("expired")));
            }
            case Outcome.Ignore(), Outcome.Replaced(var _) -> LOG.trace("{} has no event of its end", id);
        }
    }

    private static ObjectNode failed(ObjectNode fields, Throwable cause) {
        return fields.put("exception", Failures.line(Failures.encode(cause))).put("traceback", Failures.trace(cause));
    }

    @Override
    public void stopped() {
        close();
    }

    /// Says that the worker is offline. May come twice, and before [#started].
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        heart.shutdownNow();
        commands.shutdown();
        panel.ifPresent(one -> events.worker("offline", vitals(one.worker())));
        events.close();
        // With its connection whoever listens on it ends; one by one they would wait for a broker that is silent.
        broadcast.close();
    }
}
