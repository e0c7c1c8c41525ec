package dev.lovage.redis.transport;

import dev.lovage.engine.broker.Busy;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.transport.Arrival;
import dev.lovage.engine.transport.Transport;
import dev.lovage.redis.connection.Connections;
import dev.lovage.redis.connection.Script;
import dev.lovage.redis.transport.Restorer.Seen;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.Protocol.Command;

/// What one worker takes out of its queues. A delivery's life: claimed by a script that notes it as
/// unacknowledged in the same step; shown to be alive every third of the visibility timeout, as long as this
/// object lives; at last acknowledged, or given back.
///
/// Invariants:
/// 1. Nothing is in flight without being noted in Redis: a claim whose answer was lost is asked for again.
/// 2. No more is held than there are slots; what was acknowledged without an answer still counts.
/// 3. Each step on a delivery happens only while Redis has the score that was written here last: when somebody
///    restored it meanwhile, it is theirs.
final class RedisConsumer implements Transport.Consumer {
    private static final Logger LOG = LoggerFactory.getLogger(RedisConsumer.class);
    private static final Script CLAIM = Script.of(RedisConsumer.class, "claim.lua");
    private static final Script RECOVER = Script.of(RedisConsumer.class, "recover.lua");
    private static final Script ACKNOWLEDGE = Script.of(RedisConsumer.class, "acknowledge.lua");
    private static final Script RENEW = Script.of(RedisConsumer.class, "renew.lua");
    private static final Script REWRITE = Script.of(RedisConsumer.class, "rewrite.lua");

    /// Messages of one claim, deliveries of one script: no script is to take long.
    private static final int CLAIM_MAX = 64;

    private static final int BATCH = 500;

    private final RedisTransport transport;
    private final Connections connections;
    private final KombuLayout layout;
    private final Restorer restorer;
    private final String id;
    private final Semaphore claiming = new Semaphore(1);
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition end = lock.newCondition();

    /// Held over a conversation with Redis in which scores are compared or changed: an acknowledgement that
    /// overtook a renewal would compare with the score of yesterday, and do nothing.
    private final ReentrantLock scores = new ReentrantLock();

    /// By the tag of their arrival, in the order of their claim.
    private final Map<String, Seen> held = new LinkedHashMap<>();

    /// Were acknowledged, and it isn't known whether Redis heard it.
    private final Set<String> finished = new HashSet<>();

    /// Are to be delivered again, and it isn't known whether Redis heard it. No sign of life is shown for them:
    /// if Redis never hears it from here, their time runs out.
    private final Set<String> returned = new HashSet<>();

    private List<String> queues = List.of();
    private Claim last = new Claim(0, List.of(), false);
    private int max;
    private int turn;
    private boolean closed;

    /// @param unanswered whether it isn't known what it took
    private record Claim(long number, List<String> queues, boolean unanswered) {}

    /// @param id unique to this consumer, also known to whoever finds its process dead
    RedisConsumer(RedisTransport transport, String name, String id) {
        this.id = id;
        this.transport = transport;
        this.connections = transport.connections();
        this.layout = transport.layout();
        this.restorer = new Restorer(connections, layout);
        // A thread of its own from the system: tasks that keep all carriers of virtual threads busy must not make
        // their deliveries look dead.
        Thread.ofPlatform().name("lovage-redis-" + name).daemon().start(this::tend);
    }

    @Override
    public void consume(Set<String> queues, int max) {
        lock.lock();
        try {
            this.queues = List.copyOf(new TreeSet<>(queues));
            this.max = max;
        } finally {
            lock.unlock();
        }
        transport.watch().tell();
    }

