package dev.lovage.custody.inbox;

import dev.lovage.engine.tx.Tx;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;

/// Permanent idempotency keys. A key is a unique row, written in the transaction that creates the record, and lives as
/// long as the record: there is no check before the write, and nothing is forgotten after a day.
///
/// | key | fingerprint | state | outcome | an HTTP caller answers |
/// |---|---|---|---|---|
/// | new | any | | [Receipt.New] | does the work, then 200 or 202 |
/// | known | same | finished | [Receipt.Replay] | the stored bytes, and `Idempotent-Replayed: true` |
/// | known | same | running | [Receipt.StillRunning] | waits up to 10 s, then 409 with `Retry-After` |
/// | known | other | any | [Receipt.Conflict] | 422 `idempotency_conflict`, a ledger event, a task for the staff |
/// | other key | same, within 30 days | finished | [Receipt.New], and [#suspectedDuplicate] tells | accepted, flagged |
///
/// Invariants:
/// 1. Of any number of concurrent calls with one key, exactly one commits as `New`. The others wait in the database for
///    that transaction to end, and see what it wrote; when it was rolled back, one of them is `New`.
/// 2. A row is completed once. Its response is never changed.
public final class Inbox {
    /// The only version of the key's HMAC there is: the secret is never rotated. It is kept with each row so
    /// that a later version could be told apart.
    private static final int KEY_VERSION = 1;

    private final InstantSource clock;

    public Inbox(InstantSource clock) {
        this.clock = clock;
    }

    /// @param key 32 bytes, HMAC-SHA-256 of what names the submission at its source
    /// @param fingerprint 32 bytes, SHA-256 of the normalised content
    public Receipt receive(Tx tx, String tenant, byte[] key, byte[] fingerprint) throws SQLException {
        requireDigest(key, "An idempotency key");
        requireDigest(fingerprint, "A fingerprint");
        try (var insert = tx.connection()
                .prepareStatement("INSERT INTO inbox (tenant, key_hash, key_version, fingerprint, state, created_at)"
                        + " VALUES (?, ?, ?, ?, 'running', ?) ON CONFLICT (tenant, key_hash) DO NOTHING")) {
            insert.setString(1, tenant);
            insert.setBytes(2, key);
            insert.setInt(3, KEY_VERSION);
            insert.setBytes(4, fingerprint);
            insert.setLong(5, micros(clock.instant()));
            if (insert.executeUpdate() == 1) {
                return new Receipt.New();
            }
        }
        return find(tx.connection(), tenant, key, fingerprint)
                .orElseThrow(
                        () -> new IllegalStateException(
                                "An inbox row was there when it was to be written and is gone when it is"
                                        + " read: rows are never deleted while their record lives. Nothing was accepted; send again."));
    }

    /// What is known of a key, without writing anything: most repetitions are answered by this alone.
    ///
    /// @return empty for a key that was never seen
    public Optional<Receipt> find(Connection connection, String tenant, byte[] key, byte[] fingerprint)
            throws SQLException {
        try (var select = select(connection, tenant, key);
                var row = select.executeQuery()) {
            if (!row.next()) {
                return Optional.empty();
            }
            if (!Arrays.equals(row.getBytes("fingerprint"), fingerprint)) {
                return Optional.of(new Receipt.Conflict(Optional.ofNullable(row.getString("reference"))));
            }
            return Optional.of(
                    row.getString("state").equals("finished")
                            ? new Receipt.Replay(
                                    Objects.requireNonNull(row.getBytes("response")),
                                    Objects.requireNonNull(row.getString("reference")))
                            : new Receipt.StillRunning());
        }
    }

    /// Writes what the submission became, to be replayed for ever.
    ///
    /// @throws IllegalStateException if the key is not in work: never received, or completed already
    public void complete(Tx tx, String tenant, byte[] key, String reference, byte[] response) throws SQLException {
        try (var update = tx.connection()
                .prepareStatement("UPDATE inbox SET state = 'finished', reference = ?, response = ?, finished_at = ?"
                        + " WHERE tenant = ? AND key_hash = ? AND state = 'running'")) {
            update.setString(1, reference);
            update.setBytes(2, response);
            update.setLong(3, micros(clock.instant()));
            update.setString(4, tenant);
            update.setBytes(5, key);
            if (update.executeUpdate() != 1) {
                throw new IllegalStateException(
                        "The key of " + reference + " is not in work in the inbox, so its answer"
                                + " can't be kept. Call receive first, in the same transaction, and complete once."
                                + " Nothing was written.");
            }
        }
    }

    /// What the first submission with this content became, if one was finished at `since` or later under another key.
    /// Ask between [#receive] and [#complete]: after that the submission itself is found.
    ///
    /// @param since thirty days ago, as the caller counts them
    public Optional<String> suspectedDuplicate(Connection connection, String tenant, byte[] fingerprint, Instant since)
            throws SQLException {
        try (var select = connection.prepareStatement(
                "SELECT reference FROM inbox WHERE tenant = ? AND fingerprint = ? AND created_at >= ?"
                        + " AND state = 'finished' ORDER BY created_at LIMIT 1")) {
            select.setString(1, tenant);
            select.setBytes(2, fingerprint);
            select.setLong(3, micros(since));
            try (var row = select.executeQuery()) {
                return row.next() ? Optional.of(row.getString(1)) : Optional.empty();
            }
        }
    }

    private static PreparedStatement select(Connection connection, String tenant, byte[] key) throws SQLException {
        var select = connection.prepareStatement(
                "SELECT fingerprint, state, reference, response FROM inbox WHERE tenant = ? AND key_hash = ?");
        select.setString(1, tenant);
        select.setBytes(2, key);
        return select;
    }

    private static void requireDigest(byte[] bytes, String what) {
        if (bytes.length != 32) {
            throw new IllegalArgumentException(
                    what + " is 32 bytes long, but this one has " + bytes.length + ". Nothing was written.");
        }
    }

    private static long micros(Instant instant) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, instant);
    }
}
