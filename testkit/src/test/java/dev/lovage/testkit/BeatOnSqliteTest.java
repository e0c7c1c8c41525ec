package dev.lovage.testkit;

import dev.lovage.engine.canvas.Planner;
import dev.lovage.engine.store.Backbone;
import dev.lovage.sql.broker.SqlBackbone;
import dev.lovage.sql.database.DatabaseSettings;
import dev.lovage.sql.database.SqliteDatabase;
import java.nio.file.Path;
import java.time.InstantSource;
import org.junit.jupiter.api.io.TempDir;

class BeatOnSqliteTest extends BeatContract {
    @TempDir
    Path folder;

    @Override
    protected Backbone store(boolean fresh, Planner planner, InstantSource clock) {
        var database = SqliteDatabase.open(folder.resolve("lovage.db"), DatabaseSettings.DEFAULT);
        return SqlBackbone.open(database, planner, clock);
    }
}
