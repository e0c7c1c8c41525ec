package dev.lovage.redis;

import dev.lovage.engine.canvas.Planner;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.transport.Bridgeable;
import dev.lovage.engine.transport.SharedResults;
import dev.lovage.engine.transport.Transport;
import dev.lovage.engine.transport.TransportProvider;
import dev.lovage.redis.connection.RedisUrl;
import dev.lovage.redis.result.RedisResults;
import dev.lovage.redis.store.RedisBackbone;
import dev.lovage.redis.transport.RedisTransport;
import java.time.InstantSource;
import java.util.Optional;

/// Opens `redis://` and `rediss://`, for messages, for results and for executions.
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

    @Override
    public boolean acceptsStore(String url) {
        return RedisUrl.accepts(url);
    }

    /// In the same Redis as the broker or the results, the store's keys begin as theirs do; elsewhere as the
    /// broker's.
    @Override
    public Bridgeable openStore(String url, Settings settings, Planner planner, InstantSource clock) {
        var besideResults =
                url.equals(settings.text(Setting.RESULT_BACKEND)) && !url.equals(settings.text(Setting.BROKER_URL));
        var prefix = besideResults ? RedisResults.prefix(settings) : RedisTransport.prefix(settings);
        return RedisBackbone.open(url, prefix, settings, planner, clock);
    }
}
