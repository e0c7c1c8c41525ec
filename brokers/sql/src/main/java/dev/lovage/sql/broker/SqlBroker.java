package dev.lovage.sql.broker;

import dev.lovage.engine.broker.Broker;
import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.broker.Delivery;
import dev.lovage.engine.broker.Export;
import dev.lovage.engine.broker.Lease;
import dev.lovage.engine.broker.LeaseLost;
import dev.lovage.engine.broker.QueueState;
import dev.lovage.engine.broker.SendUnknown;
import dev.lovage.engine.canvas.Plan;
import dev.lovage.engine.tx.Tx;
import dev.lovage.sql.broker.Unanswered.Call;
import dev.lovage.sql.database.Database;
import dev.lovage.sql.database.DatabaseFailed;
import dev.lovage.sql.database.Dialect;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// A broker whose messages are rows.
///
/// The life of a row: it is published READY or, before its time, TIMER; any claim makes READY what is due; a
/// claim makes it LEASED under a worker's incarnation, with one epoch more; then [SqlStore] settles it. Looking
/// for work writes nothing.
final class SqlBroker implements Broker {
    private static final Comparator<Delivery> URGENCY = Comparator.<Delivery>comparingInt(
                    one -> -one.message().priority())
            .thenComparingLong(one -> one.message().order())
            .thenComparingLong(Delivery::tag);

    private final Database database;
    private final StoreClock clock;
    private final PlanWriter plans;
    private final Disposal disposal;
    private final Unanswered unanswered;

    SqlBroker(Database database, StoreClock clock, PlanWriter plans, Disposal disposal, Unanswered unanswered) {
        this.database = database;
        this.clock = clock;
        this.plans = plans;
        this.disposal = disposal;
        this.unanswered = unanswered;
    }

    @Override
    public void publish(Plan plan) {
        clock.measure();
        try {
            database.write(tx -> {
                plans.write(tx, plan, clock.now());
                return plan;
            });
        } catch (DatabaseFailed e) {
            throw e.uncertain() ? new SendUnknown("what was sent", e) : e;
        }
    }

    @Override
    public void publish(Tx tx, Plan plan) {
        try {
            plans.write(tx, plan, clock.now());
        } catch (SQLException e) {
            throw new PublicationFailed(e);
        }
    }

    @Override
    public List<Delivery> claim(Lease lease, Set<String> queues, Set<String> earlyTasks, int max) {
        if (queues.isEmpty() || max < 1 || (unanswered.isEmpty() && !claimable(lease, queues))) {
            return List.of();
        }
        unanswered.giveBack();
        var call = Call.of(lease);
        return unanswered.ask(call, () -> claim(lease, call, queues, earlyTasks, max));
    }

    private List<Delivery> claim(Lease lease, Call call, Set<String> queues, Set<String> earlyTasks, int max) {
        return database.write(tx -> {
            var sql = new Sql(tx.connection());
            var now = clock.now();
            if (!alive(sql, lease, database.dialect())) {
                throw new LeaseLost("The claim of " + lease.worker());
            }
            if (MessageRows.wakeTimers(sql, database.dialect(), now)) {
                database.announce(tx);
            }
            var paused = new HashSet<>(sql.list("SELECT queue FROM lovage_paused", row -> row.getString(1)));
            var found = new ArrayList<Delivery>();
            for (var queue : queues) {
                if (!paused.contains(queue)) {
                    found.addAll(sql.list(
                            "SELECT " + MessageRows.COLUMNS
                                    + " FROM lovage_message WHERE custody = 'READY' AND queue = ?"
                                    + " ORDER BY priority DESC, order_key, id LIMIT ?"
                                    + database.dialect().skipLocked(),
                            MessageRows::delivery,
                            queue,
                            max));
                }
            }
            found.sort(URGENCY);
            if (found.size() > max) {
                database.announce(tx); // another claim may have passed over what this one holds and leaves
            }
            var claimed = List.copyOf(found.subList(0, Math.min(max, found.size())));
            lease(sql, call, earlyTasks, claimed, now);
            return claimed;
        });
    }

    /// Whether a claim would find something, or make something ready.
    private boolean claimable(Lease lease, Set<String> queues) {
        var args = new ArrayList<Object>(queues);
        var now = clock.now();
        return database.read(connection -> {
            var sql = new Sql(connection);
            if (!alive(sql, lease, "")) {
                throw new LeaseLost("The claim of " + lease.worker());
            }
            return sql.exists(
                            "SELECT 1 FROM lovage_message WHERE custody = 'READY' AND queue IN ("
                                    + Sql.places(args.size())
                                    + ") AND queue NOT IN (SELECT queue FROM lovage_paused) LIMIT 1",
                            args.toArray())
                    || sql.exists(
                            "SELECT 1 FROM lovage_message WHERE custody = 'TIMER' AND eta <= ? LIMIT 1",
                            Sql.micros(now));
        });
    }

