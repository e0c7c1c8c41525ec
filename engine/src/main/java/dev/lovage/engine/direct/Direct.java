package dev.lovage.engine.direct;

import dev.lovage.engine.broker.Broker;
import dev.lovage.engine.canvas.Planner;
import dev.lovage.engine.result.ResultBackend;
import dev.lovage.engine.settings.Route;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.store.Backbone;
import dev.lovage.engine.store.Store;
import dev.lovage.engine.transport.SharedResults;
import dev.lovage.engine.transport.Transport;
import dev.lovage.engine.transport.Transported;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// A backbone whose messages are moved by a [Transport], and for which nothing remembers executions.
///
/// The life of a message: it is published, confirmed, to its queue, or, before its time, to what the broker holds
/// back; a worker receives it, runs it, and settles it in these steps:
///
/// 1. its result is told, where there are results;
/// 2. what follows is sent and confirmed: joins begin before their members are sent, the ends of members are counted
///    where Celery counts them;
/// 3. the delivery itself goes on, as a confirmed copy, if it has not ended: to its own queue, to what is held back, or
///    to the queue beside it in which it waits for a person, see [dev.lovage.engine.transport.Aside];
/// 4. it is acknowledged.
///
/// Each step is tried again until it is done, and a crash between two of them brings the delivery again: its task
/// **runs again**, and what was sent before the crash is sent a second time. Nothing is lost, everything may happen
/// twice.
///
/// What comes back unacknowledged is counted, by the broker (`x-delivery-count`) or, where that does not count, in a
/// copy that takes its place before it runs. Nobody can tell whether a worker died or lost its connection, so both
/// count.
public final class Direct implements Transported {
    private static final List<String> OFF = List.of(
            "exactly-once effects (P2): a delivery that comes again runs again, and a task may have no commit",
            "joins that can't hang (P6): a chord is counted in Celery's own keys in Redis, else it is refused",
            "durable revokes: they are in the memory of the workers that run now",
            "a beat without doubles: two beats send everything twice, and one that starts forgets what it missed",
            "timers that can be seen: what is not due lies in RabbitMQ's queues celery_delayed_*, in whole seconds,"
                    + " rounded up",
            "crash counts: what came back task_crashes_max times is quarantined, and a lost connection counts as a"
                    + " crash",
            "long tasks: RabbitMQ delivers again what is unacknowledged for longer than its consumer_timeout (30 minutes"
                    + " unless set), and it may run in two places",
            "dead letters with their history: what waits for a person lies in QUEUE.lovage.parked and QUEUE.lovage.dead",
            "log lines and traces of tasks, paused queues, purges with a record, rates that workers share, removal of"
                    + " old arguments that travel as a reference");

    private final Transport transport;
    private final Optional<SharedResults> shared;
    private final Shelves shelves;
    private final Hands hands;
    private final DirectBroker broker;
    private final DirectStore store;
    private final Backbone beating;

    private Direct(
            Transport transport,
            Optional<SharedResults> shared,
            Planner planner,
            Set<String> queues,
            InstantSource clock) {
        this.transport = transport;
        this.shared = shared;
        this.shelves = new Shelves(transport, queues);
        this.hands = new Hands(transport);
        var sending = new Sending(transport, shared, planner, clock);
        this.broker = new DirectBroker(transport, sending, hands, clock);
        this.store = new DirectStore(transport, sending, hands, shelves, clock);
        this.beating = new Beating(this);
    }

    /// Everything is closed with it.
    ///
    /// @param transport one that holds back what is not due
    /// @param shared empty when nobody keeps results
    public static Direct open(
            Transport transport,
            Optional<SharedResults> shared,
            Planner planner,
            Settings settings,
            InstantSource clock) {
        var queues = new HashSet<>(settings.queues().keySet());
        queues.add(settings.text(Setting.TASK_DEFAULT_QUEUE));
        settings.routes().values().stream().map(Route::queue).forEach(queue -> queue.ifPresent(queues::add));
        return new Direct(transport, shared, planner, queues, clock);
    }

    @Override
    public Broker broker() {
        return broker;
    }

    @Override
    public ResultBackend results() {
        return shared.<ResultBackend>map(results -> results).orElseGet(NoResults::new);
    }

    @Override
    public Store store() {
        return store;
    }

    @Override
    public Transport transport() {
        return transport;
    }

    @Override
    public Optional<SharedResults> joins() {
        return shared.filter(SharedResults::joins);
    }

    @Override
    public List<String> off() {
        var off = new ArrayList<>(OFF);
        if (shared.isEmpty()) {
            off.add("results: no result_backend is set, and nobody keeps them");
        }
        return List.copyOf(off);
    }

    /// This installation for a beat, which remembers in this process's memory.
    public Backbone beating() {
        return beating;
    }

    /// Looks for what waits for a person beside these queues, too: others than those of the settings are not known.
    public void lookBeside(Set<String> queues) {
        shelves.also(queues);
    }

    /// Sends what waits for a person to its queues again, in one pass.
    ///
    /// @param entries their numbers
    /// @return how many; what is not there any more is passed over
    public int release(Set<Long> entries) {
        return shelves.release(entries);
    }

    @Override
    public <T> T transaction(Unit<T> unit) {
        throw noTransactions();
    }

    static UnsupportedOperationException noTransactions() {
        return new UnsupportedOperationException("Without a store there are no transactions: store_url is none. Nothing"
                + " was written. Give store_url a database's address, or do without.");
    }

    @Override
    public void close() {
        hands.leases().forEach(store::leave);
        // They may travel through it.
        shared.ifPresent(SharedResults::close);
        transport.close();
    }
}
