package dev.lovage.rabbitmq;

import dev.lovage.engine.broker.Busy;
import dev.lovage.engine.broker.SendUnknown;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.message.Message;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.transport.Broadcast;
import dev.lovage.engine.transport.Depth;
import dev.lovage.engine.transport.Transport;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.node.ObjectNode;

/// RabbitMQ, as Celery uses it. Publishing, each consumer and looking at queues have a connection each; each
/// connects again by itself when it is lost.
final class RabbitTransport implements Transport {
    /// How long a free consumer may get nothing from a queue in which messages are ready.
    private static final Duration STUCK_AFTER = Duration.ofSeconds(10);

    private final String url;
    private final Duration timeout;
    private final Duration stuckAfter;
    private final InstantSource clock;
    private final Topology topology;
    private final Dialer dialer;
    private final Publisher publisher;
    private final Depths depths;
    private final Arrivals arrivals = new Arrivals();
    private final List<Receiver> receivers = new CopyOnWriteArrayList<>();

    RabbitTransport(String urls, Settings settings) {
        this(urls, settings, STUCK_AFTER, InstantSource.system());
    }

    RabbitTransport(String urls, Settings settings, Duration stuckAfter) {
        this(urls, settings, stuckAfter, InstantSource.system());
    }

    /// @param clock by which it is told how long a message is to be held back
    RabbitTransport(String urls, Settings settings, Duration stuckAfter, InstantSource clock) {
        this.clock = clock;
        var addresses = BrokerAddress.list(urls);
        this.url = addresses.stream().map(BrokerAddress::toString).collect(Collectors.joining(";"));
        this.timeout = settings.duration(Setting.BROKER_PUBLISH_TIMEOUT);
        this.stuckAfter = stuckAfter;
        this.topology = new Topology(settings);
        this.dialer = new Dialer(addresses, settings);
        var process = "lovage " + ProcessHandle.current().pid();
        this.publisher = new Publisher(
                process + " publishing", dialer, topology, timeout, settings.number(Setting.BROKER_QUEUE_MAX));
        this.depths = new Depths(process + " looking", dialer);
    }

    @Override
    public String url() {
        return url;
    }

    @Override
    public List<Unroutable> publish(List<Message> messages) {
        var reasons = new ArrayList<Optional<String>>();
        var publications = new ArrayList<Publisher.Publication>();
        for (var message : messages) {
            try {
                publications.add(publication(message));
                reasons.add(Optional.empty());
            } catch (Table.Malformed | JacksonException e) {
                reasons.add(Optional.of(Dialer.reason(e)));
            }
        }
        var answers = sent(messages, reasons, publications).iterator();
        var unroutable = new ArrayList<Unroutable>();
        for (int i = 0; i < messages.size(); i++) {
            var reason = reasons.get(i)
                    .map(why -> new Publisher.NotTaken(why, false))
                    .or(answers::next);
            if (reason.isPresent()) {
                unroutable.add(new Unroutable(
                        messages.get(i), reason.get().reason(), reason.get().passing()));
            }
        }
        return List.copyOf(unroutable);
    }

    /// @param reasons why some of the messages have no publication
    private List<Optional<Publisher.NotTaken>> sent(
            List<Message> messages, List<Optional<String>> reasons, List<Publisher.Publication> publications) {
        try {
            return publisher.publish(publications);
        } catch (Publisher.PartlyUnknown e) {
            var published = IntStream.range(0, messages.size())
                    .filter(i -> reasons.get(i).isEmpty())
                    .mapToObj(messages::get)
                    .toList();
            throw new SendUnknown(e, e.confirmed().stream().map(published::get).toList());
        }
    }

    /// Publishes replies; one whose queue is gone goes nowhere, as nobody waits for it.
    ///
    /// @throws Busy or [SendUnknown] as [#publish]
    void reply(List<Publisher.Publication> replies) {
        var _ = publisher.publish(replies);
    }

    Dialer dialer() {
        return dialer;
    }

    private Publisher.Publication publication(Message message) {
        var publication = route(message);
        publication.declared().ifPresent(queue -> checkLength("queue", queue));
        checkLength("exchange", publication.exchange());
        checkLength("routing key", publication.routingKey());
        return publication;
    }

    /// The client library throws in the middle of writing where a name is longer.
    private static void checkLength(String what, String name) {
        var length = name.getBytes(StandardCharsets.UTF_8).length;
        if (length > 255) {
            throw new Table.Malformed("The name of the " + what + " has " + length
                    + " bytes, and AMQP's longest has 255: " + name.substring(0, Math.min(40, name.length())) + "...");
        }
    }

