package dev.lovage.custody.ledger;

import dev.lovage.custody.ledger.CanonicalText.Refused;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/// Goes along the chain, entry by entry, each with its intent beside it.
final class ChainCheck {
    private static final Set<String> MEMBERS =
            Set.of("v", "log", "seq", "ts", "type", "subject", "parent", "actor", "data", "prev");
    private static final List<String> SHARED = List.of("type", "subject", "parent", "actor", "data");
    private static final Pattern TIME = Pattern.compile("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z");
    private static final byte[] LEAF = {0};

    private final Findings findings;
    private final String origin;
    private byte[] prev;
    private long seq;
    private long ts = Long.MIN_VALUE;
    private long entries;

    ChainCheck(Findings findings, String origin) {
        this.findings = findings;
        this.origin = origin;
        this.prev = IntentCheck.hash(("records-ledger/v1\n" + origin + "\n").getBytes(StandardCharsets.UTF_8));
    }

    long entries() {
        return entries;
    }

    void next(ResultSet row) throws SQLException {
        entries++;
        long found = row.getLong("seq");
        if (found == seq + 2) {
            findings.add(entry(seq + 1), "missing");
        } else if (found > seq + 1) {
            findings.add(entry(seq + 1), "missing, as are all up to " + (found - 1));
        } else if (found <= seq) {
            findings.add(entry(found), "there more than once");
        }
        seq = found;
        var bytes = bytes(row, "bytes");
        var leaf = IntentCheck.hash(LEAF, bytes);
        try {
            if (!Arrays.equals(leaf, row.getBytes("leaf"))) {
                throw new Refused("the bytes do not have the hash in the column leaf");
            }
            var members = CanonicalText.members(bytes);
            look(members, row);
            compare(members, row);
        } catch (Refused refused) {
            findings.add(entry(seq), refused.why());
        }
        prev = leaf;
        ts = Math.max(ts, row.getLong("ts"));
    }

    /// The end of the chain, as the sequencer noted it.
    void end(long headSeq, long headTs, byte[] headLeaf) {
        if (headSeq > seq) {
            findings.add(
                    entry(seq + 1), "missing: the chain ends at " + seq + ", but the sequencer wrote up to " + headSeq);
        } else if (headSeq < seq) {
            findings.add(entry(headSeq + 1), "not written by the sequencer, which wrote up to " + headSeq);
        } else if (!Arrays.equals(headLeaf, prev)) {
            findings.add("ledger_sequencer", "the column head_leaf is not the hash of entry " + seq);
        } else if (headTs != Math.max(0, ts)) {
            findings.add("ledger_sequencer", "the column head_ts is not the time of entry " + seq);
        }
    }

    private void look(Map<String, String> members, ResultSet row) throws Refused, SQLException {
        if (!members.keySet().equals(MEMBERS)) {
            throw new Refused("it has the members " + members.keySet() + ", and exactly " + MEMBERS + " were expected");
        }
        IntentCheck.same("v", LedgerVerifier.member(members, "v"), "1");
        IntentCheck.same("log", text(members, "log"), origin);
        IntentCheck.same("seq", Long.toString(seq), LedgerVerifier.member(members, "seq"));
        IntentCheck.same("subject", row.getString("subject"), text(members, "subject"));
        IntentCheck.same("type", row.getString("type"), text(members, "type"));
        if (!text(members, "prev").equals(Base64.getEncoder().encodeToString(prev))) {
            throw new Refused("its prev is not the hash of the entry before");
        }
        long micros = micros(text(members, "ts"));
        IntentCheck.same("ts", Long.toString(row.getLong("ts")), Long.toString(micros));
        if (micros < ts) {
            throw new Refused("its time is before that of the entry before");
        }
    }

    private static long micros(String time) throws Refused {
        if (!TIME.matcher(time).matches()) {
            throw new Refused("its time is \"" + time + "\", and UTC with three decimals was expected");
        }
        try {
            return Instant.parse(time).toEpochMilli() * 1000;
        } catch (DateTimeException e) {
            throw new Refused("its time \"" + time + "\" does not exist");
        }
    }

    private void compare(Map<String, String> members, ResultSet row) throws Refused, SQLException {
        var writer = row.getString("writer_id");
        long writerSeq = row.getLong("writer_seq");
        var where = LedgerVerifier.intent(writer, writerSeq);
        if (row.getBytes("payload") == null) {
            findings.add(where + " (entry " + seq + ")", "missing, though entry " + seq + " was made from it");
            return;
        }
        var intent = new IntentCheck(
                writer,
                writerSeq,
                row.getString("intent_tenant"),
                row.getString("intent_type"),
                row.getString("intent_subject"),
                bytes(row, "payload"),
                row.getBytes("payload_sha256"),
                row.getLong("at"));
        Map<String, String> said;
        try {
            said = intent.members();
        } catch (Refused refused) {
            // Told here as well as among the writers, so that the first problem named is the first in the chain.
            findings.add(where + " (entry " + seq + ")", refused.why());
            return;
        }
        for (var name : SHARED) {
            if (!LedgerVerifier.member(said, name).equals(LedgerVerifier.member(members, name))) {
                throw new Refused("its " + name + " is not that of its " + where);
            }
        }
        IntentCheck.same("tenant", row.getString("tenant"), text(said, "tenant"));
    }

    private static String text(Map<String, String> members, String name) throws Refused {
        return CanonicalText.string(LedgerVerifier.member(members, name));
    }

    static byte[] bytes(ResultSet row, String column) throws SQLException {
        var bytes = row.getBytes(column);
        return bytes == null ? new byte[0] : bytes;
    }

    private static String entry(long seq) {
        return "ledger_entry seq " + seq;
    }
}
