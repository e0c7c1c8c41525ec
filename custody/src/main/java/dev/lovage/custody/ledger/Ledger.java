package dev.lovage.custody.ledger;

import dev.lovage.engine.tx.Tx;
import dev.lovage.sql.database.Database;
import dev.lovage.sql.database.Dialect;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicInteger;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// The append-only ledger, as one who writes to it sees it.
///
/// The life of an event: [#append] writes it as an *intent* in the transaction of the business data, so it is
/// there exactly if that data is. The [Sequencer] chains intents to *entries*, each of which holds the hash of
/// the one before. The [LedgerVerifier] recomputes the chain and compares every entry with its intent.
///
/// Invariants:
/// 1. Each writer numbers its intents 1, 2, 3 … without a gap: the number comes from the writer's row in the same
///    transaction, so a rolled-back transaction takes its numbers back with it. A gap therefore means loss or deletion.
/// 2. No transaction waits for another one's intent: on PostgreSQL, where a writer's row is locked until its
///    transaction ends, a transaction borrows a writer of its own. A new writer is made rather than waited for,
///    so there are as many as transactions ran at once.
/// 3. An intent is never changed or deleted.
public final class Ledger {
    /// An entry of the chain.
    ///
    /// @param at when it was chained
    /// @param entry all of it, with `actor`, `parent` and `data`
    public record Recorded(long seq, Instant at, String type, JsonNode entry) {}

    private static final int PAYLOAD_BYTES_MAX = 64 * 1024;

    private final InstantSource clock;
    private final boolean writesOneByOne;
    private final String process = UUID.randomUUID().toString();
    private final AtomicInteger writers = new AtomicInteger();
    private final ConcurrentLinkedDeque<String> idle = new ConcurrentLinkedDeque<>();
    private final Map<Tx, String> borrowed = Collections.synchronizedMap(new IdentityHashMap<>());

    public Ledger(Database database, InstantSource clock) {
        this.clock = clock;
        this.writesOneByOne = database.dialect() == Dialect.SQLITE;
    }

    /// Writes the intent to record `event`, in this transaction.
    ///
    /// @throws NotCanonical if the data can't be written canonically
    /// @throws IllegalArgumentException if the event is more than 64 KiB of JSON
    public void append(Tx tx, LedgerEvent event) throws SQLException {
        long at = ChronoUnit.MICROS.between(Instant.EPOCH, clock.instant());
        var writer = writesOneByOne ? writer(0) : borrowed.computeIfAbsent(tx, this::borrow);
        long writerSeq = advance(tx, writer, at);
        var payload = CanonicalJson.bytes(payload(event, writer, writerSeq, at));
        if (payload.length > PAYLOAD_BYTES_MAX) {
            throw new IllegalArgumentException("The ledger event " + event.type() + " of " + event.subject() + " is "
                    + payload.length + " bytes of JSON, and at most " + PAYLOAD_BYTES_MAX
                    + " are allowed. Nothing was written. Put a digest into the ledger instead of the content.");
        }
        try (var insert = tx.connection()
                .prepareStatement("INSERT INTO ledger_intent"
                        + " (writer_id, writer_seq, tenant, type, subject, payload, payload_sha256, at)"
                        + " VALUES (?, ?, ?, ?, ?, ?, ?, ?)")) {
            insert.setString(1, writer);
            insert.setLong(2, writerSeq);
            insert.setString(3, event.tenant());
            insert.setString(4, event.type());
            insert.setString(5, event.subject());
            insert.setBytes(6, payload);
            insert.setBytes(7, Sha256.of(payload));
            insert.setLong(8, at);
            insert.executeUpdate();
        }
    }

    /// What the chain says about a subject, oldest first. An event shows as soon as the sequencer has chained it.
    public static List<Recorded> history(Connection connection, String tenant, String subject) throws SQLException {
        var history = new ArrayList<Recorded>();
        try (var select = connection.prepareStatement(
                "SELECT seq, ts, type, bytes FROM ledger_entry WHERE tenant = ? AND subject = ? ORDER BY seq")) {
            select.setString(1, tenant);
            select.setString(2, subject);
            try (var row = select.executeQuery()) {
                while (row.next()) {
                    history.add(new Recorded(
                            row.getLong("seq"),
                            Instant.EPOCH.plus(row.getLong("ts"), ChronoUnit.MICROS),
                            row.getString("type"),
                            JsonMapper.shared().readTree(row.getBytes("bytes"))));
                }
            }
        }
        return history;
    }

    /// How many entries the chain has, by what the sequencer says. The verification counts them.
    public static long entries(Connection connection) throws SQLException {
        try (var select = connection.prepareStatement("SELECT head_seq FROM ledger_sequencer");
                var row = select.executeQuery()) {
            return row.next() ? row.getLong(1) : 0;
        }
    }

    private String borrow(Tx tx) {
        var free = idle.pollFirst();
        var writer = free == null ? writer(writers.getAndIncrement()) : free;
        tx.afterEnd(durable -> {
            borrowed.remove(tx);
            idle.addFirst(writer);
        });
        return writer;
    }

    private String writer(int number) {
        return process + "-" + number;
    }

    /// Takes the writer's next number; the row of a new writer is made by its first transaction that lasts.
    private static long advance(Tx tx, String writer, long at) throws SQLException {
        try (var upsert = tx.connection()
                .prepareStatement("INSERT INTO ledger_writer (writer_id, seq, started_at) VALUES (?, 1, ?)"
                        + " ON CONFLICT (writer_id) DO UPDATE SET seq = ledger_writer.seq + 1 RETURNING seq")) {
            upsert.setString(1, writer);
            upsert.setLong(2, at);
            try (var row = upsert.executeQuery()) {
                row.next();
                return row.getLong(1);
            }
        }
    }

    /// All of the intent, so that its hash covers every column of its row.
    private static ObjectNode payload(LedgerEvent event, String writer, long writerSeq, long at) {
        var payload = JsonNodeFactory.instance.objectNode();
        payload.put("writer", writer);
        payload.put("writer_seq", writerSeq);
        payload.put("at", at);
        payload.put("tenant", event.tenant());
        payload.put("type", event.type());
        payload.put("subject", event.subject());
        event.parent().ifPresentOrElse(parent -> payload.put("parent", parent), () -> payload.putNull("parent"));
        payload.putObject("actor")
                .put("kind", event.actor().kind().word())
                .put("ref", event.actor().ref());
        payload.set("data", event.data());
        return payload;
    }
}