    /// While the transaction lasts, it is not declared dead.
    static boolean alive(Sql sql, Lease lease, Dialect dialect) throws SQLException {
        return alive(sql, lease, dialect == Dialect.POSTGRESQL ? " FOR KEY SHARE" : "");
    }

    private static boolean alive(Sql sql, Lease lease, String lock) throws SQLException {
        return sql.exists("SELECT 1 FROM lovage_worker WHERE incarnation = ?" + lock, lease.incarnation());
    }

    private static void lease(Sql sql, Call call, Set<String> earlyTasks, List<Delivery> claimed, Instant now)
            throws SQLException {
        var rows = new ArrayList<@Nullable Object[]>();
        for (var one : claimed) {
            var early = earlyTasks.contains(one.message().task()) ? 1 : 0;
            rows.add(new Object[] {one.epoch(), call.incarnation(), call.claim(), early, Sql.micros(now), one.tag()});
        }
        sql.updateEach(
                "UPDATE lovage_message SET custody = 'LEASED', epoch = ?, lease = ?, claim = ?, early = ?, since = ?, reason = NULL"
                        + " WHERE id = ?",
                rows);
    }

    @Override
    public long mark() {
        return database.changes();
    }

    @Override
    public void awaitWork(long mark, Duration wait) throws InterruptedException {
        var next = database.read(connection -> new Sql(connection)
                .first(
                        "SELECT eta FROM lovage_message WHERE custody = 'TIMER' ORDER BY eta LIMIT 1",
                        row -> Sql.instant(row.getLong(1))));
        var untilDue = next.map(due -> Duration.between(clock.now(), due)).orElse(wait);
        if (untilDue.isPositive()) {
            database.awaitChange(mark, untilDue.compareTo(wait) < 0 ? untilDue : wait);
        }
    }

    @Override
    public Map<String, QueueState> queues() {
        return database.read(connection -> {
            var sql = new Sql(connection);
            var counts = new TreeMap<String, Map<Custody, Long>>();
            sql.list(
                    "SELECT queue, custody, count(*) FROM lovage_message WHERE custody <> 'SENT' GROUP BY queue, custody",
                    row -> counts.computeIfAbsent(row.getString(1), queue -> new EnumMap<>(Custody.class))
                            .put(Custody.valueOf(row.getString(2)), row.getLong(3)));
            var paused = new HashSet<>(sql.list("SELECT queue FROM lovage_paused", row -> row.getString(1)));
            paused.forEach(queue -> counts.putIfAbsent(queue, Map.of()));
            var states = new HashMap<String, QueueState>();
            for (var queue : counts.keySet()) {
                states.put(
                        queue,
                        new QueueState(
                                queue,
                                counts.getOrDefault(queue, Map.of()),
                                oldest(sql, queue),
                                paused.contains(queue)));
            }
            return states;
        });
    }

    private static Optional<Instant> oldest(Sql sql, String queue) throws SQLException {
        return sql.first(
                "SELECT sent FROM lovage_message WHERE queue = ? AND custody = 'READY' ORDER BY sent LIMIT 1",
                row -> Sql.instant(row.getLong(1)),
                queue);
    }

    @Override
    public void pause(Set<String> queues) {
        database.write(tx -> {
            pause(tx, queues);
            return queues;
        });
    }

    @Override
    public void resume(Set<String> queues) {
        database.write(tx -> {
            resume(tx, queues);
            return queues;
        });
    }

    @Override
    public void pause(Tx tx, Set<String> queues) {
        try {
            for (var queue : queues) {
                new Sql(tx.connection())
                        .update(
                                "INSERT INTO lovage_paused (queue, at) VALUES (?, ?) ON CONFLICT (queue) DO NOTHING",
                                queue,
                                Sql.micros(clock.now()));
            }
        } catch (SQLException e) {
            throw new PublicationFailed(e);
        }
    }

    @Override
    public void resume(Tx tx, Set<String> queues) {
        try {
            for (var queue : queues) {
                new Sql(tx.connection()).update("DELETE FROM lovage_paused WHERE queue = ?", queue);
            }
            database.announce(tx);
        } catch (SQLException e) {
            throw new PublicationFailed(e);
        }
    }

    /// In several transactions, so that heartbeats come in between; the copies are made outside of them.
    @Override
    public int purge(String queue, String reason, String by, Export export) {
        long newest = database.read(connection -> new Sql(connection)
                .first("SELECT COALESCE(max(id), 0) FROM lovage_message", row -> row.getLong(1))
                .orElse(0L));
        var all = 0;
        long last = 0;
        while (true) {
            var after = last;
            var some = database.read(connection -> Disposal.waiting(new Sql(connection), queue, after, newest));
            if (some.isEmpty()) {
                return all;
            }
            export.keep(some);
            all += database.writeAlone(tx -> disposal.purge(tx, some, reason, by, clock.now()));
            last = some.getLast();
        }
    }
}
