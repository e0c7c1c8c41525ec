package dev.lovage.engine;

import dev.lovage.engine.canvas.Planner;
import dev.lovage.engine.direct.Direct;
import dev.lovage.engine.settings.BadSetting;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.store.Backbone;
import dev.lovage.engine.store.BackboneProvider;
import dev.lovage.engine.transport.Bridge;
import dev.lovage.engine.transport.Bridgeable;
import dev.lovage.engine.transport.SharedResults;
import dev.lovage.engine.transport.Transport;
import dev.lovage.engine.transport.TransportProvider;
import java.time.InstantSource;
import java.util.Optional;
import java.util.ServiceLoader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Opens what the settings name: a SQL broker alone, or another broker with a store beside it in SQL or in Redis, and
/// results in either of them or elsewhere.
final class Backbones {
    private static final Logger LOG = LoggerFactory.getLogger(Backbones.class);

    private Backbones() {}

    static Backbone open(Settings settings, Planner planner, InstantSource clock) {
        var url = settings.brokerUrl();
        var sql = sql(url);
        if (sql.isPresent()) {
            return sql.get().open(settings, planner, clock);
        }
        for (var provider : ServiceLoader.load(TransportProvider.class)) {
            if (provider.acceptsBroker(url)) {
                return settings.withoutStore()
                        ? direct(provider, url, settings, planner, clock)
                        : bridged(provider, url, settings, planner, clock);
            }
        }
        throw new IllegalStateException("Nothing on the class path speaks the broker URL " + Settings.masked(url)
                + ". Nothing was started. For sqlite: and postgresql: add the module lovage-broker-sql, for amqp:"
                + " lovage-broker-rabbitmq, for redis: lovage-broker-redis.");
    }

    private static Optional<BackboneProvider> sql(String url) {
        for (var provider : ServiceLoader.load(BackboneProvider.class)) {
            if (provider.accepts(url)) {
                return Optional.of(provider);
            }
        }
        return Optional.empty();
    }

    /// The settings were judged: a broker that can't hold anything back is refused.
    private static Backbone direct(
            TransportProvider provider, String url, Settings settings, Planner planner, InstantSource clock) {
        var results = settings.text(Setting.RESULT_BACKEND);
        var transport = provider.open(url, settings);
        try {
            Optional<SharedResults> shared = results.isEmpty()
                    ? Optional.empty()
                    : Optional.of(shared(results, settings, Optional.of(transport), planner.replyTo()));
            return Direct.open(transport, shared, planner, settings, clock);
        } catch (RuntimeException e) {
            transport.close();
            throw e;
        }
    }

    private static Backbone bridged(
            TransportProvider provider, String url, Settings settings, Planner planner, InstantSource clock) {
        var results = settings.text(Setting.RESULT_BACKEND);
        var resultsInStore = results.isEmpty() || sql(results).isPresent();
        var storeUrl = settings.storeUrl();
        if (!settings.isSet(Setting.STORE_URL)) {
            LOG.info(
                    "No store_url is set: executions, timers and dead letters are kept in {}, which has to outlive this"
                            + " process. Workers on several machines need one store.",
                    Settings.masked(storeUrl));
        }
        var base = store(storeUrl, settings, planner, clock);
        Optional<Transport> transport = Optional.empty();
        try {
            transport = Optional.of(provider.open(url, settings));
            Optional<SharedResults> shared = resultsInStore
                    ? Optional.empty()
                    : Optional.of(shared(results, settings, transport, planner.replyTo()));
            return Bridge.open(base, transport.get(), shared, planner);
        } catch (RuntimeException e) {
            transport.ifPresent(Transport::close);
            base.close();
            throw e;
        }
    }

    private static Bridgeable store(String url, Settings settings, Planner planner, InstantSource clock) {
        var sql = sql(url);
        if (sql.isPresent()) {
            return (Bridgeable) sql.get()
                    .open(
                            settings.with(Setting.BROKER_URL, url)
                                    .with(Setting.STORE_URL, "")
                                    .with(Setting.RESULT_BACKEND, ""),
                            planner,
                            clock);
        }
        for (var provider : ServiceLoader.load(TransportProvider.class)) {
            if (provider.acceptsStore(url)) {
                return provider.openStore(url, settings, planner, clock);
            }
        }
        throw new BadSetting("The setting store_url is " + Settings.masked(url)
                + ", and nothing on the class path keeps executions there. Use sqlite:///file or"
                + " postgresql://user:password@host:port/database (module lovage-broker-sql), or"
                + " redis://host:port/database (lovage-broker-redis).");
    }

    private static SharedResults shared(String url, Settings settings, Optional<Transport> transport, String replyTo) {
        for (var provider : ServiceLoader.load(TransportProvider.class)) {
            if (provider.acceptsResults(url)) {
                return provider.openResults(url, settings, transport, replyTo);
            }
        }
        throw new BadSetting("The setting result_backend is " + Settings.masked(url)
                + ", and nothing on the class path keeps results there. Use redis:// (module"
                + " lovage-broker-redis), rpc:// (lovage-broker-rabbitmq), sql+postgresql:// or sql+sqlite:///.");
    }
}
