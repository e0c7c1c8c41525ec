package dev.lovage.cli.care;

import dev.lovage.cli.data.Installed;
import dev.lovage.cli.terminal.CommandFailed;
import dev.lovage.cli.terminal.ExitCode;
import dev.lovage.cli.terminal.Setup;
import dev.lovage.custody.ledger.LedgerVerifier;
import dev.lovage.custody.ledger.Verdict;
import java.util.List;
import picocli.CommandLine.Command;

/// The ledger.
@Command(name = "ledger", description = "the append-only ledger", synopsisSubcommandLabel = "COMMAND")
public final class LedgerCommand {
    private final Setup setup;

    public LedgerCommand(Setup setup) {
        this.setup = setup;
    }

    private record Answer(
            boolean verified, long entries, long pendingIntents, long problemsTotal, List<Verdict.Problem> problems) {}

    @Command(
            name = "verify",
            description =
                    "recompute the chain and compare it with what was to be written; exit code 1 if it was changed")
    int verify() {
        try (var lovage = setup.existing()) {
            var database = Installed.database(lovage);
            if (!Installed.schemas(database).containsKey("custody")) {
                throw CommandFailed.notFound("There is no ledger in this data yet: no application has run on it.");
            }
            var verdict = LedgerVerifier.verify(database);
            if (setup.json()) {
                setup.printJson(new Answer(
                        verdict.verified(),
                        verdict.entries(),
                        verdict.pendingIntents(),
                        verdict.problemsTotal(),
                        verdict.problems()));
            } else {
                print(verdict);
            }
            return (verdict.verified() ? ExitCode.OK : ExitCode.FAILED).number();
        }
    }

    private void print(Verdict verdict) {
        setup.print((verdict.verified() ? "Verified: " : "NOT VERIFIED: ") + verdict.entries() + " entries, "
                + verdict.pendingIntents() + " not chained yet.");
        verdict.first().ifPresent(first -> setup.print("First bad row: " + first.where() + ": " + first.what()));
        verdict.problems().stream().skip(1).forEach(one -> setup.print("  also " + one.where() + ": " + one.what()));
        if (verdict.problemsTotal() > verdict.problems().size()) {
            setup.print("  and " + (verdict.problemsTotal() - verdict.problems().size()) + " more");
        }
    }
}
