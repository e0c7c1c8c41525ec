package dev.lovage.redis;

import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.testkit.LocalPostgres;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;

/// The ten invariants with messages on Redis and the store in PostgreSQL.
@Tag("services")
class RedisBesidePostgresContractTest extends RedisContractTest {
    @Override
    protected Settings settings(Path data) {
        return super.settings(data).with(Setting.STORE_URL, LocalPostgres.freshUrl());
    }
}
