package dev.lovage.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A Redis of this JVM's own: on a free loopback port, in a new folder, every write on disk before it is
/// answered. It can be stopped or killed, and started again with what it had.
public final class LocalRedis implements AutoCloseable {
    private final Path folder;
    private final int port;
    private final List<String> options;
    private final Thread atExit = new Thread(this::end);
    private Process process;

    private LocalRedis(Path folder, int port, List<String> options) {
        this.folder = folder;
        this.port = port;
        this.options = options;
        Runtime.getRuntime().addShutdownHook(atExit);
        this.process = launch();
    }

    /// @param options in pairs as on its command line, such as `--appendfsync`, `everysec`; they come last and
    ///     win
    /// @throws IllegalStateException if it isn't installed or doesn't start
    public static LocalRedis start(String... options) {
        try {
            return new LocalRedis(Files.createTempDirectory("lovage-redis"), freePort(), List.of(options));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// A port of the loopback interface that nobody listens on.
    public static int freePort() {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public int port() {
        return port;
    }

    /// `redis://127.0.0.1:port/database`.
    public String url(int database) {
        return "redis://127.0.0.1:" + port + "/" + database;
    }

    /// SIGTERM, and waits until it has ended.
    public void stop() {
        process.destroy();
        ended();
    }

    /// SIGKILL, and waits until it is gone.
    public void kill() {
        process.destroyForcibly();
        ended();
    }

    /// Starts it again on its port with its data.
    public void restart() {
        process = launch();
    }

    private Process launch() {
        var command = new ArrayList<>(List.of(
                "redis-server",
                "--bind",
                "127.0.0.1",
                "--port",
                String.valueOf(port),
                "--dir",
                folder.toString(),
                "--daemonize",
                "no",
                "--save",
                "",
                "--appendonly",
                "yes",
                "--appendfsync",
                "always"));
        command.addAll(options);
        Process started;
        try {
            started = new ProcessBuilder(Peers.command(command))
                    .redirectErrorStream(true)
                    .redirectOutput(log().toFile())
                    .start();
        } catch (IOException e) {
            throw new IllegalStateException(
                    "redis-server can't be started: " + e.getMessage()
                            + ". Install Debian's package redis-server, as ./check does, or leave these tests out with"
                            + " ./check --fast.",
                    e);
        }
        Eventually.until(
                "redis-server answers on port " + port,
                () -> answers(port) || !started.isAlive(),
                () -> "the last of its log: " + text(log()));
        if (!started.isAlive()) {
            throw new IllegalStateException("redis-server ended at once. Its log: " + text(log()));
        }
        return started;
    }

    /// Any answer will do, but that it is loading what it had.
    private static boolean answers(int port) {
        try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
            socket.setSoTimeout(1000);
            socket.getOutputStream().write("PING\r\n".getBytes(StandardCharsets.US_ASCII));
            var answer = new String(socket.getInputStream().readNBytes(4), StandardCharsets.US_ASCII);
            return !answer.isEmpty() && !answer.equals("-LOA");
        } catch (IOException e) {
            return false;
        }
    }

    private Path log() {
        return folder.resolve("redis.log");
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }

    private void ended() {
        try {
            if (!process.waitFor(30, TimeUnit.SECONDS)) {
                throw new AssertionError("redis-server " + process.pid() + " has not ended within 30 s.");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void end() {
        process.destroyForcibly();
        ended();
        try (var files = Files.walk(folder)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        Runtime.getRuntime().removeShutdownHook(atExit);
        end();
    }
}
