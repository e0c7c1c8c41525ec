package dev.lovage.redis;

import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.testkit.BrokerContract;
import dev.lovage.testkit.LocalRedis;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import redis.clients.jedis.Protocol.Command;

/// The ten invariants with messages on Redis and the store in SQLite.
@Tag("services")
class RedisContractTest extends BrokerContract {
    private static LocalRedis redis;

    @BeforeAll
    static void startRedis() {
        redis = LocalRedis.start();
    }

    @AfterAll
    static void stopRedis() {
        redis.close();
    }

    @Override
    protected Settings settings(Path data) {
        try (var raw = new Raw(redis.port())) {
            raw.text(Command.FLUSHALL);
        }
        return Settings.embedded(data).with(Setting.BROKER_URL, redis.url(0));
    }

    @Override
    protected Duration quiet() {
        return Duration.ofMillis(300);
    }
}
