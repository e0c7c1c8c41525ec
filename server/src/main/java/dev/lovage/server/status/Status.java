package dev.lovage.server.status;

import dev.lovage.archive.Archive;
import dev.lovage.archive.batch.Batch;
import dev.lovage.archive.ingest.Ingest;
import dev.lovage.custody.ledger.Sequencer;
import dev.lovage.engine.broker.QueueState;
import dev.lovage.engine.store.Backbone;
import dev.lovage.engine.store.WorkerState;
import dev.lovage.engine.transport.Bridge;
import dev.lovage.records.intake.Freeze;
import dev.lovage.records.intake.Intake;
import dev.lovage.records.intake.Item;
import dev.lovage.records.intake.Pipeline;
import dev.lovage.records.intake.Reconciliation;
import dev.lovage.server.installation.Installation;
import dev.lovage.server.installation.Sweeper;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// What an installation looks like at one moment.
///
/// @param zone the agency's, in which times are shown
/// @param look the last reconciliation; empty until there was one
/// @param ready whether its worker claims and its heartbeat is written
/// @param untold what can't be known of the queues, each in a sentence
/// @param waitingForStaff what a person has to look at beside the submissions in HOLDING
public record Status(
        Instant at,
        ZoneId zone,
        Optional<Sweeper.Look> look,
        boolean ready,
        List<QueueState> queues,
        List<String> untold,
        List<WorkerState> workers,
        Freeze.Status freeze,
        Sequencer.Lag ledger,
        long ledgerEntries,
        Intake.Totals totals,
        int waitingForStaff,
        List<Item> latest,
        Ingest.Totals archive,
        List<BatchView> batches) {
    /// A batch, with the step that each of its items is at.
    ///
    /// @param items how many in all
    /// @param quarantined of them
    /// @param steps how many items each step was done for, in the order in which they are done
    /// @param thumbnails the names of small pictures, at most [#THUMBNAILS_MAX]
    public record BatchView(
            Batch batch, int items, int quarantined, Map<String, Long> steps, List<String> thumbnails) {}

    private static final List<String> SHOWN = List.of("receive", "fixity", "technical", "thumbnail-512", "text");
    private static final int THUMBNAILS_MAX = 6;
    private static final int BATCHES_MAX = 5;
    private static final Duration SEEN_WITHIN = Duration.ofMinutes(1);

    public Status {
        queues = List.copyOf(queues);
        untold = List.copyOf(untold);
        workers = List.copyOf(workers);
        latest = List.copyOf(latest);
    }

    /// @param latestMax how many of the submissions received last
    public static Status of(Installation installation, int latestMax) {
        var records = installation.records();
        var backbone = installation.lovage().backbone();
        return new Status(
                installation.clock().instant(),
                records.agency().regime().zone(),
                installation.sweeper().flatMap(Sweeper::last),
                installation.ready(),
                queues(backbone.broker().queues(names(backbone))),
                backbone instanceof Bridge bridge ? bridge.transport().untold() : List.of(),
                backbone.store().workers(),
                records.freeze().status(),
                installation.sequencer().lag(),
                records.ledgerEntries(),
                records.totals(),
                records.staffTasks().size(),
                records.latest(latestMax),
                installation.archive().totals(),
                installation.archive().latest(BATCHES_MAX).stream()
                        .map(batch -> view(installation.archive(), batch))
                        .toList());
    }

    private static BatchView view(Archive archive, Batch batch) {
        var items = archive.items(batch.key());
        var steps = archive.events(batch.key()).stream()
                .filter(event -> !event.subject().equals(batch.key()))
                .map(event -> event.happened().step())
                .filter(SHOWN::contains)
                .collect(Collectors.groupingBy(
                        step -> step,
                        () -> new TreeMap<>(Comparator.comparing(SHOWN::indexOf)),
                        Collectors.counting()));
        var thumbnails = archive.outputs(batch.key()).stream()
                .filter(output -> output.kept().kind().equals("thumbnail-128"))
                .map(output -> output.kept().sha256())
                .limit(THUMBNAILS_MAX)
                .toList();
        return new BatchView(
                batch,
                items.size(),
                (int) items.stream()
                        .filter(item -> item.state() == dev.lovage.archive.batch.Item.State.QUARANTINED)
                        .count(),
                steps,
                thumbnails);
    }

    /// Of which a broker that others use too may know nothing else.
    private static Set<String> names(Backbone backbone) {
        var names = new TreeSet<>(Pipeline.QUEUES);
        backbone.store().workers().forEach(worker -> names.addAll(worker.queues()));
        return names;
    }

    /// Who would be delivered to: where the store is the broker, the workers that were seen within a minute.
    ///
    /// @return empty where the broker does not know
    public OptionalLong consumers(QueueState queue) {
        return queue.elsewhere()
                .map(QueueState.Elsewhere::consumers)
                .orElseGet(() -> OptionalLong.of(workers.stream()
                        .filter(worker -> worker.queues().contains(queue.queue())
                                && Duration.between(worker.seen(), at).compareTo(SEEN_WITHIN) < 0)
                        .count()));
    }

    /// The pipeline's queues, empty or not, the most urgent first; then all others.
    private static List<QueueState> queues(Map<String, QueueState> states) {
        var names = new LinkedHashSet<>(Pipeline.QUEUES);
        names.addAll(new TreeSet<>(states.keySet()));
        return names.stream()
                .map(name -> Optional.ofNullable(states.get(name))
                        .orElseGet(() -> new QueueState(name, Map.of(), Optional.empty(), false)))
                .toList();
    }

    /// What is unaccounted for, as it was before it was re-driven.
    public List<Reconciliation.Unaccounted> unaccounted() {
        return look.map(Sweeper.Look::unaccounted).orElse(List.of());
    }
}
