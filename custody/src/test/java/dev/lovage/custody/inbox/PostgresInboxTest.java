package dev.lovage.custody.inbox;

import dev.lovage.custody.TestDatabases;
import dev.lovage.sql.database.Database;
import org.junit.jupiter.api.Tag;

@Tag("services")
class PostgresInboxTest extends InboxContract {
    @Override
    Database open() {
        return TestDatabases.postgres();
    }
}
