package dev.lovage.records.intake;

import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.testkit.LocalPostgres;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;

@Tag("services")
class PostgresIntakeTest extends IntakeContract {
    @Override
    Settings settings(Path data) {
        return Settings.embedded(data).with(Setting.BROKER_URL, LocalPostgres.freshUrl());
    }
}
