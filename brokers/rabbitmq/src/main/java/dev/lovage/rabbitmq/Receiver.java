package dev.lovage.rabbitmq;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import com.rabbitmq.client.ShutdownSignalException;
import dev.lovage.engine.broker.Busy;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.transport.Arrival;
import dev.lovage.engine.transport.Transport;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Receives over a connection of its own, from one thread that owns the channel and takes what others want of
/// it from a bounded mailbox.
///
/// A *session* is the life of its channels, which end together. When it ends, what was received and not handed
/// out is forgotten, for the broker delivers it again, and tags of that session mean nothing any more. The next
/// session declares and consumes as before.
///
/// How many deliveries are unacknowledged is bounded by the broker: before RabbitMQ 4 by one prefetch count
/// over the channel, which quorum queues refuse; else by [Credits].
///
/// Invariants:
/// 1. Only the owner writes to the channel.
/// 2. A delivery is known to its session before anything is done with it, and deliveries come in the order of
///    their tags: what is unacknowledged up to a tag is what this session knows of, so that one acknowledgement
///    may stand for all of it.
final class Receiver implements Transport.Consumer {
    private static final Logger LOG = LoggerFactory.getLogger(Receiver.class);

    private static final int NOT_IMPLEMENTED = 540;
    private static final int MAILBOX_MAX = 4096;
    private static final Duration TICK = Duration.ofMillis(100);
    private static final Duration RETRY_QUEUE = Duration.ofSeconds(5);

    private sealed interface Wish {
        /// The wanted queues or their bound have changed.
        record Consume(CompletableFuture<Void> done) implements Wish {}

        /// Settles deliveries of one session.
        record Settle(long session, List<Ref> tags, boolean requeue, CompletableFuture<Void> done) implements Wish {}

        /// Something was delivered, or a consumer is gone.
        record Look() implements Wish {}
    }

    /// A delivery by its numbers.
    private record Ref(int lane, long tag) {}

    /// A delivery that is not settled.
    private record Held(Lane lane, long tag, String consumer, Arrival arrival, int priority) {}

    /// A channel that delivers. With a bound over the channel there is one; with credits each consumer has its
    /// own, which is closed when the consumer was cancelled and all that it held is settled: what a quorum
    /// queue has forgotten on the way to it comes back then.
    private static final class Lane {
        final int number;
        final Channel channel;

        // Guarded by lock.
        final TreeMap<Long, Held> unsettled = new TreeMap<>();
        boolean draining;

        Lane(int number, Channel channel) {
            this.number = number;
            this.channel = channel;
        }
    }

    /// The channels, and what they have received: guarded by `lock`, but for what is the owner's, or can be
    /// used by several threads at once.
    private static final class Session {
        final long number;
        final Channel channel;
        final Lane first;
        final Map<Integer, Lane> lanes = new ConcurrentHashMap<>();
        final Map<String, Lane> laneOf = new ConcurrentHashMap<>();
        final List<Held> waiting = new ArrayList<>();
        final Map<String, Long> lastDelivery = new ConcurrentHashMap<>();
        final Map<String, CountDownLatch> cancelling = new HashMap<>();

        /// Of the bound over the channel: the consumer of each queue. Not used with credits.
        final Map<String, String> consumers = new ConcurrentHashMap<>();

        final Credits credits = new Credits();
        final Set<String> declared = ConcurrentHashMap.newKeySet();
        final Set<String> delayed = ConcurrentHashMap.newKeySet();
        final Set<String> cancelledByBroker = ConcurrentHashMap.newKeySet();
        final Map<String, Long> failedAt = new HashMap<>();
        Set<String> wishedFor = Set.of();
        boolean shared;
        int prefetch = -1;
        int numbered;

        Session(long number, Channel channel, boolean shared) {
            this.number = number;
            this.channel = channel;
            this.first = new Lane(0, channel);
            this.lanes.put(0, first);
            this.shared = shared;
        }

