package dev.lovage.sql.broker;

import dev.lovage.engine.canvas.NeverRun;
import dev.lovage.engine.canvas.Planner;
import dev.lovage.engine.message.ExecutionKey;
import dev.lovage.engine.message.Message;
import dev.lovage.engine.store.Happening;
import dev.lovage.engine.transport.Staging.Orphan;
import dev.lovage.engine.transport.Staging.Outgoing;
import dev.lovage.engine.transport.Staging.Ready;
import dev.lovage.engine.transport.Staging.Wanted;
import dev.lovage.engine.tx.Tx;
import dev.lovage.sql.database.Database;
import java.security.SecureRandom;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What is ready here and goes to another broker.
///
/// A row on its way has a mark, another one each time that it is handed out. Whoever writes what became of it
/// compares the mark: a row that was elsewhere meanwhile has lost it.
final class Outbox {
    private static final String ORPHANS = "custody = 'SENT' AND handed IS NULL AND broker_tag IS NOT NULL";
    private static final String LEAVES =
            "custody = 'READY' AND fail_on_loss = 0 AND handed IS NULL AND queue NOT IN (SELECT queue FROM lovage_paused)";

    /// Where joins are shared: those whose join the results have not been told of wait for that.
    private static final String BEGUN = """
             AND NOT EXISTS (SELECT 1 FROM lovage_note b WHERE b.kind = 'begin' AND (b.about = lovage_message.join_id
                OR (lovage_message.joins IS NOT NULL AND lovage_message.joins LIKE '%' || b.about || '%')))""";

    private static final SecureRandom MARKS = new SecureRandom();

    private final Database database;
    private final StoreClock clock;
    private final PlanWriter plans;
    private final Planner planner;
    private final LongAway away = new LongAway("lovage_message WHERE custody = 'READY' AND handed IS NOT NULL");

    Outbox(Database database, StoreClock clock, PlanWriter plans, Planner planner) {
        this.database = database;
        this.clock = clock;
        this.plans = plans;
        this.planner = planner;
    }

    /// Called by one thread, the relay's.
    Outgoing outgoing(Wanted wanted) {
        var now = clock.now();
        var lost = away.lost(database);
        if (lost.isEmpty() && !database.read(connection -> any(new Sql(connection), wanted, now))) {
            return Outgoing.NOTHING;
        }
        return database.write(tx -> {
            var sql = new Sql(tx.connection());
            MessageRows.wakeTimers(sql, database.dialect(), now);
            sql.updateEach(
                    "UPDATE lovage_message SET handed = NULL WHERE id = ? AND handed = ? AND custody = 'READY'", lost);
            return new Outgoing(ready(sql, wanted), orphans(sql));
        });
    }

    /// Whoever dies with one costs it the broker's own timeout.
    private List<Orphan> orphans(Sql sql) throws SQLException {
        var found = sql.list(
                "SELECT id, broker_tag FROM lovage_message WHERE " + ORPHANS
                        + database.dialect().skipLocked(),
                row -> new Orphan(row.getLong(1), MARKS.nextLong(), row.getString(2)));
        sql.updateEach(
                "UPDATE lovage_message SET handed = ? WHERE id = ?",
                found.stream()
                        .<@Nullable Object[]>map(one -> new @Nullable Object[] {one.mark(), one.tag()})
                        .toList());
        return found;
    }

    private List<Ready> ready(Sql sql, Wanted wanted) throws SQLException {
        var args = new ArrayList<@Nullable Object>(wanted.except());
        args.add(wanted.max());
        var sizes = sql.list(
                "SELECT id, length(headers) + length(properties) + length(body) FROM lovage_message WHERE "
                        + leaves(wanted) + " ORDER BY priority DESC, order_key, id LIMIT ?"
                        + database.dialect().skipLocked(),
                Size::of,
                args.toArray());
        var ids = Size.upTo(wanted.bytesMax(), sizes);
        if (ids.isEmpty()) {
            return List.of();
        }
        var found = sql.list(
                "SELECT " + MessageRows.COLUMNS + " FROM lovage_message WHERE id IN (" + Sql.places(ids.size())
                        + ") ORDER BY priority DESC, order_key, id",
                row -> new Ready(row.getLong("id"), MARKS.nextLong(), MessageRows.message(row)),
                ids.toArray());
        sql.updateEach(
                "UPDATE lovage_message SET handed = ? WHERE id = ?",
                found.stream()
                        .<@Nullable Object[]>map(one -> new @Nullable Object[] {one.mark(), one.tag()})
                        .toList());
        return found;
    }

