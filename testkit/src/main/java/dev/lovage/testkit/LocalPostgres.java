package dev.lovage.testkit;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicInteger;

/// A PostgreSQL of this JVM's own, started when first asked for and ended with the JVM. Each test gets a
/// database of its own in it.
public final class LocalPostgres {
    private static final AtomicInteger DATABASES = new AtomicInteger();

    private static final class Started {
        static final EmbeddedPostgres SERVER = start();
    }

    private LocalPostgres() {}

    /// The URL of a new, empty database: `postgresql://postgres:…@localhost:port/name`.
    public static String freshUrl() {
        var name = "lovage_" + DATABASES.incrementAndGet();
        try (var connection = Started.SERVER.getPostgresDatabase().getConnection();
                var statement = connection.createStatement()) {
            statement.execute("CREATE DATABASE " + name);
        } catch (SQLException e) {
            throw new IllegalStateException("The database " + name + " could not be made.", e);
        }
        return "postgresql://postgres:postgres@localhost:" + Started.SERVER.getPort() + "/" + name;
    }

    private static EmbeddedPostgres start() {
        try {
            return EmbeddedPostgres.builder()
                    .setServerConfig("max_connections", "200")
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException("PostgreSQL did not start.", e);
        }
    }
}
