package dev.lovage.redis.store;

import dev.lovage.engine.canvas.Planner;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.transport.Bridgeable;
import dev.lovage.testkit.LocalRedis;
import dev.lovage.testkit.StagingContract;
import java.nio.file.Path;
import java.time.InstantSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;

@Tag("services")
class RedisStagingTest extends StagingContract {
    private static LocalRedis redis;
    private static LossyWire wire;

    private static int installations;

    @BeforeAll
    static void start() {
        redis = LocalRedis.start();
        wire = LossyWire.to(redis.port());
    }

    @AfterAll
    static void stop() {
        wire.close();
        redis.close();
    }

    @Override
    protected Bridgeable store(boolean fresh, Planner planner, InstantSource clock) {
        installations += fresh ? 1 : 0;
        return RedisBackbone.open(
                fresh ? "redis://127.0.0.1:" + wire.port() + "/0" : redis.url(0),
                "test" + installations + ":",
                Settings.embedded(Path.of("unused")),
                planner,
                clock);
    }

    @Override
    protected void loseNextAnswer() {
        wire.loseNextAnswer();
    }
}
