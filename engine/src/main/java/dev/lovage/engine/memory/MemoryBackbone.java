package dev.lovage.engine.memory;

import dev.lovage.engine.broker.Broker;
import dev.lovage.engine.canvas.Planner;
import dev.lovage.engine.result.ResultBackend;
import dev.lovage.engine.store.Backbone;
import dev.lovage.engine.store.Store;
import java.time.InstantSource;

/// Broker, results and store in this JVM: for tests, and for work that may be lost with the process.
///
/// It keeps every promise that the ports make except durability, and it has no transactions.
public final class MemoryBackbone implements Backbone {
    private final MemoryBroker broker;
    private final MemoryResults results;
    private final MemoryStore store;

    public MemoryBackbone(Planner planner, InstantSource clock) {
        var memory = new Memory(planner, clock);
        this.broker = new MemoryBroker(memory);
        this.results = new MemoryResults(memory);
        this.store = new MemoryStore(memory);
    }

    @Override
    public Broker broker() {
        return broker;
    }

    @Override
    public ResultBackend results() {
        return results;
    }

    @Override
    public Store store() {
        return store;
    }

    @Override
    public <T> T transaction(Unit<T> unit) {
        throw noTransactions();
    }

    static UnsupportedOperationException noTransactions() {
        return new UnsupportedOperationException(
                "The memory broker has no transactions. Nothing was written. Open a SQL broker (sqlite: or"
                        + " postgresql:), or send without a transaction.");
    }

    /// Holds nothing that has to be given back.
    @Override
    public void close() {}
}
