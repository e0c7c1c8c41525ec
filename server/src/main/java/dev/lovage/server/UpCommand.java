package dev.lovage.server;

import dev.lovage.server.installation.Installation;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;

@CommandLine.Command(
        name = "up",
        description =
                "Serves the HTTP API and the status page, works off the queues, and sends periodic tasks, until it is stopped.",
        mixinStandardHelpOptions = true)
final class UpCommand implements Callable<Integer> {
    @CommandLine.Mixin
    private Place place = new Place();

    @CommandLine.Option(names = "--without-beat", description = "send no periodic tasks; another beat does")
    private boolean withoutBeat;

    @Override
    public Integer call() throws Exception {
        var host = place.host();
        var meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        try (var installation = Installation.start(place.settings(System.getenv()), InstantSource.system(), meters)) {
            if (!withoutBeat) {
                announce(installation.beat());
            }
            Serving.on(installation, meters, host, place.port(), System.out).untilStopped();
            return 0;
        }
    }

    private static void announce(List<String> periodic) {
        if (!periodic.isEmpty()) {
            System.out.println("Periodic tasks are sent: " + String.join(", ", periodic));
        }
    }
}
