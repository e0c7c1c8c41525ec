package dev.lovage.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lovage.engine.settings.BadSetting;
import org.junit.jupiter.api.Test;

class BrokerAddressTest {
    @Test
    void a_url_is_read_as_kombu_reads_it() {
        assertThat(BrokerAddress.list("amqp://me:p%40ss@rabbit:5673/shop"))
                .containsExactly(new BrokerAddress(false, "me", "p@ss", "rabbit", 5673, "shop"));
        assertThat(BrokerAddress.list("pyamqp://"))
                .containsExactly(new BrokerAddress(false, "guest", "guest", "localhost", 5672, "/"));
        assertThat(BrokerAddress.list("amqps://h//"))
                .containsExactly(new BrokerAddress(true, "guest", "guest", "h", 5671, "/"));
        assertThat(BrokerAddress.list("amqp://[::1]:1/%2Fa; amqp://b/"))
                .containsExactly(
                        new BrokerAddress(false, "guest", "guest", "::1", 1, "/a"),
                        new BrokerAddress(false, "guest", "guest", "b", 5672, "/"));
    }

    @Test
    void no_output_has_the_password() {
        assertThat(BrokerAddress.list("amqp://me:secret@rabbit/shop").toString())
                .doesNotContain("secret");
        assertThatThrownBy(() -> BrokerAddress.list("amqp://me:secret/@rabbit:x/shop"))
                .isInstanceOf(BadSetting.class)
                .hasMessageContaining("broker 1")
                .hasMessageNotContaining("secret");
    }
}
