package dev.lovage.custody.ledger;

import dev.lovage.custody.TestDatabases;
import dev.lovage.sql.database.Database;
import org.junit.jupiter.api.Tag;

@Tag("services")
class PostgresTamperTest extends TamperContract {
    @Override
    Database open() {
        return TestDatabases.postgres();
    }
}
