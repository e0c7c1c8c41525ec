package dev.lovage.custody.ledger;

import dev.lovage.sql.database.Database;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The seat of the one sequencer, and what it does there: a batch of intents becomes a batch of entries, whole
/// or not at all.
///
/// Invariants:
/// 1. Who sits down takes the next epoch. Each batch is written only if the epoch is still the same and the head of the
///    chain is the one that the batch was computed on; so of two sequencers at most one adds anything, and the other is
///    told by [Fenced].
/// 2. The seat's row keeps seq, hash and time of the last entry. A chain whose last entry is another one was tampered
///    with, and nothing is added to it.
final class Chain {
    /// Another sequencer has sat down. Nothing was written.
    static final class Fenced extends RuntimeException {
        Fenced() {
            super("Another sequencer has taken over this ledger. Nothing was written; it goes on there.");
        }
    }

    /// The seat's row as a process that waits for it sees it. It stands still when nobody works there.
    record Seat(long epoch, String holder, long beat) {}

    private record Head(long seq, long tsMillis, byte[] leaf) {}

    private record Batch(Head head, Intents intents) {}

    static final int BATCH_MAX = 1000;

    private final Database database;
    private final String origin;
    private final InstantSource clock;
    private final String holder;
    private volatile long epoch;
    private volatile List<String> stuck = List.of();

    Chain(Database database, String origin, InstantSource clock, String holder) {
        this.database = database;
        this.origin = origin;
        this.clock = clock;
        this.holder = holder;
    }

    /// Writers whose next intent can't be chained, and why.
    List<String> stuck() {
        return stuck;
    }

    /// Sits down, whoever sat there.
    ///
    /// @throws IllegalStateException if the ledger in this database has another origin
    void sitDown() {
        epoch = database.write(tx -> {
            found(tx.connection());
            try (var update = tx.connection()
                    .prepareStatement("UPDATE ledger_sequencer SET epoch = epoch + 1, holder = ?, beat = beat + 1"
                            + " WHERE id = 1 RETURNING epoch, origin")) {
                update.setString(1, holder);
                try (var row = update.executeQuery()) {
                    row.next();
                    if (!row.getString("origin").equals(origin)) {
                        throw new IllegalStateException("The ledger in this database has the origin \""
                                + row.getString("origin") + "\", and \"" + origin + "\" was expected."
                                + " Nothing was written. Set the origin back, or use another database.");
                    }
                    return row.getLong("epoch");
                }
            }
        });
    }

    /// Sits down if the seat is still as it was seen.
    boolean sitDown(Seat seen) {
        long next = database.write(tx -> {
            try (var update = tx.connection()
                    .prepareStatement("UPDATE ledger_sequencer SET epoch = epoch + 1, holder = ?, beat = beat + 1"
                            + " WHERE id = 1 AND epoch = ? AND beat = ? RETURNING epoch")) {
                update.setString(1, holder);
                update.setLong(2, seen.epoch());
                update.setLong(3, seen.beat());
                try (var row = update.executeQuery()) {
                    return row.next() ? row.getLong(1) : -1;
                }
            }
        });
        if (next > 0) {
            epoch = next;
        }
        return next > 0;
    }

    Seat seat() {
        return database.read(connection -> {
            try (var select = connection.prepareStatement("SELECT epoch, holder, beat FROM ledger_sequencer");
                    var row = select.executeQuery()) {
                row.next();
                return new Seat(row.getLong(1), row.getString(2), row.getLong(3));
            }
        });
    }

    /// Shows those who wait that somebody works here.
    void beat() {
        touch("UPDATE ledger_sequencer SET beat = beat + 1 WHERE epoch = ?");
    }

    /// Gets up, so that another sequencer need not wait.
    void getUp() {
        touch("UPDATE ledger_sequencer SET beat = beat + 1, holder = '' WHERE epoch = ?");
    }

    /// Chains what waits, up to [#BATCH_MAX] intents.
    ///
    /// @return how many
    /// @throws Fenced if another sequencer sits here now
    /// @throws LedgerBroken if the end of the chain is not what was written there
    int chain() {
        var batch = database.read(connection -> new Batch(head(connection), Intents.read(connection, BATCH_MAX)));
        stuck = batch.intents().stuck();
        if (!batch.intents().next().isEmpty()) {
            write(batch.head(), entries(batch));
        }
        return batch.intents().next().size();
    }

    private List<Entry> entries(Batch batch) {
        long tsMillis = Math.max(clock.instant().toEpochMilli(), batch.head().tsMillis());
        var entries = new ArrayList<Entry>(batch.intents().next().size());
        long seq = batch.head().seq();
        var prev = batch.head().leaf();
        for (var intent : batch.intents().next()) {
            var entry = Entry.of(origin, ++seq, tsMillis, intent, prev);
            entries.add(entry);
            prev = entry.leaf();
        }
        return entries;
    }

