package dev.lovage.sql.broker;

import dev.lovage.engine.broker.Delivery;
import dev.lovage.engine.broker.Lease;
import dev.lovage.engine.broker.LeaseLost;
import dev.lovage.engine.message.Message;
import dev.lovage.engine.transport.Staging;
import dev.lovage.engine.tx.Tx;
import dev.lovage.sql.broker.Unanswered.Call;
import dev.lovage.sql.database.Database;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The tables of a SQL broker in the service of another broker, which moves the messages. A row that waits
/// there is SENT.
final class SqlStaging implements Staging {
    /// Followed by names of queues, and a bracket.
    private static final String LOST = "custody = 'READY' AND fail_on_loss = 1 AND queue IN (";

    private final Database database;
    private final StoreClock clock;
    private final Outbox outbox;
    private final Untold untold;
    private final Unanswered unanswered;

    SqlStaging(Database database, StoreClock clock, Outbox outbox, Unanswered unanswered) {
        this.database = database;
        this.clock = clock;
        this.outbox = outbox;
        this.untold = new Untold(database);
        this.unanswered = unanswered;
    }

    /// @param same whether what has arrived is what the row holds, or the row was run here before
    private record Known(long id, String custody, boolean same) {
        boolean away() {
            return custody.equals("SENT") || custody.equals("READY");
        }
    }

    @Override
    public List<Taken> take(Lease lease, List<Arrived> arrived, Set<String> earlyTasks) {
        unanswered.giveBack();
        var call = Call.of(lease);
        return unanswered.ask(call, () -> take(lease, call, arrived, earlyTasks));
    }

    private List<Taken> take(Lease lease, Call call, List<Arrived> arrived, Set<String> earlyTasks) {
        return database.write(tx -> {
            var sql = new Sql(tx.connection());
            if (!SqlBroker.alive(sql, lease, database.dialect())) {
                throw new LeaseLost("The claim of " + lease.worker());
            }
            var now = clock.now();
            var taken = new ArrayList<Taken>();
            for (var one : arrived) {
                taken.add(take(
                        tx, sql, call, one, earlyTasks.contains(one.message().task()), now));
            }
            return taken;
        });
    }

    private Taken take(Tx tx, Sql sql, Call call, Arrived arrived, boolean early, Instant now) throws SQLException {
        var message = arrived.message();
        var isNew = MessageRows.insert(sql, List.of(message), now) > 0;
        var known = sql.first(
                "SELECT id, custody, CASE WHEN epoch > 0 OR (task = ? AND body = ?) THEN 1 ELSE 0 END"
                        + " FROM lovage_message WHERE task_id = ? AND retries = ? AND nesting = ?"
                        + database.dialect().forUpdate(),
                row -> new Known(row.getLong(1), row.getString(2), row.getInt(3) == 1),
                message.task(),
                message.body(),
                message.execution().taskId(),
                message.execution().retries(),
                message.execution().nesting());
        if (known.isEmpty()) {
            return new Taken.Kept(); // it has ended
        }
        if (known.get().away() && !known.get().same()) {
            // Python has run what was sent there, and replaced it by a chain that ends here, under its id.
            MessageRows.replace(sql, known.get().id(), message);
        }
        var waits = message.eta().filter(now::isBefore).isPresent();
        return switch (known.get().custody()) {
            case "READY", "SENT" ->
                waits
                        ? wait(tx, sql, known.get(), message, now)
                        : claim(sql, call, known.get(), arrived, early, isNew, now);
            case "LEASED" -> {
                // It comes again while it runs: who runs it may not be able to acknowledge it any more.
                sql.update(
                        "UPDATE lovage_message SET at_broker = 0 WHERE id = ?",
                        known.get().id());
                yield new Taken.Kept();
            }
            default -> {
                if (isNew) {
                    database.announce(tx); // a timer, which may be the next one
                }
                yield new Taken.Kept();
            }
        };
    }

    /// Not due, so it is held here. Its row may not know its time: it had left the waiting to the broker.
    private Taken wait(Tx tx, Sql sql, Known known, Message message, Instant now) throws SQLException {
        sql.update(
                "UPDATE lovage_message SET custody = 'TIMER', at_broker = 0, handed = NULL, eta = ?, since = ?"
                        + " WHERE id = ?",
                Sql.micros(message.eta()),
                Sql.micros(now),
                known.id());
        database.announce(tx);
        return new Taken.Kept();
    }

    private static Taken claim(
            Sql sql, Call call, Known known, Arrived arrived, boolean early, boolean isNew, Instant now)
            throws SQLException {
        var delivery = sql.first(
                        "SELECT " + MessageRows.COLUMNS + " FROM lovage_message WHERE id = ?",
                        MessageRows::delivery,
                        known.id())
                .orElseThrow();
        sql.update(
                "UPDATE lovage_message SET custody = 'LEASED', at_broker = ?, broker_tag = ?, handed = NULL, epoch = ?,"
                        + " lease = ?, claim = ?, early = ?, since = ?, reason = NULL WHERE id = ?",
                early ? 0 : 1,
                arrived.tag(),
                delivery.epoch(),
                call.incarnation(),
                call.claim(),
                early ? 1 : 0,
                Sql.micros(now),
                known.id());
        return new Taken.Claimed(arrived.redelivered() && isNew ? redelivered(delivery) : delivery, early);
    }

    private static Delivery redelivered(Delivery one) {
        return new Delivery(
                one.tag(),
                one.message(),
                one.epoch(),
                one.redelivered() + 1,
                one.crashes(),
                one.evidence(),
                one.failOnLoss(),
                one.sent());
    }

