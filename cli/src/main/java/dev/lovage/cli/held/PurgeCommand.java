package dev.lovage.cli.held;

import dev.lovage.cli.terminal.CommandFailed;
import dev.lovage.cli.terminal.Setup;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Empties a queue, once a person has said so.
@Command(name = "purge", description = "empty a queue: exports what waits in it, then ends it; needs --reason")
public final class PurgeCommand implements Runnable {
    private final Setup setup;

    @Parameters(paramLabel = "QUEUE", description = "the queue")
    private String queue = "";

    @Option(names = "--reason", paramLabel = "TEXT", description = "required")
    private Optional<String> reason = Optional.empty();

    @Option(
            names = {"-f", "--force"},
            description = "do not ask")
    private boolean force;

    @Option(names = "--reviewer", paramLabel = "ID", description = "who decided; recorded as claimed")
    private Optional<String> reviewer = Optional.empty();

    public PurgeCommand(Setup setup) {
        this.setup = setup;
    }

    @Override
    public void run() {
        var _ = Purge.reason(reason);
        try (var lovage = setup.existing()) {
            var purge = Purge.allowed(setup, lovage, reason, reviewer);
            var waiting = purge.waiting(queue);
            if (waiting > 0) {
                confirm(waiting);
            }
            var purged = purge.queue(queue);
            if (setup.json()) {
                setup.printJson(purged);
            } else {
                setup.print(purged.words());
            }
        }
    }

    private void confirm(long count) {
        if (force) {
            return;
        }
        var console = System.console();
        if (console == null || !console.isTerminal()) {
            throw CommandFailed.refused(count + " entries wait in " + queue
                    + ", and there is no terminal to ask at. Give --force to purge them. Nothing was purged.");
        }
        var answer = console.readLine("Export and end %d entries of the queue %s? [yes/no] ", count, queue);
        if (answer == null || !answer.equalsIgnoreCase("yes")) {
            throw CommandFailed.refused("Nothing was purged.");
        }
    }
}
