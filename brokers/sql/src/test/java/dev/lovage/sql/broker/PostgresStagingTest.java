package dev.lovage.sql.broker;

import dev.lovage.sql.database.Database;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;

@Tag("services")
class PostgresStagingTest extends StagingContract {
    private static OwnPostgres server;

    @BeforeAll
    static void start() throws IOException {
        server = OwnPostgres.start();
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
    }

    @Override
    Database database(boolean fresh) {
        return fresh ? server.empty() : server.database();
    }
}
