package dev.lovage.rabbitmq;

import dev.lovage.engine.settings.BadSetting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.transport.SharedResults;
import dev.lovage.engine.transport.Transport;
import dev.lovage.engine.transport.TransportProvider;
import java.util.Optional;

/// RabbitMQ, for `amqp://`, `amqps://` and kombu's `pyamqp://`, and `rpc://` results through it. Found by its
/// name in `META-INF/services`.
public final class RabbitProvider implements TransportProvider {
    @Override
    public boolean acceptsBroker(String url) {
        return url.matches("(amqps?|pyamqp)://.*");
    }

    @Override
    public Transport open(String url, Settings settings) {
        return new RabbitTransport(url, settings);
    }

    @Override
    public boolean acceptsResults(String url) {
        return url.matches("rpc://.*");
    }

    /// @throws BadSetting if the broker is not RabbitMQ
    @Override
    public SharedResults openResults(String url, Settings settings, Optional<Transport> transport, String replyTo) {
        if (transport.orElse(null) instanceof RabbitTransport rabbit) {
            return new RpcResults(rabbit, settings, replyTo);
        }
        throw new BadSetting("result_backend is rpc://, whose results travel through RabbitMQ, but broker_url is "
                + transport.map(Transport::url).orElse("another kind of broker") + ".");
    }
}
