package dev.lovage.engine.control;

import dev.lovage.engine.broker.Busy;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.transport.Broadcast;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Commands workers and asks them, whether they are Python's or ours: `celery inspect` and `celery control`.
/// May be used by several threads at once.
///
/// ```java
/// try (var control = lovage.control()) {
///     for (var reply : control.ask(Command.of("ping"))) {
///         System.out.println(reply.node() + ": " + reply.value());
///     }
/// }
/// ```
///
/// @see <a href="https://docs.celeryq.dev/en/stable/userguide/workers.html">Celery's workers guide</a>
public final class Control implements AutoCloseable {
    /// How long replies are waited for, as in Celery.
    public static final Duration TIMEOUT = Duration.ofSeconds(1);

    private static final Logger LOG = LoggerFactory.getLogger(Control.class);
    private static final Duration LISTENING = Duration.ofSeconds(10);
    private static final int REPLIES_MAX = 100_000;

    /// @param method such as `ping`, `active`, `revoke`, `rate_limit`
    /// @param arguments by name, JSON object
    /// @param destination the names of the workers that are meant; empty for all
    /// @param pattern of the names of the workers that are meant, where `destination` is empty: shell wildcards
    /// @param timeout how long replies are waited for, unless all of `destination` have replied
    public record Command(
            String method, ObjectNode arguments, Set<String> destination, Optional<String> pattern, Duration timeout) {
        public Command {
            destination = Set.copyOf(destination);
        }

        Command(String method, ObjectNode arguments, Set<String> destination, Duration timeout) {
            this(method, arguments, destination, Optional.empty(), timeout);
        }

        public static Command of(String method) {
            return new Command(method, Json.object(), Set.of(), TIMEOUT);
        }

        /// With one argument more.
        ///
        /// @param value as for [Json#tree]
        public Command with(String argument, @Nullable Object value) {
            var more = arguments.deepCopy();
            more.set(argument, Json.tree(value));
            return new Command(method, more, destination, pattern, timeout);
        }

        /// To this worker, beside those that are meant already.
        public Command to(String node) {
            var more = new LinkedHashSet<>(destination);
            more.add(node);
            return new Command(method, arguments, more, pattern, timeout);
        }

        public Command matching(String glob) {
            return new Command(method, arguments, destination, Optional.of(glob), timeout);
        }

        public Command within(Duration wait) {
            return new Command(method, arguments, destination, pattern, wait);
        }
    }

    /// @param node the worker's name; two replies under one name come of two workers of one name
    /// @param value as Celery documents it for the command; an object with `error` where the worker refused
    public record Reply(String node, JsonNode value) {}

    private final Broadcast broadcast;
    private final LamportClock clock;
    private final boolean owns;
    private final String key = UUID.randomUUID().toString();
    private final Map<String, BlockingQueue<Reply>> asked = new ConcurrentHashMap<>();
    private Optional<Broadcast.Listening> listening = Optional.empty();

    Control(Broadcast broadcast, LamportClock clock) {
        this(broadcast, clock, false);
    }

    private Control(Broadcast broadcast, LamportClock clock, boolean owns) {
        this.broadcast = broadcast;
        this.clock = clock;
        this.owns = owns;
    }

    /// @param broadcast is closed with the client
    public static Control open(Broadcast broadcast) {
        return new Control(broadcast, new LamportClock(), true);
    }

    /// Commands, and waits for nobody. It may be that nobody listens.
    ///
    /// @throws Busy while there is no connection; nothing was sent
    public void tell(Command command) {
        var _ = broadcast.command(headers(Instant.EPOCH), body(command));
    }

    /// Commands, and waits for replies.
    ///
    /// @return those that came in time
    /// @throws Busy while there is no connection; it may be that nothing was sent
    public List<Reply> ask(Command command) {
        var ticket = UUID.randomUUID().toString();
        var replies = new LinkedBlockingQueue<Reply>(REPLIES_MAX);
        asked.put(ticket, replies);
        try {
            listen();
            var body = body(command).put("ticket", ticket);
            body.putObject("reply_to").put("exchange", Broadcast.REPLIES).put("routing_key", key);
            if (!broadcast.command(headers(Instant.now().plus(command.timeout())), body)) {
                return List.of();
            }
            var limit = command.destination().isEmpty()
                    ? Integer.MAX_VALUE
                    : command.destination().size();
            var deadline = System.nanoTime() + command.timeout().toNanos();
            var all = new ArrayList<Reply>();
            while (all.size() < limit) {
                var reply = replies.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
                if (reply == null) {
                    break;
                }
                all.add(reply);
            }
            return all;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Busy(
                    "Interrupted while waiting for replies to " + command.method() + ", which may have been sent.");
        } finally {
            asked.remove(ticket);
        }
    }

    /// Hears the events of workers, of tasks and of clients, until it is closed or this client is.
    ///
    /// @param ear is told each event by itself, those that a Python worker sends in batches too; it does not
    ///     wait
    public Broadcast.Listening events(Consumer<ObjectNode> ear) {
        return broadcast.events("#", note -> {
            JsonNode body;
            try {
                body = Json.read(note.body());
            } catch (JacksonException e) {
                LOG.warn("An event {} is passed over, because it is not JSON: {}", note.routingKey(), e.getMessage());
                return;
            }
            for (var event : body.isArray() ? body : Json.array().add(body)) {
                if (event instanceof ObjectNode one) {
                    // A client's clock is not one of the cluster.
                    clock.adjust(
                            one.path("type").asString("").equals("task-sent")
                                    ? 0
                                    : one.path("clock").asLong(0));
                    ear.accept(one);
                }
            }
        });
    }

    private void listen() throws InterruptedException {
        Broadcast.Listening ear;
        synchronized (this) {
            if (listening.isEmpty()) {
                listening = Optional.of(broadcast.replies(key, this::hear));
            }
            ear = listening.get();
        }
        if (!ear.begun(LISTENING)) {
            throw new Busy("Replies can't be received just now: there is no connection. Nothing was sent; try again.");
        }
    }

    private void hear(Broadcast.Note note) {
        clock.adjust(note.headers().path("clock").asLong(0));
        var replies = asked.get(note.headers().path("ticket").asString(""));
        if (replies == null) {
            return;
        }
        try {
            for (var reply : Json.read(note.body()).properties()) {
                var _ = replies.offer(new Reply(reply.getKey(), reply.getValue()));
            }
        } catch (JacksonException e) {
            LOG.warn("A reply is passed over, because it is not JSON: {}", e.getMessage());
        }
    }

    /// @param expires the beginning of time for never
    private ObjectNode headers(Instant expires) {
        return Json.object().put("clock", clock.forward()).put("expires", expires.toEpochMilli() / 1000.0);
    }

    private static ObjectNode body(Command command) {
        var body = Json.object().put("method", command.method());
        body.set("arguments", command.arguments());
        body.set("destination", Json.nothing());
        if (!command.destination().isEmpty()) {
            var names = body.putArray("destination");
            command.destination().forEach(names::add);
        }
        body.put("pattern", command.pattern().orElse(null));
        return body.put("matcher", command.pattern().map(_ -> "glob").orElse(null));
    }

    @Override
    public void close() {
        synchronized (this) {
            listening.ifPresent(Broadcast.Listening::close);
        }
        if (owns) {
            broadcast.close();
        }
    }
}
