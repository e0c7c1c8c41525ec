package dev.lovage.cli.look;

import dev.lovage.cli.terminal.Setup;
import dev.lovage.cli.terminal.Table;
import dev.lovage.cli.terminal.Words;
import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.store.Held;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Celery's `inspect`, answered by the store instead of by the workers, so that a silent worker can't hold it up.
@Command(name = "inspect", description = "look at what workers do", synopsisSubcommandLabel = "COMMAND")
public final class InspectCommand {
    private final Setup setup;

    public InspectCommand(Setup setup) {
        this.setup = setup;
    }

    private record Entry(
            String taskId,
            String task,
            String queue,
            int priority,
            Optional<String> worker,
            Optional<Instant> eta,
            Instant since,
            int redelivered) {}

    @Command(name = "active", description = "tasks that are running")
    void active(
            @Option(names = "--max", paramLabel = "N", defaultValue = "100", description = "as many at most") int max) {
        entries(Custody.LEASED, max, "Nothing is running.");
    }

    @Command(name = "scheduled", description = "tasks that wait for their time")
    void scheduled(
            @Option(names = "--max", paramLabel = "N", defaultValue = "100", description = "as many at most") int max) {
        entries(Custody.TIMER, max, "Nothing is scheduled.");
    }

    @Command(name = "reserved", description = "tasks that a worker has taken and not started: never any on this broker")
    void reserved() {
        if (setup.json()) {
            setup.printJson(List.of());
        } else {
            setup.print("Nothing is reserved: on this broker a worker takes only what it starts at once.");
        }
    }

    @Command(name = "registered", description = "the tasks that each live worker has")
    void registered() {
        try (var lovage = setup.existing()) {
            var tasks = new TreeMap<String, List<String>>();
            View.workers(lovage).stream().filter(View.Worker::alive).forEach(one -> tasks.put(one.name(), one.tasks()));
            if (setup.json()) {
                setup.printJson(tasks);
            } else if (tasks.isEmpty()) {
                setup.print("No worker is alive.");
            } else {
                tasks.forEach((worker, names) -> {
                    setup.print(worker);
                    names.forEach(name -> setup.print("  " + name));
                });
            }
        }
    }

    @Command(name = "stats", description = "workers with their pools and slots")
    void stats() {
        try (var lovage = setup.existing()) {
            var workers = View.workers(lovage);
            if (setup.json()) {
                setup.printJson(workers);
            } else if (workers.isEmpty()) {
                setup.print("No worker is registered.");
            } else {
                var table = new Table("WORKER", "", "PID", "POOL", "SLOTS", "RUNNING", "TASKS", "STARTED", "SEEN");
                workers.forEach(one -> table.row(
                        one.name(),
                        one.alive() ? "alive" : "silent",
                        one.pid(),
                        one.pool(),
                        one.slots(),
                        one.running(),
                        one.tasks().size(),
                        Words.at(one.started()),
                        Words.at(one.seen())));
                table.print(setup.out());
            }
        }
    }

    private void entries(Custody custody, int max, String nothing) {
        try (var lovage = setup.existing()) {
            var entries = lovage.backbone().store().held(Set.of(custody), max).stream()
                    .map(InspectCommand::entry)
                    .toList();
            if (setup.json()) {
                setup.printJson(entries);
            } else if (entries.isEmpty()) {
                setup.print(nothing);
            } else {
                var table = new Table("ID", "TASK", "QUEUE", "PRIORITY", "WORKER", "ETA", "SINCE");
                entries.forEach(one -> table.row(
                        one.taskId(),
                        one.task(),
                        one.queue(),
                        one.priority(),
                        one.worker().orElse("-"),
                        one.eta().map(Words::at).orElse("-"),
                        Words.at(one.since())));
                table.print(setup.out());
            }
        }
    }

    private static Entry entry(Held held) {
        var message = held.message();
        return new Entry(
                message.execution().taskId(),
                message.task(),
                message.queue(),
                message.priority(),
                held.worker(),
                message.eta(),
                held.since(),
                held.redelivered());
    }
}
