package dev.lovage.redis;

import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.transport.SharedResults;
import dev.lovage.engine.transport.Transport;
import dev.lovage.engine.transport.TransportProvider;
import dev.lovage.redis.connection.RedisUrl;
import dev.lovage.redis.result.RedisResults;
import dev.lovage.redis.transport.RedisTransport;
import java.util.Optional;

/// Opens `redis://` and `rediss://`, for messages and for results.
public final class RedisProvider implements TransportProvider {
    @Override
    public boolean acceptsBroker(String url) {
        return RedisUrl.accepts(url);
    }

    @Override
    public Transport open(String url, Settings settings) {
        return RedisTransport.open(url, settings);
    }

    @Override
    public boolean acceptsResults(String url) {
        return RedisUrl.accepts(url);
    }

    @Override
    public SharedResults openResults(String url, Settings settings, Optional<Transport> transport, String replyTo) {
        return RedisResults.open(url, settings);
    }
}
