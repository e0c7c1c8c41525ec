package dev.lovage.sql.broker;

import dev.lovage.engine.broker.Delivery;
import dev.lovage.engine.broker.Lease;
import dev.lovage.engine.broker.LeaseLost;
import dev.lovage.engine.canvas.Planner;
import dev.lovage.engine.message.ExecutionKey;
import dev.lovage.engine.message.Message;
import dev.lovage.engine.message.Request;
import dev.lovage.engine.message.Unreadable;
import dev.lovage.engine.result.CeleryError;
import dev.lovage.engine.result.Failures;
import dev.lovage.engine.result.ResultMeta;
import dev.lovage.engine.result.TaskState;
import dev.lovage.engine.store.Happening;
import dev.lovage.engine.transport.Staging;
import dev.lovage.engine.tx.Tx;
import dev.lovage.sql.database.Database;
import java.security.SecureRandom;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The tables of a SQL broker in the service of another broker, which moves the messages. A row that waits
/// there is SENT.
final class SqlStaging implements Staging {
    /// What was seen on its way for so long, on this process's own monotonic clock, was lost on its way: the
    /// process that had it is gone, or could not write that it has arrived.
    private static final Duration ON_ITS_WAY = Duration.ofSeconds(10);
    private static final Duration LOOKED_FOR_EACH = Duration.ofSeconds(1);
    private static final int LOST_MAX = 1_000;

    private static final SecureRandom MARKS = new SecureRandom();

    private final Database database;
    private final StoreClock clock;
    private final PlanWriter plans;
    private final Planner planner;
    private final Map<Long, Marked> onTheirWay = new HashMap<>();
    private long lookedForNanos = System.nanoTime();

    SqlStaging(Database database, StoreClock clock, PlanWriter plans, Planner planner) {
        this.database = database;
        this.clock = clock;
        this.plans = plans;
        this.planner = planner;
    }

    private record Known(long id, String custody) {}

    /// @param mark another one each time that it is handed out
    private record Marked(long mark, long sinceNanos) {}

    @Override
    public List<Taken> take(Lease lease, List<Arrived> arrived, Set<String> earlyTasks) {
        return database.write(tx -> {
            var sql = new Sql(tx.connection());
            if (!SqlBroker.alive(sql, lease, database.dialect())) {
                throw new LeaseLost("The claim of " + lease.worker());
            }
            var now = clock.now();
            var taken = new ArrayList<Taken>();
            for (var one : arrived) {
                taken.add(take(
                        tx, sql, lease, one, earlyTasks.contains(one.message().task()), now));
            }
            return taken;
        });
    }