        int held() {
            return lanes.values().stream()
                    .mapToInt(lane -> lane.unsettled.size())
                    .sum();
        }
    }

    private final String name;
    private final Dialer dialer;
    private final Topology topology;
    private final Arrivals arrivals;
    private final Duration timeout;
    private final Duration stuckAfter;
    private final BlockingQueue<Wish> mailbox = new ArrayBlockingQueue<>(MAILBOX_MAX);
    private final ReentrantLock lock = new ReentrantLock();
    private final Thread owner;
    private volatile boolean closed;

    /// Nothing more is wanted, and what has arrived is not given back for that.
    private volatile boolean leaving;
    private volatile String problem = "it was not connected yet";

    // Guarded by lock.
    private Set<String> wanted = Set.of();
    private int max;
    private @Nullable Session session;

    // The owner's.
    private @Nullable Connection connection;
    private boolean sharedOnly;
    private long sessions;
    private int failures;
    private final Map<String, Long> stuckSince = new HashMap<>();
    private long lastProbe = System.nanoTime();
    private long lastWatch = System.nanoTime() - TICK.toNanos();
    private @Nullable Channel looking;

    /// @param timeout of each call that waits for the owner
    /// @param stuckAfter how long messages may be ready, and this consumer free, without a delivery
    Receiver(String name, Dialer dialer, Topology topology, Arrivals arrivals, Duration timeout, Duration stuckAfter) {
        this.name = name;
        this.dialer = dialer;
        this.topology = topology;
        this.arrivals = arrivals;
        this.timeout = timeout;
        this.stuckAfter = stuckAfter;
        this.owner = Thread.ofVirtual().name("amqp-receiver-" + name).start(this::own);
    }

