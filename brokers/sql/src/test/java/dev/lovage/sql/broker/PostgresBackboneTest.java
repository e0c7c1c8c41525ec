package dev.lovage.sql.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lovage.engine.broker.SendUnknown;
import dev.lovage.engine.canvas.Lineage;
import dev.lovage.sql.database.Database;
import dev.lovage.sql.database.DatabaseFailed;
import dev.lovage.sql.database.DatabaseSettings;
import dev.lovage.sql.database.PostgresDatabase;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("services")
class PostgresBackboneTest extends BackboneContract {
    private static EmbeddedPostgres server;

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
        database.writeAlone(tx -> new Sql(tx.connection()).update("DROP SCHEMA public CASCADE"));
        database.writeAlone(tx -> new Sql(tx.connection()).update("CREATE SCHEMA public"));
        return database;
    }

    @Test
    void a_connection_that_breaks_in_the_commit_leaves_sending_unknown_and_keeps_nothing_claimed() {
        var frozen = planner.freeze(STEP.with(1).node(), Lineage.CLIENT);
        execute("CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS"
                + " 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END'");
        execute("CREATE CONSTRAINT TRIGGER cut AFTER INSERT OR UPDATE ON lovage_message"
                + " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION cut()");
        assertThatThrownBy(() -> broker.publish(frozen.plan())).isInstanceOf(SendUnknown.class);
        execute("ALTER TABLE lovage_message DISABLE TRIGGER cut");
        broker.publish(frozen.plan());
        broker.publish(frozen.plan());
        assertThat(store.inventory()).hasSize(1);

        execute("ALTER TABLE lovage_message ENABLE TRIGGER cut");
        assertThatThrownBy(() -> claim(1))
                .isInstanceOfSatisfying(
                        DatabaseFailed.class, e -> assertThat(e.uncertain()).isTrue());
        execute("ALTER TABLE lovage_message DISABLE TRIGGER cut");
        assertThat(claim(1)).hasSize(1);
    }

    private void execute(String sql) {
        backbone.database().writeAlone(tx -> new Sql(tx.connection()).update(sql));
    }
}
