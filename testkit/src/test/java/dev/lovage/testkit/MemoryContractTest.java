package dev.lovage.testkit;

import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import java.nio.file.Path;

class MemoryContractTest extends BrokerContract {
    @Override
    protected Settings settings(Path data) {
        return Settings.embedded(data).with(Setting.BROKER_URL, "memory:");
    }

    @Override
    protected boolean durable() {
        return false;
    }
}
