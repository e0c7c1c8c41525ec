package dev.lovage.sql.broker;

import dev.lovage.engine.canvas.Join;
import dev.lovage.engine.canvas.Plan;
import dev.lovage.engine.message.Message;
import dev.lovage.engine.result.ResultMeta;
import dev.lovage.engine.transport.Noted;
import dev.lovage.engine.transport.Staging.Sharing;
import dev.lovage.engine.tx.Tx;
import dev.lovage.sql.database.Database;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;

/// Writes plans, and what follows from them when they close joins, into a transaction. Where results are shared
/// with Celery, what they have to be told is noted in the same transaction.
final class PlanWriter {
    private final Database database;
    private final JoinRows joins;
    private volatile Sharing sharing = Sharing.NOTHING;

    PlanWriter(Database database, JoinRows joins) {
        this.database = database;
        this.joins = joins;
    }

    void share(Sharing what) {
        sharing = what;
    }

    Sharing sharing() {
        return sharing;
    }

    void write(Tx tx, Plan plan, Instant now) throws SQLException {
        write(tx, plan, false, now);
    }

    /// What follows an execution that ends in the same transaction.
    void follow(Tx tx, Plan plan, Instant now) throws SQLException {
        write(tx, plan, true, now);
    }

    private void write(Tx tx, Plan plan, boolean follows, Instant now) throws SQLException {
        if (plan.isEmpty()) {
            return;
        }
        var sql = new Sql(tx.connection());
        var waiting = new ArrayDeque<>(List.of(plan));
        for (var next = waiting.poll(); next != null; next = waiting.poll()) {
            for (var join : next.joins()) {
                begin(sql, join, now);
            }
            if (MessageRows.insert(sql, next.messages(), now) < next.messages().size() && follows) {
                MessageRows.supersede(sql, next.messages(), now);
            }
            for (var result : next.results()) {
                record(sql, result, Optional.empty(), now);
            }
            for (var end : next.ends()) {
                end(sql, end, now).ifPresent(waiting::add);
            }
        }
        database.announce(tx);
    }

    private void begin(Sql sql, Join join, Instant now) throws SQLException {
        if (sharing.joins()) {
            NoteRows.write(sql, Noted.begin(join), now);
        } else {
            joins.begin(sql, join, now);
        }
    }

    private Optional<Plan> end(Sql sql, Join.End end, Instant now) throws SQLException {
        if (sharing.joins()) {
            NoteRows.write(sql, Noted.end(end), now);
            return Optional.empty();
        }
        return joins.end(sql, end, now);
    }

    /// @param of the message that ended so, if one did
    void record(Sql sql, ResultMeta meta, Optional<Message> of, Instant now) throws SQLException {
        ResultRows.record(sql, meta, of.map(Message::headers), now);
        if (sharing.results()) {
            NoteRows.write(sql, Noted.result(meta, of, sharing.arguments()), now);
        }
    }
}
