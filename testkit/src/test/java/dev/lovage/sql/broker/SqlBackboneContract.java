package dev.lovage.sql.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.broker.LeaseLost;
import dev.lovage.engine.canvas.Planner;
import dev.lovage.engine.result.TaskState;
import dev.lovage.engine.store.Backbone;
import dev.lovage.engine.store.Store;
import dev.lovage.sql.database.Database;
import dev.lovage.testkit.StoreContract;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// What both databases have to do.
abstract class SqlBackboneContract extends StoreContract {
    /// An empty one.
    abstract Database database();

    @Override
    protected Backbone open(Planner planner, InstantSource clock) {
        return SqlBackbone.open(database(), planner, clock);
    }

    Database opened() {
        return SqlBackbone.databaseOf(backbone).orElseThrow();
    }

    @Override
    protected List<Disposed> disposed() {
        return opened().read(connection -> new Sql(connection)
                .list(
                        "SELECT body, history, reason, by_whom FROM lovage_disposed ORDER BY id",
                        row -> new Disposed(
                                new String(row.getBytes(1), StandardCharsets.UTF_8),
                                row.getString(2),
                                row.getString(3),
                                row.getString(4))));
    }

    @Override
    protected Map<String, Long> remains() {
        return Stream.of("lovage_execution", "lovage_result", "lovage_join", "lovage_join_member")
                .collect(Collectors.toMap(table -> table, this::count));
    }

    @Test
    void an_exception_of_the_effects_rolls_everything_back_and_is_thrown_on_as_it_is() {
        var id = send(STEP.with(1).then(STEP.partial()));
        var delivery = claimOne();
        var reason = new IOException("the effect failed");
        assertThatThrownBy(() -> store.settle(A, success(delivery, 1), tx -> {
                    new Sql(tx.connection())
                            .update("INSERT INTO lovage_paused (queue, at) VALUES ('from an effect', 1)");
                    throw reason;
                }))
                .isSameAs(reason);
        assertThat(count("lovage_paused")).isZero();
        assertThat(store.inventory()).extracting(Store.Entry::custody).containsExactly(Custody.LEASED);
        store.settle(
                A,
                success(delivery, 1),
                tx -> new Sql(tx.connection())
                        .update("INSERT INTO lovage_paused (queue, at) VALUES ('from an effect', 1)"));
        assertThat(count("lovage_paused")).isEqualTo(1);
        assertThat(runAll()).isEqualTo(1);
        assertThat(state(id)).isEqualTo(TaskState.SUCCESS);
    }

    @Test
    void effects_of_a_stale_claim_are_not_written() {
        send(STEP.with(1));
        var delivery = claimOne();
        store.leave(A);
        assertThatThrownBy(() -> store.settle(A, success(delivery, 1), tx -> {
                    throw new AssertionError("it was called");
                }))
                .isInstanceOf(LeaseLost.class);
    }

    long count(String table) {
        return opened().read(connection -> new Sql(connection)
                .first("SELECT count(*) FROM " + table, row -> row.getLong(1))
                .orElseThrow());
    }
}
