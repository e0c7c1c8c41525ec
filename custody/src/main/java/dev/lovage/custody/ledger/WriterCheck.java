package dev.lovage.custody.ledger;

import dev.lovage.custody.ledger.CanonicalText.Refused;
import java.sql.ResultSet;
import java.sql.SQLException;

/// Goes along the intents of each writer.
final class WriterCheck {
    private final Findings findings;
    private String writer = "";
    private long writerSeq;
    private long newest;
    private long unchained;
    private long entrySeq;
    private long pending;

    WriterCheck(Findings findings) {
        this.findings = findings;
    }

    long pending() {
        return pending;
    }

    void next(ResultSet row) throws SQLException {
        if (!row.getString("writer_id").equals(writer)) {
            end();
            writer = row.getString("writer_id");
            writerSeq = 0;
            unchained = 0;
            entrySeq = 0;
            newest = row.getLong("newest");
            if (row.wasNull()) {
                findings.add("ledger_writer " + writer, "missing, though there are intents of this writer");
                newest = Long.MAX_VALUE;
            }
        }
        long found = row.getLong("writer_seq");
        if (found > writerSeq + 1) {
            findings.add(LedgerVerifier.intent(writer, writerSeq + 1), "missing, up to and without " + found);
        } else if (found <= writerSeq) {
            findings.add(LedgerVerifier.intent(writer, found), "there more than once, or chained more than once");
        }
        writerSeq = found;
        if (found > newest) {
            findings.add(
                    LedgerVerifier.intent(writer, found), "beyond the " + newest + " intents that this writer wrote");
        }
        order(row);
        content(row);
    }

    /// What is missing at the end of the writer.
    void end() {
        if (!writer.isEmpty() && newest != Long.MAX_VALUE && writerSeq < newest) {
            findings.add(
                    LedgerVerifier.intent(writer, writerSeq + 1),
                    "missing: the writer wrote " + newest + " intents, and the last one there is " + writerSeq);
        }
    }

    private void order(ResultSet row) throws SQLException {
        long entry = row.getLong("entry_seq");
        if (row.wasNull()) {
            pending++;
            unchained = unchained == 0 ? writerSeq : unchained;
            return;
        }
        if (unchained > 0) {
            findings.add(
                    LedgerVerifier.intent(writer, unchained),
                    "never chained, though intent " + writerSeq + " of the same writer is entry " + entry);
            unchained = 0;
        }
        if (entry < entrySeq) {
            findings.add(
                    "ledger_entry seq " + entry,
                    "before entry " + entrySeq + ", though its intent is the later one of writer " + writer);
        }
        entrySeq = entry;
    }

    /// Of chained intents the chain's check has told already.
    private void content(ResultSet row) throws SQLException {
        row.getLong("entry_seq");
        if (!row.wasNull()) {
            return;
        }
        try {
            var intent = new IntentCheck(
                    writer,
                    writerSeq,
                    row.getString("tenant"),
                    row.getString("type"),
                    row.getString("subject"),
                    ChainCheck.bytes(row, "payload"),
                    row.getBytes("payload_sha256"),
                    row.getLong("at"));
            intent.members();
        } catch (Refused refused) {
            findings.add(LedgerVerifier.intent(writer, writerSeq), refused.why());
        }
    }
}
