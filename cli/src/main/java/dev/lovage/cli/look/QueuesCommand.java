package dev.lovage.cli.look;

import dev.lovage.cli.terminal.Setup;
import picocli.CommandLine.Command;

/// Lists the queues.
@Command(name = "queues", description = "list the queues with what lies in them")
public final class QueuesCommand implements Runnable {
    private final Setup setup;

    public QueuesCommand(Setup setup) {
        this.setup = setup;
    }

    @Override
    public void run() {
        try (var lovage = setup.existing()) {
            var queues = View.queues(lovage, View.workers(lovage));
            if (setup.json()) {
                setup.printJson(queues);
            } else if (queues.isEmpty()) {
                setup.print("Nothing lies in any queue.");
            } else {
                View.table(queues).print(setup.out());
            }
        }
    }
}
