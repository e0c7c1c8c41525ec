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
import java.util.concurrent.atomic.AtomicInteger;

/// Databases with the tables of this module, each new and empty.
public final class TestDatabases {
    private static final AtomicInteger NUMBER = new AtomicInteger();

    private TestDatabases() {}

    public static Database sqlite(Path folder) {
        var database = SqliteDatabase.open(folder.resolve("lovage.db"), DatabaseSettings.DEFAULT);
        database.migrate(CustodySchema.migrations());
        return database;
    }

    public static Database postgres() {
        var name = "custody" + NUMBER.incrementAndGet();
        try (var connection = Server.INSTANCE.getPostgresDatabase().getConnection();
                var statement = connection.createStatement()) {
            statement.execute("CREATE DATABASE " + name);
        } catch (SQLException e) {
            throw new IllegalStateException("The private PostgreSQL made no database.", e);
        }
        var database = PostgresDatabase.open(
                "postgresql://127.0.0.1:" + Server.INSTANCE.getPort() + "/" + name,
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