    private void write(Head head, List<Entry> entries) {
        var last = entries.getLast();
        var chained = new LinkedHashMap<String, Long>();
        entries.forEach(
                entry -> chained.put(entry.intent().writer(), entry.intent().writerSeq()));
        database.write(tx -> {
            advanceHead(tx.connection(), head, last);
            insert(tx.connection(), entries);
            advanceCursors(tx.connection(), chained);
            return last.seq();
        });
    }

    private void advanceHead(Connection connection, Head head, Entry last) throws SQLException {
        try (var update = connection.prepareStatement("UPDATE ledger_sequencer"
                + " SET head_seq = ?, head_ts = ?, head_leaf = ?, beat = beat + 1 WHERE epoch = ? AND head_seq = ?")) {
            update.setLong(1, last.seq());
            update.setLong(2, last.tsMillis() * 1000);
            update.setBytes(3, last.leaf());
            update.setLong(4, epoch);
            update.setLong(5, head.seq());
            if (update.executeUpdate() != 1) {
                throw new Fenced();
            }
        }
    }

    private static void insert(Connection connection, List<Entry> entries) throws SQLException {
        try (var insert = connection.prepareStatement("INSERT INTO ledger_entry"
                + " (seq, writer_id, writer_seq, ts, tenant, subject, type, bytes, leaf)"
                + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
            for (var entry : entries) {
                insert.setLong(1, entry.seq());
                insert.setString(2, entry.intent().writer());
                insert.setLong(3, entry.intent().writerSeq());
                insert.setLong(4, entry.tsMillis() * 1000);
                insert.setString(5, entry.tenant());
                insert.setString(6, entry.subject());
                insert.setString(7, entry.type());
                insert.setBytes(8, entry.bytes());
                insert.setBytes(9, entry.leaf());
                insert.addBatch();
            }
            insert.executeBatch();
        }
    }

    private static void advanceCursors(Connection connection, Map<String, Long> chained) throws SQLException {
        try (var upsert = connection.prepareStatement("INSERT INTO ledger_cursor (writer_id, chained) VALUES (?, ?)"
                + " ON CONFLICT (writer_id) DO UPDATE SET chained = excluded.chained")) {
            for (var writer : chained.entrySet()) {
                upsert.setString(1, writer.getKey());
                upsert.setLong(2, writer.getValue());
                upsert.addBatch();
            }
            upsert.executeBatch();
        }
    }

    private Head head(Connection connection) throws SQLException {
        try (var select = connection.prepareStatement("SELECT s.epoch, s.head_seq, s.head_ts, s.head_leaf,"
                        + " (SELECT max(seq) FROM ledger_entry) AS last_seq,"
                        + " (SELECT leaf FROM ledger_entry ORDER BY seq DESC LIMIT 1) AS last_leaf"
                        + " FROM ledger_sequencer s");
                var row = select.executeQuery()) {
            if (!row.next() || row.getLong("epoch") != epoch) {
                throw new Fenced();
            }
            var head = new Head(row.getLong("head_seq"), row.getLong("head_ts") / 1000, row.getBytes("head_leaf"));
            var lastSeq = row.getLong("last_seq");
            var lastLeaf = lastSeq == 0 ? genesis() : row.getBytes("last_leaf");
            if (lastSeq != head.seq() || !Arrays.equals(lastLeaf, head.leaf())) {
                throw new LedgerBroken("The chain ends at entry " + lastSeq + ", but entry " + head.seq()
                        + " was the last one written, or its hash is another. Nothing was added."
                        + " Run the verification of the ledger, and restore the database from a backup.");
            }
            return head;
        }
    }

    /// Makes the seat's row, once in the life of a ledger.
    private void found(Connection connection) throws SQLException {
        try (var insert = connection.prepareStatement("INSERT INTO ledger_sequencer"
                + " (id, origin, epoch, holder, beat, head_seq, head_ts, head_leaf) VALUES (1, ?, 0, '', 0, 0, ?, ?)"
                + " ON CONFLICT (id) DO NOTHING")) {
            insert.setString(1, origin);
            insert.setLong(2, 0);
            insert.setBytes(3, genesis());
            insert.executeUpdate();
        }
    }

    private void touch(String sql) {
        int touched = database.writeFirst(tx -> {
            try (var update = tx.connection().prepareStatement(sql)) {
                update.setLong(1, epoch);
                return update.executeUpdate();
            }
        });
        if (touched != 1) {
            throw new Fenced();
        }
    }

    private byte[] genesis() {
        return Sha256.of(("records-ledger/v1\n" + origin + "\n").getBytes(StandardCharsets.UTF_8));
    }
}
