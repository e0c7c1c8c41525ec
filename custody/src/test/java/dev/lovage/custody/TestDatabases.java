package dev.lovage.custody;

import dev.lovage.sql.database.Database;
import dev.lovage.sql.database.DatabaseSettings;
import dev.lovage.sql.database.PostgresDatabase;
import dev.lovage.sql.database.SqliteDatabase;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.SQLException;

/// Databases with the tables of this module, and nothing in them.
public final class TestDatabases {
    private TestDatabases() {}

    public static Database sqlite(Path folder) {
        var database = SqliteDatabase.open(folder.resolve("lovage.db"), DatabaseSettings.DEFAULT);
        database.migrate(CustodySchema.migrations());
        return database;
    }

    /// The one database of the private server, emptied: a new one for each test would be eight megabytes each time.
    public static Database postgres() {
        try (var connection = Server.INSTANCE.getPostgresDatabase().getConnection();
                var statement = connection.createStatement()) {
            statement.execute("DROP SCHEMA public CASCADE");
            statement.execute("CREATE SCHEMA public");
        } catch (SQLException e) {
            throw new IllegalStateException("The private PostgreSQL could not be emptied.", e);
        }
        var database = PostgresDatabase.open(
                "postgresql://127.0.0.1:" + Server.INSTANCE.getPort() + "/postgres",
                "postgres",
                "postgres",
                DatabaseSettings.DEFAULT.poolSize(20));
        database.migrate(CustodySchema.migrations());
        return database;
    }

    /// One private server for all tests of this JVM, which stops it.
    private static final class Server {
        static final EmbeddedPostgres INSTANCE = start();

        private static EmbeddedPostgres start() {
            try {
                return EmbeddedPostgres.builder().start();
            } catch (IOException e) {
                throw new UncheckedIOException("The private PostgreSQL did not start.", e);
            }
        }
    }
}
