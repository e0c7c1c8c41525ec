package dev.lovage.engine.store;

import dev.lovage.engine.broker.Broker;
import dev.lovage.engine.result.ResultBackend;
import dev.lovage.engine.tx.Tx;
import java.util.List;
import java.util.Optional;

/// Broker, results and store of one installation, opened together.
public interface Backbone extends AutoCloseable {
    Broker broker();

    ResultBackend results();

    Store store();

    /// What beat remembers; empty if the store remembers no schedules.
    default Optional<Schedules> schedules() {
        return Optional.empty();
    }

    /// What is not to be had here and is to be had elsewhere, each in a sentence for people; said when a worker starts.
    default List<String> off() {
        return List.of();
    }

    /// Runs a unit of writing in a transaction of the store.
    ///
    /// @throws UnsupportedOperationException if the store has no transactions
    <T> T transaction(Unit<T> unit);

    /// A unit of writing: to the store only, short, and perhaps run again when the commit failed.
    @FunctionalInterface
    interface Unit<T> {
        T run(Tx tx) throws Exception;
    }

    @Override
    void close();
}
