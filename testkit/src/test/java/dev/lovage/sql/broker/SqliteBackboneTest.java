package dev.lovage.sql.broker;

import dev.lovage.sql.database.Database;
import dev.lovage.sql.database.DatabaseSettings;
import dev.lovage.sql.database.SqliteDatabase;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class SqliteBackboneTest extends SqlBackboneContract {
    @TempDir
    Path folder;

    @Override
    Database database() {
        return SqliteDatabase.open(folder.resolve("lovage.db"), DatabaseSettings.DEFAULT);
    }
}
