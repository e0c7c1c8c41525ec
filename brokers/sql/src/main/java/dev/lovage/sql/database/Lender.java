package dev.lovage.sql.database;

import java.sql.Connection;
import java.sql.SQLException;

/// Where a connection for writing comes from.
interface Lender {
    Connection lend() throws SQLException;

    /// @param sound whether the connection may be used again
    void giveBack(Connection connection, boolean sound);
}
