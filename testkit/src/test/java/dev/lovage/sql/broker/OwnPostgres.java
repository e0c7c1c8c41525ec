package dev.lovage.sql.broker;

import dev.lovage.sql.database.Database;
import dev.lovage.sql.database.DatabaseSettings;
import dev.lovage.sql.database.PostgresDatabase;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;

/// A PostgreSQL server of one test class.
record OwnPostgres(EmbeddedPostgres server) implements AutoCloseable {
    static OwnPostgres start() throws IOException {
        return new OwnPostgres(EmbeddedPostgres.builder().start());
    }

    /// @param options of the URL, from `?` on
    String url(String options) {
        return "postgresql://localhost:" + server.getPort() + "/postgres" + options;
    }

    /// Its database, as it was left.
    Database database() {
        return PostgresDatabase.open(url(""), "postgres", "postgres", DatabaseSettings.DEFAULT);
    }

    /// Its database with nothing in it.
    Database empty() {
        var database = database();
        database.writeAlone(tx -> new Sql(tx.connection()).update("DROP SCHEMA public CASCADE"));
        database.writeAlone(tx -> new Sql(tx.connection()).update("CREATE SCHEMA public"));
        return database;
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
