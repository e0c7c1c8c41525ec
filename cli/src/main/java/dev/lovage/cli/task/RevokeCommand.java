package dev.lovage.cli.task;

import dev.lovage.cli.terminal.Setup;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Revokes tasks that have not started.
@Command(name = "revoke", description = "do not start these tasks; durable, so that restarts don't forget it")
public final class RevokeCommand implements Runnable {
    private final Setup setup;

    @Parameters(paramLabel = "ID", arity = "1..*", description = "ids of tasks")
    private List<String> ids = List.of();

    @Option(names = "--terminate", description = "also stop them where they run")
    private boolean terminate;

    public RevokeCommand(Setup setup) {
        this.setup = setup;
    }

    @Override
    public void run() {
        boolean durable;
        try (var lovage = setup.existing()) {
            lovage.revoke(ids, terminate);
            durable = lovage.backbone().store().remembers();
        }
        if (setup.json()) {
            setup.printJson(Map.of("revoked", ids, "terminate", terminate, "durable", durable));
        } else {
            ids.forEach(id -> setup.print("Revoked " + id + "."));
            if (!durable) {
                setup.print("Without a store only the workers that run now know of it, until they stop.");
            }
        }
    }
}
