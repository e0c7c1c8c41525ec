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

/// `lovage up` as a process of its own on a free port of this machine, to be killed and started again.
public final class ServerProcess implements AutoCloseable {
    private static final Duration START_MAX = Duration.ofSeconds(90);

    private final List<String> command;
    private final URI address;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();
    private volatile Process process;

    private ServerProcess(List<String> command, URI address) {
        this.command = command;
        this.address = address;
        this.process = launch(command);
    }

    /// The server's classes of this class path.
    ///
    /// @param config a settings file, with another broker than the data folder's own
    public static ServerProcess start(Path data, Optional<Path> config) {
        var port = freePort();
        return new ServerProcess(ChildJvm.command(Main.class, arguments(data, config, port)), address(port));
    }

    /// The launcher that a user starts.
    ///
    /// @param launcher the file `lovage`
    public static ServerProcess start(Path launcher, Path data, Optional<Path> config) {
        var port = freePort();
        var command = arguments(data, config, port);
        command.addFirst(launcher.toString());
        return new ServerProcess(command, address(port));
    }

    private static List<String> arguments(Path data, Optional<Path> config, int port) {
        var arguments = new ArrayList<>(List.of("up", "--data", data.toString(), "--port", String.valueOf(port)));
        config.ifPresent(file -> arguments.addAll(List.of("--config", file.toString())));
        return arguments;
    }

    private static URI address(int port) {
        return URI.create("http://127.0.0.1:" + port);
    }

    private static Process launch(List<String> command) {
        try {
            return new ProcessBuilder(command)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Waits until the server says that it is ready.
    public void awaitReady() {
        Eventually.until("the server is ready", START_MAX, this::ready, () -> "alive: " + process.isAlive());
    }

    private boolean ready() {
        var request = HttpRequest.newBuilder(address.resolve("/health/ready"))
                .timeout(Duration.ofSeconds(5))
                .build();
        try {
            return http.send(request, BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /// SIGKILL, and waits until it is gone.
    public void kill() {
        process.destroyForcibly();
        process.onExit().join();
    }

    public void startAgain() {
        process = launch(command);
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
        kill();
        http.close();
    }
}
