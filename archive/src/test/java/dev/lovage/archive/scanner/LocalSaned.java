package dev.lovage.archive.scanner;

import dev.lovage.testkit.Eventually;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// Debian's own `saned` with the backends `test` and `pnm`, on a free loopback port, as the user who runs the tests,
/// with a configuration folder of its own. It is ended by its handle.
public final class LocalSaned implements AutoCloseable {
    private final Path folder;
    private final Process process;
    private final int port;

    private LocalSaned(Path folder, Process process, int port) {
        this.folder = folder;
        this.process = process;
        this.port = port;
    }

    /// @param folder empty, for its configuration
    public static LocalSaned start(Path folder) {
        try {
            Files.writeString(folder.resolve("dll.conf"), "test\npnm\n");
            Files.writeString(folder.resolve("saned.conf"), "127.0.0.1\n");
            Files.writeString(folder.resolve("test.conf"), """
                    number_of_devices 2
                    mode Gray
                    depth 8
                    resolution_min 1.0
                    resolution_max 1200.0
                    resolution_quant 1.0
                    resolution 50.0
                    test-picture "Color pattern"
                    geometry_min 0.0
                    geometry_max 200.0
                    geometry_quant 1.0
                    tl_x 0.0
                    tl_y 0.0
                    br_x 20.0
                    br_y 30.0
                    """);
            int port = freePort();
            var builder = new ProcessBuilder(
                    installed("saned"), "-l", "-e", "-d", "0", "-b", "127.0.0.1", "-p", String.valueOf(port));
            builder.environment().put("SANE_CONFIG_DIR", folder.toString());
            var saned = new LocalSaned(
                    folder,
                    builder.redirectErrorStream(true)
                            .redirectOutput(folder.resolve("saned.log").toFile())
                            .start(),
                    port);
            Eventually.until("saned takes connections", saned::answers, saned::log);
            return saned;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String installed(String program) {
        return Stream.of("/usr/sbin/", "/usr/bin/", "/usr/local/sbin/", "/usr/local/bin/")
                .map(in -> in + program)
                .filter(path -> Files.isExecutable(Path.of(path)))
                .findFirst()
                .orElseThrow(() -> new AssertionError("The program " + program + " is not installed, and these tests"
                        + " need it. Install Debian's package sane-utils (apt-get install --no-install-recommends"
                        + " sane-utils), or leave out what needs installed programs: ./check --fast."));
    }

    /// What SANE's own program scans from the same device without a daemon between, as TIFF.
    Path scanimage(String device, List<String> options) {
        try {
            var image = Files.createTempFile(folder, "judge", ".tif");
            var command = Stream.concat(
                            Stream.of(installed("scanimage"), "-d", device, "--format=tiff"), options.stream())
                    .toList();
            var builder = new ProcessBuilder(command)
                    .redirectOutput(image.toFile())
                    .redirectError(folder.resolve("scanimage.log").toFile());
            builder.environment().put("SANE_CONFIG_DIR", folder.toString());
            var judge = builder.start();
            if (!judge.waitFor(60, TimeUnit.SECONDS) || judge.exitValue() != 0) {
                judge.destroyForcibly();
                throw new AssertionError("scanimage failed: " + Files.readString(folder.resolve("scanimage.log")));
            }
            return image;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    public int port() {
        return port;
    }

    private boolean answers() {
        if (!process.isAlive()) {
            throw new AssertionError("saned ended at once: " + log());
        }
        try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
            return true;
        } catch (IOException notYet) {
            return false;
        }
    }

    private String log() {
        try {
            return Files.readString(folder.resolve("saned.log"));
        } catch (IOException e) {
            return "no log: " + e;
        }
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /// It has a child for each connection.
    @Override
    public void close() {
        var children = process.descendants().toList();
        process.destroyForcibly();
        children.forEach(ProcessHandle::destroyForcibly);
    }
}
