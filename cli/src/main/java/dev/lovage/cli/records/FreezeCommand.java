package dev.lovage.cli.records;

import dev.lovage.cli.data.Installed;
import dev.lovage.cli.terminal.CommandFailed;
import dev.lovage.cli.terminal.Setup;
import dev.lovage.cli.terminal.Words;
import dev.lovage.custody.review.Reviewer;
import dev.lovage.records.Records;
import dev.lovage.records.intake.Agency;
import dev.lovage.records.intake.Freeze;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Parks work that is not critical while receipt goes on. In an emergency no option stands in the way: a reason is
/// asked for, and its absence is recorded.
@Command(
        name = "freeze",
        description = "hold non-critical records work while receipt goes on",
        synopsisSubcommandLabel = "COMMAND")
public final class FreezeCommand {
    private final Setup setup;

    public FreezeCommand(Setup setup) {
        this.setup = setup;
    }

    @Command(name = "on", description = "hold it")
    void on(
            @Option(names = "--reason", paramLabel = "TEXT", description = "kept in the ledger")
                    Optional<String> reason,
            @Option(names = "--reviewer", paramLabel = "ID", description = "who decided; recorded as claimed")
                    Optional<String> reviewer) {
        change(true, reason, reviewer);
    }

    @Command(name = "off", description = "let it go on")
    void off(
            @Option(names = "--reason", paramLabel = "TEXT", description = "kept in the ledger")
                    Optional<String> reason,
            @Option(names = "--reviewer", paramLabel = "ID", description = "who decided; recorded as claimed")
                    Optional<String> reviewer) {
        change(false, reason, reviewer);
    }

    @Command(name = "status", description = "tell whether it is held")
    void status() {
        try (var lovage = setup.existing()) {
            print(Installed.records(lovage, setup.clock())
                    .map(records -> records.freeze().status())
                    .orElseThrow(() -> CommandFailed.notFound("There are no records in this data.")));
        }
    }

    private void change(boolean on, Optional<String> reason, Optional<String> reviewer) {
        var why = reason.filter(text -> !text.isBlank()).orElse("no reason given");
        var by = new Reviewer(reviewer, System.getProperty("user.name", "unknown")).reference();
        try (var lovage = setup.openForApplications()) {
            var freeze = Records.open(lovage, Agency.sample(), setup.clock()).freeze();
            print(on ? freeze.on(why, by) : freeze.off(why, by));
        }
    }

    private void print(Freeze.Status status) {
        if (setup.json()) {
            setup.printJson(status);
        } else {
            setup.print((status.frozen() ? "frozen" : "not frozen")
                    + status.since()
                            .map(since -> " since " + Words.at(since) + ", by " + status.by() + ": " + status.reason())
                            .orElse(""));
        }
    }
}
