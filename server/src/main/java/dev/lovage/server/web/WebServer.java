package dev.lovage.server.web;

import dev.lovage.engine.json.Json;
import dev.lovage.server.installation.Installation;
import dev.lovage.server.page.Pages;
import dev.lovage.server.page.SubmissionPage;
import dev.lovage.server.status.Status;
import dev.lovage.server.status.StatusJson;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.tomcat.autoconfigure.servlet.TomcatServletWebServerAutoConfiguration;
import org.springframework.boot.web.server.PortInUseException;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;
import org.springframework.boot.webmvc.autoconfigure.DispatcherServletAutoConfiguration;
import org.springframework.boot.webmvc.autoconfigure.WebMvcAutoConfiguration;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.MediaType;
import org.springframework.web.servlet.function.RouterFunction;
import org.springframework.web.servlet.function.RouterFunctions;
import org.springframework.web.servlet.function.ServerRequest;
import org.springframework.web.servlet.function.ServerResponse;

/// The web server of one installation. Spring Boot carries it; what it answers is in [#routes], straight down the page.
public final class WebServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(WebServer.class);
    private static final int LATEST_MAX = 25;
    private static final MediaType HTML = new MediaType(MediaType.TEXT_HTML, StandardCharsets.UTF_8);

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration({
        TomcatServletWebServerAutoConfiguration.class,
        DispatcherServletAutoConfiguration.class,
        WebMvcAutoConfiguration.class
    })
    static class Parts {}

    private final ServletWebServerApplicationContext context;

    private WebServer(ServletWebServerApplicationContext context) {
        this.context = context;
    }

    /// Starts to listen.
    ///
    /// @param host a loopback address
    /// @param port 0 takes a free one
    /// @throws IllegalArgumentException if the port is taken; nothing listens then
    public static WebServer start(Installation installation, PrometheusMeterRegistry meters, String host, int port) {
        var application = new SpringApplication(Parts.class);
        application.setWebApplicationType(WebApplicationType.SERVLET);
        application.setBannerMode(org.springframework.boot.Banner.Mode.OFF);
        application.setLogStartupInfo(false);
        application.setRegisterShutdownHook(false);
        application.setLazyInitialization(true);
        application.setDefaultProperties(Map.of(
                "server.address", host,
                "server.port", Integer.toString(port),
                "server.shutdown", "graceful",
                "server.tomcat.connection-timeout", "20s",
                "spring.threads.virtual.enabled", "true",
                "spring.web.resources.add-mappings", "false",
                "spring.jmx.enabled", "false",
                "spring.lifecycle.timeout-per-shutdown-phase", "10s"));
        application.addInitializers(made -> {
            made.getBeanFactory().registerSingleton("guard", new Guard());
            made.getBeanFactory().registerSingleton("routes", routes(installation, meters));
        });
        try {
            return new WebServer((ServletWebServerApplicationContext) application.run());
        } catch (RuntimeException e) {
            for (Throwable cause = e; cause != null; cause = cause.getCause()) {
                if (cause instanceof PortInUseException) {
                    throw new IllegalArgumentException(
                            "Port " + port + " is taken by another program, perhaps by a Lovage that runs already."
                                    + " Nothing is served. Stop it, or choose another port: --port N, or --port 0 for"
                                    + " any free one.",
                            e);
                }
            }
            throw e;
        }
    }

    private static RouterFunction<ServerResponse> routes(Installation installation, PrometheusMeterRegistry meters) {
        var records = installation.records();
        var bodies = new Bodies(Bodies.BYTES_MAX, Runtime.getRuntime().maxMemory() / 4);
        var submissions = new Submissions(records, bodies, meters);
        var health = new Health(installation);
        var pages = new Pages();
        return RouterFunctions.route()
                .POST("/api/v1/submissions", submissions::post)
                .GET("/api/v1/submissions/{id}", submissions::get)
                .GET(
                        "/api/v1/status",
                        _ -> ServerResponse.ok()
                                .contentType(MediaType.APPLICATION_JSON)
                                .body(Json.bytes(StatusJson.of(Status.of(installation, 0)))))
                .GET("/health/live", health::live)
                .GET("/health/ready", health::ready)
                .GET(
                        "/metrics",
                        _ -> ServerResponse.ok()
                                .contentType(MediaType.TEXT_PLAIN)
                                .body(meters.scrape().getBytes(StandardCharsets.UTF_8)))
                .GET(
                        "/",
                        _ -> ServerResponse.ok()
                                .contentType(HTML)
                                .body(pages.status(Status.of(installation, LATEST_MAX))))
                .GET("/thumbnails/{sha256}", request -> thumbnail(installation, request))
                .GET("/submissions/{id}", request -> submission(installation, pages, request))
                .GET(
                        "/assets/lovage.css",
                        _ -> ServerResponse.ok()
                                .contentType(MediaType.parseMediaType("text/css;charset=UTF-8"))
                                .body(pages.style()))
                .GET(
                        "/assets/refresh.js",
                        _ -> ServerResponse.ok()
                                .contentType(MediaType.parseMediaType("text/javascript;charset=UTF-8"))
                                .body(pages.script()))
                .GET(
                        "/assets/icon.svg",
                        _ -> ServerResponse.ok()
                                .contentType(MediaType.parseMediaType("image/svg+xml"))
                                .body(pages.icon()))
                .route(_ -> true, WebServer::nothingHere)
                .onError(Throwable.class, WebServer::failed)
                .build();
    }

    private static ServerResponse submission(Installation installation, Pages pages, ServerRequest request) {
        var id = request.pathVariable("id");
        var records = installation.records();
        return records.find(id)
                .map(item -> ServerResponse.ok()
                        .contentType(HTML)
                        .body(pages.submission(SubmissionPage.of(
                                item,
                                records.timeline(id),
                                records.agency().regime().zone()))))
                .orElseGet(() -> ServerResponse.status(404).contentType(HTML).body(pages.unknown(id)));
    }

    private static ServerResponse thumbnail(Installation installation, ServerRequest request) throws IOException {
        var file = installation.archive().thumbnail(request.pathVariable("sha256"));
        return file.isEmpty()
                ? nothingHere(request)
                : ServerResponse.ok()
                        .contentType(MediaType.IMAGE_JPEG)
                        .header("Cache-Control", "private, max-age=86400, immutable")
                        .body(Files.readAllBytes(file.get()));
    }

    private static ServerResponse nothingHere(ServerRequest request) {
        return Refused.of(
                        404,
                        "not_found",
                        "There is nothing at this address for " + request.method() + ".",
                        "Look at /, /api/v1/submissions, /api/v1/status, /health/ready and /metrics.")
                .response();
    }

    private static ServerResponse failed(Throwable failure, ServerRequest request) {
        if (failure instanceof Refused.Exit exit) {
            return exit.refused().response();
        }
        LOG.error("{} {} failed", request.method(), request.path(), failure);
        return Refused.of(
                        500,
                        "failed",
                        "The server failed at this.",
                        "Whether anything was done is known to the server's log. Send the same request again with the"
                                + " same Idempotency-Key: nothing is accepted twice.")
                .response();
    }

    /// The port it listens on.
    public int port() {
        var server = context.getWebServer();
        return server == null ? 0 : server.getPort();
    }

    /// Takes no more requests, and ends when the running ones are answered.
    @Override
    public void close() {
        context.close();
    }
}
