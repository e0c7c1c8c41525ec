package dev.lovage.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.testkit.BrokerContract;
import dev.lovage.testkit.LocalRabbit;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The ten invariants with messages on quorum queues of RabbitMQ and the store in SQLite.
@Tag("services")
class QuorumQueueContractTest extends BrokerContract {
    @Override
    protected Settings settings(Path data) {
        return Settings.embedded(data)
                .with(Setting.BROKER_URL, LocalRabbit.freshUrl())
                .with(Setting.BROKER_HEARTBEAT, "4")
                .with(Setting.TASK_DEFAULT_QUEUE_TYPE, "quorum")
                .with(Setting.TASK_CREATE_MISSING_QUEUE_TYPE, "quorum");
    }

    @Override
    protected Duration quiet() {
        return Duration.ofSeconds(2);
    }

    /// Before RabbitMQ 4 a quorum queue knows no priorities.
    @Override
    @Test
    protected void the_more_urgent_is_claimed_first_and_equals_in_order_of_sending() {
        sendInThreePriorities();
        assertThat(claimedInOrder()).containsExactlyInAnyOrderElementsOf(named(20, "high", "middle", "low"));
    }
}
