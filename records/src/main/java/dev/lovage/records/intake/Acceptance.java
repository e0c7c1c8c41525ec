package dev.lovage.records.intake;

import dev.lovage.custody.inbox.Inbox;
import dev.lovage.custody.inbox.Receipt;
import dev.lovage.custody.ledger.Ledger;
import dev.lovage.custody.ledger.LedgerEvent;
import dev.lovage.engine.Lovage;
import dev.lovage.engine.blob.BlobRef;
import dev.lovage.engine.blob.BlobStore;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.message.Times;
import dev.lovage.engine.tx.Tx;
import dev.lovage.records.submission.Attachment;
import dev.lovage.records.submission.Fingerprint;
import dev.lovage.records.submission.IdempotencyKey;
import dev.lovage.sql.database.Database;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/// The door of intake: what it has answered for is on disk, once, and will be gone through by the pipeline.
///
/// One transaction holds the idempotency key, the record with its receipt time and the digest of what came, the
/// raw bytes up to 64 KiB (longer ones lie in a file that was fsynced before), the ledger's intent and the
/// first task. When the answer is lost on its way, the same delivery gets it again, byte for byte.
public final class Acceptance {
    private static final int INLINE_BYTES_MAX = 64 * 1024;
    private static final Duration DUPLICATES_SUSPECTED = Duration.ofDays(30);

    private final Lovage lovage;
    private final Database database;
    private final Agency agency;
    private final Inbox inbox;
    private final Ledger ledger;
    private final BlobStore blobs;
    private final IdempotencyKey.Secret secret;
    private final InstantSource clock;
    private final TrackingIds trackingIds;

    public Acceptance(
            Lovage lovage,
            Database database,
            Agency agency,
            Inbox inbox,
            Ledger ledger,
            BlobStore blobs,
            IdempotencyKey.Secret secret,
            InstantSource clock) {
        this.lovage = lovage;
        this.database = database;
        this.agency = agency;
        this.inbox = inbox;
        this.ledger = ledger;
        this.blobs = blobs;
        this.secret = secret;
        this.clock = clock;
        this.trackingIds = new TrackingIds(database, agency);
    }

    /// Accepts a delivery, or says what it became before. Nobody answers a mail with a refusal, so one that
    /// has another's Message-ID and other content is accepted all the same, under a name that its content is
    /// part of; the staff is told.
    ///
    /// @throws dev.lovage.engine.broker.Busy if too much waits to be written; nothing was accepted
    public Answer accept(Arrival arrival) {
        var answer = offer(arrival);
        return answer instanceof Answer.Conflict && arrival.form() == Arrival.Form.MAIL
                ? offer(arrival.namedByContent())
                : answer;
    }

    private Answer offer(Arrival arrival) {
        var key = HexFormat.of()
                .parseHex(IdempotencyKey.of(secret, arrival.channel(), arrival.sourceId(), arrival.nativeRef())
                        .hex());
        var digest = Attachment.sha256(arrival.bytes());
        var fingerprint = HexFormat.of()
                .parseHex(arrival.submission()
                        .map(read -> Fingerprint.of(read, agency.regime().id()).hex())
                        .orElse(arrival.contentSha256()));
        var before = database.read(connection -> inbox.find(connection, agency.tenant(), key, fingerprint));
        if (before.isPresent()) {
            return answer(before.get(), arrival, digest);
        }
        Optional<BlobRef> blob =
                arrival.bytes().length > INLINE_BYTES_MAX ? Optional.of(keep(arrival)) : Optional.empty();
        var id = trackingIds.next(clock.instant()).toString();
        var accepted = new AtomicReference<Answer.Accepted>();
        Receipt receipt = lovage.transaction(tx -> {
            var found = inbox.receive(tx, agency.tenant(), key, fingerprint);
            if (found instanceof Receipt.New) {
                accepted.set(write(tx, arrival, id, key, fingerprint, digest, blob));
            }
            return found;
        });
        return receipt instanceof Receipt.New ? accepted.get() : answer(receipt, arrival, digest);
    }

