package dev.lovage.redis;

import dev.lovage.testkit.LocalRedis;
import dev.lovage.testkit.RemoteControlContract;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;

@Tag("services")
class RedisRemoteControlTest extends RemoteControlContract {
    private final LocalRedis redis = LocalRedis.start();

    @AfterAll
    void stopRedis() {
        redis.close();
    }

    @Override
    protected String brokerUrl() {
        return redis.url(0);
    }
}
