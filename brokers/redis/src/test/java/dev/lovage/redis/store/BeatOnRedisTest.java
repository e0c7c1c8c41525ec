package dev.lovage.redis.store;

import dev.lovage.engine.canvas.Planner;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.store.Backbone;
import dev.lovage.testkit.BeatContract;
import dev.lovage.testkit.LocalRedis;
import java.nio.file.Path;
import java.time.InstantSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;

@Tag("services")
class BeatOnRedisTest extends BeatContract {
    private static LocalRedis redis;

    private static int installations;

    @BeforeAll
    static void start() {
        redis = LocalRedis.start();
    }

    @AfterAll
    static void stop() {
        redis.close();
    }

    @Override
    protected Backbone store(boolean fresh, Planner planner, InstantSource clock) {
        installations += fresh ? 1 : 0;
        return RedisBackbone.open(
                redis.url(0), "test" + installations + ":", Settings.embedded(Path.of("unused")), planner, clock);
    }
}
