package dev.lovage.proof.load;

import dev.lovage.server.Main;
import dev.lovage.testkit.ChildJvm;
import dev.lovage.testkit.Eventually;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// `lovage up` in a JVM of its own on a free port of this machine, to be killed and started again.
public final class ServerProcess implements AutoCloseable {
    private static final Duration START_MAX = Duration.ofSeconds(90);

    private final List<String> arguments;
    private final URI address;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();
    private volatile ChildJvm child;

    private ServerProcess(List<String> arguments, URI address) {
        this.arguments = arguments;
        this.address = address;
        this.child = launch(arguments);
    }

    /// @param config a settings file, with another broker than the data folder's own
    public static ServerProcess start(Path data, Optional<Path> config) {
        var port = freePort();
        var arguments = new ArrayList<>(List.of("up", "--data", data.toString(), "--port", String.valueOf(port)));
        config.ifPresent(file -> arguments.addAll(List.of("--config", file.toString())));
        return new ServerProcess(arguments, URI.create("http://127.0.0.1:" + port));
    }

    private static ChildJvm launch(List<String> arguments) {
        var child = ChildJvm.start(Main.class, arguments);
        Thread.ofVirtual().name("server-output").start(child::rest);
        return child;
    }

    /// Waits until the server says that it is ready.
    public void awaitReady() {
        Eventually.until("the server is ready", START_MAX, this::ready, () -> "alive: " + child.alive());
    }

    private boolean ready() {
        try {
            return http.send(
                                    HttpRequest.newBuilder(address.resolve("/health/ready"))
                                            .timeout(Duration.ofSeconds(5))
                                            .build(),
                                    BodyHandlers.discarding())
                            .statusCode()
                    == 200;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /// SIGKILL.
    public void kill() {
        child.kill();
    }

    public void startAgain() {
        child = launch(arguments);
        awaitReady();
    }

    public URI address() {
        return address;
    }

    HttpClient http() {
        return http;
    }

    private static int freePort() {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        child.kill();
        http.close();
    }
}
