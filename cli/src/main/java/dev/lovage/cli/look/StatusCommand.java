package dev.lovage.cli.look;

import dev.lovage.cli.data.Installed;
import dev.lovage.cli.terminal.ExitCode;
import dev.lovage.cli.terminal.Setup;
import dev.lovage.cli.terminal.Table;
import dev.lovage.cli.terminal.Words;
import dev.lovage.engine.Lovage;
import dev.lovage.records.Records;
import dev.lovage.records.intake.Reconciliation;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;

/// Shows at a glance whether work is being done.
@Command(
        name = "status",
        description = "show workers and queues, and what is unaccounted for (exit code 1 if anything is)")
public final class StatusCommand implements Callable<Integer> {
    private final Setup setup;

    public StatusCommand(Setup setup) {
        this.setup = setup;
    }

    /// @param untold what can't be known here
    /// @param unaccounted how many accepted submissions and batches are not accounted for; null without data of any
    private record Status(
            List<View.Worker> workers,
            List<View.Queue> queues,
            View.Unserved unserved,
            List<String> untold,
            Optional<Integer> unaccounted,
            List<Reconciliation.Unaccounted> unaccountedItems) {}

    @Override
    public Integer call() {
        try (var lovage = setup.existing()) {
            var view = View.of(lovage);
            if (!setup.json()) {
                print(
                        view,
                        lovage.backbone().store().remembers(),
                        lovage.backbone().store().now());
            }
            // Only now, because it reads every letter.
            var unaccounted = unaccounted(lovage);
            if (setup.json()) {
                setup.printJson(new Status(
                        view.workers(),
                        view.queues(),
                        view.unserved(),
                        view.untold(),
                        unaccounted.map(List::size),
                        unaccounted.orElse(List.of())));
            } else {
                unaccounted.ifPresent(this::print);
            }
            return (unaccounted.orElse(List.of()).isEmpty() ? ExitCode.OK : ExitCode.FAILED).number();
        }
    }

    /// Of the applications that have data here; empty without any.
    private Optional<List<Reconciliation.Unaccounted>> unaccounted(Lovage lovage) {
        var records = Installed.records(lovage, setup.clock()).map(Records::unaccounted);
        var batches = Installed.archive(lovage, setup.clock())
                .map(archive -> archive.unaccounted().stream()
                        .map(batch -> new Reconciliation.Unaccounted(batch.batch(), batch.why(), true, 0))
                        .toList());
        return records.isEmpty() && batches.isEmpty()
                ? Optional.empty()
                : Optional.of(Stream.of(records, batches)
                        .flatMap(Optional::stream)
                        .flatMap(List::stream)
                        .toList());
    }

    private void print(List<Reconciliation.Unaccounted> items) {
        setup.print("");
        setup.print("unaccounted: " + items.size());
        items.forEach(one -> setup.print("  " + one.trackingId() + ": " + one.why()));
    }

    /// @param remembered whether workers are registered in a store
    private void print(View view, boolean remembered, Instant now) {
        var workers = view.workers();
        var alive = workers.stream().filter(View.Worker::alive).toList();
        setup.print("workers alive: "
                + (remembered ? alive.size() : "nobody registers them without a store; ask them: lovage inspect ping"));
        if (!workers.isEmpty()) {
            var table = new Table("WORKER", "", "PID", "POOL", "SLOTS", "RUNNING", "SEEN", "QUEUES");
            workers.forEach(one -> table.row(
                    one.name(),
                    one.alive() ? "alive" : "silent",
                    one.pid(),
                    one.pool(),
                    one.slots(),
                    one.running(),
                    Words.age(Duration.between(one.seen(), now)) + " ago",
                    String.join(",", one.queues())));
            table.print(setup.out());
        }
        setup.print("");
        if (view.queues().isEmpty()) {
            setup.print("queues: nothing lies in any");
        } else {
            view.printQueues(setup);
        }
        if (!view.unserved().queues().isEmpty()) {
            setup.print("");
            setup.print("work that nobody consumes: "
                    + String.join(", ", view.unserved().queues()));
        }
        if (!view.unserved().tasks().isEmpty()) {
            setup.print("");
            setup.print("tasks whose queue nobody consumes, unless their sender names another:");
            view.unserved().tasks().forEach((task, queue) -> setup.print("  " + task + ": " + queue));
        }
    }
}
