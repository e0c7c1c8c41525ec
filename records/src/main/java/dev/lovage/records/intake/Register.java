package dev.lovage.records.intake;

import dev.lovage.engine.message.Times;
import dev.lovage.engine.tx.Tx;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/// Writes records, and counts them.
final class Register {
    private static final Set<String> WRITABLE = Set.of(
            "reason",
            "requester_ref",
            "working_copy",
            "obligations",
            "due_on",
            "score",
            "level",
            "queue",
            "route",
            "department");

    private Register() {}

    /// Moves a record on, if it still is where the step began.
    ///
    /// @param columns what changes beside the state
    /// @return false if it is elsewhere by now; nothing was changed
    static boolean advance(
            Tx tx,
            String tenant,
            String trackingId,
            State from,
            State to,
            SortedMap<String, String> columns,
            Instant now)
            throws SQLException {
        if (!WRITABLE.containsAll(columns.keySet())) {
            throw new IllegalArgumentException(
                    "A step writes " + WRITABLE + ", but was to write " + columns.keySet() + ".");
        }
        var set = new StringBuilder();
        columns.keySet().forEach(column -> set.append(", ").append(column).append(" = ?"));
        try (var update = tx.connection()
                .prepareStatement("UPDATE records_submission SET state = ?, updated_at = ?" + set
                        + " WHERE tenant = ? AND tracking_id = ? AND state = ?")) {
            update.setString(1, to.name());
            update.setLong(2, Times.micros(now));
            int at = 3;
            for (var column : columns.entrySet()) {
                if (column.getKey().equals("level")) {
                    update.setInt(at++, Integer.parseInt(column.getValue()));
                } else {
                    update.setString(at++, column.getValue());
                }
            }
            update.setString(at++, tenant);
            update.setString(at++, trackingId);
            update.setString(at, from.name());
            return update.executeUpdate() == 1;
        }
    }

    /// Writes what a step adds beside the record.
    static void effects(Tx tx, String tenant, String trackingId, Pipeline.Progress progress, Instant now)
            throws SQLException {
        if (progress.vault().isPresent()) {
            try (var insert = tx.connection()
                    .prepareStatement("INSERT INTO records_vault (tenant, tracking_id, original) VALUES (?, ?, ?)")) {
                insert.setString(1, tenant);
                insert.setString(2, trackingId);
                insert.setString(3, progress.vault().get());
                insert.executeUpdate();
            }
        }
        for (var department : progress.departments()) {
            try (var insert = tx.connection()
                    .prepareStatement("INSERT INTO records_handoff (tenant, tracking_id, department, handed_at)"
                            + " VALUES (?, ?, ?, ?)")) {
                insert.setString(1, tenant);
                insert.setString(2, trackingId);
                insert.setString(3, department);
                insert.setLong(4, Times.micros(now));
                insert.executeUpdate();
            }
        }
        if (progress.letter().isPresent()) {
            var letter = progress.letter().get();
            try (var insert = tx.connection()
                    .prepareStatement("INSERT INTO records_letter (tenant, tracking_id, kind, sha256, size, file,"
                            + " written_at) VALUES (?, ?, 'ack', ?, ?, ?, ?)")) {
                insert.setString(1, tenant);
                insert.setString(2, trackingId);
                insert.setString(3, letter.sha256());
                insert.setLong(4, letter.size());
                insert.setString(5, letter.file());
                insert.setLong(6, Times.micros(now));
                insert.executeUpdate();
            }
        }
    }

    /// How many records there are for each value of a column; those without one are not counted.
    ///
    /// @param column one of this table's, never a caller's text
    static Map<String, Long> counts(Connection connection, String tenant, String column) throws SQLException {
        var counts = new TreeMap<String, Long>();
        try (var select = connection.prepareStatement("SELECT " + column + ", COUNT(*) FROM records_submission"
                + " WHERE tenant = ? AND " + column + " IS NOT NULL GROUP BY " + column)) {
            select.setString(1, tenant);
            try (var row = select.executeQuery()) {
                while (row.next()) {
                    counts.put(row.getString(1), row.getLong(2));
                }
            }
        }
        return counts;
    }
}
