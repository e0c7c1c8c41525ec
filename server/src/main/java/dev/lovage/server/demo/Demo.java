package dev.lovage.server.demo;

import dev.lovage.custody.ledger.Verdict;
import dev.lovage.engine.json.Json;
import dev.lovage.records.intake.Reconciliation;
import dev.lovage.server.installation.Installation;
import java.io.PrintStream;
import java.util.List;

/// Runs every part on its samples, then verifies the ledger and accounts for everything that was ever accepted. Nothing
/// is re-driven before it was counted.
public final class Demo {
    private final Installation installation;
    private final Progress progress;
    private final List<DemoPart> parts;

    /// What came out.
    ///
    /// @param json the summary for programs, in one line
    /// @param ledger what the verification found
    public record Summary(String json, String text, Verdict ledger, List<Reconciliation.Unaccounted> unaccounted) {
        /// Whether all is accounted for and the ledger verifies.
        public boolean good() {
            return unaccounted.isEmpty() && ledger.verified();
        }
    }

    /// @param out where progress is shown
    /// @param terminal whether `out` is one
    public Demo(Installation installation, PrintStream out, boolean terminal) {
        this.installation = installation;
        this.progress = new Progress(out, terminal);
        this.parts = List.of(
                new RecordsPart(installation.lovage(), installation.records()),
                new ArchivePart(installation.lovage(), installation.archive()));
    }

    public Summary run() throws InterruptedException {
        for (var part : parts) {
            part.run(progress);
        }
        progress.begin("Ledger: verifying");
        var ledger = installation.records().verify();
        progress.at(ledger.entries(), ledger.entries(), "entries");
        progress.end();
        var unaccounted = installation.unaccounted();
        return new Summary(json(ledger, unaccounted), text(ledger, unaccounted), ledger, unaccounted);
    }

    private String json(Verdict ledger, List<Reconciliation.Unaccounted> unaccounted) {
        var node = Json.object();
        parts.forEach(part -> node.set(part.name(), part.totals()));
        node.putObject("ledger").put("entries", ledger.entries()).put("verified", ledger.verified());
        node.put("unaccounted", unaccounted.size());
        if (!unaccounted.isEmpty()) {
            var items = node.putArray("unaccounted_items");
            unaccounted.forEach(one ->
                    items.addObject().put("tracking_id", one.trackingId()).put("why", one.why()));
        }
        return Json.text(node);
    }

    private String text(Verdict ledger, List<Reconciliation.Unaccounted> unaccounted) {
        var text = new StringBuilder();
        for (var part : parts) {
            text.append('\n').append(part.name()).append('\n');
            part.lines().forEach(line -> text.append("  %-14s %s%n".formatted(line.label(), line.value())));
        }
        text.append("\nledger\n");
        text.append("  %-14s %d%n".formatted("entries", ledger.entries()));
        text.append("  %-14s %s%n"
                .formatted(
                        "verified",
                        ledger.first()
                                .map(one -> "NO: " + one.where() + ": " + one.what())
                                .orElse("yes")));
        text.append("\n%-16s %d%n".formatted("unaccounted", unaccounted.size()));
        return text.toString();
    }
}
