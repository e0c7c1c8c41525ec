package dev.lovage.sql.broker;

import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.broker.Delivery;
import dev.lovage.engine.canvas.JoinsAhead;
import dev.lovage.engine.message.ExecutionKey;
import dev.lovage.engine.message.Message;
import dev.lovage.engine.payload.ByReference;
import dev.lovage.engine.store.Happening;
import dev.lovage.engine.store.Held;
import dev.lovage.sql.database.Dialect;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The tables of messages, of executions, and of what happened to them. A message has a row as long as its
/// execution has not ended.
final class MessageRows {
    static final String COLUMNS =
            "id, task_id, retries, nesting, task, queue, priority, order_key, custody, eta, expires, subject, headers,"
                    + " properties, body, sent, since, epoch, crashes, evidence, fail_on_loss, lease, reason";
    /// Where a claim leaves an entry that it did not settle: with the broker that has it, or ready here.
    static final String BACK = "CASE WHEN at_broker = 1 THEN 'SENT' ELSE 'READY' END";

    private static final String ACCEPT = """
            INSERT INTO lovage_execution (task_id, retries, nesting, state, at) VALUES (?, ?, ?, 'open', ?)
            ON CONFLICT (task_id, retries, nesting) DO NOTHING""";
    private static final int TIMERS_MAX = 500;
    private static final String INSERT = """
            INSERT INTO lovage_message (task_id, retries, nesting, task, queue, priority, order_key, custody, eta,
                expires, subject, headers, properties, body, sent, since, epoch, crashes, early, fail_on_loss,
                join_id, joins, payloads)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, 0, ?, ?, ?)""";

    private MessageRows() {}

    /// Writes those messages whose execution is not known yet.
    ///
    /// @return how many
    static int insert(Sql sql, List<Message> messages, Instant now) throws SQLException {
        var at = Sql.micros(now);
        var executions = new ArrayList<@Nullable Object[]>();
        for (var message : messages) {
            var key = message.execution();
            executions.add(new Object[] {key.taskId(), key.retries(), key.nesting(), at});
        }
        var accepted = sql.updateEach(ACCEPT, executions);
        var rows = new ArrayList<@Nullable Object[]>();
        for (int i = 0; i < accepted.length; i++) {
            if (accepted[i] > 0) {
                rows.add(row(messages.get(i), now));
            }
        }
        sql.updateEach(INSERT, rows);
        return rows.size();
    }

    /// Makes ready what is due, a number of them at a time.
    ///
    /// @return whether there was any
    static boolean wakeTimers(Sql sql, Dialect dialect, Instant now) throws SQLException {
        return sql.update(
                        "UPDATE lovage_message SET custody = 'READY', since = ? WHERE id IN (SELECT id FROM"
                                + " lovage_message WHERE custody = 'TIMER' AND eta <= ? ORDER BY eta LIMIT ?"
                                + dialect.skipLocked() + ")",
                        Sql.micros(now),
                        Sql.micros(now),
                        TIMERS_MAX)
                > 0;
    }

    private static @Nullable Object[] row(Message message, Instant now) {
        var key = message.execution();
        var joins = JoinsAhead.of(message);
        var payloads = ByReference.named(message);
        var waits = message.eta().filter(now::isBefore).isPresent();
        return new @Nullable Object[] {
            key.taskId(),
            key.retries(),
            key.nesting(),
            message.task(),
            message.queue(),
            message.priority(),
            message.order(),
            (waits ? Custody.TIMER : Custody.READY).name(),
            Sql.micros(message.eta()),
            Sql.micros(message.expires()),
            message.subject().orElse(null),
            message.headers(),
            message.properties(),
            message.body(),
            Sql.micros(now),
            Sql.micros(now),
            joins.stream().findFirst().orElse(null),
            joins.size() > 1 ? String.join(" ", joins) : null,
            payloads.isEmpty() ? null : String.join(" ", payloads)
        };
    }

    /// Another message has come for the execution of this row.
    static void replace(Sql sql, long id, Message by) throws SQLException {
        var joins = JoinsAhead.of(by);
        var payloads = ByReference.named(by);
        sql.update(
                "UPDATE lovage_message SET task = ?, queue = ?, priority = ?, order_key = ?, eta = ?, expires = ?,"
                        + " subject = ?, headers = ?, properties = ?, body = ?, join_id = ?, joins = ?, payloads = ?"
                        + " WHERE id = ?",
                by.task(),
                by.queue(),
                by.priority(),
                by.order(),
                Sql.micros(by.eta()),
                Sql.micros(by.expires()),
                by.subject().orElse(null),
                by.headers(),
                by.properties(),
                by.body(),
                joins.stream().findFirst().orElse(null),
                joins.size() > 1 ? String.join(" ", joins) : null,
                payloads.isEmpty() ? null : String.join(" ", payloads),
                id);
    }

