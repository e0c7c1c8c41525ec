package dev.lovage.sql.database;

import static dev.lovage.sql.database.OtherProcess.execute;
import static dev.lovage.sql.database.OtherProcess.number;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MigrationsTest {
    @TempDir
    Path folder;

    private Database database;

    @BeforeEach
    void open() {
        database = SqliteDatabase.open(folder.resolve("lovage.db"), DatabaseSettings.DEFAULT);
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void the_missing_steps_are_applied_once_and_nothing_is_written_when_there_are_none() {
        database.migrate(Migrations.of("test", MigrationsTest.class, "steps", 1));
        database.migrate(Migrations.of("test", MigrationsTest.class, "steps", 2));
        database.write(tx -> execute(tx.connection(), "INSERT INTO thing (note) VALUES ('x')"));
        long changes = database.changes();
        database.migrate(Migrations.of("test", MigrationsTest.class, "steps", 2));
        assertThat(database.changes()).isEqualTo(changes);
        assertThat(versions()).isEqualTo(2);
    }

    @Test
    void a_newer_schema_is_refused() {
        database.migrate(Migrations.of("test", MigrationsTest.class, "steps", 2));
        assertThatThrownBy(() -> database.migrate(Migrations.of("test", MigrationsTest.class, "steps", 1)))
                .isInstanceOf(SchemaTooNew.class)
                .hasMessageContaining("has version 2, and this program knows versions up to 1");
    }

    @Test
    void an_applied_step_that_was_edited_is_refused() {
        database.migrate(Migrations.of("test", MigrationsTest.class, "steps", 1));
        assertThatThrownBy(() -> database.migrate(Migrations.of("test", MigrationsTest.class, "changed", 1)))
                .isInstanceOf(SchemaChanged.class)
                .hasMessageContaining("Migration V1 of test");
    }

    @Test
    void a_step_that_fails_leaves_nothing_of_any_step() {
        assertThatThrownBy(() -> database.migrate(Migrations.of("test", MigrationsTest.class, "broken", 2)))
                .isInstanceOf(DatabaseFailed.class)
                .hasMessageContaining("migration V2 of test");
        assertThat(database.<Long>read(connection ->
                        number(connection, "SELECT count(*) FROM sqlite_master WHERE name IN ('thing', 'half')")))
                .isZero();
    }

    @Test
    void two_processes_may_migrate_at_once() throws Exception {
        try (OtherProcess other = OtherProcess.start(folder.resolve("lovage.db"), "migrate", 1)) {
            other.go();
            database.migrate(Migrations.of("test", OtherProcess.class, "steps", 2));
            other.hears("migrated");
        }
        assertThat(versions()).isEqualTo(2);
    }

    @Test
    void a_missing_step_is_named() {
        assertThatThrownBy(() -> Migrations.of("test", MigrationsTest.class, "steps", 3))
                .hasMessageContaining("steps/V3.sql");
    }

    private long versions() {
        return database.read(connection -> number(connection, "SELECT count(*) FROM lovage_schema"));
    }
}
