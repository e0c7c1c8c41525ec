package dev.lovage.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.transport.Bridge;
import dev.lovage.testkit.BrokerContract;
import dev.lovage.testkit.Eventually;
import dev.lovage.testkit.LocalRedis;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
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
        return Settings.embedded(data)
                .with(Setting.BROKER_URL, redis.url(0))
                .with(Setting.STORE_URL, "sqlite:///" + data.resolve("lovage.db"));
    }

    /// Redis has four steps, and the lower number is the more urgent one; an order of ours it does not know.
    @Override
    @Test
    protected void the_more_urgent_is_claimed_first_and_equals_in_order_of_sending() {
        sendInThreePriorities();
        var transport = ((Bridge) lovage().backbone()).transport();
        Eventually.until(
                "all lie at the broker",
                () -> transport.depths(Set.of("celery")).values().stream().anyMatch(depth -> depth.ready() == 60),
                () -> transport.depths(Set.of("celery")));
        assertThat(claimedInOrder()).isEqualTo(named(20, "low", "middle", "high"));
    }

    @Override
    protected Duration quiet() {
        return Duration.ofSeconds(1);
    }
}
