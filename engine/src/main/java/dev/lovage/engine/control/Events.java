package dev.lovage.engine.control;

import dev.lovage.engine.broker.Busy;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.transport.Broadcast;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/// Sends a worker's events, in the order in which they happened, without holding up who tells of them. When
/// the broker is slow or away, events are lost and counted: they are news, not records.
final class Events implements AutoCloseable {
    /// What may wait to be sent.
    static final int WAITING_MAX = 10_000;

    private static final Logger LOG = LoggerFactory.getLogger(Events.class);
    private static final Duration LAST_WORDS = Duration.ofSeconds(2);
    private static final Duration LOST_SAID = Duration.ofMinutes(1);

    private final Broadcast broadcast;
    private final String node;
    private final LamportClock clock;
    private final InstantSource time;
    private final BlockingQueue<ObjectNode> waiting = new ArrayBlockingQueue<>(WAITING_MAX);
    private final AtomicLong lost = new AtomicLong();
    private final Thread sender;
    private volatile boolean closing;
    private volatile boolean tasks;
    private long lostSaid;
    private long saidNanos = System.nanoTime() - LOST_SAID.toNanos();

    /// @param tasks whether events of tasks are sent from the beginning
    Events(Broadcast broadcast, String node, LamportClock clock, InstantSource time, boolean tasks) {
        this.broadcast = broadcast;
        this.node = node;
        this.clock = clock;
        this.time = time;
        this.tasks = tasks;
        this.sender = Thread.ofVirtual().name("lovage-events").start(this::sendAll);
    }

    /// Whether events of tasks are sent.
    boolean ofTasks() {
        return tasks;
    }

    /// @return whether that was new
    boolean ofTasks(boolean wanted) {
        var changed = tasks != wanted;
        tasks = wanted;
        return changed;
    }

    /// Events that were not sent because the broker did not take them.
    long lost() {
        return lost.get();
    }

    /// An event of a worker. Its fields are named here and nowhere else: a Python worker dies of one that it
    /// takes for an attribute of its own.
    void worker(String type, ObjectNode fields) {
        send("worker-" + type, fields);
    }

    /// An event of a task, if they are wanted.
    void task(String type, String id, ObjectNode fields) {
        if (tasks) {
            send("task-" + type, Json.object().put("uuid", id).setAll(fields));
        }
    }

    /// In the order of the clock.
    private synchronized void send(String type, ObjectNode fields) {
        var now = time.instant();
        ObjectNode event = Json.object()
                .put("type", type)
                .put("hostname", node)
                .put("timestamp", now.toEpochMilli() / 1000.0)
                .put("utcoffset", Host.hoursWest(now))
                .put("pid", Host.pid())
                .put("clock", clock.forward())
                .setAll(fields);
        if (!waiting.offer(event)) {
            lost.incrementAndGet();
        }
    }

    private void sendAll() {
        var deadline = Long.MAX_VALUE;
        try {
            while (true) {
                var event = waiting.poll(100, TimeUnit.MILLISECONDS);
                if (closing) {
                    deadline = Math.min(deadline, System.nanoTime() + LAST_WORDS.toNanos());
                }
                if (event == null && closing || System.nanoTime() - deadline > 0) {
                    return;
                }
                if (event != null) {
                    send(event);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void send(ObjectNode event) {
        try {
            broadcast.event(
                    event.path("type").asString().replace('-', '.'),
                    Json.object().put("hostname", node),
                    event);
        } catch (Busy e) {
            lost.incrementAndGet();
        } catch (RuntimeException e) {
            LOG.warn("The event {} could not be sent: {}", event.path("type").asString(), e.toString());
            lost.incrementAndGet();
        }
        if (lost.get() > lostSaid && System.nanoTime() - saidNanos > LOST_SAID.toNanos()) {
            saidNanos = System.nanoTime();
            LOG.warn("{} has lost {} events: the broker did not take them. Tasks are not concerned.", node, lost.get());
            lostSaid = lost.get();
        }
    }

    /// What waits is sent, as far as the broker takes it now.
    @Override
    public void close() {
        closing = true;
        try {
            if (!sender.join(LAST_WORDS.multipliedBy(2))) {
                sender.interrupt();
            }
        } catch (InterruptedException e) {
            sender.interrupt();
            Thread.currentThread().interrupt();
        }
    }
}