    private Answer.Accepted write(
            Tx tx, Arrival arrival, String id, byte[] key, byte[] fingerprint, String digest, Optional<BlobRef> blob)
            throws SQLException {
        var now = clock.instant();
        var suspected = inbox.suspectedDuplicate(
                tx.connection(), agency.tenant(), fingerprint, now.minus(DUPLICATES_SUSPECTED));
        var response = Json.object();
        response.put("tracking_id", id);
        response.put("received_at", Times.wire(now));
        response.put("sha256", digest);
        response.put("status", "received");
        if (arrival.form() == Arrival.Form.NFP) { // the words that the National FOIA Portal looks for
            response.put("id", id);
            response.put("status_tracking_number", id);
        }
        suspected.ifPresent(first -> response.put("suspected_duplicate_of", first));
        var bytes = Json.bytes(response);

        try (var insert = tx.connection()
                .prepareStatement("INSERT INTO records_submission (tenant, tracking_id, channel, received_at, kind,"
                        + " media_type, raw_sha256, raw_size, raw, state, suspected_duplicate_of, test, updated_at)"
                        + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
            insert.setString(1, agency.tenant());
            insert.setString(2, id);
            insert.setString(3, arrival.channel().code());
            insert.setLong(4, Times.micros(now));
            insert.setString(5, arrival.form().name());
            insert.setString(6, arrival.mediaType());
            insert.setString(7, digest);
            insert.setLong(8, arrival.bytes().length);
            if (blob.isPresent()) {
                insert.setNull(9, Types.BINARY);
            } else {
                insert.setBytes(9, arrival.bytes());
            }
            insert.setString(10, State.RECEIVED.name());
            if (suspected.isPresent()) {
                insert.setString(11, suspected.get());
            } else {
                insert.setNull(11, Types.VARCHAR);
            }
            insert.setInt(12, arrival.submission().filter(read -> read.test()).isPresent() ? 1 : 0);
            insert.setLong(13, Times.micros(now));
            insert.executeUpdate();
        }
        var data = Json.object();
        data.put("channel", arrival.channel().code());
        data.put("received_at", Times.wire(now));
        data.put("sha256", digest);
        data.put("size", arrival.bytes().length);
        suspected.ifPresent(first -> data.put("suspected_duplicate_of", first));
        ledger.append(
                tx,
                LedgerEvent.of(agency.tenant(), "submission.received", id, LedgerEvent.Actor.service("intake"), data));
        lovage.send(tx, Pipeline.first(agency.tenant(), id));
        inbox.complete(tx, agency.tenant(), key, id, bytes);
        return new Answer.Accepted(id, bytes, suspected);
    }

    private Answer answer(Receipt receipt, Arrival arrival, String digest) {
        return switch (receipt) {
            case Receipt.Replay(var response, var reference) -> new Answer.Replayed(reference, response);
            case Receipt.Conflict(var reference) -> {
                conflict(reference.orElse("unknown"), arrival, digest);
                yield new Answer.Conflict(reference);
            }
            case Receipt.StillRunning() -> new Answer.Running();
            case Receipt.New() -> throw new IllegalStateException("A new key has no answer yet.");
        };
    }

    /// The same key with other content is told to the staff, once for each content.
    private void conflict(String first, Arrival arrival, String digest) {
        lovage.transaction(tx -> {
            if (StaffTask.open(tx, agency.tenant(), "idempotency_conflict", first, digest, clock.instant())) {
                var data = Json.object();
                data.put("channel", arrival.channel().code());
                data.put("sha256", digest);
                ledger.append(
                        tx,
                        LedgerEvent.of(
                                agency.tenant(),
                                "submission.conflict",
                                first,
                                LedgerEvent.Actor.service("intake"),
                                data));
            }
            return true;
        });
    }

    private BlobRef keep(Arrival arrival) {
        try {
            return blobs.put(new ByteArrayInputStream(arrival.bytes()), arrival.mediaType());
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "The " + arrival.bytes().length + " bytes of " + arrival.name()
                            + " could not be kept. Nothing was accepted; send it again.",
                    e);
        }
    }
}