    private Publisher.Publication route(Message message) {
        var headers = object(message.headers(), "headers");
        var table = Table.encode(headers);
        var properties = object(message.properties(), "properties");
        if (headers.hasNonNull("expires")) {
            // RabbitMQ would drop it without a word. So it comes to a worker, which says that it has expired.
            properties.remove("expiration");
        }
        var basics = Basics.encode(properties, table);
        var queue = topology.queue(message.queue());
        var delay = delay(message, queue, properties);
        if (delay > 0) {
            return new Publisher.Publication(
                    Optional.of(queue.name()),
                    DelayLevels.FIRST,
                    topology.holdsBackAll()
                            ? DelayLevels.heldKey(delay, queue.name())
                            : DelayLevels.routingKey(delay, queue.routingKey()),
                    basics,
                    message.body());
        }
        var exchange = exchange(properties);
        // What came through the default exchange goes to its queue, perhaps another one by now.
        if (!exchange.isEmpty()) {
            return new Publisher.Publication(
                    Optional.of(queue.name()).filter(_ -> queue.exchange().equals(exchange)),
                    exchange,
                    properties.at("/delivery_info/routing_key").asString(""),
                    basics,
                    message.body());
        }
        return queue.direct()
                ? new Publisher.Publication(Optional.of(queue.name()), "", queue.name(), basics, message.body())
                : new Publisher.Publication(
                        Optional.of(queue.name()), queue.exchange(), queue.routingKey(), basics, message.body());
    }

    /// That it is to go through; empty for its queue's own. Through the delay levels it has come already.
    private static String exchange(ObjectNode properties) {
        var exchange = properties.at("/delivery_info/exchange").asString("");
        return DelayLevels.carried(exchange) ? "" : exchange;
    }

    /// Whole seconds, as Celery counts; what is left of the last one the receiver waits.
    private long delay(Message message, Topology.Queue queue, ObjectNode properties) {
        if (topology.holdsBackAll()) {
            return held(message, queue, properties);
        }
        // What the store has held until its time says so; by this machine's clock it may not be due yet.
        if (message.eta().isPresent() || !mayDelay(queue, properties)) {
            return 0;
        }
        var eta = Message.received(message.queue(), message.headers(), message.properties(), message.body())
                .eta();
        var seconds = eta.map(due -> Duration.between(clock.instant(), due).toSeconds())
                .orElse(0L);
        return seconds > DelayLevels.LONGEST.toSeconds() ? 0 : Math.max(0, seconds);
    }

    /// Without a store: never too early, and so up to a second late. What goes through another exchange comes to its
    /// receivers at once, each of which sends it here again for its own queue; so does what is due later than the
    /// levels reach.
    private long held(Message message, Topology.Queue queue, ObjectNode properties) {
        if (message.eta().isEmpty() || !passesItsOwn(queue, properties)) {
            return 0;
        }
        var millis = Duration.between(clock.instant(), message.eta().get()).toMillis();
        return millis < 0 ? 0 : Math.min(DelayLevels.LONGEST.toSeconds(), millis / 1000 + 1);
    }

    private static boolean passesItsOwn(Topology.Queue queue, ObjectNode properties) {
        var exchange = exchange(properties);
        return exchange.isEmpty()
                || exchange.equals(queue.exchange())
                        && properties
                                .at("/delivery_info/routing_key")
                                .asString("")
                                .equals(queue.routingKey());
    }

    private boolean mayDelay(Topology.Queue queue, ObjectNode properties) {
        return topology.delaysAlone(queue) && passesItsOwn(queue, properties);
    }

    /// In the delay levels of Celery 5.5 and later.
    @Override
    public Duration holdsBack(Message message) {
        try {
            if (topology.holdsBackAll()) {
                return DelayLevels.LONGEST;
            }
            return mayDelay(topology.queue(message.queue()), object(message.properties(), "properties"))
                    ? DelayLevels.LONGEST
                    : Duration.ZERO;
        } catch (Table.Malformed | JacksonException e) {
            return Duration.ZERO; // which is said when it is published
        }
    }

    private static ObjectNode object(String json, String what) {
        if (Json.read(json.getBytes(StandardCharsets.UTF_8)) instanceof ObjectNode object) {
            return object;
        }
        throw new Table.Malformed("The " + what + " of the message are no JSON object.");
    }

    @Override
    public Consumer consumer(String name, String incarnation) {
        receivers.removeIf(Receiver::isClosed);
        var receiver = new Receiver(name, dialer, topology, arrivals, timeout, stuckAfter);
        receivers.add(receiver);
        return receiver;
    }

    @Override
    public long mark() {
        return arrivals.mark();
    }

    @Override
    public void awaitArrival(long mark, Duration wait) throws InterruptedException {
        arrivals.await(mark, wait);
    }

    /// @throws Busy while there is no connection
    @Override
    public Map<String, Depth> depths(Set<String> queues) {
        return depths.of(queues);
    }

    @Override
    public List<String> untold() {
        return List.of("RabbitMQ tells nobody over AMQP how many messages are unacknowledged: "
                + (topology.holdsBackAll()
                        ? "without a store LEASED and TIMER count nothing,"
                        : "LEASED counts what workers with this store have,")
                + " and `rabbitmqctl list_queues name messages_unacknowledged` all.");
    }

    @Override
    public Optional<Broadcast> broadcast() {
        return Optional.of(new RabbitBroadcast(
                dialer, timeout, "lovage " + ProcessHandle.current().pid() + " remote control"));
    }

    @Override
    public boolean connected() {
        return publisher.connected()
                && receivers.stream().filter(one -> !one.isClosed()).allMatch(Receiver::connected);
    }

    @Override
    public void close() {
        receivers.forEach(Receiver::close);
        publisher.close();
        depths.close();
        dialer.close();
    }
}
