package dev.lovage.testkit;

import dev.lovage.engine.settings.Settings;
import java.nio.file.Path;

class SqliteContractTest extends BrokerContract {
    @Override
    protected Settings settings(Path data) {
        return Settings.embedded(data);
    }
}
