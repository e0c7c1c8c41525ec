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

/// Dead letters: what has failed for good, and what was quarantined because its worker died under it.
@Command(
        name = "dlq",
        description = "dead letters: tasks that failed for good or were quarantined, with their whole history",
        synopsisSubcommandLabel = "COMMAND")
public final class DlqCommand {
    private static final Set<Custody> DEAD = Set.of(Custody.DEAD, Custody.QUARANTINED);

    private final Setup setup;

    public DlqCommand(Setup setup) {
        this.setup = setup;
    }

    @Command(name = "list", description = "list them")
    void list(
            @Option(names = "--max", paramLabel = "N", defaultValue = "100", description = "as many at most") int max) {
        try (var lovage = Waiting.open(setup)) {
            Waiting.list(setup, lovage.backbone().store().held(DEAD, max), "There are no dead letters.");
        }
    }

    @Command(name = "show", description = "show one with its history, headers and body")
    void show(@Parameters(paramLabel = "ENTRY", description = "its number, or the id of its task") String entry) {
        try (var lovage = Waiting.open(setup)) {
            Waiting.named(lovage.backbone().store(), List.of(entry), DEAD).forEach(one -> Waiting.show(setup, one));
        }
    }

    @Command(name = "retry", description = "run them again, unchanged")
    void retry(
            @Parameters(paramLabel = "ENTRY", arity = "1..*", description = "numbers, or ids of tasks")
                    List<String> entries,
            @Option(names = "--reason", paramLabel = "TEXT", defaultValue = "retried from the command line")
                    String reason,
            @Option(names = "--reviewer", paramLabel = "ID", description = "who decided; recorded as claimed")
                    Optional<String> reviewer) {
        try (var lovage = Waiting.open(setup)) {
            var chosen = Waiting.named(lovage.backbone().store(), entries, DEAD);
            done("retried", Decision.of(lovage, setup.clock(), reason, reviewer).release(chosen));
        }
    }

    @Command(name = "dispose", description = "end them for good; history and bytes are kept in the record of disposals")
    void dispose(
            @Parameters(paramLabel = "ENTRY", arity = "1..*", description = "numbers, or ids of tasks")
                    List<String> entries,
            @Option(names = "--reason", paramLabel = "TEXT", description = "required") Optional<String> reason,
            @Option(names = "--reviewer", paramLabel = "ID", description = "who decided; recorded as claimed")
                    Optional<String> reviewer) {
        var why = reason.filter(text -> !text.isBlank())
                .orElseThrow(() -> CommandFailed.refused(
                        "A dead letter is disposed of for a reason: give --reason. Nothing was disposed of."));
        try (var lovage = Waiting.open(setup)) {
            var chosen = Waiting.named(lovage.backbone().store(), entries, DEAD);
            done(
                    "disposed of",
                    Decision.of(lovage, setup.clock(), why, reviewer).dispose(chosen));
        }
    }

    private void done(String what, long count) {
        if (setup.json()) {
            setup.printJson(Map.of(what.replace(" of", ""), count));
        } else {
            setup.print("Entries " + what + ": " + count);
        }
    }
}
