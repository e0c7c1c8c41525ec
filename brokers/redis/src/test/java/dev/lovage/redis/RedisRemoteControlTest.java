package dev.lovage.redis;

import dev.lovage.testkit.LocalRedis;
import dev.lovage.testkit.RemoteControlContract;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;

@Tag("services")
class RedisRemoteControlTest extends RemoteControlContract {
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
    protected String brokerUrl() {
        return redis.url(0);
    }
}
