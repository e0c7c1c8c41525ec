package dev.lovage.sql.broker;

import dev.lovage.engine.canvas.Plan;
import dev.lovage.engine.tx.Tx;
import dev.lovage.sql.database.Database;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;

/// Writes plans, and what follows from them when they close joins, into a transaction.
final class PlanWriter {
    private final Database database;
    private final JoinRows joins;

    PlanWriter(Database database, JoinRows joins) {
        this.database = database;
        this.joins = joins;
    }

    void write(Tx tx, Plan plan, Instant now) throws SQLException {
        if (plan.isEmpty()) {
            return;
        }
        var sql = new Sql(tx.connection());
        var waiting = new ArrayDeque<>(List.of(plan));
        for (var next = waiting.poll(); next != null; next = waiting.poll()) {
            for (var join : next.joins()) {
                joins.begin(sql, join, now);
            }
            MessageRows.insert(sql, next.messages(), now);
            for (var result : next.results()) {
                ResultRows.record(sql, result, Optional.empty(), now);
            }
            for (var end : next.ends()) {
                joins.end(sql, end, now).ifPresent(waiting::add);
            }
        }
        database.announce(tx);
    }
}
