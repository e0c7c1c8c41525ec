package dev.lovage.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.transport.Bridge;
import dev.lovage.testkit.BrokerContract;
import dev.lovage.testkit.Eventually;
import dev.lovage.testkit.LocalRabbit;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The ten invariants with messages on classic queues of RabbitMQ and the store in SQLite.
@Tag("services")
class ClassicQueueContractTest extends BrokerContract {
    @Override
    protected Settings settings(Path data) {
        return Settings.embedded(data)
                .with(Setting.BROKER_URL, LocalRabbit.freshUrl())
                .with(Setting.BROKER_HEARTBEAT, "4")
                .with(Setting.TASK_QUEUE_MAX_PRIORITY, "10");
    }

    @Override
    protected Duration quiet() {
        return Duration.ofSeconds(2);
    }

    /// The higher number is the more urgent one; an order of ours RabbitMQ does not know.
    @Override
    @Test
    protected void the_more_urgent_is_claimed_first_and_equals_in_order_of_sending() {
        sendInThreePriorities();
        var transport = ((Bridge) lovage().backbone()).transport();
        Eventually.until(
                "all lie at the broker",
                () -> Objects.requireNonNull(transport.depths(Set.of("celery")).get("celery"))
                                .ready()
                        == 60,
                () -> transport.depths(Set.of("celery")));
        assertThat(claimedInOrder()).isEqualTo(named(20, "high", "middle", "low"));
    }
}