    @Override
    public List<Delivery> lost(Lease lease, Set<String> queues, int max) {
        var any = !queues.isEmpty()
                && database.read(connection -> new Sql(connection)
                        .exists(
                                "SELECT 1 FROM lovage_message WHERE " + LOST + Sql.places(queues.size()) + ") LIMIT 1",
                                queues.toArray()));
        if (!any) {
            return List.of();
        }
        unanswered.giveBack();
        var call = Call.of(lease);
        return unanswered.ask(call, () -> lost(lease, call, queues, max));
    }

    private List<Delivery> lost(Lease lease, Call call, Set<String> queues, int max) {
        var args = new ArrayList<Object>(queues);
        args.add(max);
        return database.write(tx -> {
            var sql = new Sql(tx.connection());
            if (!SqlBroker.alive(sql, lease, database.dialect())) {
                throw new LeaseLost("The claim of " + lease.worker());
            }
            var found = sql.list(
                    "SELECT " + MessageRows.COLUMNS + " FROM lovage_message WHERE " + LOST + Sql.places(queues.size())
                            + ") ORDER BY id LIMIT ?" + database.dialect().skipLocked(),
                    MessageRows::delivery,
                    args.toArray());
            var now = clock.now();
            sql.updateEach(
                    "UPDATE lovage_message SET custody = 'LEASED', epoch = ?, lease = ?, claim = ?, since = ?,"
                            + " reason = NULL WHERE id = ?",
                    found.stream()
                            .<@Nullable Object[]>map(one -> new @Nullable Object[] {
                                one.epoch(), call.incarnation(), call.claim(), Sql.micros(now), one.tag()
                            })
                            .toList());
            return found;
        });
    }

    @Override
    public Set<Long> keep(Lease lease, List<Long> tags) {
        return database.write(tx -> {
            var changed = new Sql(tx.connection())
                    .updateEach(
                            "UPDATE lovage_message SET at_broker = 0"
                                    + " WHERE id = ? AND lease = ? AND custody = 'LEASED'",
                            tags.stream()
                                    .<@Nullable Object[]>map(tag -> new @Nullable Object[] {tag, lease.incarnation()})
                                    .toList());
            var kept = new HashSet<Long>();
            for (int i = 0; i < changed.length; i++) {
                if (changed[i] > 0) {
                    kept.add(tags.get(i));
                }
            }
            return kept;
        });
    }

    /// What runs is kept here alone from now on; what was just handed over is here again, and not on its way.
    @Override
    public void absorb(List<Message> arrived) {
        database.write(tx -> {
            var sql = new Sql(tx.connection());
            MessageRows.supersede(sql, arrived, clock.now());
            MessageRows.insert(sql, arrived, clock.now());
            return sql.updateEach(
                    "UPDATE lovage_message SET custody = CASE WHEN custody = 'SENT' THEN 'READY' ELSE custody END,"
                            + " at_broker = 0, handed = NULL WHERE task_id = ? AND retries = ? AND nesting = ?"
                            + " AND custody IN ('SENT', 'READY', 'LEASED')",
                    arrived.stream()
                            .<@Nullable Object[]>map(one -> new @Nullable Object[] {
                                one.execution().taskId(),
                                one.execution().retries(),
                                one.execution().nesting()
                            })
                            .toList());
        });
    }

    @Override
    public Outgoing outgoing(Wanted wanted) {
        unanswered.giveBack();
        return outbox.outgoing(wanted);
    }

    @Override
    public void sent(List<Ready> messages) {
        outbox.sent(messages);
    }

    @Override
    public void notSent(List<Ready> messages) {
        outbox.notSent(messages);
    }

    @Override
    public void notDue(List<Ready> messages) {
        outbox.notDue(messages);
    }

    @Override
    public void refused(Ready message, String reason) {
        outbox.refused(message, reason);
    }

    @Override
    public void notRecovered(List<Orphan> orphans) {
        outbox.notRecovered(orphans);
    }

    @Override
    public List<Note> untold(int max, long bytesMax) {
        return untold.take(max, bytesMax);
    }

    @Override
    public void done(List<Long> notes) {
        untold.done(notes);
    }

    @Override
    public void notTold(List<Long> notes) {
        untold.letGo(notes);
    }

    @Override
    public int forgetSent(Duration keep, Set<String> except) {
        return new Forgetting(database).sentBefore(clock.now().minus(keep), except);
    }

    @Override
    public Optional<Instant> oldestSent(String queue, long lying) {
        return database.read(connection -> {
            var sql = new Sql(connection);
            var sent = "SELECT sent FROM lovage_message WHERE queue = ? AND custody = 'SENT' ORDER BY sent";
            var last = sql.first(sent + " DESC LIMIT 1 OFFSET ?", row -> Sql.instant(row.getLong(1)), queue, lying - 1);
            return last.isPresent() ? last : sql.first(sent + " LIMIT 1", row -> Sql.instant(row.getLong(1)), queue);
        });
    }

    @Override
    public Set<String> sentTo() {
        return database.read(connection -> Set.copyOf(new Sql(connection)
                .list("SELECT DISTINCT queue FROM lovage_message WHERE custody = 'SENT'", row -> row.getString(1))));
    }

    @Override
    public boolean onTheirWay(String queue) {
        return outbox.onTheirWay(queue);
    }

    @Override
    public Set<String> paused() {
        return database.read(connection ->
                Set.copyOf(new Sql(connection).list("SELECT queue FROM lovage_paused", row -> row.getString(1))));
    }
}
