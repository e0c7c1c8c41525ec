package dev.lovage.sql.broker;

import dev.lovage.sql.database.Database;
import dev.lovage.sql.database.DatabaseSettings;
import dev.lovage.sql.database.PostgresDatabase;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;

@Tag("services")
class BeatOnPostgresTest extends BeatContract {
    private static EmbeddedPostgres server;

    private boolean empty;

    @BeforeAll
    static void start() throws IOException {
        server = EmbeddedPostgres.builder().start();
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
    }

    @Override
    Database database() {
        var database = PostgresDatabase.open(
                "postgresql://localhost:" + server.getPort() + "/postgres",
                "postgres",
                "postgres",
                DatabaseSettings.DEFAULT);
        if (!empty) {
            database.writeAlone(tx -> new Sql(tx.connection()).update("DROP SCHEMA public CASCADE"));
            database.writeAlone(tx -> new Sql(tx.connection()).update("CREATE SCHEMA public"));
            empty = true;
        }
        return database;
    }
}
