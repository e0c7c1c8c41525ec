package dev.lovage.cli.held;

import dev.lovage.cli.terminal.CommandFailed;
import dev.lovage.cli.terminal.Setup;
import dev.lovage.engine.broker.Custody;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Messages that no worker could read or run.
@Command(
        name = "parked",
        description = "messages that no worker could read or run, kept with their bytes",
        synopsisSubcommandLabel = "COMMAND")
public final class ParkedCommand {
    private static final Set<Custody> PARKED = Set.of(Custody.PARKED);

    private final Setup setup;

    public ParkedCommand(Setup setup) {
        this.setup = setup;
    }

    @Command(name = "list", description = "list them")
    void list(
            @Option(names = "--max", paramLabel = "N", defaultValue = "100", description = "as many at most") int max) {
        try (var lovage = Waiting.open(setup)) {
            Waiting.list(setup, lovage.backbone().store().held(PARKED, max), "Nothing is parked.");
        }
    }

    @Command(name = "show", description = "show one with its headers and body")
    void show(@Parameters(paramLabel = "ENTRY", description = "its number, or the id of its task") String entry) {
        try (var lovage = Waiting.open(setup)) {
            Waiting.named(lovage.backbone().store(), List.of(entry), PARKED).forEach(one -> Waiting.show(setup, one));
        }
    }

    @Command(name = "release", description = "send them to their queues again, unchanged")
    void release(
            @Parameters(paramLabel = "ENTRY", arity = "0..*", description = "numbers, or ids of tasks")
                    List<String> entries,
            @Option(names = "--all", description = "all that are parked now") boolean all,
            @Option(names = "--reason", paramLabel = "TEXT", defaultValue = "released from the command line")
                    String reason,
            @Option(names = "--reviewer", paramLabel = "ID", description = "who decided; recorded as claimed")
                    Optional<String> reviewer) {
        var names = entries == null ? List.<String>of() : entries;
        if (all != names.isEmpty()) {
            throw CommandFailed.usage("Name entries, or give --all. Nothing was released.");
        }
        try (var lovage = Waiting.open(setup)) {
            var store = lovage.backbone().store();
            var chosen = all ? store.held(PARKED, Integer.MAX_VALUE) : Waiting.named(store, names, PARKED);
            long released = Decision.of(lovage, setup.clock(), reason, reviewer).release(chosen);
            if (setup.json()) {
                setup.printJson(Map.of("released", released));
            } else {
                setup.print("Released " + released + ".");
            }
        }
    }
}
