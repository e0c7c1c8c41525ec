package dev.lovage.testkit;

import dev.lovage.engine.canvas.Planner;
import dev.lovage.engine.store.Backbone;
import dev.lovage.sql.broker.SqlBackbone;
import dev.lovage.sql.database.DatabaseSettings;
import dev.lovage.sql.database.Databases;
import java.nio.file.Path;
import java.time.InstantSource;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

@Tag("services")
class BeatOnPostgresTest extends BeatContract {
    @TempDir
    Path folder;

    private String url = "";

    @Override
    protected Backbone store(boolean fresh, Planner planner, InstantSource clock) {
        url = fresh ? LocalPostgres.freshUrl() : url;
        return SqlBackbone.open(Databases.open(url, folder, DatabaseSettings.DEFAULT), planner, clock);
    }
}
