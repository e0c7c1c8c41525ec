package dev.lovage.server;

import dev.lovage.server.installation.Installation;
import dev.lovage.server.web.WebServer;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.PrintStream;
import java.util.concurrent.CountDownLatch;

/// Serves an installation until the process is told to stop (SIGTERM, SIGINT): then the worker stops claiming and
/// finishes first, while running requests are still answered; then the web server; then the rest.
final class Serving {
    private final Installation installation;
    private final WebServer web;
    private final JvmGcMetrics garbage;

    private Serving(Installation installation, WebServer web, JvmGcMetrics garbage) {
        this.installation = installation;
        this.web = web;
        this.garbage = garbage;
    }

    static Serving on(
            Installation installation, PrometheusMeterRegistry meters, String host, int port, PrintStream out) {
        new JvmMemoryMetrics().bindTo(meters);
        new ProcessorMetrics().bindTo(meters);
        new UptimeMetrics().bindTo(meters);
        var garbage = new JvmGcMetrics();
        garbage.bindTo(meters);
        var web = WebServer.start(installation, meters, host, port);
        installation.sweep();
        out.println("Status page: http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + web.port()
                + "/  (Ctrl-C ends it)");
        out.flush();
        return new Serving(installation, web, garbage);
    }

    /// Returns never: the process ends when it is told to.
    void untilStopped() throws InterruptedException {
        Runtime.getRuntime()
                .addShutdownHook(Thread.ofPlatform().name("lovage-stop").unstarted(this::stop));
        new CountDownLatch(1).await();
    }

    private void stop() {
        installation.stopWorking();
        web.close();
        garbage.close();
        installation.close();
    }
}
