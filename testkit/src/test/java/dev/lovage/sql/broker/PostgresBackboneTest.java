package dev.lovage.sql.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lovage.engine.broker.Busy;
import dev.lovage.engine.broker.SendUnknown;
import dev.lovage.engine.canvas.Lineage;
import dev.lovage.engine.canvas.Plan;
import dev.lovage.sql.database.Database;
import dev.lovage.sql.database.DatabaseFailed;
import dev.lovage.sql.database.DatabaseSettings;
import dev.lovage.sql.database.PostgresDatabase;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("services")
class PostgresBackboneTest extends SqlBackboneContract {
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
    Database database() {
        return server.empty();
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

    @Test
    void nothing_is_lost_when_the_url_asks_for_rewritten_batches() {
        var database = PostgresDatabase.open(
                server.url("?reWriteBatchedInserts=true"), "postgres", "postgres", DatabaseSettings.DEFAULT);
        try (var other = SqlBackbone.open(database, planner, clock)) {
            var plan = Plan.NOTHING;
            for (int i = 0; i < 10; i++) {
                plan = plan.and(
                        planner.freeze(STEP.with(i).node(), Lineage.CLIENT).plan());
            }
            other.broker().publish(plan);
        }
        assertThat(store.inventory()).hasSize(10);
    }

    @Test
    void a_settlement_that_meets_a_server_that_is_away_is_to_be_tried_again() throws IOException {
        try (var own = EmbeddedPostgres.builder().start()) {
            var database = PostgresDatabase.open(
                    "postgresql://localhost:" + own.getPort() + "/postgres",
                    "postgres",
                    "postgres",
                    DatabaseSettings.DEFAULT.waitMax(Duration.ofMillis(500)));
            try (var other = SqlBackbone.open(database, planner, clock)) {
                var away = other.store();
                away.register(A, store.workers().getFirst());
                other.broker()
                        .publish(planner.freeze(STEP.with(1).node(), Lineage.CLIENT)
                                .plan());
                var delivery = other.broker().claim(A, QUEUES, Set.of(), 1).getFirst();
                own.close();
                assertThatThrownBy(() -> away.settle(A, success(delivery, 1))).isInstanceOf(Busy.class);
                assertThatThrownBy(() -> away.settle(A, success(delivery, 1), tx -> {}))
                        .isInstanceOf(Busy.class);
            }
        }
    }

    @Test
    void a_settlement_whose_commit_is_uncertain_is_to_be_tried_again_and_happens_once() {
        send(STEP.with(1));
        var delivery = claimOne();
        execute("CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS"
                + " 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END'");
        execute("CREATE CONSTRAINT TRIGGER cut AFTER DELETE ON lovage_message"
                + " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION cut()");
        assertThatThrownBy(() -> store.settle(A, success(delivery, 1))).isInstanceOf(Busy.class);
        execute("ALTER TABLE lovage_message DISABLE TRIGGER cut");
        store.settle(A, success(delivery, 1));
        assertThat(store.inventory()).isEmpty();
    }

    private void execute(String sql) {
        opened().writeAlone(tx -> new Sql(tx.connection()).update(sql));
    }
}
