package dev.lovage.sql.database;

import dev.lovage.engine.broker.Busy;

/// The database had no turn to give in time. Nothing was read or written, and the same call may work a moment
/// later.
public final class DatabaseBusy extends Busy {
    private final int waiting;

    DatabaseBusy(String message, int waiting) {
        super(message);
        this.waiting = waiting;
    }

    /// How many calls waited when this one was turned away.
    public int waiting() {
        return waiting;
    }
}
