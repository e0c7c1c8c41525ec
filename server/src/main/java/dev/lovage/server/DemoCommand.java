package dev.lovage.server;

import dev.lovage.server.demo.Demo;
import dev.lovage.server.installation.Installation;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.PrintStream;
import java.time.InstantSource;
import java.util.concurrent.Callable;
import picocli.CommandLine;

@CommandLine.Command(
        name = "demo",
        description = "Runs the pipelines on the sample inputs, accounts for every item, and serves on until Ctrl-C.",
        mixinStandardHelpOptions = true,
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {
            "0:nothing is unaccounted for, and the ledger verifies",
            "1:something is unaccounted for, or the ledger does not verify",
            "2:the command line or a setting can't be used, or the port is taken",
            "69:the database does not answer",
            "70:a mistake of the program"
        })
final class DemoCommand implements Callable<Integer> {
    @CommandLine.Mixin
    private Place place = new Place();

    @CommandLine.Option(names = "--exit", description = "end after the summary instead of serving on")
    private boolean exit;

    @CommandLine.Option(names = "--json", description = "print the summary as JSON; progress goes to standard error")
    private boolean json;

    @Override
    public Integer call() throws Exception {
        var host = place.host();
        var meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        var progress = json ? System.err : System.out;
        try (var installation = Installation.start(place.settings(System.getenv()), InstantSource.system(), meters)) {
            var summary = new Demo(installation, progress, !json && terminal()).run();
            if (json) {
                System.out.println(summary.json());
                System.out.flush();
            } else {
                System.out.println(summary.text());
            }
            complain(summary, System.err);
            if (exit) {
                progress.println("To look at it: ./lovage up --data "
                        + installation.lovage().settings().data() + ", then open http://" + host + ":" + place.port()
                        + "/");
                return summary.good() ? 0 : 1;
            }
            Serving.on(installation, meters, host, place.port(), progress).untilStopped();
            return summary.good() ? 0 : 1;
        }
    }

    private static void complain(Demo.Summary summary, PrintStream err) {
        summary.unaccounted().forEach(one -> err.println("Unaccounted: " + one.trackingId() + ": " + one.why()));
        if (!summary.ledger().verified()) {
            err.println("The ledger does not verify; "
                    + summary.ledger().problemsTotal() + " problems were found. The first is at "
                    + summary.ledger()
                            .first()
                            .map(one -> one.where() + ": " + one.what())
                            .orElse("an unknown row")
                    + ".");
        }
    }

    private static boolean terminal() {
        var console = System.console();
        return console != null && console.isTerminal() && !"dumb".equals(System.getenv("TERM"));
    }
}
