package dev.lovage.server;

import dev.lovage.server.installation.Installation;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.PrintStream;
import java.util.concurrent.CountDownLatch;

/// The web server, as long as it runs.
final class Serving {
    private final CountDownLatch stopped = new CountDownLatch(1);

    private Serving() {}

    static Serving on(
            Installation installation, PrometheusMeterRegistry meters, String host, int port, PrintStream out) {
        return new Serving();
    }

    void untilStopped() throws InterruptedException {
        stopped.await();
    }
}
