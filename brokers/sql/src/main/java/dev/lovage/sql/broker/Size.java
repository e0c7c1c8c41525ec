package dev.lovage.sql.broker;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/// How long a row is, so that no more is read at once than memory is meant for.
///
/// @param bytes about
record Size(long id, long bytes) {
    static Size of(ResultSet row) throws SQLException {
        return new Size(row.getLong(1), row.getLong(2));
    }

    /// The ids of the first ones that are no longer together, and of one at least.
    static List<Long> upTo(long bytesMax, List<Size> sizes) {
        var ids = new ArrayList<Long>();
        long bytes = 0;
        for (var one : sizes) {
            bytes += one.bytes();
            if (bytes > bytesMax && !ids.isEmpty()) {
                break;
            }
            ids.add(one.id());
        }
        return ids;
    }
}
