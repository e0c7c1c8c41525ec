package dev.lovage.sql.database;

import java.sql.Connection;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The one connection of one thread: opened when first needed, and again after it broke.
final class OwnConnection implements Lender, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(OwnConnection.class);

    interface Opener {
        Connection open() throws SQLException;
    }

    private final Opener opener;
    private @Nullable Connection connection;

    OwnConnection(Opener opener) {
        this.opener = opener;
    }

    @Override
    public Connection lend() throws SQLException {
        Connection current = connection;
        if (current == null || current.isClosed()) {
            current = opener.open();
            connection = current;
        }
        return current;
    }

    @Override
    public void giveBack(Connection lent, boolean sound) {
        if (!sound) {
            close();
        }
    }

    @Override
    public void close() {
        Connection current = connection;
        connection = null;
        if (current != null) {
            close(current);
        }
    }

    static void close(Connection connection) {
        try {
            connection.close();
        } catch (SQLException e) {
            LOG.debug("Closing a connection failed: {}", e.toString());
        }
    }
}
