package dev.lovage.engine.process;

import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// Starts child processes, each in a session of its own, all from one platform thread that lives as long as the
/// worker: what Linux ties to the thread that started a process must not end before the worker does.
///
/// The command line shows the class path and options of the virtual machine, and nothing of the settings: they
/// go over the pipe. Variables of the environment that hold settings are taken away.
final class Spawner implements AutoCloseable {
    /// Frames go over descriptors of their own, so that they can't mix with what is printed.
    private static final String DESCRIPTORS =
            "ulimit -c 0; exec \"$0\" \"$@\" " + ChildMain.INPUT + "<&0 " + ChildMain.OUTPUT + ">&1 0</dev/null 1>&2";

    private final List<String> command;
    private final AotCache cache;
    private final ExecutorService thread = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("lovage-spawn").daemon().factory());

    /// A process that has been started.
    record Started(Process process, Session session) {}

    private Spawner(List<String> command, AotCache cache) {
        this.command = command;
        this.cache = cache;
    }

    /// @param heapBytesMax of each child's heap
    static Spawner of(List<Path> classPath, long heapBytesMax, AotCache cache) {
        var command = new ArrayList<String>();
        command.addAll(List.of(setsid().orElseThrow().toString(), "sh", "-c", DESCRIPTORS));
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(cache.options());
        command.addAll(List.of(
                "-Xmx" + heapBytesMax / 1024 + "k",
                "-XX:+UseSerialGC",
                "-XX:+ExitOnOutOfMemoryError",
                "-XX:ErrorFile=/dev/null", // what counts is said on the standard error stream, too
                "-XX:-UsePerfData",
                "-Djava.awt.headless=true",
                "-Djava.io.tmpdir=" + System.getProperty("java.io.tmpdir"),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                String.join(
                        File.pathSeparator,
                        classPath.stream().map(Path::toString).toList()),
                ChildMain.class.getName()));
        return new Spawner(List.copyOf(command), cache);
    }

    /// What keeps this machine from having child processes, if something does.
    static Optional<String> missing() {
        if (!System.getProperty("os.name").toLowerCase(Locale.ROOT).equals("linux")) {
            return Optional.of("child processes are watched by way of /proc, which only Linux has, and this is "
                    + System.getProperty("os.name"));
        }
        return setsid().isPresent()
                ? Optional.empty()
                : Optional.of("the program setsid was not found; it is in the package util-linux");
    }

    private static Optional<Path> setsid() {
        return List.of((System.getenv().getOrDefault("PATH", "") + ":/usr/bin:/bin").split(":")).stream()
                .filter(folder -> !folder.isEmpty())
                .map(folder -> Path.of(folder, "setsid"))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /// This process's class path, and what the class loaders of the providers add to it.
    ///
    /// @throws IllegalStateException if a provider comes from a class loader that can't be followed
    static List<Path> classPath(Set<ClassLoader> loaders) {
        var path = new ArrayList<Path>();
        for (var part : System.getProperty("java.class.path").split(File.pathSeparator)) {
            path.add(Path.of(part).toAbsolutePath());
        }
        for (var given : loaders) {
            for (ClassLoader loader = given;
                    loader != null && loader != ClassLoader.getSystemClassLoader();
                    loader = loader.getParent()) {
                if (!(loader instanceof URLClassLoader urls)) {
                    throw new IllegalStateException("The class loader " + loader + " of a task provider can't be passed"
                            + " on to child processes, which have a class path. Nothing was started. Use a pool of"
                            + " threads.");
                }
                for (var url : urls.getURLs()) {
                    try {
                        path.add(Path.of(url.toURI()).toAbsolutePath());
                    } catch (URISyntaxException | IllegalArgumentException e) {
                        throw new IllegalStateException(
                                "The class path of a task provider holds " + url
                                        + ", which is no file. Nothing was started.",
                                e);
                    }
                }
            }
        }
        return path.stream().distinct().toList();
    }

    /// Runs on the spawning thread.
    void execute(Runnable start) {
        thread.execute(start);
    }

    /// Called on the spawning thread.
    Started start() throws IOException {
        return start(command);
    }

    private static Started start(List<String> command) throws IOException {
        var token = UUID.randomUUID().toString();
        var builder = new ProcessBuilder(command);
        builder.environment().keySet().removeIf(Spawner::holdsSetting);
        builder.environment().put(Session.VARIABLE, token);
        var process = builder.start();
        return new Started(process, new Session(process.pid(), token));
    }

    /// A process that makes the cache while it runs. Called on the spawning thread.
    Started train(Path output) throws IOException {
        var training = new ArrayList<>(command);
        training.removeAll(cache.options());
        training.add(training.indexOf("-XX:+UseSerialGC"), "-XX:AOTCacheOutput=" + output);
        return start(training);
    }

    AotCache cache() {
        return cache;
    }

    private static boolean holdsSetting(String variable) {
        return variable.startsWith("LOVAGE_") && !variable.startsWith("LOVAGE_JAVA_")
                || variable.equals("CELERY_BROKER_URL")
                || variable.equals("CELERY_RESULT_BACKEND");
    }

    @Override
    public void close() {
        thread.shutdown();
    }
}
