package dev.lovage.records.intake;

import dev.lovage.engine.settings.Settings;
import java.nio.file.Path;

class SqliteIntakeTest extends IntakeContract {
    @Override
    Settings settings(Path data) {
        return Settings.embedded(data);
    }
}
