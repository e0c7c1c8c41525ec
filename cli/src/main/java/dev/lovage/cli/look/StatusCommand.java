package dev.lovage.cli.look;

import dev.lovage.cli.terminal.ExitCode;
import dev.lovage.cli.terminal.Setup;
import dev.lovage.cli.terminal.Table;
import dev.lovage.cli.terminal.Words;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/// Shows at a glance whether work is being done.
@Command(name = "status", description = "show workers and queues, and what is unaccounted for (exit code 1 if anything is)")
public final class StatusCommand implements Callable<Integer> {
    private final Setup setup;

    public StatusCommand(Setup setup) {
        this.setup = setup;
    }

    private record Status(List<View.Worker> workers, List<View.Queue> queues) {}

    @Override
    public Integer call() {
        try (var lovage = setup.existing()) {
            var workers = View.workers(lovage);
            var status = new Status(workers, View.queues(lovage, workers));
            if (setup.json()) {
                setup.printJson(status);
            } else {
                print(status, lovage.backbone().store().now());
            }
        }
        return ExitCode.OK.number();
    }

    private void print(Status status, java.time.Instant now) {
        var alive = status.workers().stream().filter(View.Worker::alive).toList();
        setup.print("workers alive: " + alive.size());
        if (!status.workers().isEmpty()) {
            var table = new Table("WORKER", "", "PID", "POOL", "SLOTS", "RUNNING", "SEEN", "QUEUES");
            status.workers()
                    .forEach(one -> table.row(
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
        if (status.queues().isEmpty()) {
            setup.print("queues: none, nothing was sent yet");
        } else {
            View.table(status.queues()).print(setup.out());
        }
    }
}
