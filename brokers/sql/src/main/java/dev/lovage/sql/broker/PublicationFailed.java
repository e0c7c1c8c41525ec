package dev.lovage.sql.broker;

import java.sql.SQLException;

/// The database refused what was to be written in the caller's own transaction, which has to be rolled back.
public final class PublicationFailed extends RuntimeException {
    PublicationFailed(SQLException cause) {
        super(
                "The database refused: " + cause.getMessage()
                        + ". Nothing may be kept of this transaction: let the exception leave the unit of writing.",
                cause);
    }
}