    private Taken take(Tx tx, Sql sql, Lease lease, Arrived arrived, boolean early, Instant now) throws SQLException {
        var message = arrived.message();
        var isNew = MessageRows.insert(sql, List.of(message), now) > 0;
        var known = sql.first(
                "SELECT id, custody FROM lovage_message WHERE task_id = ? AND retries = ? AND nesting = ?"
                        + database.dialect().forUpdate(),
                row -> new Known(row.getLong(1), row.getString(2)),
                message.execution().taskId(),
                message.execution().retries(),
                message.execution().nesting());
        if (known.isEmpty()) {
            return new Taken.Kept(); // it has ended
        }
        var waits = message.eta().filter(now::isBefore).isPresent();
        return switch (known.get().custody()) {
            case "READY", "SENT" ->
                waits ? wait(tx, sql, known.get(), now) : claim(sql, lease, known.get(), arrived, early, isNew, now);
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

    /// Not due, so it is held here.
    private Taken wait(Tx tx, Sql sql, Known known, Instant now) throws SQLException {
        sql.update(
                "UPDATE lovage_message SET custody = 'TIMER', at_broker = 0, handed = NULL, since = ? WHERE id = ?",
                Sql.micros(now),
                known.id());
        database.announce(tx);
        return new Taken.Kept();
    }

    private static Taken claim(
            Sql sql, Lease lease, Known known, Arrived arrived, boolean early, boolean isNew, Instant now)
            throws SQLException {
        var delivery = sql.first(
                        "SELECT " + MessageRows.COLUMNS + " FROM lovage_message WHERE id = ?",
                        MessageRows::delivery,
                        known.id())
                .orElseThrow();
        sql.update(
                "UPDATE lovage_message SET custody = 'LEASED', at_broker = 1, broker_tag = ?, handed = NULL, epoch = ?,"
                        + " lease = ?, claim = NULL, early = ?, since = ?, reason = NULL WHERE id = ?",
                arrived.tag(),
                delivery.epoch(),
                lease.incarnation(),
                early ? 1 : 0,
                Sql.micros(now),
                known.id());
        return new Taken.Claimed(arrived.redelivered() && isNew ? redelivered(delivery) : delivery);
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
    public void keep(Lease lease, List<Long> tags) {
        database.write(tx -> new Sql(tx.connection())
                .updateEach(
                        "UPDATE lovage_message SET at_broker = 0 WHERE id = ? AND lease = ? AND custody = 'LEASED'",
                        tags.stream()
                                .<@Nullable Object[]>map(tag -> new @Nullable Object[] {tag, lease.incarnation()})
                                .toList()));
    }

    @Override
    public void absorb(List<Message> arrived) {
        database.write(tx -> {
            var sql = new Sql(tx.connection());
            MessageRows.insert(sql, arrived, clock.now());
            return sql.updateEach(
                    "UPDATE lovage_message SET custody = 'READY', at_broker = 0, handed = NULL"
                            + " WHERE task_id = ? AND retries = ? AND nesting = ? AND custody = 'SENT'",
                    arrived.stream()
                            .<@Nullable Object[]>map(one -> new @Nullable Object[] {
                                one.execution().taskId(),
                                one.execution().retries(),
                                one.execution().nesting()
                            })
                            .toList());
        });
    }

    /// Called by one thread, the relay's.
    @Override
    public Outgoing outgoing(int max) {
        var now = clock.now();
        var lost = lost();
        if (lost.isEmpty() && !database.read(connection -> any(new Sql(connection), now))) {
            return Outgoing.NOTHING;
        }
        var ready = database.write(tx -> {
            var sql = new Sql(tx.connection());
            MessageRows.wakeTimers(sql, database.dialect(), now);
            sql.updateEach(
                    "UPDATE lovage_message SET handed = NULL WHERE id = ? AND handed = ? AND custody = 'READY'",
                    lost.entrySet().stream()
                            .<@Nullable Object[]>map(one -> new @Nullable Object[] {
                                one.getKey(), one.getValue().mark()
                            })
                            .toList());
            var found = sql.list(
                    "SELECT " + MessageRows.COLUMNS + " FROM lovage_message WHERE " + LEAVES
                            + " ORDER BY priority DESC, order_key, id LIMIT ?"
                            + database.dialect().skipLocked(),
                    row -> new Ready(row.getLong("id"), MessageRows.message(row)),
                    max);
            sql.updateEach(
                    "UPDATE lovage_message SET handed = ? WHERE id = ?",
                    found.stream()
                            .<@Nullable Object[]>map(one -> new @Nullable Object[] {MARKS.nextLong(), one.tag()})
                            .toList());
            return found;
        });
        // Afterwards, so that the beginnings of joins are among them whose members are.
        return database.read(connection -> {
            var sql = new Sql(connection);
            return new Outgoing(
                    ready,
                    NoteRows.read(sql, 2 * max),
                    sql.list("SELECT broker_tag FROM lovage_message WHERE " + ORPHANS, row -> row.getString(1)));
        });
    }

    /// Entries that have been on their way for too long.
    private Map<Long, Marked> lost() {
        var now = System.nanoTime();
        if (now - lookedForNanos < LOOKED_FOR_EACH.toNanos()) {
            return Map.of();
        }
        lookedForNanos = now;
        var seen = new HashMap<Long, Marked>();
        database.read(connection -> new Sql(connection)
                .list(
                        "SELECT id, handed FROM lovage_message WHERE custody = 'READY' AND handed IS NOT NULL LIMIT ?",
                        row -> {
                            var before = onTheirWay.get(row.getLong(1));
                            return seen.put(
                                    row.getLong(1),
                                    before != null && before.mark() == row.getLong(2)
                                            ? before
                                            : new Marked(row.getLong(2), now));
                        },
                        LOST_MAX));
        onTheirWay.clear();
        onTheirWay.putAll(seen);
        seen.values().removeIf(one -> now - one.sinceNanos() < ON_ITS_WAY.toNanos());
        return seen;
    }

    @Override
    public void recovered(List<String> orphans) {
        var now = MARKS.nextLong();
        database.write(tx -> new Sql(tx.connection())
                .updateEach(
                        "UPDATE lovage_message SET handed = ? WHERE broker_tag = ? AND " + ORPHANS,
                        orphans.stream()
                                .<@Nullable Object[]>map(tag -> new @Nullable Object[] {now, tag})
                                .toList()));
    }

    private static final String ORPHANS = "custody = 'SENT' AND handed IS NULL AND broker_tag IS NOT NULL";
    private static final String LEAVES =
            "custody = 'READY' AND handed IS NULL" + " AND queue NOT IN (SELECT queue FROM lovage_paused)";

    private static boolean any(Sql sql, Instant now) throws SQLException {
        return NoteRows.any(sql)
                || sql.exists("SELECT 1 FROM lovage_message WHERE " + LEAVES + " LIMIT 1")
                || sql.exists("SELECT 1 FROM lovage_message WHERE " + ORPHANS + " LIMIT 1")
                || sql.exists(
                        "SELECT 1 FROM lovage_message WHERE custody = 'TIMER' AND eta <= ? LIMIT 1", Sql.micros(now));
    }

    @Override
    public void sent(List<Long> tags) {
        if (tags.isEmpty()) {
            return;
        }
        var now = clock.now();
        database.write(tx -> new Sql(tx.connection())
                .updateEach(
                        "UPDATE lovage_message SET custody = 'SENT', at_broker = 1, since = ?"
                                + " WHERE id = ? AND custody = 'READY'",
                        tags.stream()
                                .<@Nullable Object[]>map(tag -> new @Nullable Object[] {Sql.micros(now), tag})
                                .toList()));
    }

    @Override
    public void refused(long tag, String reason) {
        database.writeAlone(tx -> {
            var sql = new Sql(tx.connection());
            var now = clock.now();
            var message = sql.first(
                    "SELECT " + MessageRows.COLUMNS + " FROM lovage_message WHERE id = ? AND custody = 'READY'"
                            + database.dialect().forUpdate(),
                    MessageRows::message,
                    tag);
            if (message.isPresent()) {
                refuse(tx, sql, tag, message.get(), reason, now);
            }
            return tag;
        });
    }

    private void refuse(Tx tx, Sql sql, long tag, Message message, String reason, Instant now) throws SQLException {
        ExecutionKey key = message.execution();
        sql.update(
                "UPDATE lovage_message SET custody = 'DEAD', reason = ?, since = ? WHERE id = ?",
                Sql.storable(reason),
                Sql.micros(now),
                tag);
        MessageRows.happened(sql, key.taskId(), new Happening(now, key.retries(), "unroutable", reason, "", "relay"));
        var failure = Failures.encode(CeleryError.celery("Unroutable", reason));
        Optional<Request> request;
        try {
            request = Optional.of(Request.read(message));
        } catch (Unreadable e) {
            request = Optional.empty();
        }
        plans.record(
                sql,
                new ResultMeta(
                        key.taskId(),
                        message.task(),
                        TaskState.FAILURE,
                        failure,
                        Optional.empty(),
                        Optional.of(now),
                        dev.lovage.engine.json.Json.array(),
                        request.flatMap(Request::group),
                        request.flatMap(Request::parentId),
                        key.retries(),
                        Optional.empty()),
                Optional.of(message),
                now);
        if (request.isPresent()) {
            plans.write(tx, planner.afterFailure(request.get(), failure), now);
        }
    }

    @Override
    public void done(List<Long> notes) {
        database.write(tx -> {
            NoteRows.done(new Sql(tx.connection()), notes);
            return notes;
        });
    }

    @Override
    public boolean onTheirWay(String queue) {
        return database.read(connection -> new Sql(connection)
                .exists(
                        "SELECT 1 FROM lovage_message WHERE queue = ? AND custody = 'READY' AND handed IS NOT NULL LIMIT 1",
                        queue));
    }

    @Override
    public Set<String> paused() {
        return database.read(connection ->
                Set.copyOf(new Sql(connection).list("SELECT queue FROM lovage_paused", row -> row.getString(1))));
    }
}
