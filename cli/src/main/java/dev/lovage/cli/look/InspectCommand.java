package dev.lovage.cli.look;

import dev.lovage.cli.remote.Remote;
import dev.lovage.cli.terminal.Setup;
import dev.lovage.cli.terminal.Table;
import dev.lovage.cli.terminal.Words;
import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.control.Control;
import dev.lovage.engine.store.Held;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Celery's `inspect`. Over RabbitMQ and Redis the workers answer, Python's and ours, in Celery's form. On SQL the
/// store
/// answers instead, so that a silent worker can't hold it up.
@Command(
        name = "inspect",
        description =
                "look at what workers do: over RabbitMQ and Redis they answer themselves, on SQL their store does",
        synopsisSubcommandLabel = "COMMAND")
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

    @Command(name = "ping", description = "which workers answer")
    void ping(@Mixin Remote remote) {
        ask(remote, Control.Command.of("ping"));
    }

    @Command(name = "revoked", description = "the ids that each worker will not start")
    void revoked(@Mixin Remote remote) {
        ask(remote, Control.Command.of("revoked"));
    }

    @Command(name = "conf", description = "each worker's settings, without passwords")
    void conf(@Mixin Remote remote, @Option(names = "--defaults", description = "with presets") boolean defaults) {
        ask(remote, Control.Command.of("conf").with("with_defaults", defaults));
    }

    @Command(name = "report", description = "what each worker runs on")
    void report(@Mixin Remote remote) {
        ask(remote, Control.Command.of("report"));
    }

    @Command(name = "active_queues", description = "the queues that each worker receives from")
    void activeQueues(@Mixin Remote remote) {
        ask(remote, Control.Command.of("active_queues"));
    }

    @Command(name = "query_task", description = "which worker has these tasks, and whether they run")
    void queryTask(@Mixin Remote remote, @Parameters(paramLabel = "ID", arity = "1..*") List<String> ids) {
        ask(remote, Control.Command.of("query_task").with("ids", ids));
    }

    @Command(name = "clock", description = "each worker's logical clock")
    void clock(@Mixin Remote remote) {
        ask(remote, Control.Command.of("clock"));
    }

    @Command(name = "active", description = "tasks that are running")
    void active(
            @Mixin Remote remote,
            @Option(names = "--max", paramLabel = "N", defaultValue = "100", description = "as many at most") int max) {
        if (!asked(remote, Control.Command.of("active"))) {
            entries(Custody.LEASED, max, "Nothing is running.");
        }
    }

    @Command(name = "scheduled", description = "tasks that wait for their time")
    void scheduled(
            @Mixin Remote remote,
            @Option(names = "--max", paramLabel = "N", defaultValue = "100", description = "as many at most") int max) {
        if (!asked(remote, Control.Command.of("scheduled"))) {
            entries(Custody.TIMER, max, "Nothing is scheduled.");
        }
    }

    @Command(name = "reserved", description = "tasks that a worker has taken and not started: never any on SQL")
    void reserved(@Mixin Remote remote) {
        if (asked(remote, Control.Command.of("reserved"))) {
            return;
        }
        if (setup.json()) {
            setup.printJson(List.of());
        } else {
            setup.print("Nothing is reserved: on this broker a worker takes only what it starts at once.");
        }
    }

    @Command(name = "registered", description = "the tasks that each live worker has")
    void registered(@Mixin Remote remote) {
        if (asked(remote, Control.Command.of("registered"))) {
            return;
        }
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
    void stats(@Mixin Remote remote) {
        if (asked(remote, Control.Command.of("stats"))) {
            return;
        }
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

    private void ask(Remote remote, Control.Command command) {
        try (var lovage = setup.existing()) {
            remote.ask(setup, lovage, command);
        }
    }

    /// @return false where the broker has no way to the workers
    private boolean asked(Remote remote, Control.Command command) {
        try (var lovage = setup.existing()) {
            if (!lovage.broadcasts()) {
                return false;
            }
            remote.ask(setup, lovage, command);
            return true;
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
