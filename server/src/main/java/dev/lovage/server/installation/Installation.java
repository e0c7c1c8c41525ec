package dev.lovage.server.installation;

import dev.lovage.custody.ledger.Sequencer;
import dev.lovage.engine.Lovage;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.worker.Worker;
import dev.lovage.records.Records;
import dev.lovage.records.intake.Agency;
import dev.lovage.records.intake.Pipeline;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.InstantSource;
import java.util.Optional;

/// One data folder at work: the engine, the records application, a worker in this process, and the sequencer of the
/// ledger.
///
/// Its life: the store is opened and migrated, then the sequencer chains, then the worker claims; with [#sweep] what is
/// unaccounted for is re-driven every few seconds. It ends in the opposite order, the worker first, so that nothing is
/// claimed that could not be finished and nothing stays leased.
public final class Installation implements AutoCloseable {
    private final Lovage lovage;
    private final Records records;
    private final Worker worker;
    private final Sequencer sequencer;
    private final MeterRegistry meters;
    private final InstantSource clock;
    private Optional<Sweeper> sweeper = Optional.empty();
    private boolean closed;

    private Installation(
            Lovage lovage,
            Records records,
            Worker worker,
            Sequencer sequencer,
            MeterRegistry meters,
            InstantSource clock) {
        this.lovage = lovage;
        this.records = records;
        this.worker = worker;
        this.sequencer = sequencer;
        this.meters = meters;
        this.clock = clock;
    }

    /// Opens the store that the settings name, and starts to work on it.
    ///
    /// @throws RuntimeException if any part can't start; what was started before it is closed again
    public static Installation start(Settings settings, InstantSource clock, MeterRegistry meters) {
        var lovage = Lovage.open(settings, clock);
        try {
            var records = Records.open(lovage, Agency.sample(), clock);
            var sequencer = records.sequencer();
            try {
                var worker = lovage.worker()
                        .tasks(records.tasks())
                        .queues(Pipeline.QUEUES.toArray(String[]::new))
                        .meters(meters)
                        .start();
                return new Installation(lovage, records, worker, sequencer, meters, clock);
            } catch (RuntimeException e) {
                sequencer.close();
                throw e;
            }
        } catch (RuntimeException e) {
            lovage.close();
            throw e;
        }
    }

    /// Starts the thread that looks for what is unaccounted for and sends its next step again.
    public synchronized Sweeper sweep() {
        var started = sweeper.orElseGet(() -> Sweeper.start(records, sequencer, meters, clock));
        sweeper = Optional.of(started);
        return started;
    }

    /// Empty until [#sweep].
    public synchronized Optional<Sweeper> sweeper() {
        return sweeper;
    }

    public Lovage lovage() {
        return lovage;
    }

    public Records records() {
        return records;
    }

    public Worker worker() {
        return worker;
    }

    public Sequencer sequencer() {
        return sequencer;
    }

    public InstantSource clock() {
        return clock;
    }

    public MeterRegistry meters() {
        return meters;
    }

    /// May come twice.
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        worker.close();
        sweeper.ifPresent(Sweeper::close);
        sequencer.close();
        lovage.close();
    }
}
