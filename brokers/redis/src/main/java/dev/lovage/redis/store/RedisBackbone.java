package dev.lovage.redis.store;

import dev.lovage.engine.broker.Broker;
import dev.lovage.engine.canvas.Planner;
import dev.lovage.engine.result.ResultBackend;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.store.Schedules;
import dev.lovage.engine.store.Store;
import dev.lovage.engine.transport.Bridgeable;
import dev.lovage.engine.transport.Staging;
import dev.lovage.redis.connection.Connections;
import dev.lovage.redis.connection.RedisUrl;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/// A store in one Redis, in keys that begin with `lovage:`, for a broker beside it.
///
/// Each change is one script. Where Java has to decide in between, because a chord's body is made here, what
/// was read is compared in that script, and the step is taken again when it has changed: see [Steps].
///
/// | died or lost | then |
/// |---|---|
/// | the connection before a script was sent | nothing was written; it is tried again, or told as `Busy` |
/// | its answer, of a publication | `SendUnknown`; sent again it is known |
/// | its answer, of a claim | what the claim took is given back before the next one |
/// | its answer, of a settlement | it is settled again; the epoch keeps it from happening twice |
/// | the process, with messages on their way | another process hands them over after some seconds |
/// | the process, while it gives a dead worker's claims back | whoever notices next goes on |
/// | the server, not durable | all since its last write to disk, as its settings have it: said at start |
public final class RedisBackbone implements Bridgeable {
    private static final int CONNECTIONS_MAX = 16;
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(4);
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(10);

    private final Connections connections;
    private final Redis redis;
    private final Steps steps;
    private final Plans plans;
    private final StoreBroker broker;
    private final StoredResults results;
    private final RedisStore store;
    private final RedisStaging staging;
    private final RedisSchedules schedules;

    private RedisBackbone(Connections connections, Redis redis, Planner planner) {
        this.connections = connections;
        this.redis = redis;
        this.steps = new Steps(redis);
        this.plans = new Plans(planner);
        var entries = new Entries(redis);
        this.results = new StoredResults(redis);
        this.store = new RedisStore(redis, planner, steps, plans, entries);
        this.broker = new StoreBroker(redis, steps, plans, entries, store);
        this.staging = new RedisStaging(redis, planner, steps, plans, entries);
        this.schedules = new RedisSchedules(redis, steps);
    }

    /// Connects when first needed; if Redis answers now, it is looked now whether it can keep a store, and said
    /// what is weak about it, unless the broker says so.
    ///
    /// @param prefix of all keys before `lovage:`
    /// @throws dev.lovage.engine.settings.BadSetting if the URL can't be used, or the server can't keep a store
    public static RedisBackbone open(
            String url, String prefix, Settings settings, Planner planner, InstantSource clock) {
        var connections = new Connections(
                RedisUrl.read(url, Setting.STORE_URL),
                "lovage-store",
                CONNECTIONS_MAX,
                CONNECT_TIMEOUT,
                ANSWER_TIMEOUT,
                !url.equals(settings.text(Setting.BROKER_URL)));
        var redis = new Redis(connections, prefix + "lovage:", clock);
        try {
            redis.look();
        } catch (RuntimeException e) {
            redis.close();
            throw e;
        }
        return new RedisBackbone(connections, redis, planner);
    }

    @Override
    public Broker broker() {
        return broker;
    }

    @Override
    public ResultBackend results() {
        return results;
    }

    @Override
    public Store store() {
        return store;
    }

    @Override
    public Optional<Schedules> schedules() {
        return Optional.of(schedules);
    }

    @Override
    public Staging staging(Staging.Sharing sharing) {
        plans.share(sharing);
        return staging;
    }

    @Override
    public List<String> weaknesses() {
        return connections.weaknesses();
    }

    /// What the unit writes through store, broker and schedules is written together once it has returned; there
    /// is no SQL. It may run again, when others have changed what it read. An unchecked exception of the unit
    /// is thrown on as it is, a checked one as the cause of an `IllegalStateException`. Nothing was written then.
    @Override
    public <T> T transaction(Unit<T> unit) {
        return steps.transaction(tx -> {
            try {
                return unit.run(tx);
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                if (e instanceof InterruptedException) {
                    Thread.currentThread().interrupt();
                }
                throw new IllegalStateException("Nothing was written: " + e, e);
            }
        });
    }

    @Override
    public void close() {
        results.close();
        redis.close();
    }
}