    private String leaves(Wanted wanted) {
        return LEAVES
                + (wanted.except().isEmpty()
                        ? ""
                        : " AND queue NOT IN (" + Sql.places(wanted.except().size()) + ")")
                + (plans.sharing().joins() ? BEGUN : "");
    }

    private boolean any(Sql sql, Wanted wanted, Instant now) throws SQLException {
        return sql.exists(
                        "SELECT 1 FROM lovage_message WHERE " + leaves(wanted) + " LIMIT 1",
                        wanted.except().toArray())
                || sql.exists("SELECT 1 FROM lovage_message WHERE " + ORPHANS + " LIMIT 1")
                || sql.exists(
                        "SELECT 1 FROM lovage_message WHERE custody = 'TIMER' AND eta <= ? LIMIT 1", Sql.micros(now));
    }

    void notRecovered(List<Orphan> orphans) {
        database.write(tx -> new Sql(tx.connection())
                .updateEach(
                        "UPDATE lovage_message SET handed = NULL WHERE id = ? AND handed = ? AND custody = 'SENT'",
                        orphans.stream()
                                .<@Nullable Object[]>map(one -> new @Nullable Object[] {one.tag(), one.mark()})
                                .toList()));
    }

    void sent(List<Ready> messages) {
        if (messages.isEmpty()) {
            return;
        }
        var now = Sql.micros(clock.now());
        database.write(tx -> new Sql(tx.connection())
                .updateEach(
                        "UPDATE lovage_message SET custody = 'SENT', at_broker = 1, since = ?"
                                + " WHERE id = ? AND handed = ? AND custody = 'READY'",
                        messages.stream()
                                .<@Nullable Object[]>map(one -> new @Nullable Object[] {now, one.tag(), one.mark()})
                                .toList()));
    }

    void notSent(List<Ready> messages) {
        database.write(tx -> new Sql(tx.connection())
                .updateEach(
                        "UPDATE lovage_message SET handed = NULL WHERE id = ? AND handed = ? AND custody = 'READY'",
                        messages.stream()
                                .<@Nullable Object[]>map(one -> new @Nullable Object[] {one.tag(), one.mark()})
                                .toList()));
    }

    /// Their time is in their headers alone: what the broker was to hold back was due for the store.
    void notDue(List<Ready> messages) {
        var now = clock.now();
        database.write(tx -> new Sql(tx.connection())
                .updateEach(
                        "UPDATE lovage_message SET handed = NULL, custody = 'TIMER', eta = ?"
                                + " WHERE id = ? AND handed = ? AND custody = 'READY'",
                        messages.stream()
                                .<@Nullable Object[]>map(one -> new @Nullable Object[] {
                                    Sql.micros(one.message().due().orElse(now)), one.tag(), one.mark()
                                })
                                .toList()));
    }

    void refused(Ready message, String reason) {
        database.writeAlone(tx -> {
            var sql = new Sql(tx.connection());
            if (sql.exists(
                    "SELECT 1 FROM lovage_message WHERE id = ? AND handed = ? AND custody = 'READY'"
                            + database.dialect().forUpdate(),
                    message.tag(),
                    message.mark())) {
                refuse(tx, sql, message.tag(), message.message(), reason, clock.now());
            }
            return message;
        });
    }

    private void refuse(Tx tx, Sql sql, long tag, Message message, String reason, Instant now) throws SQLException {
        ExecutionKey key = message.execution();
        sql.update(
                "UPDATE lovage_message SET custody = 'DEAD', handed = NULL, reason = ?, since = ? WHERE id = ?",
                Sql.storable(reason),
                Sql.micros(now),
                tag);
        MessageRows.happened(sql, key.taskId(), new Happening(now, key.retries(), "unroutable", reason, "", "relay"));
        var ended = NeverRun.unroutable(planner, message, reason, now);
        plans.record(sql, ended.result(), Optional.of(message), now);
        plans.write(tx, ended.follows(), now);
    }

    boolean onTheirWay(String queue) {
        return database.read(connection -> new Sql(connection)
                .exists(
                        "SELECT 1 FROM lovage_message WHERE queue = ? AND custody = 'READY' AND handed IS NOT NULL LIMIT 1",
                        queue));
    }
}
