package dev.lovage.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The ten invariants with messages and the store in one Redis.
@Tag("services")
class RedisStoreContractTest extends RedisContractTest {
    @Override
    protected Settings settings(Path data) {
        return super.settings(data).with(Setting.STORE_URL, "");
    }

    @Test
    void what_no_sql_is_set_for_is_kept_in_the_brokers_redis() {
        assertThat(lovage().settings().storeUrl()).isEqualTo(lovage().settings().brokerUrl());
        assertThat(lovage().settings().data().resolve("lovage.db")).doesNotExist();
    }
}
