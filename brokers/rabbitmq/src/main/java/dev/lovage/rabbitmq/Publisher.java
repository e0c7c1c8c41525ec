package dev.lovage.rabbitmq;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.BlockedListener;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.Return;
import com.rabbitmq.client.ShutdownSignalException;
import dev.lovage.engine.broker.Busy;
import dev.lovage.engine.broker.SendUnknown;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Publishes over a connection of its own, with confirms, from one thread that owns the channel. Batches of
/// many callers are on the wire at once; each caller waits for the confirms of its own.
///
/// A batch is WAITING until its first byte may have been sent, and can be taken back until then: its caller
/// learns [Busy]. Afterwards a lost connection, or a deadline that passes, leaves it unknown.
///
/// Invariants:
/// 1. Only the owner writes to the channel.
/// 2. A batch ends once, and at the latest when its caller's deadline passes.
final class Publisher implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Publisher.class);

    /// More than the other properties, of at most 255 bytes each, can take in the frame of the headers.
    private static final int REST_MAX = 4096;

    private enum Phase {
        WAITING,
        SENT,
        TAKEN_BACK
    }

    /// One message on its way.
    ///
    /// @param declared the queue to declare before it is sent, if any
    @SuppressWarnings("ArrayRecordComponent") // Nobody compares them.
    record Publication(
            Optional<String> declared, String exchange, String routingKey, BasicProperties properties, byte[] body) {
        boolean delayed() {
            return exchange.equals(DelayLevels.FIRST);
        }
    }

    /// @param index of the publication in its batch
    private record OnTheWay(Batch batch, int index) {
        Publication publication() {
            return batch.publications.get(index);
        }
    }

    /// Why a publication was not taken while others were.
    ///
    /// @param passing whether it may be taken another time; else it has nowhere to go
    /// @param gone whether its queue may have been deleted
    record NotTaken(String reason, boolean passing, boolean gone) {
        NotTaken(String reason, boolean passing) {
            this(reason, passing, false);
        }
    }

    /// Names those that the broker has nevertheless.
    static final class PartlyUnknown extends SendUnknown {
        /// Indexes of publications.
        private final transient Set<Integer> confirmed;

        PartlyUnknown(String what, Throwable cause, Set<Integer> confirmed) {
            super(what, cause);
            this.confirmed = Set.copyOf(confirmed);
        }

        Set<Integer> confirmed() {
            return confirmed;
        }
    }

    /// What became of a batch: the reasons of those that could not be routed, of those that the broker could not
    /// read and of those that are to be sent another time, which were refused, and which it has, by their index.
    private static final class Batch {
        final List<Publication> publications;
        final long deadline;
        final AtomicReference<Phase> phase = new AtomicReference<>(Phase.WAITING);
        final AtomicInteger unanswered;
        final AtomicInteger refused = new AtomicInteger();
        final @Nullable String[] returned;
        final @Nullable String[] unreadable;
        final @Nullable String[] postponed;
        final boolean[] refusedAt;
        final Set<Integer> confirmed = ConcurrentHashMap.newKeySet();
        final CompletableFuture<Void> done = new CompletableFuture<>();

        Batch(List<Publication> publications, long deadline) {
            this.publications = publications;
            this.deadline = deadline;
            this.unanswered = new AtomicInteger(publications.size());
            this.returned = new @Nullable String[publications.size()];
            this.unreadable = new @Nullable String[publications.size()];
            this.postponed = new @Nullable String[publications.size()];
            this.refusedAt = new boolean[publications.size()];
        }

        void answered(int index, boolean taken) {
            if (!taken) {
                refusedAt[index] = true;
                refused.incrementAndGet();
            } else if (!stays(index) && unreadable[index] == null) {
                confirmed.add(index);
            }
            if (unanswered.decrementAndGet() == 0) {
                done.complete(null);
            }
        }

        /// Whether it is known before anything is sent that it can't be.
        boolean stays(int index) {
            return returned[index] != null || postponed[index] != null;
        }

        Optional<NotTaken> answer(int index) {
            var later = postponed[index];
            if (later != null) {
                return Optional.of(new NotTaken(later, true));
            }
            return refusedAt[index]
                    ? Optional.of(new NotTaken(refuses(publications.get(index)), true))
                    : Optional.ofNullable(returned[index])
                            .map(reason -> new NotTaken(reason, false, true))
                            .or(() ->
                                    Optional.ofNullable(unreadable[index]).map(reason -> new NotTaken(reason, false)));
        }

        PartlyUnknown unknown(Throwable cause) {
            return new PartlyUnknown(what(publications), cause, confirmed);
        }
    }

    private final String name;
    private final Dialer dialer;
    private final Topology topology;
    private final Duration timeout;
    private final BlockingQueue<Batch> mailbox;
    private final Thread owner;
    private final AtomicReference<@Nullable String> blocked = new AtomicReference<>();
    private volatile boolean closed;
    private volatile @Nullable Connection connection;
    private volatile String problem = "it was not connected yet";

    // The owner's.
    private @Nullable Line line;
    private int failures;
    private long nextAttempt = System.nanoTime();

    /// A channel and what is on its way through it.
    private static final class Line {
        final Channel channel;
        final Set<String> declared = ConcurrentHashMap.newKeySet();
        final Set<String> delayed = ConcurrentHashMap.newKeySet();
        final Set<String> exchanges = new HashSet<>();
        final ConcurrentSkipListMap<Long, OnTheWay> unconfirmed = new ConcurrentSkipListMap<>();
        // The connection's reader's.
        long returned;

        Line(Channel channel) {
            this.channel = channel;
        }
    }

    /// @param timeout of each publication in all
    /// @param waitingMax batches that may wait
    Publisher(String name, Dialer dialer, Topology topology, Duration timeout, int waitingMax) {
        this.name = name;
        this.dialer = dialer;
        this.topology = topology;
        this.timeout = timeout;
        this.mailbox = new ArrayBlockingQueue<>(waitingMax);
        this.owner = Thread.ofVirtual().name("amqp-publisher").start(this::own);
    }

    /// @return for each publication why it was not taken, or empty
    /// @throws Busy if nothing was sent
    /// @throws PartlyUnknown if something may have been
    List<Optional<NotTaken>> publish(List<Publication> publications) {
        var deadline = System.nanoTime() + timeout.toNanos();
        var first = send(publications, deadline);
        // A queue that was deleted since it was declared is declared again.
        List<Integer> again = new ArrayList<>();
        for (int i = 0; i < publications.size(); i++) {
            if (first.get(i).filter(NotTaken::gone).isPresent()
                    && publications.get(i).declared().isPresent()) {
                again.add(i);
            }
        }
        if (again.isEmpty()) {
            return first;
        }
        var all = new ArrayList<>(first);
        List<Optional<NotTaken>> second;
        try {
            second = send(again.stream().map(publications::get).toList(), deadline);
        } catch (Busy e) {
            if (again.size() == publications.size()) {
                throw e;
            }
            var busy = Optional.of(new NotTaken(Dialer.reason(e), true)); // the others were taken
            again.forEach(index -> all.set(index, busy));
            return List.copyOf(all);
        } catch (PartlyUnknown e) {
            var confirmed = new HashSet<Integer>();
            e.confirmed().forEach(index -> confirmed.add(again.get(index)));
            IntStream.range(0, first.size()).filter(i -> first.get(i).isEmpty()).forEach(confirmed::add);
            throw new PartlyUnknown(what(publications), Objects.requireNonNullElse(e.getCause(), e), confirmed);
        }
        for (int i = 0; i < again.size(); i++) {
            all.set(again.get(i), second.get(i));
        }
        return List.copyOf(all);
    }

    private List<Optional<NotTaken>> send(List<Publication> publications, long deadline) {
        if (publications.isEmpty()) {
            return List.of();
        }
        var batch = new Batch(publications, deadline);
        try {
            if (closed || !mailbox.offer(batch, left(deadline), TimeUnit.NANOSECONDS)) {
                throw new Busy(notSent());
            }
            batch.done.get(left(deadline), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            if (batch.phase.compareAndSet(Phase.WAITING, Phase.TAKEN_BACK)) {
                throw new Busy(notSent());
            }
            throw batch.unknown(new IOException("RabbitMQ did not answer within " + timeout + "."));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            if (batch.phase.compareAndSet(Phase.WAITING, Phase.TAKEN_BACK)) {
                throw new Busy("The thread was interrupted. Nothing was sent.");
            }
            throw batch.unknown(e);
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case Busy busy -> throw new Busy(Dialer.reason(busy));
                case QueueMismatch mismatch -> throw mismatch;
                case null, default -> throw batch.unknown(Objects.requireNonNullElse(e.getCause(), e));
            }
        }
        if (batch.refused.get() == batch.publications.size()) {
            throw new Busy(refuses(batch.publications.getFirst()) + " Nothing was sent.");
        }
        return IntStream.range(0, publications.size()).mapToObj(batch::answer).toList();
    }

    private static String refuses(Publication publication) {
        return "RabbitMQ refuses what is sent to " + publication.routingKey()
                + ": the queue is full or can't be written just now.";
    }

    private static long left(long deadline) {
        return Math.max(0, deadline - System.nanoTime());
    }

    private String notSent() {
        var why = blocked.get();
        return connection == null
                ? "RabbitMQ can't be reached: " + problem + " Nothing was sent."
                : why != null
                        ? "RabbitMQ takes no messages just now (" + why + "). Nothing was sent."
                        : "RabbitMQ did not take the messages within " + timeout + ". Nothing was sent.";
    }

    private static String what(List<Publication> publications) {
        var first = publications.getFirst();
        return publications.size() == 1
                ? "the message to " + first.routingKey()
                : "each of the " + publications.size() + " messages, the first one to " + first.routingKey() + ",";
    }

    boolean connected() {
        var current = connection;
        return current != null && current.isOpen();
    }

    private void own() {
        try {
            while (!closed) {
                try {
                    if (line == null || !line.channel.isOpen()) {
                        connect();
                    }
                    var batch = mailbox.poll(200, TimeUnit.MILLISECONDS);
                    if (batch != null) {
                        write(batch);
                    }
                } catch (RuntimeException e) {
                    LOG.error("{}: a failure that was not foreseen; it is connecting again", name, e);
                    failed(e);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            closed = true;
            hangUp();
            for (var batch = mailbox.poll(); batch != null; batch = mailbox.poll()) {
                batch.done.completeExceptionally(new Busy("The transport is closed. Nothing was sent."));
            }
        }
    }

    /// One attempt, if it is time for one.
    private void connect() {
        if (System.nanoTime() < nextAttempt) {
            return;
        }
        try {
            var current = connection;
            if (current == null || !current.isOpen()) {
                hangUp();
                current = dialer.connect(name);
                current.addBlockedListener(blockedListener());
                connection = current;
            }
            line = open(current);
            failures = 0;
        } catch (IOException | RuntimeException e) {
            failed(e);
            if (failures == 1) {
                LOG.warn("{}: {} It tries again.", name, problem);
            }
        }
    }

    private void failed(Exception e) {
        hangUp();
        failures++;
        problem = Dialer.reason(e);
        nextAttempt = System.nanoTime() + dialer.pause(failures).toNanos();
    }

    private BlockedListener blockedListener() {
        return new BlockedListener() {
            @Override
            public void handleBlocked(String reason) {
                LOG.warn("{}: RabbitMQ takes no messages: {}", name, reason);
                blocked.set(reason);
            }

            @Override
            public void handleUnblocked() {
                LOG.info("{}: RabbitMQ takes messages again", name);
                blocked.set(null);
            }
        };
    }

    private Line open(Connection current) throws IOException {
        var opened = new Line(Topology.open(current));
        opened.channel.addConfirmListener(
                (seq, multiple) -> confirmed(opened, seq, multiple, true),
                (seq, multiple) -> confirmed(opened, seq, multiple, false));
        opened.channel.addReturnListener(message -> returned(opened, message));
        opened.channel.addShutdownListener(cause -> lost(opened, cause));
        opened.channel.confirmSelect();
        return opened;
    }

    private static void confirmed(Line line, long seq, boolean multiple, boolean taken) {
        if (multiple) {
            for (var all = line.unconfirmed.headMap(seq, true).entrySet().iterator(); all.hasNext(); ) {
                var one = all.next().getValue();
                all.remove();
                one.batch().answered(one.index(), taken);
            }
        } else {
            var one = line.unconfirmed.remove(seq);
            if (one != null) {
                one.batch().answered(one.index(), taken);
            }
        }
    }

    /// Returns come before their confirms and in the order of publishing, but without its number: the first
    /// that is equal is it, for equal ones have the same fate.
    private static void returned(Line line, Return message) {
        for (var entry : line.unconfirmed.tailMap(line.returned, false).entrySet()) {
            var on = entry.getValue();
            var publication = on.publication();
            if (publication.exchange().equals(message.getExchange())
                    && publication.routingKey().equals(message.getRoutingKey())
                    && Objects.equals(
                            publication.properties().getCorrelationId(),
                            message.getProperties().getCorrelationId())
                    && Arrays.equals(publication.body(), message.getBody())) {
                line.returned = entry.getKey();
                on.batch().returned[on.index()] = message.getReplyText();
                // A queue that turns out to be gone is declared again by whoever sends to it next.
                publication.declared().ifPresent(line.declared::remove);
                publication.declared().ifPresent(line.delayed::remove);
                return;
            }
        }
    }

    /// The one that made the broker close the channel is among those on the way. If there is no other, it is that
    /// one; else the others are not to be blamed.
    private static void lost(Line line, Throwable cause) {
        var refusal = Topology.refusal(cause).filter(Publisher::unreadable);
        if (refusal.isPresent() && line.unconfirmed.size() == 1) {
            var one = Objects.requireNonNull(line.unconfirmed.pollFirstEntry()).getValue();
            one.batch().unreadable[one.index()] =
                    "RabbitMQ does not take it: " + refusal.get().getReplyText();
            one.batch().answered(one.index(), true);
        }
        for (var entry = line.unconfirmed.pollFirstEntry(); entry != null; entry = line.unconfirmed.pollFirstEntry()) {
            entry.getValue().batch().done.completeExceptionally(cause);
        }
    }

    /// Whether the broker closed the channel because of a message itself, such as one that is too large.
    private static boolean unreadable(AMQP.Channel.Close close) {
        return close.getReplyCode() == AMQP.PRECONDITION_FAILED || close.getReplyCode() == AMQP.CONTENT_TOO_LARGE;
    }

    /// Waits for a connection, then writes, unless the caller has taken the batch back meanwhile.
    private void write(Batch batch) throws InterruptedException {
        while (batch.phase.get() == Phase.WAITING && !closed) {
            var current = line;
            if (current == null || !current.channel.isOpen()) {
                connect();
                current = line;
            }
            if (current != null && current.channel.isOpen() && blocked.get() == null) {
                try {
                    prepare(current, batch);
                    if (batch.phase.compareAndSet(Phase.WAITING, Phase.SENT)) {
                        writeAll(current, batch);
                    }
                    return;
                } catch (QueueMismatch e) {
                    batch.done.completeExceptionally(e);
                    return;
                } catch (IOException | ShutdownSignalException e) {
                    if (batch.phase.get() == Phase.SENT) {
                        batch.done.completeExceptionally(e);
                        return;
                    }
                    problem = Dialer.reason(e);
                } catch (RuntimeException e) {
                    if (batch.phase.get() == Phase.SENT) {
                        batch.done.completeExceptionally(e);
                        throw e; // The numbers of what was sent may not be the broker's any more.
                    }
                    batch.done.completeExceptionally(
                            new Busy("The messages could not be prepared: " + Dialer.reason(e) + " Nothing was sent."));
                    return;
                }
            }
            if (System.nanoTime() > batch.deadline) {
                return;
            }
            TimeUnit.MILLISECONDS.sleep(10);
        }
        if (closed) {
            batch.done.completeExceptionally(new Busy("The transport is closed. Nothing was sent."));
        }
    }

    private void prepare(Line current, Batch batch) throws IOException {
        var open = Objects.requireNonNull(connection);
        for (int i = 0; i < batch.publications.size(); i++) {
            var publication = batch.publications.get(i);
            var headers = TableFrames.unpacked(publication.properties().getHeaders()).length;
            if (open.getFrameMax() > 0 && headers > open.getFrameMax() - REST_MAX) {
                batch.returned[i] = "its headers are " + headers + " bytes long, and this RabbitMQ takes "
                        + (open.getFrameMax() - REST_MAX) + " (its frame_max, less the properties)";
                continue;
            }
            var queue = publication.declared();
            if (queue.isPresent() && !current.declared.contains(queue.get())) {
                topology.declare(open, queue.get());
                current.declared.add(queue.get());
                current.delayed.remove(queue.get());
            } else if (queue.isEmpty()
                    && !publication.exchange().isEmpty()
                    && !current.exchanges.contains(publication.exchange())) {
                if (exists(open, publication.exchange())) {
                    current.exchanges.add(publication.exchange());
                } else {
                    batch.returned[i] = "there is no exchange " + publication.exchange();
                }
            }
            if (publication.delayed() && !current.delayed.contains(queue.orElseThrow())) {
                try {
                    topology.declareDelays(open, queue.get());
                    current.delayed.add(queue.get());
                } catch (QueueMismatch e) {
                    // Once it is due it needs no delay, and goes straight to its queue.
                    LOG.warn("{}: {} What is not due is not handed over.", name, e.getMessage());
                    batch.postponed[i] = Dialer.reason(e);
                }
            }
        }
    }

    /// Publishing to an exchange that does not exist closes the channel under all others.
    private static boolean exists(Connection connection, String exchange) throws IOException {
        var channel = Topology.open(connection);
        try {
            channel.exchangeDeclarePassive(exchange);
            return true;
        } catch (IOException e) {
            if (Topology.refusal(e).isPresent()) {
                return false;
            }
            throw e;
        } finally {
            Topology.closeQuietly(channel);
        }
    }

    private static void writeAll(Line line, Batch batch) throws IOException {
        for (int i = 0; i < batch.publications.size(); i++) {
            if (batch.stays(i)) {
                batch.answered(i, true);
                continue;
            }
            var publication = batch.publications.get(i);
            line.unconfirmed.put(line.channel.getNextPublishSeqNo(), new OnTheWay(batch, i));
            line.channel.basicPublish(
                    publication.exchange(),
                    publication.routingKey(),
                    true,
                    publication.properties(),
                    publication.body());
        }
    }

    private void hangUp() {
        var current = connection;
        connection = null;
        line = null;
        blocked.set(null);
        if (current != null) {
            current.abort((int) Duration.ofSeconds(2).toMillis());
        }
    }

    @Override
    public void close() {
        closed = true;
        try {
            if (!owner.join(Duration.ofSeconds(5))) {
                owner.interrupt();
            }
        } catch (InterruptedException e) {
            owner.interrupt();
            Thread.currentThread().interrupt();
        }
    }
}
