package dev.lovage.testkit;

import dev.lovage.engine.canvas.Planner;
import dev.lovage.engine.transport.Bridgeable;
import dev.lovage.sql.broker.SqlBackbone;
import dev.lovage.sql.database.DatabaseSettings;
import dev.lovage.sql.database.LosesAnswers;
import dev.lovage.sql.database.SqliteDatabase;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;

class SqliteStagingTest extends StagingContract {
    @TempDir
    Path folder;

    private final List<LosesAnswers> opened = new ArrayList<>();

    @Override
    protected Bridgeable store(boolean fresh, Planner planner, InstantSource clock) {
        var database = new LosesAnswers(SqliteDatabase.open(folder.resolve("lovage.db"), DatabaseSettings.DEFAULT));
        opened.add(database);
        return SqlBackbone.open(database, planner, clock);
    }

    @Override
    protected void loseNextAnswer() {
        opened.getFirst().loseNext();
    }
}
