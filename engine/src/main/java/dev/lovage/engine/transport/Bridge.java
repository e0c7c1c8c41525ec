package dev.lovage.engine.transport;

import dev.lovage.engine.broker.Broker;
import dev.lovage.engine.canvas.Planner;
import dev.lovage.engine.result.ResultBackend;
import dev.lovage.engine.store.Schedules;
import dev.lovage.engine.store.Store;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A backbone whose messages are moved by a [Transport], whose executions are kept by a store, and whose
/// results may be shared with Celery.
///
/// The life of a message: it is written to the store with whatever it belongs to; the [Relay] hands it to the
/// broker; it arrives at some worker, ours or Python's; ours takes it into the store under its lease, runs it,
/// settles it in the store, and only then acknowledges it. A message that a stranger published begins with its
/// arrival.
///
/// What fails, and what happens then:
///
/// | died or lost | then |
/// |---|---|
/// | between the store's commit and the broker's answer | the relay hands it over again; the second arrival is known |
/// | the worker, with deliveries unacknowledged | the broker delivers again; the store knows who had them, and counts |
/// | the connection, while a task runs | the delivery that comes again is acknowledged, the store keeps the execution |
/// | between settlement and acknowledgement | the delivery comes again, has ended, and is acknowledged |
/// | the store, while tasks run | nothing is acknowledged; settlements are tried again until it is back |
/// | the results | they are told later: what they have to hear lies in the store |
public final class Bridge implements Transported {
    /// Half of the time after which RabbitMQ gives up on a consumer that does not acknowledge.
    private static final Duration HELD_LONGEST = Duration.ofMinutes(15);

    private final Bridgeable base;
    private final Transport transport;
    private final Optional<SharedResults> shared;
    private final BridgeBroker broker;
    private final BridgeStore store;
    private final Reserved reserved;
    private final Rounds relay;
    private final Optional<Rounds> teller;

    private Bridge(
            Bridgeable base,
            Transport transport,
            Optional<SharedResults> shared,
            Planner planner,
            Duration heldLongest) {
        this.base = base;
        this.transport = transport;
        this.shared = shared;
        var sharing = new Staging.Sharing(
                shared.isPresent(),
                shared.filter(SharedResults::joins).isPresent(),
                shared.filter(SharedResults::extended).isPresent());
        var staging = base.staging(sharing);
        this.reserved = new Reserved(transport, staging);
        this.relay = new Rounds(
                "lovage-relay",
                "What is ready",
                base.broker(),
                new Relay(staging, transport, reserved, heldLongest)::round);
        this.teller = shared.map(results -> new Rounds(
                "lovage-teller",
                "What the results have to hear",
                base.broker(),
                new Teller(base.broker(), staging, results, planner)::round));
        this.broker = new BridgeBroker(base, staging, transport, reserved);
        this.store = new BridgeStore(base.store(), staging, transport, reserved);
    }

    /// Everything is closed with the bridge.
    ///
    /// @param shared empty when the store keeps the results
    public static Bridge open(Bridgeable base, Transport transport, Optional<SharedResults> shared, Planner planner) {
        return open(base, transport, shared, planner, HELD_LONGEST);
    }

    /// @param heldLongest after which a delivery whose task still runs is acknowledged, and kept by the store
    ///     alone
    public static Bridge open(
            Bridgeable base,
            Transport transport,
            Optional<SharedResults> shared,
            Planner planner,
            Duration heldLongest) {
        var bridge = new Bridge(base, transport, shared, planner, heldLongest);
        bridge.relay.start();
        bridge.teller.ifPresent(Rounds::start);
        return bridge;
    }

    @Override
    public Broker broker() {
        return broker;
    }

    @Override
    public ResultBackend results() {
        return shared.<ResultBackend>map(results -> results).orElseGet(base::results);
    }

    @Override
    public Store store() {
        return store;
    }

    @Override
    public Optional<Schedules> schedules() {
        return base.schedules();
    }

    /// What keeps the executions, for whoever keeps tables of their own beside them.
    public Bridgeable base() {
        return base;
    }

    @Override
    public Transport transport() {
        return transport;
    }

    /// What broker and store do not promise; what is said of both, one time.
    @Override
    public List<String> weaknesses() {
        var all = new ArrayList<>(transport.weaknesses());
        base.weaknesses().stream()
                .filter(weakness -> !all.contains(weakness))
                .map("Of the store: "::concat)
                .toList()
                .forEach(all::add);
        return all;
    }

    @Override
    public Optional<SharedResults> joins() {
        return shared.filter(SharedResults::joins);
    }

    @Override
    public <T> T transaction(Unit<T> unit) {
        return base.transaction(unit);
    }

    /// What is ready is handed over first, as far as that works within a few seconds; the rest stays in the store.
    @Override
    public void close() {
        teller.ifPresent(Rounds::close);
        relay.close();
        reserved.close();
        transport.close();
        shared.ifPresent(SharedResults::close);
        base.close();
    }
}