    /// @throws QueueMismatch if one of the queues is there already with other arguments; the others are
    ///     received from
    @Override
    public void consume(Set<String> queues, int max) {
        if (max < 0) {
            throw new IllegalArgumentException("A consumer holds 0 deliveries or more, but max is " + max + ".");
        }
        lock.lock();
        try {
            wanted = Set.copyOf(new LinkedHashSet<>(queues));
            this.max = max;
        } finally {
            lock.unlock();
        }
        var done = new CompletableFuture<Void>();
        try {
            if (mailbox.offer(new Wish.Consume(done), timeout.toNanos(), TimeUnit.NANOSECONDS)) {
                done.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (TimeoutException e) {
            // It is done as soon as there is a connection.
        } catch (ExecutionException e) {
            if (e.getCause() instanceof QueueMismatch mismatch) {
                throw mismatch;
            }
        }
    }

    /// What comes while its consumers are cancelled is among them: a quorum queue counts what is given back.
    @Override
    public List<Arrival> receiveLast() {
        leaving = true;
        consume(Set.of(), 0);
        return receive(Integer.MAX_VALUE);
    }

    @Override
    public List<Arrival> receive(int max) {
        lock.lock();
        try {
            var current = session;
            if (current == null || !current.channel.isOpen()) {
                throw new Busy("There is no connection to RabbitMQ: " + problem + " Nothing was received.");
            }
            current.waiting.sort(Comparator.<Held>comparingInt(one -> -one.priority()));
            var part = current.waiting.subList(0, Math.min(Math.max(0, max), current.waiting.size()));
            var handedOut = part.stream().map(Held::arrival).toList();
            part.clear();
            return handedOut;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void acknowledge(List<String> tags) {
        settle(tags, false);
    }

    @Override
    public void giveBack(List<String> tags) {
        settle(tags, true);
    }

    private void settle(List<String> tags, boolean requeue) {
        Optional<Long> number;
        lock.lock();
        try {
            number = Optional.ofNullable(session).map(current -> current.number);
        } finally {
            lock.unlock();
        }
        if (number.isEmpty()) {
            return;
        }
        var prefix = number.get() + "-";
        var mine = tags.stream()
                .filter(tag -> tag.startsWith(prefix))
                .map(tag -> ref(tag.substring(prefix.length())))
                .toList();
        if (mine.isEmpty()) {
            return;
        }
        var done = new CompletableFuture<Void>();
        try {
            if (closed
                    || !mailbox.offer(
                            new Wish.Settle(number.get(), mine, requeue, done),
                            timeout.toNanos(),
                            TimeUnit.NANOSECONDS)) {
                throw new Busy(notSettled(mine.size()));
            }
            done.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException | ExecutionException e) {
            throw new Busy(notSettled(mine.size()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Busy(notSettled(mine.size()));
        }
    }

    private static Ref ref(String laneAndTag) {
        var dash = laneAndTag.indexOf('-');
        return new Ref(Integer.parseInt(laneAndTag.substring(0, dash)), Long.parseLong(laneAndTag.substring(dash + 1)));
    }

    private static String notSettled(int count) {
        return "RabbitMQ could not be told about " + count + " deliveries. They will be delivered again.";
    }

    boolean connected() {
        lock.lock();
        try {
            return session != null && session.channel.isOpen();
        } finally {
            lock.unlock();
        }
    }

    boolean isClosed() {
        return closed;
    }

    private void own() {
        try {
            while (!closed) {
                try {
                    begin();
                    serve();
                } catch (IOException | ShutdownSignalException e) {
                    // The client library wraps what the broker said.
                    sharedOnly |= refusesGlobalBound(e);
                    problem = Dialer.reason(e);
                    if (failures == 0 && !closed) {
                        LOG.warn("{} has no connection, and tries again: {}", name, problem);
                    }
                    failures++;
                } catch (RuntimeException e) {
                    LOG.error("{}: a failure that was not foreseen; it is connecting again", name, e);
                    failures++;
                }
                end();
                if (!closed) {
                    refuseWishes();
                    TimeUnit.NANOSECONDS.sleep(dialer.pause(failures).toNanos());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            closed = true;
            end();
            refuseWishes();
        }
    }

    private static boolean refusesGlobalBound(Throwable e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof ShutdownSignalException signal
                    && signal.getReason() instanceof com.rabbitmq.client.AMQP.Connection.Close close
                    && close.getReplyCode() == NOT_IMPLEMENTED) {
                return true;
            }
            if (cause instanceof ShutdownSignalException signal
                    && signal.getReason() instanceof com.rabbitmq.client.AMQP.Channel.Close close
                    && close.getReplyCode() == NOT_IMPLEMENTED) {
                return true;
            }
        }
        return false;
    }

    private void begin() throws IOException {
        var current = connection;
        if (current == null || !current.isOpen()) {
            current = dialer.connect(name);
            connection = current;
        }
        sharedOnly |= Dialer.major(current) >= 4;
        var channel = Topology.open(current);
        channel.addShutdownListener(cause -> look());
        lock.lock();
        try {
            session = new Session(++sessions, channel, sharedOnly);
        } finally {
            lock.unlock();
        }
        arrivals.add();
    }

    /// Forgets the session; the connection is kept if it can be used again.
    private void end() {
        Session ended;
        lock.lock();
        try {
            ended = session;
            session = null;
        } finally {
            lock.unlock();
        }
        stuckSince.clear();
        if (ended != null) {
            if (closed && ended.channel.isOpen()) {
                giveBackAll(ended);
            }
            ended.lanes.values().forEach(lane -> Topology.closeQuietly(lane.channel));
        }
        if (connection != null && (closed || !connection.isOpen())) {
            connection.abort((int) Duration.ofSeconds(2).toMillis());
            connection = null;
        }
        arrivals.add();
    }

    /// In order, so that the broker puts them back where they were.
    private void giveBackAll(Session ended) {
        try {
            for (var tag : List.copyOf(consumerTags(ended))) {
                ended.laneOf.getOrDefault(tag, ended.first).channel.basicCancel(tag);
            }
            for (var lane : ended.lanes.values()) {
                long last;
                lock.lock();
                try {
                    last = lane.unsettled.isEmpty() ? 0 : lane.unsettled.lastKey();
                    lane.unsettled.clear();
                } finally {
                    lock.unlock();
                }
                if (last > 0) {
                    lane.channel.basicNack(last, true, true);
                }
            }
        } catch (IOException | ShutdownSignalException e) {
            // Closing gives them back as well.
        }
    }

    private List<String> consumerTags(Session of) {
        lock.lock();
        try {
            return of.shared
                    ? wanted.stream()
                            .flatMap(queue -> of.credits.tags(queue).stream())
                            .toList()
                    : List.copyOf(of.consumers.values());
        } finally {
            lock.unlock();
        }
    }

    private void refuseWishes() {
        for (var wish = mailbox.poll(); wish != null; wish = mailbox.poll()) {
            switch (wish) {
                case Wish.Settle settle ->
                    settle.done().completeExceptionally(new IOException("the connection was lost"));
                // What is wanted is known, and is done when there is a connection.
                case Wish.Consume consume -> consume.done().complete(null);
                case Wish.Look() -> {}
            }
        }
    }

    private void serve() throws IOException, InterruptedException {
        var current = Objects.requireNonNull(session);
        apply(current).ifPresent(mismatch -> LOG.error("{}: {}", name, mismatch.getMessage()));
        failures = 0;
        while (!closed) {
            if (!current.channel.isOpen()) {
                throw new IOException("The channel was closed: " + Dialer.reason(current.channel.getCloseReason()));
            }
            var wish = mailbox.poll(TICK.toNanos(), TimeUnit.NANOSECONDS);
            List<Wish> all = new ArrayList<>();
            if (wish != null) {
                all.add(wish);
            }
            mailbox.drainTo(all);
            settleAll(
                    current,
                    all.stream()
                            .filter(Wish.Settle.class::isInstance)
                            .map(Wish.Settle.class::cast)
                            .toList());
            carryOut(
                    current,
                    all.stream()
                            .filter(Wish.Consume.class::isInstance)
                            .map(Wish.Consume.class::cast)
                            .toList());
            probe(current);
        }
    }

    private void carryOut(Session current, List<Wish.Consume> wishes) throws IOException, InterruptedException {
        try {
            if (!wishes.isEmpty()) {
                tryAgainWhatIsWishedAnew(current);
            }
            var mismatch = apply(current);
            for (var wish : wishes) {
                if (mismatch.isPresent()) {
                    wish.done().completeExceptionally(mismatch.get());
                } else {
                    wish.done().complete(null);
                }
            }
            if (wishes.isEmpty()) {
                mismatch.ifPresent(one -> LOG.error("{}: {}", name, one.getMessage()));
            }
        } catch (IOException | RuntimeException e) {
            // The next session does it.
            wishes.forEach(wish -> wish.done().complete(null));
            throw e;
        }
    }

    private void tryAgainWhatIsWishedAnew(Session current) {
        lock.lock();
        try {
            if (!wanted.equals(current.wishedFor)) {
                current.wishedFor = wanted;
                current.failedAt.clear();
            }
        } finally {
            lock.unlock();
        }
    }

    /// Makes what is consumed what is wanted.
    ///
    /// @return of a queue that can't be declared; it is tried again after [#RETRY_QUEUE]
    private Optional<QueueMismatch> apply(Session current) throws IOException, InterruptedException {
        Set<String> queues;
        int bound;
        lock.lock();
        try {
            queues = wanted;
            bound = max;
        } finally {
            lock.unlock();
        }
        Optional<QueueMismatch> failed = Optional.empty();
        var now = System.nanoTime();
        Set<String> usable = new LinkedHashSet<>();
        for (var queue : queues) {
            if (current.declared.contains(queue)) {
                usable.add(queue);
            } else if (now - current.failedAt.getOrDefault(queue, now - RETRY_QUEUE.toNanos())
                    >= RETRY_QUEUE.toNanos()) {
                try {
                    topology.declare(Objects.requireNonNull(connection), queue);
                    current.declared.add(queue);
                    current.delayed.remove(queue);
                    current.failedAt.remove(queue);
                    usable.add(queue);
                } catch (QueueMismatch e) {
                    current.failedAt.put(queue, now);
                    failed = failed.or(() -> Optional.of(e));
                }
            }
        }
        current.declared.retainAll(queues);
        bringDelayed(current, usable);
        if (!current.shared
                && usable.stream().anyMatch(queue -> topology.queue(queue).quorum())) {
            share(current);
        }
        if (current.shared) {
            applyCredits(current, usable, bound);
        } else {
            applyBound(current, usable, bound);
        }
        giveBackUnwanted(current, usable, bound);
        return failed;
    }

    /// So that what others sent through the delay levels comes here. Where that can't be had, everything else is
    /// received all the same.
    private void bringDelayed(Session current, Set<String> usable) throws IOException {
        current.delayed.retainAll(usable);
        for (var queue : usable) {
            if (!current.delayed.contains(queue) && topology.brought(topology.queue(queue))) {
                current.delayed.add(queue);
                try {
                    topology.declareDelays(Objects.requireNonNull(connection), queue);
                } catch (QueueMismatch e) {
                    LOG.error(
                            "{}: {} What others send to {} with a time goes through these levels, and may not come"
                                    + " here before this worker has connected again with settings that fit.",
                            name,
                            e.getMessage(),
                            queue);
                }
            }
        }
    }

    /// From here on by credits: a quorum queue refuses a bound over the channel.
    private void share(Session current) throws IOException, InterruptedException {
        sharedOnly = true;
        for (var tag : List.copyOf(current.consumers.values())) {
            cancel(current, tag);
        }
        current.consumers.clear();
        current.channel.basicQos(0, 0, true);
        lock.lock();
        try {
            current.shared = true;
            // What is still unacknowledged counts as a cancelled consumer's.
            for (var held : current.first.unsettled.values()) {
                current.credits.inherit(held.consumer());
            }
        } finally {
            lock.unlock();
        }
    }

    private void applyBound(Session current, Set<String> usable, int bound) throws IOException, InterruptedException {
        // A prefetch count of 0 would be none at all.
        var queues = bound == 0 ? Set.<String>of() : usable;
        for (var entry : Map.copyOf(current.consumers).entrySet()) {
            if (!queues.contains(entry.getKey())) {
                cancel(current, entry.getValue());
                forget(current, entry.getKey());
            }
        }
        if (bound > 0 && bound != current.prefetch) {
            current.channel.basicQos(0, Math.min(bound, 65535), true);
            current.prefetch = bound;
        }
        for (var queue : queues) {
            if (!current.consumers.containsKey(queue)) {
                var tag = "lovage-" + ++current.numbered;
                lock.lock();
                try {
                    current.consumers.put(queue, tag);
                    current.lastDelivery.put(queue, System.nanoTime());
                } finally {
                    lock.unlock();
                }
                start(current, current.first, queue, tag);
            }
        }
    }

    private void forget(Session current, String queue) {
        lock.lock();
        try {
            current.consumers.remove(queue);
        } finally {
            lock.unlock();
        }
    }

    private void applyCredits(Session current, Set<String> usable, int bound) throws IOException, InterruptedException {
        watch(current);
        // What a cancelled consumer leaves is granted by the next round.
        for (int round = 0; round < 20; round++) {
            List<Credits.Change> changes;
            lock.lock();
            try {
                current.credits.want(usable, bound);
                changes = current.credits.changes(System.nanoTime());
            } finally {
                lock.unlock();
            }
            if (changes.isEmpty()) {
                return;
            }
            for (var change : changes) {
                switch (change) {
                    case Credits.Change.Cancel(var tag) -> {
                        cancel(current, tag);
                        lock.lock();
                        try {
                            current.credits.ended(tag);
                        } finally {
                            lock.unlock();
                        }
                        drain(current, tag);
                    }
                    case Credits.Change.Start(var tag, var queue, var credit) -> {
                        var lane = new Lane(++current.numbered, Topology.open(Objects.requireNonNull(connection)));
                        lane.channel.addShutdownListener(_ -> look());
                        current.lanes.put(lane.number, lane);
                        current.laneOf.put(tag, lane);
                        lane.channel.basicQos(0, Math.min(credit, 65535), false);
                        current.lastDelivery.putIfAbsent(queue, System.nanoTime());
                        start(current, lane, queue, tag);
                    }
                }
            }
        }
    }

    /// The consumer is cancelled; its lane is closed now or when the last of what it holds is settled.
    private void drain(Session current, String tag) {
        var lane = current.laneOf.remove(tag);
        if (lane != null) {
            lock.lock();
            try {
                lane.draining = true;
            } finally {
                lock.unlock();
            }
            closeIfDrained(current, lane);
        }
    }

    private void closeIfDrained(Session current, Lane lane) {
        boolean drained;
        lock.lock();
        try {
            drained = lane.draining && lane.unsettled.isEmpty();
        } finally {
            lock.unlock();
        }
        if (drained) {
            current.lanes.remove(lane.number);
            Topology.closeQuietly(lane.channel);
        }
    }

    /// Looks into the queues that have no consumer just now.
    private void watch(Session current) throws IOException {
        var now = System.nanoTime();
        if (now - lastWatch < TICK.toNanos()) {
            return;
        }
        lastWatch = now;
        List<String> watched;
        lock.lock();
        try {
            watched = current.credits.watched().stream()
                    .filter(current.declared::contains)
                    .toList();
        } finally {
            lock.unlock();
        }
        for (var queue : watched) {
            var ready = ready(queue);
            lock.lock();
            try {
                current.credits.ready(queue, ready);
            } finally {
                lock.unlock();
            }
        }
    }

    private void start(Session current, Lane lane, String queue, String tag) throws IOException {
        lane.channel.basicConsume(queue, false, tag, false, false, Map.of(), new DefaultConsumer(lane.channel) {
            @Override
            public void handleDelivery(String consumer, Envelope envelope, BasicProperties properties, byte[] body) {
                delivered(current, lane, queue, consumer, envelope, properties, body);
            }

            @Override
            public void handleCancelOk(String consumer) {
                lock.lock();
                try {
                    var latch = current.cancelling.get(consumer);
                    if (latch != null) {
                        latch.countDown();
                    }
                } finally {
                    lock.unlock();
                }
            }

            @Override
            public void handleCancel(String consumer) {
                LOG.warn("{}: RabbitMQ has cancelled the consumer of {}; it consumes again", name, queue);
                lock.lock();
                try {
                    current.credits.ended(consumer);
                    current.consumers.remove(queue, consumer);
                    // The queue may have been deleted.
                    current.declared.remove(queue);
                    current.cancelledByBroker.add(consumer);
                    lane.draining = current.shared;
                    var latch = current.cancelling.get(consumer);
                    if (latch != null) {
                        latch.countDown();
                    }
                } finally {
                    lock.unlock();
                }
                look();
            }
        });
    }

    /// Returns when all that was on its way to the consumer has been received.
    private void cancel(Session current, String tag) throws IOException, InterruptedException {
        var latch = new CountDownLatch(1);
        lock.lock();
        try {
            current.cancelling.put(tag, latch);
        } finally {
            lock.unlock();
        }
        if (!current.cancelledByBroker.contains(tag)) {
            current.laneOf.getOrDefault(tag, current.first).channel.basicCancel(tag);
        } else {
            latch.countDown();
        }
        if (!latch.await(timeout.toNanos(), TimeUnit.NANOSECONDS)) {
            throw new IOException("RabbitMQ did not confirm the end of a consumer within " + timeout + ".");
        }
        lock.lock();
        try {
            current.cancelling.remove(tag);
        } finally {
            lock.unlock();
        }
    }

    private void delivered(
            Session to,
            Lane lane,
            String queue,
            String consumer,
            Envelope envelope,
            BasicProperties properties,
            byte[] body) {
        var priority = properties.getPriority();
        var held = new Held(
                lane,
                envelope.getDeliveryTag(),
                consumer,
                arrival(to.number + "-" + lane.number, queue, envelope, properties, body),
                priority == null ? 0 : priority);
        lock.lock();
        try {
            lane.unsettled.put(held.tag(), held);
            to.waiting.add(held);
            to.lastDelivery.put(queue, System.nanoTime());
            to.credits.delivered(consumer, System.nanoTime());
        } finally {
            lock.unlock();
        }
        arrivals.add();
        if (to.shared) {
            look();
        }
    }

    /// What can't be read arrives without headers and properties.
    private static Arrival arrival(
            String lane, String queue, Envelope envelope, BasicProperties properties, byte[] body) {
        var headers = "{}";
        var basics = "{}";
        try {
            headers = Json.text(Table.decode(TableFrames.unpacked(properties.getHeaders())));
            basics = Json.text(Basics.decode(properties, envelope));
        } catch (Table.Malformed | dev.lovage.engine.json.NotJson e) {
            LOG.warn("A message from {} has headers that can't be read: {}", queue, e.getMessage());
            headers = "{}";
        }
        return new Arrival(
                lane + "-" + envelope.getDeliveryTag(), queue, headers, basics, body, envelope.isRedeliver());
    }

    /// Never blocks: it is called by the connection's own threads. A wish that does not fit is made good by the
    /// next tick.
    private void look() {
        var _ = mailbox.offer(new Wish.Look());
    }

    private void settleAll(Session current, List<Wish.Settle> wishes) throws IOException {
        try {
            for (var requeue : List.of(false, true)) {
                Set<Ref> tags = new HashSet<>();
                wishes.stream()
                        .filter(wish -> wish.requeue() == requeue && wish.session() == current.number)
                        .forEach(wish -> tags.addAll(wish.tags()));
                if (!tags.isEmpty()) {
                    settleRefs(current, tags, requeue);
                }
            }
            wishes.forEach(wish -> wish.done().complete(null));
        } catch (IOException | RuntimeException e) {
            wishes.forEach(wish -> wish.done().completeExceptionally(e));
            throw e;
        }
    }

    private void settleRefs(Session current, Set<Ref> refs, boolean requeue) throws IOException {
        Map<Integer, Set<Long>> byLane = new HashMap<>();
        refs.forEach(
                ref -> byLane.computeIfAbsent(ref.lane(), _ -> new HashSet<>()).add(ref.tag()));
        for (var entry : byLane.entrySet()) {
            var lane = current.lanes.get(entry.getKey());
            if (lane != null) {
                settle(current, lane, entry.getValue(), requeue);
                closeIfDrained(current, lane);
            }
        }
    }

    /// One frame for all that are settled from the oldest on without a gap, and one for each of the others.
    private void settle(Session current, Lane lane, Set<Long> tags, boolean requeue) throws IOException {
        List<Long> single = new ArrayList<>();
        long upTo = 0;
        var many = 0;
        lock.lock();
        try {
            var gap = false;
            for (var tag : lane.unsettled.keySet()) {
                if (!tags.contains(tag)) {
                    gap = true;
                } else if (gap) {
                    single.add(tag);
                } else {
                    upTo = tag;
                    many++;
                }
                if (single.size() + many == tags.size()) {
                    break;
                }
            }
            for (var tag : tags) {
                var held = lane.unsettled.remove(tag);
                if (held != null) {
                    current.credits.settled(held.consumer());
                    current.waiting.remove(held);
                }
            }
        } finally {
            lock.unlock();
        }
        if (many > 0) {
            send(lane, upTo, many > 1, requeue);
        }
        for (var tag : single) {
            send(lane, tag, false, requeue);
        }
    }

    private static void send(Lane lane, long tag, boolean multiple, boolean requeue) throws IOException {
        if (requeue) {
            lane.channel.basicNack(tag, multiple, true);
        } else {
            lane.channel.basicAck(tag, multiple);
        }
    }

    /// What was received and not handed out, and is from a queue that is not wanted any more, or too much.
    private void giveBackUnwanted(Session current, Set<String> queues, int bound) throws IOException {
        if (leaving) {
            return;
        }
        Set<Ref> refs = new HashSet<>();
        lock.lock();
        try {
            current.waiting.stream()
                    .filter(held -> !queues.contains(held.arrival().queue()))
                    .forEach(held -> refs.add(new Ref(held.lane().number, held.tag())));
            for (int i = current.waiting.size() - 1; i >= 0 && current.held() - refs.size() > bound; i--) {
                var held = current.waiting.get(i);
                refs.add(new Ref(held.lane().number, held.tag()));
            }
        } finally {
            lock.unlock();
        }
        if (!refs.isEmpty()) {
            settleRefs(current, refs, true);
        }
    }

    /// A queue with messages that are ready, whose consumer is free and gets none, is consumed again.
    private void probe(Session current) throws IOException, InterruptedException {
        var now = System.nanoTime();
        if (now - lastProbe < stuckAfter.toNanos() / 2) {
            return;
        }
        lastProbe = now;
        for (var queue : suspects(current, now)) {
            var ready = ready(queue);
            if (ready == 0) {
                stuckSince.remove(queue);
            } else if (now - stuckSince.computeIfAbsent(queue, _ -> now) >= stuckAfter.toNanos()) {
                LOG.warn(
                        "{}: {} messages are ready in {}, and none came for {} s though this consumer is free. It cancels"
                                + " and consumes again.",
                        name,
                        ready,
                        queue,
                        stuckAfter.toSeconds());
                stuckSince.remove(queue);
                again(current, queue);
            }
        }
    }

    private List<String> suspects(Session current, long now) {
        lock.lock();
        try {
            var free = current.held() < max;
            var suspects = wanted.stream()
                    .filter(current.declared::contains)
                    .filter(queue -> now - current.lastDelivery.getOrDefault(queue, now) >= stuckAfter.toNanos() / 2)
                    .filter(queue -> current.shared ? current.credits.waits(queue) : free)
                    .toList();
            stuckSince.keySet().retainAll(suspects);
            return suspects;
        } finally {
            lock.unlock();
        }
    }

    /// Asked on a channel of its own, which is closed when the queue does not exist.
    private long ready(String queue) throws IOException {
        var channel = looking;
        if (channel == null || !channel.isOpen()) {
            channel = Topology.open(Objects.requireNonNull(connection));
            looking = channel;
        }
        try {
            return channel.queueDeclarePassive(queue).getMessageCount();
        } catch (IOException e) {
            looking = null;
            if (Topology.refusal(e).isPresent()) {
                return 0;
            }
            throw e;
        }
    }

    private void again(Session current, String queue) throws IOException, InterruptedException {
        List<String> tags;
        lock.lock();
        try {
            tags = current.shared
                    ? current.credits.tags(queue)
                    : Optional.ofNullable(current.consumers.get(queue)).stream().toList();
        } finally {
            lock.unlock();
        }
        for (var tag : tags) {
            cancel(current, tag);
            lock.lock();
            try {
                current.credits.ended(tag);
                current.consumers.remove(queue, tag);
            } finally {
                lock.unlock();
            }
            drain(current, tag);
        }
        lock.lock();
        try {
            current.lastDelivery.put(queue, System.nanoTime());
        } finally {
            lock.unlock();
        }
        apply(current);
    }

    @Override
    public void close() {
        closed = true;
        look();
        try {
            if (!owner.join(Duration.ofSeconds(10))) {
                owner.interrupt();
            }
        } catch (InterruptedException e) {
            owner.interrupt();
            Thread.currentThread().interrupt();
        }
    }
}
