package dev.lovage.rabbitmq;

import dev.lovage.testkit.LocalRabbit;
import dev.lovage.testkit.RemoteControlContract;
import org.junit.jupiter.api.Tag;

@Tag("services")
class RabbitRemoteControlTest extends RemoteControlContract {
    @Override
    protected String brokerUrl() {
        return LocalRabbit.freshUrl();
    }
}
