package dev.lovage.server.installation;

import dev.lovage.archive.Archive;
import dev.lovage.custody.ledger.Sequencer;
import dev.lovage.engine.Lovage;
import dev.lovage.engine.beat.Beat;
import dev.lovage.engine.beat.Timetable;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.worker.Pool;
import dev.lovage.engine.worker.Worker;
import dev.lovage.records.Records;
import dev.lovage.records.intake.Agency;
import dev.lovage.records.intake.Pipeline;
import dev.lovage.records.intake.Reconciliation;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// One data folder at work: the engine, the applications, the workers of their lanes, and the sequencer of the ledger.
///
/// Its life: the store is opened and migrated, then the sequencer chains, then the worker claims; with [#sweep] what is
/// unaccounted for is re-driven every few seconds. It ends in the opposite order, the worker first, so that nothing is
/// claimed that could not be finished and nothing stays leased.
public final class Installation implements AutoCloseable {
    private static final int LIGHT_SLOTS = 8;
    private static final int HEAVY_SLOTS = 2;

    private final Lovage lovage;
    private final Records records;
    private final Archive archive;
    private final List<Worker> workers;
    private final Sequencer sequencer;
    private final MeterRegistry meters;
    private final InstantSource clock;
    private Optional<Beat> beat = Optional.empty();
    private Optional<Sweeper> sweeper = Optional.empty();
    private boolean closed;

    private Installation(
            Lovage lovage,
            Records records,
            Archive archive,
            List<Worker> workers,
            Sequencer sequencer,
            MeterRegistry meters,
            InstantSource clock) {
        this.lovage = lovage;
        this.records = records;
        this.archive = archive;
        this.workers = workers;
        this.sequencer = sequencer;
        this.meters = meters;
        this.clock = clock;
    }

    /// Opens the store that the settings name, in SQL where they name none, and starts to work on it.
    ///
    /// @throws RuntimeException if any part can't start; what was started before it is closed again
    public static Installation start(Settings settings, InstantSource clock, MeterRegistry meters) {
        var lovage = Lovage.open(settings.withSqlStore(), clock);
        try {
            var records = Records.open(lovage, Agency.sample(), clock);
            var archive = Archive.open(lovage, records.agency().tenant(), clock);
            var sequencer = records.sequencer();
            try {
                return new Installation(
                        lovage, records, archive, workers(lovage, records, archive, meters), sequencer, meters, clock);
            } catch (RuntimeException e) {
                sequencer.close();
                throw e;
            }
        } catch (RuntimeException e) {
            lovage.close();
            throw e;
        }
    }

    private static List<Worker> workers(Lovage lovage, Records records, Archive archive, MeterRegistry meters) {
        var workers = new ArrayList<Worker>();
        try {
            workers.add(lovage.worker()
                    .tasks(records.tasks())
                    .queues(Pipeline.QUEUES.toArray(String[]::new))
                    .meters(meters)
                    .start());
            var host = workers.getFirst().name().replaceFirst("^[^@]*", "");
            workers.add(lovage.worker()
                    .tasks(archive.tasks(Archive.LIGHT))
                    .queues(Archive.LIGHT.toArray(String[]::new))
                    .pool(Pool.virtual(LIGHT_SLOTS))
                    .name("archive" + host)
                    .meters(meters)
                    .start());
            workers.add(lovage.worker()
                    .tasks(archive.tasks(Archive.HEAVY))
                    .queues(Archive.HEAVY.toArray(String[]::new))
                    .pool(Pool.processes(HEAVY_SLOTS))
                    .name("compute" + host)
                    .meters(meters)
                    .start());
            return List.copyOf(workers);
        } catch (RuntimeException e) {
            workers.forEach(Worker::close);
            throw e;
        }
    }

    /// Starts the thread that looks for what is unaccounted for and sends its next step again.
    public synchronized Sweeper sweep() {
        var started = sweeper.orElseGet(() -> Sweeper.start(this, meters, clock));
        sweeper = Optional.of(started);
        return started;
    }

    /// Starts to send periodic tasks, those that are made later included. Where another beat leads, this one waits.
    ///
    /// @return what is sent, by name
    /// @throws dev.lovage.engine.settings.BadSetting if `beat_schedule` can't be used
    public synchronized List<String> beat() {
        if (beat.isEmpty()) {
            beat = Optional.of(lovage.beat());
        }
        return lovage.timetable().list().stream().map(Timetable.Listed::name).toList();
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

    public Archive archive() {
        return archive;
    }

    /// Whether every worker claims and its heartbeat is written.
    public boolean ready() {
        return workers.stream().allMatch(Worker::ready);
    }

    /// Sends and claims no more, and waits for what runs. May come twice.
    public void stopWorking() {
        stopBeat();
        var stopping = workers.stream()
                .map(worker -> Thread.ofPlatform().start(worker::close))
                .toList();
        for (var thread : stopping) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private synchronized void stopBeat() {
        beat.ifPresent(Beat::close);
    }

    /// What was accepted and is not accounted for, of all applications. Empty is the promise.
    public List<Reconciliation.Unaccounted> unaccounted() {
        var all = new ArrayList<>(records.unaccounted());
        for (var batch : archive.unaccounted()) {
            all.add(new Reconciliation.Unaccounted(batch.batch(), batch.why(), true, 0));
        }
        return all;
    }

    /// Sends the next step of what is unaccounted for again, where that can be done.
    ///
    /// @return tracking ids, and ids of batches
    List<String> redrive() {
        var all = new ArrayList<>(records.redrive());
        all.addAll(archive.redrive());
        return all;
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
        stopWorking();
        sweeper.ifPresent(Sweeper::close);
        sequencer.close();
        lovage.close();
    }
}
