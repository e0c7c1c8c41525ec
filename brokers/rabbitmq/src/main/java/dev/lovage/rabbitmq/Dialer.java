package dev.lovage.rabbitmq;

import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.impl.FrameHandlerFactory;
import dev.lovage.engine.settings.BadSetting;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import java.io.IOException;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Connects to one broker after the other. Recovery is left to those who use the connection: the library's own
/// is off.
final class Dialer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Dialer.class);

    private static final Duration BACKOFF_FIRST = Duration.ofMillis(100);
    private static final Duration BACKOFF_MAX = Duration.ofSeconds(3);

    private final List<BrokerAddress> addresses;
    private final Duration heartbeat;
    private final Duration timeout;
    private final AtomicInteger turn = new AtomicInteger();
    private final ExecutorService dispatching = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("amqp-dispatch-", 0).factory());
    private final ThreadFactory readers =
            Thread.ofPlatform().daemon().name("amqp-reader-", 0).factory();

    Dialer(List<BrokerAddress> addresses, Settings settings) {
        this.addresses = addresses;
        this.heartbeat = settings.duration(Setting.BROKER_HEARTBEAT);
        this.timeout = settings.duration(Setting.BROKER_CONNECTION_TIMEOUT);
    }

    /// Tries the broker whose turn it is; after a failure it is the next one's turn.
    ///
    /// @param name for people who look at the broker
    /// @throws IOException naming the broker and the cause, without a password
    Connection connect(String name) throws IOException {
        var mine = turn.get();
        var address = addresses.get(Math.floorMod(mine, addresses.size()));
        try {
            var connection = factory(address).newConnection(dispatching, name);
            LOG.info("{} is connected to {}, RabbitMQ {}", name, address, version(connection));
            return connection;
        } catch (IOException | TimeoutException e) {
            turn.compareAndSet(mine, mine + 1);
            throw new IOException("There is no connection to " + address + ": " + reason(e), e);
        }
    }

    /// How long to wait before another attempt.
    ///
    /// @param failures attempts that failed one after the other; while there are brokers that were not tried
    ///     since, there is no wait
    Duration pause(int failures) {
        if (failures % addresses.size() != 0) {
            return Duration.ZERO;
        }
        var rounds = Math.min(failures / addresses.size(), 10);
        var pause = BACKOFF_FIRST.multipliedBy(1L << rounds);
        return pause.compareTo(BACKOFF_MAX) < 0 ? pause : BACKOFF_MAX;
    }

    /// Such as `3.10.8`.
    static String version(Connection connection) {
        return String.valueOf(connection.getServerProperties().get("version"));
    }

    /// The first number of the version; 0 when it can't be told.
    static int major(Connection connection) {
        var version = version(connection).split("\\.", 2)[0];
        return version.matches("\\d{1,4}") ? Integer.parseInt(version) : 0;
    }

    static String reason(Throwable cause) {
        var reason = cause;
        while (reason.getMessage() == null && reason.getCause() != null) {
            reason = reason.getCause();
        }
        return reason.getMessage() == null ? reason.getClass().getSimpleName() : reason.getMessage();
    }

    private ConnectionFactory factory(BrokerAddress address) {
        var factory = new ConnectionFactory() {
            @Override
            protected synchronized FrameHandlerFactory createFrameHandlerFactory() throws IOException {
                return TableFrames.over(super.createFrameHandlerFactory());
            }
        };
        factory.setHost(address.host());
        factory.setPort(address.port());
        factory.setUsername(address.user());
        factory.setPassword(address.password());
        factory.setVirtualHost(address.vhost());
        factory.setAutomaticRecoveryEnabled(false);
        factory.setTopologyRecoveryEnabled(false);
        factory.setRequestedHeartbeat((int) heartbeat.toSeconds());
        factory.setConnectionTimeout((int) timeout.toMillis());
        factory.setHandshakeTimeout((int) timeout.toMillis());
        factory.setChannelRpcTimeout((int) Duration.ofSeconds(30).toMillis());
        factory.setShutdownTimeout((int) timeout.toMillis());
        factory.setThreadFactory(readers);
        factory.setMaxInboundMessageBodySize(Integer.MAX_VALUE);
        if (address.tls()) {
            try {
                factory.useSslProtocol(SSLContext.getDefault());
            } catch (NoSuchAlgorithmException e) {
                throw new BadSetting("The trusted certificates of this JVM can't be read: " + reason(e) + ".");
            }
            factory.enableHostnameVerification();
        }
        return factory;
    }

    /// After all connections were closed.
    @Override
    public void close() {
        dispatching.shutdown();
    }
}
