package dev.lovage.rabbitmq;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import com.rabbitmq.client.ShutdownSignalException;
import dev.lovage.engine.canvas.Join;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.result.ResultMeta;
import dev.lovage.engine.result.TaskState;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.transport.SharedResults;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Results that travel as messages to whoever sent the task: Celery's `rpc://`. Only the sending process can
/// read them, and only what came since it was connected; the newest [#KEPT_MAX] are kept. There are no chords.
///
/// @see <a href="https://docs.celeryq.dev/en/stable/userguide/tasks.html#result-backends">Celery</a>
final class RpcResults implements SharedResults {
    private static final Logger LOG = LoggerFactory.getLogger(RpcResults.class);

    /// Results of this many tasks are kept; the oldest go first.
    static final int KEPT_MAX = 100_000;

    private static final long EXPIRES_MAX = 4_294_967_295L; // milliseconds, in RabbitMQ

    private final RabbitTransport transport;
    private final Duration expires;
    private final String replyTo;
    private final Thread owner;
    private final CountDownLatch closing = new CountDownLatch(1);

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition more = lock.newCondition();

    // Guarded by lock.
    private final Map<String, ResultMeta> results = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, ResultMeta> eldest) {
            return size() > KEPT_MAX;
        }
    };

    /// @param replyTo the queue of this process
    RpcResults(RabbitTransport transport, Settings settings, String replyTo) {
        this.replyTo = replyTo;
        this.transport = transport;
        this.expires = settings.duration(Setting.RESULT_EXPIRES);
        this.owner = Thread.ofVirtual().name("amqp-replies").start(this::own);
    }

    @Override
    public void write(List<Written> written) {
        var replies = new ArrayList<Publisher.Publication>();
        for (var one : written) {
            var properties = (ObjectNode) Json.read(one.properties().getBytes(StandardCharsets.UTF_8));
            var to = properties.path("reply_to").asString("");
            if (!to.isEmpty()) {
                var mine = Json.object();
                mine.put("content_type", "application/json");
                mine.put("content_encoding", "utf-8");
                mine.put(
                        "correlation_id",
                        properties.path("correlation_id").asString(one.meta().taskId()));
                mine.put("delivery_mode", 1);
                mine.put("priority", 0);
                replies.add(new Publisher.Publication(
                        Optional.empty(), "", to, Basics.encode(mine, new byte[0]), body(one.meta())));
            }
        }
        transport.reply(replies);
    }

    /// As Celery up to 5.6 writes it.
    private static byte[] body(ResultMeta meta) {
        var body = Json.object();
        body.put("task_id", meta.taskId());
        body.put("status", meta.word());
        body.set("result", meta.result());
        body.put("traceback", meta.traceback().orElse(null));
        body.set("children", meta.children());
        return Json.bytes(body);
    }

    @Override
    public void save(String groupId, List<String> taskIds) {
        throw new UnsupportedOperationException("A group can't be saved over rpc:// results, which only the sender of"
                + " its tasks gets; nothing was saved. Choose another result_backend.");
    }

    @Override
    public Optional<List<String>> saved(String groupId) {
        return Optional.empty();
    }

    @Override
    public boolean joins() {
        return false;
    }

    @Override
    public void begin(Join join) {
        throw new UnsupportedOperationException("A chord can't join over rpc:// results; nothing was begun. Choose"
                + " another result_backend, or set a store_url.");
    }

    @Override
    public Optional<List<Join.End>> end(Join.End end) {
        return Optional.empty();
    }

    @Override
    public void closed(String joinId) {}

    @Override
    public Optional<ResultMeta> result(String taskId) {
        lock.lock();
        try {
            return Optional.ofNullable(results.get(taskId));
        } finally {
            lock.unlock();
        }
    }

    /// Replies do not say which group they belong to, unless Celery's newest writes them.
    @Override
    public List<ResultMeta> group(String groupId) {
        lock.lock();
        try {
            return results.values().stream()
                    .filter(meta -> meta.groupId().equals(Optional.of(groupId)))
                    .toList();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Optional<ResultMeta> await(String taskId, Duration wait) throws InterruptedException {
        var left = wait.toNanos();
        lock.lockInterruptibly();
        try {
            while (left > 0 && !ready(taskId)) {
                left = more.awaitNanos(left);
            }
            return result(taskId).filter(meta -> meta.state().ready());
        } finally {
            lock.unlock();
        }
    }

    private boolean ready(String taskId) {
        var meta = results.get(taskId);
        return meta != null && meta.state().ready();
    }

    private void own() {
        var failures = 0;
        try {
            while (closing.getCount() > 0) {
                try {
                    var connection = transport.dialer().connect("lovage replies " + replyTo);
                    try {
                        failures = 0;
                        serve(connection);
                    } finally {
                        connection.abort((int) Duration.ofSeconds(2).toMillis());
                    }
                } catch (IOException | ShutdownSignalException e) {
                    failures++;
                    LOG.warn("Replies can't be received, and are tried again: {}", Dialer.reason(e));
                }
                var _ = closing.await(
                        transport.dialer().pause(Math.max(1, failures)).toNanos(), TimeUnit.NANOSECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void serve(Connection connection) throws IOException, InterruptedException {
        var channel = Topology.open(connection);
        var lost = new CountDownLatch(1);
        channel.addShutdownListener(_ -> lost.countDown());
        // RabbitMQ 4.3 refuses queues that are neither durable nor exclusive; Celery's next one declares them durable.
        Map<String, Object> arguments = expires.isZero()
                ? Map.of()
                : Map.of("x-expires", Math.min(Math.max(expires.toMillis(), 1), EXPIRES_MAX));
        channel.queueDeclare(replyTo, refusesTransient(connection), false, true, arguments);
        channel.basicConsume(replyTo, true, new DefaultConsumer(channel) {
            @Override
            public void handleDelivery(String tag, Envelope envelope, BasicProperties properties, byte[] body) {
                received(properties, body);
            }

            @Override
            public void handleCancel(String tag) {
                lost.countDown();
            }
        });
        while (lost.getCount() > 0 && closing.getCount() > 0) {
            var _ = lost.await(200, TimeUnit.MILLISECONDS);
        }
    }

    private static boolean refusesTransient(Connection connection) {
        var version = Dialer.version(connection);
        return Dialer.major(connection) > 4 || version.matches("4\\.([3-9]|\\d{2,}).*");
    }

    private void received(BasicProperties properties, byte[] body) {
        try {
            var meta = meta(Json.read(body), Optional.ofNullable(properties.getCorrelationId()));
            lock.lock();
            try {
                var before = results.get(meta.taskId());
                if (before == null || before.state() != TaskState.SUCCESS) {
                    results.put(meta.taskId(), meta);
                    more.signalAll();
                }
            } finally {
                lock.unlock();
            }
        } catch (JacksonException | IllegalArgumentException e) {
            LOG.warn(
                    "A reply to {} can't be read and is passed over: {}",
                    properties.getCorrelationId(),
                    e.getMessage());
        }
    }

    /// @throws IllegalArgumentException if it is no result
    private static ResultMeta meta(JsonNode reply, Optional<String> correlationId) {
        var word = reply.path("status").asString("");
        if (word.isEmpty()) {
            throw new IllegalArgumentException("it has no status");
        }
        return new ResultMeta(
                Optional.ofNullable(reply.path("task_id").asString(correlationId.orElse(null)))
                        .orElseThrow(() -> new IllegalArgumentException("it names no task")),
                reply.path("name").asString(""),
                TaskState.of(word),
                reply.path("result"),
                Optional.ofNullable(reply.path("traceback").asString(null)),
                time(reply.path("date_done")),
                reply.path("children").isArray() ? reply.path("children") : Json.array(),
                Optional.ofNullable(reply.path("group_id").asString(null)),
                Optional.ofNullable(reply.path("parent_id").asString(null)),
                reply.path("retries").asInt(0),
                Optional.ofNullable(reply.path("worker").asString(null)),
                word);
    }

    private static Optional<Instant> time(JsonNode time) {
        try {
            return time.isString()
                    ? Optional.of(dev.lovage.engine.message.Times.read(time.stringValue()))
                    : Optional.empty();
        } catch (dev.lovage.engine.message.Unreadable e) {
            return Optional.empty();
        }
    }

    @Override
    public void close() {
        closing.countDown();
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
