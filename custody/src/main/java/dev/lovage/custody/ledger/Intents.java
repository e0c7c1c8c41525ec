package dev.lovage.custody.ledger;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/// The intents that are next to be chained.
///
/// Invariants:
/// 1. Of each writer they are the ones right after the last chained, without a gap: an intent behind a gap waits until
///    the gap is explained, and the writer is named among the stuck.
/// 2. Between writers they stand in the order of their times, so that what was committed before another transaction
///    began stands before what that one wrote (as far as the writers' clocks agree).
///
/// @param next at most as many as asked for
/// @param stuck a sentence for each writer that can't go on
record Intents(List<Intent> next, List<String> stuck) {
    /// @param order the highest time among this one and those of the same writer before it
    @SuppressWarnings("ArrayRecordComponent") // read, hashed and written; never compared
    record Intent(String writer, long writerSeq, byte[] payload, long order) {}

    /// Reads in one statement, so it sees one state of all writers.
    private static final String NEXT = """
            SELECT w.writer_id, w.seq AS newest, COALESCE(c.chained, 0) AS chained,
                   i.writer_seq, i.payload, i.payload_sha256, i.at
            FROM ledger_writer w
            LEFT JOIN ledger_cursor c ON c.writer_id = w.writer_id
            LEFT JOIN ledger_intent i ON i.writer_id = w.writer_id
                 AND i.writer_seq > COALESCE(c.chained, 0) AND i.writer_seq <= COALESCE(c.chained, 0) + ?
            WHERE w.seq > COALESCE(c.chained, 0)
            ORDER BY w.writer_id, i.writer_seq""";

    static Intents read(Connection connection, int max) throws SQLException {
        var all = new ArrayList<Intent>();
        var stuck = new ArrayList<String>();
        try (var select = connection.prepareStatement(NEXT)) {
            select.setLong(1, max);
            try (var row = select.executeQuery()) {
                String writer = "";
                long expected = 0;
                long order = 0;
                while (row.next()) {
                    if (!row.getString("writer_id").equals(writer)) {
                        writer = row.getString("writer_id");
                        expected = row.getLong("chained") + 1;
                        order = Long.MIN_VALUE;
                    }
                    if (expected < 0) {
                        continue;
                    }
                    var payload = row.getBytes("payload");
                    if (row.getLong("writer_seq") != expected) {
                        stuck.add("Intent " + expected + " of writer " + writer + " is missing, though "
                                + row.getLong("newest") + " were written.");
                        expected = -1;
                    } else if (!Arrays.equals(Sha256.of(payload), row.getBytes("payload_sha256"))) {
                        stuck.add("Intent " + expected + " of writer " + writer + " does not have its hash.");
                        expected = -1;
                    } else {
                        order = Math.max(order, row.getLong("at"));
                        all.add(new Intent(writer, expected, payload, order));
                        expected++;
                    }
                }
            }
        }
        // The sort is stable: within a writer, whose order never falls, the sequence stays.
        all.sort(Comparator.comparingLong(Intent::order));
        return new Intents(List.copyOf(all.subList(0, Math.min(max, all.size()))), List.copyOf(stuck));
    }
}
