package dev.lovage.testkit;

import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;

@Tag("services")
class PostgresContractTest extends BrokerContract {
    @Override
    protected Settings settings(Path data) {
        return Settings.embedded(data).with(Setting.BROKER_URL, LocalPostgres.freshUrl());
    }
}
