package dev.lovage.rabbitmq;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ShutdownSignalException;
import dev.lovage.engine.broker.Busy;
import dev.lovage.engine.transport.Depth;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Asks what lies in queues, over a connection of its own: one that publishes may be blocked by the broker.
/// RabbitMQ tells what is ready and who consumes; what is unacknowledged, and since when, its protocol can't
/// tell.
final class Depths implements AutoCloseable {
    private final String name;
    private final Dialer dialer;

    // Whoever asks waits for whoever asks already.
    private final ReentrantLock asking = new ReentrantLock();
    private @Nullable Connection connection;
    private @Nullable Channel channel;

    Depths(String name, Dialer dialer) {
        this.name = name;
        this.dialer = dialer;
    }

    /// @throws Busy while there is no connection
    Map<String, Depth> of(Set<String> queues) {
        Map<String, Depth> depths = new LinkedHashMap<>();
        asking.lock();
        try {
            for (var queue : queues) {
                depth(queue).ifPresent(depth -> depths.put(queue, depth));
            }
        } catch (IOException | ShutdownSignalException e) {
            hangUp();
            throw new Busy("RabbitMQ could not be asked for its queues: " + Dialer.reason(e));
        } finally {
            asking.unlock();
        }
        return depths;
    }

    /// @return empty if there is no such queue, or it must not be seen
    private Optional<Depth> depth(String queue) throws IOException {
        try {
            var found = open().queueDeclarePassive(queue);
            return Optional.of(new Depth(
                    found.getMessageCount(),
                    OptionalLong.empty(),
                    OptionalLong.of(found.getConsumerCount()),
                    Optional.empty()));
        } catch (IOException e) {
            if (Topology.refusal(e).isPresent()) {
                // The refusal has closed the channel.
                channel = null;
                return Optional.empty();
            }
            throw e;
        }
    }

    private Channel open() throws IOException {
        if (connection == null || !connection.isOpen()) {
            hangUp();
            connection = dialer.connect(name);
        }
        if (channel == null || !channel.isOpen()) {
            channel = Topology.open(connection);
        }
        return channel;
    }

    private void hangUp() {
        channel = null;
        if (connection != null) {
            connection.abort((int) Duration.ofSeconds(2).toMillis());
            connection = null;
        }
    }

    @Override
    public void close() {
        asking.lock();
        try {
            hangUp();
        } finally {
            asking.unlock();
        }
    }
}
