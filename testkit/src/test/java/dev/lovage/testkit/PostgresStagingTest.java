package dev.lovage.testkit;

import dev.lovage.engine.canvas.Planner;
import dev.lovage.engine.transport.Bridgeable;
import dev.lovage.sql.broker.SqlBackbone;
import dev.lovage.sql.database.DatabaseSettings;
import dev.lovage.sql.database.Databases;
import dev.lovage.sql.database.LosesAnswers;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

@Tag("services")
class PostgresStagingTest extends StagingContract {
    @TempDir
    Path folder;

    private String url = "";
    private final List<LosesAnswers> opened = new ArrayList<>();

    @Override
    protected Bridgeable store(boolean fresh, Planner planner, InstantSource clock) {
        url = fresh ? LocalPostgres.freshUrl() : url;
        var database = new LosesAnswers(Databases.open(url, folder, DatabaseSettings.DEFAULT));
        opened.add(database);
        return SqlBackbone.open(database, planner, clock);
    }

    @Override
    protected void loseNextAnswer() {
        opened.getFirst().loseNext();
    }
}
