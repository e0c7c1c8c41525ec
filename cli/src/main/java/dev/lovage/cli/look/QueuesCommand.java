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
            var view = View.of(lovage);
            if (setup.json()) {
                setup.printJson(view.queues());
            } else if (view.queues().isEmpty()) {
                setup.print("Nothing lies in any queue.");
            } else {
                view.printQueues(setup);
            }
        }
    }
}
