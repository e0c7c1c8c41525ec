package dev.lovage.cli.archive;

import dev.lovage.archive.Archive;
import dev.lovage.archive.batch.Batch;
import dev.lovage.archive.batch.Item;
import dev.lovage.engine.Lovage;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.store.WorkerState;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// How far a batch is.
final class Progress {
    /// Between two looks, however much is written meanwhile: each one reads all items of the batch.
    private static final Duration PERIOD = Duration.ofMillis(500);

    private final Lovage lovage;
    private final Archive archive;
    private final UUID batch;

    Progress(Lovage lovage, Archive archive, UUID batch) {
        this.lovage = lovage;
        this.archive = archive;
        this.batch = batch;
    }

    /// Whether nothing more happens to it unless a person acts.
    static boolean ended(Batch batch) {
        return batch.state().isFinal() || batch.state() == Batch.State.NEEDS_REVIEW;
    }

    Batch now() {
        return archive.find(batch).orElseThrow(() -> new IllegalStateException("The batch " + batch + " is gone."));
    }

    /// Waits until the batch has ended or the time is over, and says whatever changes.
    Batch await(Optional<Duration> timeout, Consumer<String> say) throws InterruptedException {
        var begin = System.nanoTime();
        var said = "";
        while (true) {
            var batch = now();
            var line = line(batch);
            if (!line.equals(said)) {
                say.accept(line);
                said = line;
            }
            var left = timeout.map(most -> most.minusNanos(System.nanoTime() - begin));
            if (ended(batch) || left.filter(time -> !time.isPositive()).isPresent()) {
                return batch;
            }
            Thread.sleep(left.filter(time -> time.compareTo(PERIOD) < 0).orElse(PERIOD));
        }
    }

    private String line(Batch batch) {
        var items = archive.items(this.batch);
        var states = items.stream().collect(Collectors.groupingBy(Item::state, Collectors.counting()));
        var fixed = states.getOrDefault(Item.State.FIXED, 0L) + states.getOrDefault(Item.State.PACKAGED, 0L);
        var quarantined = states.getOrDefault(Item.State.QUARANTINED, 0L);
        return batch.id() + ": " + batch.state() + ", " + fixed + " of " + items.size() + " files fixed, " + quarantined
                + " in quarantine, " + archive.steps(this.batch) + " steps done";
    }

    /// The archive's queues that no live worker claims from.
    List<String> queuesWithoutWorker() {
        var store = lovage.backbone().store();
        var now = store.now();
        var lease = lovage.settings().duration(Setting.WORKER_LEASE);
        var served = store.workers().stream()
                .filter(worker -> Duration.between(worker.seen(), now).compareTo(lease) < 0)
                .map(WorkerState::queues)
                .flatMap(List::stream)
                .collect(Collectors.toSet());
        return Stream.concat(Archive.LIGHT.stream(), Archive.HEAVY.stream())
                .filter(queue -> !served.contains(queue))
                .sorted()
                .toList();
    }
}
