package dev.lovage.sql.broker;

import dev.lovage.sql.database.Database;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;

@Tag("services")
class BeatOnPostgresTest extends BeatContract {
    private static OwnPostgres server;

    private boolean empty;

    @BeforeAll
    static void start() throws IOException {
        server = OwnPostgres.start();
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
    }

    @Override
    Database database() {
        var emptied = empty;
        empty = true;
        return emptied ? server.database() : server.empty();
    }
}