    /// The queues from which something could be taken now.
    List<String> wanted() {
        lock.lock();
        try {
            return closed || held.size() >= max ? List.of() : queues;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public List<Arrival> receive(int count) {
        if (!claiming.tryAcquire()) {
            return List.of(); // Another thread is at it.
        }
        try {
            var arrivals = new ArrayList<Arrival>();
            var before = last();
            if (before.unanswered()) {
                arrivals.addAll(recover(before));
                if (!arrivals.isEmpty()) {
                    return arrivals;
                }
            }
            var next = next(count);
            if (next.free() > 0) {
                arrivals.addAll(claim(next));
            }
            return arrivals;
        } finally {
            claiming.release();
        }
    }

    private Claim last() {
        lock.lock();
        try {
            return last;
        } finally {
            lock.unlock();
        }
    }

    private record Next(Claim claim, int free) {}

    /// Queues take turns from claim to claim, too.
    private Next next(int count) {
        lock.lock();
        try {
            int free = closed || queues.isEmpty() ? 0 : Math.min(Math.min(count, max - held.size()), CLAIM_MAX);
            var order = new ArrayList<>(queues);
            if (free > 0) {
                Collections.rotate(order, -(turn++ % order.size()));
            }
            return new Next(new Claim(last.number() + 1, order, true), free);
        } finally {
            lock.unlock();
        }
    }

    private List<Arrival> claim(Next next) {
        var claim = next.claim();
        transport.declare(claim.queues());
        var keys = new ArrayList<>(List.of(layout.index(), layout.unacked(), note()));
        for (int step : layout.steps()) {
            claim.queues().forEach(queue -> keys.add(layout.list(queue, step)));
        }
        claim.queues().forEach(queue -> keys.add(layout.key(KombuLayout.unreadable(queue))));
        var arguments = new ArrayList<Object>(List.of(
                next.free(),
                claim.number(),
                layout.visibility().toSeconds() + 3600,
                id + "-" + claim.number(),
                claim.queues().size()));
        arguments.addAll(claim.queues());
        claim.queues().forEach(queue -> arguments.add(KombuLayout.unreadable(queue)));
        remember(claim);
        return take(claim, connections.use(connection -> CLAIM.run(connection, keys, arguments)));
    }

    /// Takes what a claim took whose answer was lost with its connection.
    private List<Arrival> recover(Claim claim) {
        return take(
                claim,
                connections.use(connection -> RECOVER.run(
                        connection, List.of(layout.index(), layout.unacked(), note()), List.of(claim.number()))));
    }

    private List<Arrival> take(Claim claim, Object answer) {
        var arrivals = new ArrayList<Arrival>();
        if (!(answer instanceof List<?> values)) {
            throw new IllegalStateException("Redis answered a claim with " + answer + ".");
        }
        for (int i = 0; i + 3 < values.size(); i += 4) {
            var delivery = new Seen(text(values.get(i)), text(values.get(i + 1)), "");
            var queue = claim.queues().get((int) (long) (Long) values.get(i + 2));
            var arrivalTag = delivery.tag() + "@" + delivery.score();
            var item = (byte[]) values.get(i + 3);
            arrivals.add(arrival(arrivalTag, queue, delivery, item));
            lock.lock();
            try {
                held.put(arrivalTag, delivery);
            } finally {
                lock.unlock();
            }
        }
        remember(new Claim(claim.number(), claim.queues(), false));
        return arrivals;
    }

    private void remember(Claim claim) {
        lock.lock();
        try {
            last = claim;
        } finally {
            lock.unlock();
        }
    }

    private Arrival arrival(String arrivalTag, String queue, Seen delivery, byte[] item) {
        var content = Envelope.read(item).map(Envelope::content).orElseGet(() -> {
            keepSafely(queue, delivery, item);
            return new Envelope.Content("{}", "{}", item, false);
        });
        return new Arrival(
                arrivalTag, queue, content.headers(), content.properties(), content.body(), content.redelivered());
    }

    /// The script took it for a message, and Java, which reads as strictly as Python does, didn't.
    private void keepSafely(String queue, Seen delivery, byte[] item) {
        var list = KombuLayout.unreadable(queue);
        var safe = Json.array()
                .add(Envelope.wrapping(item, delivery.tag(), list).tree())
                .add("")
                .add(list);
        connections.use(connection -> REWRITE.run(
                connection,
                List.of(layout.index(), layout.unacked()),
                List.of(delivery.tag(), delivery.score(), Json.python(safe))));
    }

    @Override
    public void acknowledge(List<String> tags) {
        boolean full;
        lock.lock();
        try {
            full = held.size() >= max;
            tags.stream().filter(held::containsKey).forEach(finished::add);
        } finally {
            lock.unlock();
        }
        finish();
        if (full) {
            transport.watch().tell();
        }
    }

    /// Tells Redis what was acknowledged; what it doesn't hear is told again at the next beat.
    /// Whoever waits for the lock finds that others have told what it came to tell.
    private void finish() {
        scores.lock();
        try {
            for (var batch = batch(held(finished::contains));
                    !batch.isEmpty();
                    batch = batch(held(finished::contains))) {
                var triples = triples(batch.values());
                connections.use(
                        connection -> ACKNOWLEDGE.run(connection, List.of(layout.index(), layout.unacked()), triples));
                forget(batch.keySet());
            }
        } finally {
            scores.unlock();
        }
    }

    @Override
    public void giveBack(List<String> tags) {
        lock.lock();
        try {
            tags.stream()
                    .filter(tag -> held.containsKey(tag) && !finished.contains(tag))
                    .forEach(returned::add);
        } finally {
            lock.unlock();
        }
        giveBackReturned();
    }

    /// Tells Redis what is to be delivered again; what it doesn't hear is told again at the next beat.
    private void giveBackReturned() {
        scores.lock();
        try {
            var ours = held(tag -> returned.contains(tag) && !finished.contains(tag));
            if (ours.isEmpty()) {
                return;
            }
            restorer.giveBack(List.copyOf(ours.values()));
            forget(ours.keySet());
        } finally {
            scores.unlock();
        }
        transport.watch().tell();
    }

    /// Shows that deliveries are alive, and looks for those of others that are not.
    private void tend() {
        do {
            try {
                finish();
                giveBackReturned();
                renew();
                restorer.restoreExpired();
            } catch (Busy e) {
                LOG.debug("Redis was not reached to show what is alive.", e);
            } catch (RuntimeException e) {
                LOG.error("Deliveries could not be tended. It is tried again.", e);
            }
        } while (beats());
    }

    private boolean beats() {
        lock.lock();
        try {
            long left = layout.beat().toNanos();
            while (!closed && left > 0) {
                left = end.awaitNanos(left);
            }
            return !closed;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }

    private void renew() {
        scores.lock();
        try {
            var all = new ArrayList<>(held(tag -> !returned.contains(tag)).entrySet());
            for (int i = 0; i < all.size(); i += BATCH) {
                renew(all.subList(i, Math.min(all.size(), i + BATCH)));
            }
        } finally {
            scores.unlock();
        }
    }

    private void renew(List<Map.Entry<String, Seen>> batch) {
        var now = connections.use(connection -> Restorer.seconds(Restorer.micros(connection)));
        var arguments = new ArrayList<>(List.of(now));
        arguments.addAll(triples(batch.stream().map(Map.Entry::getValue).toList()));
        // From here on it may have either score, until the answer is there.
        batch.forEach(one -> replace(
                one.getKey(), new Seen(one.getValue().tag(), one.getValue().score(), now)));
        if (connections.use(connection -> RENEW.run(connection, List.of(layout.index()), arguments))
                instanceof List<?> answers) {
            for (int i = 0; i < answers.size(); i++) {
                var tag = batch.get(i).getKey();
                var delivery = batch.get(i).getValue();
                if (answers.get(i).equals(1L)) {
                    replace(tag, new Seen(delivery.tag(), now, ""));
                } else {
                    forget(Set.of(tag));
                    LOG.warn(
                            "The delivery {} was taken for lost after more than {} s without a sign of life, and is"
                                    + " delivered again. This worker's acknowledgement of it will change nothing.",
                            delivery.tag(),
                            layout.visibility().toSeconds());
                }
            }
        }
    }

    private void replace(String tag, Seen delivery) {
        lock.lock();
        try {
            held.computeIfPresent(tag, (same, before) -> delivery);
        } finally {
            lock.unlock();
        }
    }

    /// In the order of their claim.
    private Map<String, Seen> held(Predicate<String> which) {
        lock.lock();
        try {
            var found = new LinkedHashMap<>(held);
            found.keySet().removeIf(which.negate());
            return found;
        } finally {
            lock.unlock();
        }
    }

    private void forget(Set<String> tags) {
        lock.lock();
        try {
            tags.forEach(held::remove);
            finished.removeAll(tags);
            returned.removeAll(tags);
        } finally {
            lock.unlock();
        }
    }

    private static Map<String, Seen> batch(Map<String, Seen> all) {
        var batch = new LinkedHashMap<String, Seen>();
        all.entrySet().stream().limit(BATCH).forEach(one -> batch.put(one.getKey(), one.getValue()));
        return batch;
    }

    private static List<String> triples(Collection<Seen> deliveries) {
        return deliveries.stream()
                .flatMap(one -> Stream.of(one.tag(), one.score(), one.other()))
                .toList();
    }

    private String note() {
        return note(layout, id);
    }

    static String note(KombuLayout layout, String id) {
        return layout.key("lovage:claim:" + id);
    }

    private static String text(Object value) {
        return new String((byte[]) value, StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        lock.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            end.signalAll();
        } finally {
            lock.unlock();
        }
        transport.leaves(this);
        try {
            if (!claiming.tryAcquire(layout.answerTimeout().toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.warn("A claim on {} has not ended.", connections.url());
            }
            var before = last();
            if (before.unanswered()) {
                recover(before);
            }
            finish();
            giveBack(List.copyOf(held(_ -> true).keySet()));
            connections.use(connection -> {
                connection.sendCommand(Command.DEL, note());
                return connection.getIntegerReply();
            });
        } catch (Busy e) {
            LOG.warn(
                    "What this worker had not finished comes again after the visibility timeout of {} s: {}",
                    layout.visibility().toSeconds(),
                    e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
