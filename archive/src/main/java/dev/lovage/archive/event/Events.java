package dev.lovage.archive.event;

import dev.lovage.custody.ledger.Ledger;
import dev.lovage.custody.ledger.LedgerEvent;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.task.TaskContext;
import dev.lovage.engine.tx.Tx;
import dev.lovage.sql.broker.Sql;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The events of all items.
///
/// Invariants:
/// 1. There is one event per item, step and generation, whatever is delivered twice. The ledger is told of each, in the
///    same transaction.
/// 2. The same event again changes nothing. When a deterministic step made something else of the same inputs, the first
///    event stands, and the ledger and the log are told of the conflict.
public final class Events {
    private static final Logger LOG = LoggerFactory.getLogger(Events.class);

    private final Ledger ledger;
    private final String tenant;
    private final InstantSource clock;

    public Events(Ledger ledger, String tenant, InstantSource clock) {
        this.ledger = ledger;
        this.tenant = tenant;
        this.clock = clock;
    }

    /// Writes what a step did, in the transaction that ends its execution.
    ///
    /// @param batch the batch that the subject belongs to
    /// @return false if it was written before
    public boolean record(Tx tx, UUID batch, UUID subject, int generation, Happened happened) throws SQLException {
        var sql = new Sql(tx.connection());
        var context = TaskContext.current();
        var id = EventId.of(subject, happened, generation);
        var written = sql.update(
                "INSERT INTO archive_event (tenant, event_id, batch, subject, step, generation, version, type, outcome,"
                        + " detail, note, inputs, parameters, outputs, deterministic, agent, at, task_id, root_id, attempt,"
                        + " node) VALUES (" + Sql.places(21) + ") ON CONFLICT DO NOTHING",
                tenant,
                id.toString(),
                batch.toString(),
                subject.toString(),
                happened.step(),
                generation,
                happened.version(),
                happened.type(),
                happened.outcome().name(),
                Sql.storable(happened.detail()),
                Sql.storable(happened.note()),
                happened.inputs(),
                happened.parameters(),
                happened.outputs(),
                happened.deterministic() ? 1 : 0,
                happened.agent(),
                Sql.micros(clock.instant()),
                context.id(),
                context.lineage().rootId().orElse(context.id()),
                context.retries() + context.epoch(),
                context.node());
        if (written == 1) {
            tell(tx, "archive.event", batch, subject, generation, happened, id);
            return true;
        }
        var first = find(tx, subject, happened.step(), generation).orElseThrow();
        if (happened.deterministic()
                && (!first.id().equals(id) || !first.happened().outputs().equals(happened.outputs()))) {
            LOG.error(
                    "CONFLICT: {} of {} was done again and came out different: {} first, {} now. The first stands.",
                    happened.step(),
                    subject,
                    first.happened().outputs(),
                    happened.outputs());
            tell(tx, "archive.event.conflict", batch, subject, generation, happened, id);
        }
        return false;
    }

    /// What a step recorded for an item or a batch.
    public Optional<Recorded> find(Tx tx, UUID subject, String step, int generation) throws SQLException {
        return new Sql(tx.connection())
                .first(
                        "SELECT * FROM archive_event WHERE tenant = ? AND subject = ? AND step = ? AND generation = ?",
                        Events::of,
                        tenant,
                        subject.toString(),
                        step,
                        generation);
    }

    private void tell(Tx tx, String type, UUID batch, UUID subject, int generation, Happened happened, UUID id)
            throws SQLException {
        var context = TaskContext.current();
        var data = Json.object();
        data.put("event_id", id.toString());
        data.put("batch", batch.toString());
        data.put("step", happened.step());
        data.put("generation", generation);
        data.put("type", happened.type());
        data.put("outcome", happened.outcome().name());
        data.put("inputs", happened.inputs());
        data.put("parameters", happened.parameters());
        data.put("outputs", happened.outputs());
        data.put("task_id", context.id());
        data.put("root_id", context.lineage().rootId().orElse(context.id()));
        data.put("attempt", context.retries() + context.epoch());
        ledger.append(
                tx, LedgerEvent.of(tenant, type, subject.toString(), LedgerEvent.Actor.service(context.node()), data));
    }

    /// The events of a batch and of all its items, oldest first.
    public static List<Recorded> ofBatch(Connection connection, String tenant, UUID batch) throws SQLException {
        return new Sql(connection)
                .list(
                        "SELECT * FROM archive_event WHERE tenant = ? AND batch = ? ORDER BY at, subject, step",
                        Events::of,
                        tenant,
                        batch.toString());
    }

    /// How many steps of a batch and its items are recorded.
    public static long count(Connection connection, String tenant, UUID batch) throws SQLException {
        return new Sql(connection)
                .first(
                        "SELECT COUNT(*) FROM archive_event WHERE tenant = ? AND batch = ?",
                        row -> row.getLong(1),
                        tenant,
                        batch.toString())
                .orElseThrow();
    }

    /// What the executions of a task recorded, oldest first. Reads all events of the tenant.
    public static List<Recorded> ofTask(Connection connection, String tenant, String taskId) throws SQLException {
        return new Sql(connection)
                .list(
                        "SELECT * FROM archive_event WHERE tenant = ? AND task_id = ? ORDER BY at, subject, step",
                        Events::of,
                        tenant,
                        taskId);
    }

    private static Recorded of(ResultSet row) throws SQLException {
        return new Recorded(
                UUID.fromString(row.getString("event_id")),
                UUID.fromString(row.getString("subject")),
                row.getInt("generation"),
                new Happened(
                        row.getString("step"),
                        row.getInt("version"),
                        row.getString("type"),
                        Happened.Outcome.valueOf(row.getString("outcome")),
                        row.getString("detail"),
                        row.getString("note"),
                        row.getString("inputs"),
                        row.getString("parameters"),
                        row.getString("outputs"),
                        row.getInt("deterministic") == 1,
                        row.getString("agent")),
                Sql.instant(row.getLong("at")),
                row.getString("task_id"),
                row.getString("root_id"),
                row.getLong("attempt"),
                row.getString("node"));
    }
}
