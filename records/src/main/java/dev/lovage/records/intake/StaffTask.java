package dev.lovage.records.intake;

import dev.lovage.engine.message.Times;
import dev.lovage.engine.tx.Tx;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/// What a person has to look at beside the submissions in HOLDING.
///
/// @param kind such as `idempotency_conflict`
/// @param detail codes and digests, no personal data
public record StaffTask(String kind, String trackingId, String detail, Instant openedAt) {
    /// Opens a task, unless the same one is open already.
    ///
    /// @return whether it is new
    static boolean open(Tx tx, String tenant, String kind, String trackingId, String detail, Instant now)
            throws SQLException {
        try (var insert = tx.connection()
                .prepareStatement("INSERT INTO records_staff_task (tenant, kind, tracking_id, detail, opened_at)"
                        + " VALUES (?, ?, ?, ?, ?) ON CONFLICT (tenant, kind, tracking_id, detail) DO NOTHING")) {
            insert.setString(1, tenant);
            insert.setString(2, kind);
            insert.setString(3, trackingId);
            insert.setString(4, detail);
            insert.setLong(5, Times.micros(now));
            return insert.executeUpdate() == 1;
        }
    }

    /// All open tasks of a tenant, oldest first.
    public static List<StaffTask> all(Connection connection, String tenant) throws SQLException {
        var tasks = new ArrayList<StaffTask>();
        try (var select =
                connection.prepareStatement("SELECT kind, tracking_id, detail, opened_at FROM records_staff_task"
                        + " WHERE tenant = ? ORDER BY opened_at")) {
            select.setString(1, tenant);
            try (var row = select.executeQuery()) {
                while (row.next()) {
                    tasks.add(new StaffTask(
                            row.getString(1), row.getString(2), row.getString(3), Times.ofMicros(row.getLong(4))));
                }
            }
        }
        return tasks;
    }
}