    /// A chain that Python put in place of a task that was sent there ends in the task's id, and says nothing of
    /// its nesting. When one of its steps that runs here sends the last one, that goes out in the task's row.
    static void supersede(Sql sql, List<Message> messages, Instant now) throws SQLException {
        for (var message : messages) {
            var key = message.execution();
            var away = sql.first(
                    "SELECT id FROM lovage_message WHERE task_id = ? AND retries = ? AND nesting = ?"
                            + " AND (custody = 'SENT' OR custody = 'READY' AND handed IS NOT NULL) AND epoch = 0"
                            + " AND NOT (task = ? AND body = ?)",
                    row -> row.getLong(1),
                    key.taskId(),
                    key.retries(),
                    key.nesting(),
                    message.task(),
                    message.body());
            if (away.isPresent()) {
                var waits = message.eta().filter(now::isBefore).isPresent();
                // It may have come back meanwhile, and be run.
                var still = sql.update(
                        "UPDATE lovage_message SET custody = ?, handed = NULL, since = ? WHERE id = ?"
                                + " AND (custody = 'SENT' OR custody = 'READY' AND handed IS NOT NULL) AND epoch = 0",
                        (waits ? Custody.TIMER : Custody.READY).name(),
                        Sql.micros(now),
                        away.get());
                if (still > 0) {
                    replace(sql, away.get(), message);
                }
            }
        }
    }

    /// The execution has ended, and its message goes.
    static void end(Sql sql, long id, ExecutionKey key, String endedAs, Instant now) throws SQLException {
        sql.update("DELETE FROM lovage_message WHERE id = ?", id);
        sql.update(
                "UPDATE lovage_execution SET state = 'ended', ended_as = ?, at = ?"
                        + " WHERE task_id = ? AND retries = ? AND nesting = ?",
                endedAs,
                Sql.micros(now),
                key.taskId(),
                key.retries(),
                key.nesting());
    }

    static Message message(ResultSet row) throws SQLException {
        return new Message(
                key(row),
                row.getString("task"),
                row.getString("queue"),
                row.getInt("priority"),
                row.getLong("order_key"),
                Sql.instant(row, "eta"),
                Sql.instant(row, "expires"),
                Sql.text(row, "subject"),
                row.getString("headers"),
                row.getString("properties"),
                row.getBytes("body"));
    }

    /// What was sent on to another broker is ready there.
    static Custody custody(String stored) {
        return stored.equals("SENT") ? Custody.READY : Custody.valueOf(stored);
    }

    static ExecutionKey key(ResultSet row) throws SQLException {
        return new ExecutionKey(row.getString("task_id"), row.getInt("retries"), row.getInt("nesting"));
    }

    /// A row that is about to be claimed: its epoch is the one before.
    static Delivery delivery(ResultSet row) throws SQLException {
        var claims = row.getLong("epoch");
        return new Delivery(
                row.getLong("id"),
                message(row),
                claims + 1,
                Math.toIntExact(claims),
                row.getInt("crashes"),
                Sql.text(row, "evidence"),
                row.getInt("fail_on_loss") == 1,
                Sql.instant(row.getLong("sent")));
    }

    /// Entries with their history.
    ///
    /// @param where what follows `FROM lovage_message m`
    static List<Held> held(Sql sql, String where, Object... args) throws SQLException {
        var found = sql.list(
                "SELECT " + COLUMNS + ", (SELECT w.name FROM lovage_worker w WHERE w.incarnation = m.lease) AS worker"
                        + " FROM lovage_message m " + where,
                row -> new Held(
                        row.getLong("id"),
                        message(row),
                        custody(row.getString("custody")),
                        Sql.text(row, "reason"),
                        Math.toIntExact(Math.max(0, row.getLong("epoch") - 1)),
                        row.getInt("crashes"),
                        Sql.text(row, "worker"),
                        Sql.instant(row.getLong("sent")),
                        Sql.instant(row.getLong("since")),
                        List.of()),
                args);
        var all = new ArrayList<Held>();
        for (var one : found) {
            all.add(new Held(
                    one.tag(),
                    one.message(),
                    one.custody(),
                    one.reason(),
                    one.redelivered(),
                    one.crashes(),
                    one.worker(),
                    one.sent(),
                    one.since(),
                    history(sql, one.message().execution().taskId())));
        }
        return all;
    }

    static List<Happening> history(Sql sql, String taskId) throws SQLException {
        return sql.list(
                "SELECT at, retries, what, detail, trace, by_whom FROM lovage_happening WHERE task_id = ? ORDER BY id",
                row -> new Happening(
                        Sql.instant(row.getLong(1)),
                        row.getInt(2),
                        row.getString(3),
                        row.getString(4),
                        row.getString(5),
                        row.getString(6)),
                taskId);
    }

    static void happened(Sql sql, String taskId, Happening one) throws SQLException {
        sql.update(
                "INSERT INTO lovage_happening (task_id, at, retries, what, detail, trace, by_whom)"
                        + " VALUES (?, ?, ?, ?, ?, ?, ?)",
                taskId,
                Sql.micros(one.at()),
                one.retries(),
                one.what(),
                Sql.storable(one.detail()),
                Sql.storable(one.trace()),
                Sql.storable(one.by()));
    }
}
