package dev.lovage.records.intake;

import dev.lovage.engine.message.Times;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A submission's record, as it stands. No personal data is in it but `raw`, which is the original.
///
/// @param raw the bytes that came, or empty when they lie in a blob
/// @param workingCopy the submission without identity, as JSON
public record Item(
        String tenant,
        String trackingId,
        String channel,
        Instant receivedAt,
        Arrival.Form form,
        String mediaType,
        String rawSha256,
        long rawSize,
        Optional<byte[]> raw,
        State state,
        Optional<String> reason,
        int redriven,
        Optional<String> suspectedDuplicateOf,
        boolean test,
        Optional<String> requesterRef,
        Optional<String> workingCopy,
        Optional<String> obligations,
        Optional<String> dueOn,
        Optional<String> score,
        Optional<Integer> level,
        Optional<String> queue,
        Optional<String> route,
        Optional<String> department,
        Instant updatedAt) {
    private static final String COLUMNS = "tenant, tracking_id, channel, received_at, kind, media_type, raw_sha256,"
            + " raw_size, %s AS raw, state, reason, redriven, suspected_duplicate_of, test, requester_ref, working_copy,"
            + " obligations, due_on, score, level, queue, route, department, updated_at";

    /// @param withRaw whether the original's bytes are read too
    public static Optional<Item> find(Connection connection, String tenant, String trackingId, boolean withRaw)
            throws SQLException {
        try (var select = connection.prepareStatement(
                "SELECT " + columns(withRaw) + " FROM records_submission WHERE tenant = ? AND tracking_id = ?")) {
            select.setString(1, tenant);
            select.setString(2, trackingId);
            try (var row = select.executeQuery()) {
                return row.next() ? Optional.of(of(row)) : Optional.empty();
            }
        }
    }

    static String columns(boolean withRaw) {
        return COLUMNS.formatted(withRaw ? "raw" : "NULL");
    }

    static Item of(java.sql.ResultSet row) throws SQLException {
        var level = row.getInt("level");
        return new Item(
                row.getString("tenant"),
                row.getString("tracking_id"),
                row.getString("channel"),
                Times.ofMicros(row.getLong("received_at")),
                Arrival.Form.valueOf(row.getString("kind")),
                row.getString("media_type"),
                row.getString("raw_sha256"),
                row.getLong("raw_size"),
                optional(row.getBytes("raw")),
                State.valueOf(row.getString("state")),
                optional(row.getString("reason")),
                row.getInt("redriven"),
                optional(row.getString("suspected_duplicate_of")),
                row.getInt("test") == 1,
                optional(row.getString("requester_ref")),
                optional(row.getString("working_copy")),
                optional(row.getString("obligations")),
                optional(row.getString("due_on")),
                optional(row.getString("score")),
                row.getString("queue") == null ? Optional.empty() : Optional.of(level),
                optional(row.getString("queue")),
                optional(row.getString("route")),
                optional(row.getString("department")),
                Times.ofMicros(row.getLong("updated_at")));
    }

    private static <T> Optional<T> optional(@Nullable T value) {
        return Optional.ofNullable(value);
    }
}
