package dev.lovage.testkit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A RabbitMQ of a test's own: on free loopback ports, in a temporary folder, without plugins, with the user
/// `guest`. It can be stopped, killed and started again, and keeps its queues meanwhile. It ends with [#close],
/// and at the latest with the JVM.
///
/// It needs Debian's package `rabbitmq-server` or another installation; the environment variable
/// `RABBITMQ_HOME` names one that is in none of the usual places. No installed service is touched, and no root
/// is needed.
public final class LocalRabbit implements AutoCloseable {
    private static final Duration START = Duration.ofSeconds(90);
    private static final Duration COMMAND = Duration.ofSeconds(60);
    private static final int VHOSTS_MADE_MAX = 16;

    private static final class Shared {
        static final LocalRabbit SERVER = start();

        /// Made and not yet given to a test.
        static final Deque<String> VHOSTS = new ArrayDeque<>();

        static int vhosts;
    }

    private final Path programs;
    private final Path folder;
    private final int port;
    private final int tlsPort;
    private final Map<String, String> environment;
    private final Thread atExit = Thread.ofPlatform().unstarted(this::remove);
    private @Nullable Process server;

    private LocalRabbit(Path programs, Path folder, List<Integer> ports) {
        this.programs = programs;
        this.folder = folder;
        this.port = ports.get(0);
        this.tlsPort = ports.get(3);
        this.environment = Map.ofEntries(
                Map.entry("HOME", folder.toString()),
                Map.entry("RABBITMQ_NODENAME", "lovage" + port + "@localhost"),
                Map.entry("RABBITMQ_NODE_PORT", Integer.toString(port)),
                Map.entry("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1"),
                Map.entry("RABBITMQ_DIST_PORT", Integer.toString(ports.get(1))),
                Map.entry("ERL_EPMD_PORT", Integer.toString(ports.get(2))),
                Map.entry("ERL_EPMD_ADDRESS", "127.0.0.1"),
                Map.entry("RABBITMQ_MNESIA_BASE", folder.resolve("data").toString()),
                Map.entry("RABBITMQ_LOG_BASE", folder.resolve("log").toString()),
                Map.entry(
                        "RABBITMQ_ENABLED_PLUGINS_FILE",
                        folder.resolve("plugins").toString()),
                Map.entry("ERL_CRASH_DUMP", folder.resolve("crash.dump").toString()),
                Map.entry("RABBITMQ_PID_FILE", folder.resolve("pid").toString()),
                Map.entry("RABBITMQ_CONF_ENV_FILE", folder.resolve("env.conf").toString()),
                Map.entry(
                        "RABBITMQ_CONFIG_FILE", folder.resolve("rabbitmq.conf").toString()),
                Map.entry(
                        "RABBITMQ_ADVANCED_CONFIG_FILE",
                        folder.resolve("advanced.config").toString()),
                Map.entry("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "+S 1:1 -kernel inet_dist_use_interface {127,0,0,1}"),
                Map.entry("RABBITMQ_CTL_ERL_ARGS", "+S 1:1"));
    }

    /// Starts one, and returns when it takes connections.
    ///
    /// @throws IllegalStateException if RabbitMQ is not installed, or does not start
    public static LocalRabbit start() {
        return start(Map.of());
    }

    /// Starts one that is configured otherwise.
    ///
    /// @param settings lines of `rabbitmq.conf`; in a value `${tls-port}` is a free port, see [#tlsPort]
    public static LocalRabbit start(Map<String, String> settings) {
        try {
            var folder = Files.createTempDirectory("lovage-rabbit-");
            var rabbit = new LocalRabbit(programs(), folder, freePorts(4));
            rabbit.prepare(settings);
            Runtime.getRuntime().addShutdownHook(rabbit.atExit);
            rabbit.restart();
            return rabbit;
        } catch (IOException e) {
            throw new UncheckedIOException("RabbitMQ did not start.", e);
        }
    }

    /// A server that all tests of this JVM share, started when first asked for. Whoever stops it, or raises an
    /// alarm, starts one of their own.
    public static LocalRabbit shared() {
        return Shared.SERVER;
    }

    /// The URL of a new, empty virtual host in the shared server.
    public static synchronized String freshUrl() {
        if (Shared.VHOSTS.isEmpty()) {
            makeVhosts();
        }
        return shared().url() + Shared.VHOSTS.remove();
    }

    /// Each call of `rabbitmqctl` starts an Erlang machine, which takes seconds: one call makes several, and more the
    /// more were needed before.
    private static void makeVhosts() {
        var first = Shared.vhosts + 1;
        Shared.vhosts += Math.clamp(Shared.vhosts, 2, VHOSTS_MADE_MAX);
        shared().control("eval", """
                [begin
                    Name = list_to_binary("test-" ++ integer_to_list(N)),
                    ok = rabbit_vhost:add(Name, <<"lovage">>),
                    All = <<".*">>,
                    ok = rabbit_auth_backend_internal:set_permissions(<<"guest">>, Name, All, All, All, <<"lovage">>)
                end || N <- lists:seq(%d, %d)].
                """.formatted(first, Shared.vhosts));
        for (int made = first; made <= Shared.vhosts; made++) {
            Shared.VHOSTS.add("test-" + made);
        }
    }

    /// Whether it is installed here.
    public static boolean installed() {
        return found().findFirst().isPresent();
    }

    private static Path programs() {
        return found().findFirst()
                .orElseThrow(
                        () -> new IllegalStateException(
                                "RabbitMQ is not installed, and this test needs it. Install Debian's package rabbitmq-server, or"
                                        + " name an installation by RABBITMQ_HOME, or leave such tests out with ./check --fast."));
    }

    private static Stream<Path> found() {
        if (Peers.root().isPresent()) {
            return Stream.of(Path.of("/usr/lib/rabbitmq/bin"));
        }
        var home = System.getenv("RABBITMQ_HOME");
        return Stream.concat(
                        home == null ? Stream.empty() : Stream.of(Path.of(home, "sbin")),
                        // Debian's own rabbitmq-server on the PATH is a wrapper for root and a system user.
                        Stream.of(
                                Path.of("/usr/lib/rabbitmq/bin"),
                                Path.of("/opt/rabbitmq/sbin"),
                                Path.of("/usr/local/sbin"),
                                Path.of("/opt/homebrew/sbin")))
                .filter(folder -> Files.isExecutable(folder.resolve("rabbitmq-server"))
                        && Files.isExecutable(folder.resolve("rabbitmqctl")));
    }

    private static List<Integer> freePorts(int count) throws IOException {
        Set<ServerSocket> sockets = new HashSet<>();
        List<Integer> ports = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                sockets.add(socket);
                ports.add(socket.getLocalPort());
            }
        } finally {
            for (var socket : sockets) {
                socket.close();
            }
        }
        return ports;
    }

    private void prepare(Map<String, String> settings) throws IOException {
        Files.writeString(folder.resolve("env.conf"), "");
        Files.writeString(folder.resolve("plugins"), "[].\n");
        var lines = new StringBuilder();
        settings.forEach((name, value) -> lines.append(name)
                .append(" = ")
                .append(value.replace("${tls-port}", Integer.toString(tlsPort)))
                .append('\n'));
        Files.writeString(folder.resolve("rabbitmq.conf"), lines);
    }

    /// `amqp://guest:guest@127.0.0.1:port/`, the virtual host `/`.
    public String url() {
        return "amqp://guest:guest@127.0.0.1:" + port + "/";
    }

    public int port() {
        return port;
    }

    /// For TLS, when the settings that it was started with listen there.
    public int tlsPort() {
        return tlsPort;
    }

    /// Starts it unless it runs, and returns when it takes connections.
    public synchronized void restart() {
        if (server != null && server.isAlive()) {
            return;
        }
        try {
            Files.deleteIfExists(folder.resolve("pid"));
            var startupsBefore = startups();
            var builder = new ProcessBuilder(
                    Peers.command(List.of(programs.resolve("rabbitmq-server").toString())));
            builder.environment().putAll(environment);
            builder.redirectErrorStream(true);
            builder.redirectOutput(
                    ProcessBuilder.Redirect.appendTo(folder.resolve("out").toFile()));
            var started = builder.start();
            server = started;
            var deadline = System.nanoTime() + START.toNanos();
            // The port opens a little before the node does what rabbitmqctl wants.
            while (!answers() || startups() <= startupsBefore) {
                if (!started.isAlive() || System.nanoTime() > deadline) {
                    throw new IllegalStateException(
                            "RabbitMQ did not start. It said:\n" + Files.readString(folder.resolve("out")));
                }
                TimeUnit.MILLISECONDS.sleep(20);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("RabbitMQ did not start.", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while RabbitMQ was starting.", e);
        }
    }

    /// How often its log says that it has started.
    private long startups() throws IOException {
        var log = folder.resolve("log");
        if (!Files.isDirectory(log)) {
            return 0;
        }
        var count = 0L;
        try (var files = Files.list(log)) {
            for (var file : files.filter(Files::isRegularFile).toList()) {
                // A line that is being written may end within a character.
                count += Files.readString(file, ISO_8859_1)
                        .lines()
                        .filter(line -> line.contains("Server startup complete"))
                        .count();
            }
        }
        return count;
    }

    private boolean answers() {
        try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 500);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /// Stops it in good order.
    public synchronized void stop() {
        if (server != null && server.isAlive()) {
            control("shutdown");
            end();
        }
    }

    /// Kills it, as a power cut would; what it had not yet written is lost.
    public synchronized void kill() {
        end();
    }

    /// The script and the Erlang machine under it.
    private void end() {
        var running = server;
        server = null;
        if (running == null) {
            return;
        }
        var all = Stream.concat(running.descendants(), Stream.of(running.toHandle()))
                .toList();
        all.forEach(ProcessHandle::destroyForcibly);
        all.forEach(one -> one.onExit().orTimeout(20, TimeUnit.SECONDS).join());
    }

    /// Erlang's port mapper outlives the server that started it. It ends only when no server is registered.
    private void endPortMapper() {
        var builder = new ProcessBuilder(Peers.command(List.of("epmd", "-kill")));
        builder.environment().putAll(environment);
        builder.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD);
        try {
            builder.start().onExit().orTimeout(10, TimeUnit.SECONDS).join();
        } catch (IOException e) {
            // It is not on the PATH; it holds one port and does nothing.
        }
    }

    /// Runs `rabbitmqctl` with these arguments.
    ///
    /// @return what it printed
    /// @throws IllegalStateException if it fails
    public String control(String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(programs.resolve("rabbitmqctl").toString());
        command.addAll(List.of(arguments));
        var builder = new ProcessBuilder(Peers.command(command));
        builder.environment().putAll(environment);
        builder.redirectErrorStream(true);
        try {
            var process = builder.start();
            process.getOutputStream().close();
            var output = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
            if (!process.waitFor(COMMAND.toSeconds(), TimeUnit.SECONDS) || process.exitValue() != 0) {
                process.destroyForcibly();
                throw new IllegalStateException(String.join(" ", arguments) + " failed:\n" + output);
            }
            return output;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while rabbitmqctl was running.", e);
        }
    }

    /// Gives all queues with such names these arguments, as an operator would.
    ///
    /// @param pattern a regular expression
    /// @param definition JSON, such as `{"delivery-limit": 3}`
    public void policy(String name, String pattern, String definition) {
        control("set_policy", name, pattern, definition, "--apply-to", "queues");
    }

    /// Closes every connection from the broker's side.
    public void closeConnections() {
        control("close_all_connections", "closed by a test");
    }

    /// Raises the memory alarm, so that whoever publishes is blocked, or ends it.
    public void memoryAlarm(boolean raised) {
        control("set_vm_memory_high_watermark", raised ? "0.0000001" : "0.6");
    }

    @Override
    public synchronized void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException e) {
            // The JVM is ending.
        }
        remove();
    }

    private void remove() {
        end();
        endPortMapper();
        if (!Files.exists(folder)) {
            return;
        }
        try (var files = Files.walk(folder)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("The folder " + folder + " could not be deleted.", e);
        }
    }
}
