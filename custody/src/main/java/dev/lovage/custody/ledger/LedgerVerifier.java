package dev.lovage.custody.ledger;

import dev.lovage.custody.ledger.CanonicalText.Refused;
import dev.lovage.sql.database.Database;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Map;
import java.util.function.LongConsumer;

/// Finds out whether the ledger is as it was written. It reads one state of the database from end to end in constant
/// memory, and shares no code with what writes: it parses and hashes by itself.
///
/// What it checks, in this order:
/// 1. The chain, entry by entry: numbers without gap or repetition, canonical bytes with exactly the known members,
///    hash, hash of the one before, time not going back, columns equal to what the bytes say; and the intent of each,
///    its hash and its columns, and that entry and intent share type, subject, parent, actor and data byte for byte.
/// 2. The end of the chain against the sequencer's own note of it.
/// 3. The writers, intent by intent: numbers without gap up to the writer's count, hashes and columns also of those not
///    chained yet, none left out though a later one of its writer is chained, and chained in their order.
///
/// What it can't find: a ledger that was replaced, or cut, with all its tables at once by someone who recomputed it.
/// That takes a checkpoint kept elsewhere.
public final class LedgerVerifier {
    private static final int ROWS_AT_ONCE = 500;

    private LedgerVerifier() {}

    public static Verdict verify(Database database) {
        return verify(database, entries -> {});
    }

    /// @param progress told the number of entries looked at, every thousand
    public static Verdict verify(Database database, LongConsumer progress) {
        return database.read(connection -> verify(connection, progress));
    }

    private static Verdict verify(Connection connection, LongConsumer progress) throws SQLException {
        var findings = new Findings();
        var chain = new ChainCheck(findings, origin(connection));
        try (var select = streaming(connection, """
                        SELECT e.seq, e.writer_id, e.writer_seq, e.ts, e.tenant, e.subject, e.type, e.bytes, e.leaf,
                               i.tenant AS intent_tenant, i.type AS intent_type, i.subject AS intent_subject,
                               i.payload, i.payload_sha256, i.at
                        FROM ledger_entry e
                        LEFT JOIN ledger_intent i ON i.writer_id = e.writer_id AND i.writer_seq = e.writer_seq
                        ORDER BY e.seq""");
                var row = select.executeQuery()) {
            while (row.next()) {
                chain.next(row);
                if (chain.entries() % 1000 == 0) {
                    progress.accept(chain.entries());
                }
            }
        }
        head(connection, chain, findings);
        var writers = new WriterCheck(findings);
        try (var select = streaming(connection, """
                        SELECT i.writer_id, i.writer_seq, i.tenant, i.type, i.subject, i.payload, i.payload_sha256, i.at,
                               e.seq AS entry_seq, w.seq AS newest
                        FROM ledger_intent i
                        LEFT JOIN ledger_entry e ON e.writer_id = i.writer_id AND e.writer_seq = i.writer_seq
                        LEFT JOIN ledger_writer w ON w.writer_id = i.writer_id
                        ORDER BY i.writer_id, i.writer_seq""");
                var row = select.executeQuery()) {
            while (row.next()) {
                writers.next(row);
            }
            writers.end();
        }
        counts(connection, findings);
        progress.accept(chain.entries());
        return findings.verdict(chain.entries(), writers.pending());
    }

    private static String origin(Connection connection) throws SQLException {
        try (var select = connection.prepareStatement("SELECT origin FROM ledger_sequencer");
                var row = select.executeQuery()) {
            return row.next() ? row.getString(1) : "";
        }
    }

    private static void head(Connection connection, ChainCheck chain, Findings findings) throws SQLException {
        try (var select = connection.prepareStatement("SELECT head_seq, head_ts, head_leaf FROM ledger_sequencer");
                var row = select.executeQuery()) {
            if (row.next()) {
                chain.end(row.getLong(1), row.getLong(2), row.getBytes(3));
            } else if (chain.entries() > 0) {
                findings.add("ledger_sequencer", "the row is missing though there are entries");
            }
        }
    }

    /// Writers none of whose intents are left, and cursors that are not at the last entry of their writer.
    private static void counts(Connection connection, Findings findings) throws SQLException {
        try (var select = streaming(connection, """
                        SELECT w.writer_id, w.seq FROM ledger_writer w
                        WHERE NOT EXISTS (SELECT 1 FROM ledger_intent i WHERE i.writer_id = w.writer_id)
                        ORDER BY w.writer_id""");
                var row = select.executeQuery()) {
            while (row.next()) {
                findings.add(
                        "ledger_intent writer " + row.getString(1) + " seq 1",
                        "missing, as are all others of a writer that wrote " + row.getLong(2));
            }
        }
        try (var select = streaming(connection, """
                        SELECT COALESCE(c.writer_id, e.writer_id), COALESCE(c.chained, 0), COALESCE(e.newest, 0)
                        FROM ledger_cursor c
                        FULL JOIN (SELECT writer_id, MAX(writer_seq) AS newest FROM ledger_entry GROUP BY writer_id) e
                             ON e.writer_id = c.writer_id
                        WHERE COALESCE(c.chained, 0) <> COALESCE(e.newest, 0)
                        ORDER BY 1""");
                var row = select.executeQuery()) {
            while (row.next()) {
                findings.add(
                        "ledger_cursor writer " + row.getString(1),
                        "is at " + row.getLong(2) + ", but the newest entry of this writer is " + row.getLong(3));
            }
        }
    }

    private static PreparedStatement streaming(Connection connection, String sql) throws SQLException {
        var statement = connection.prepareStatement(sql);
        statement.setFetchSize(ROWS_AT_ONCE);
        return statement;
    }

    /// How an intent's row is called in a problem.
    static String intent(String writer, long writerSeq) {
        return "ledger_intent writer " + writer + " seq " + writerSeq;
    }

    /// A member that must be there.
    static String member(Map<String, String> members, String name) throws Refused {
        var value = members.get(name);
        if (value == null) {
            throw new Refused("it has no member \"" + name + "\"");
        }
        return value;
    }
}
