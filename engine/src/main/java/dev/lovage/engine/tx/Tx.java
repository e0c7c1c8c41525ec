package dev.lovage.engine.tx;

import java.sql.Connection;

/// One transaction of the store. What is written through it is written whole or not at all.
///
/// A `Tx` belongs to the thread that runs its unit of writing and ends with it; the unit neither commits nor
/// rolls back, it returns or throws. A store in Redis hands one out for its own writing alone, which it collects
/// until the unit has returned; one in memory hands out none.
public interface Tx {
    /// The connection that this transaction runs on. It is never committed, rolled back or closed by the unit.
    ///
    /// @throws UnsupportedOperationException if the store is not in SQL
    Connection connection();

    /// Runs `action` once, after the transaction is durable; never when it was rolled back.
    void afterCommit(Runnable action);

    /// Runs `action` once the transaction has ended, `true` when it is durable and `false` when nothing of it
    /// was written.
    void afterEnd(java.util.function.Consumer<Boolean> action);
}
