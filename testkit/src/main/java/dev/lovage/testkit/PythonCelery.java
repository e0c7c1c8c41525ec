package dev.lovage.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/// Real Celery, run by the system's Python: workers, and pieces of Python, against a broker and a result
/// backend that both have as environment variables `BROKER_URL` and `RESULT_URL`. All that they print is kept.
/// What was started ends with [#close].
public final class PythonCelery implements AutoCloseable {
    private static final String PYTHON = "/usr/bin/python3";
    private static final String APP = "app";

    private final Path folder;
    private final String brokerUrl;
    private final String resultUrl;
    private final List<Running> all = new CopyOnWriteArrayList<>();

    private PythonCelery(Path folder, String brokerUrl, String resultUrl) {
        this.folder = folder;
        this.brokerUrl = brokerUrl;
        this.resultUrl = resultUrl;
    }

    /// @param app the text of the module `app`, which makes a Celery app called `app` out of the two variables;
    ///     pieces of Python import it
    /// @throws IllegalStateException if Python or Celery isn't installed
    public static PythonCelery with(String brokerUrl, String resultUrl, String app) {
        try {
            var folder = Files.createTempDirectory("lovage-celery");
            Files.writeString(folder.resolve(APP + ".py"), app);
            var celery = new PythonCelery(folder, brokerUrl, resultUrl);
            celery.check();
            return celery;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The version of Celery that is installed.
    public String version() {
        return run("import celery; print(celery.__version__)").getLast();
    }

    /// Starts a worker and returns when it is ready.
    ///
    /// @param arguments such as `--pool=solo`, `-Q`, `one,two`; it has one process unless they say otherwise
    public Running worker(String... arguments) {
        var command = new ArrayList<>(List.of(
                PYTHON,
                "-m",
                "celery",
                "-A",
                APP,
                "worker",
                "-l",
                "INFO",
                "-c",
                "1",
                "-n",
                "worker" + all.size() + "@%h"));
        command.addAll(List.of(arguments));
        var worker = launch(command);
        worker.says(" ready.");
        return worker;
    }

    /// Starts a command of Celery's own command line, such as `status`, or `inspect`, `ping`.
    public Running celery(String... arguments) {
        var command = new ArrayList<>(List.of(PYTHON, "-m", "celery", "-A", APP));
        command.addAll(List.of(arguments));
        return launch(command);
    }

    /// Starts a piece of Python, which goes on beside the test.
    public Running start(String snippet, String... arguments) {
        try {
            var file = Files.createTempFile(folder, "snippet", ".py");
            Files.writeString(file, snippet);
            var command = new ArrayList<>(List.of(PYTHON, "-u", file.toString()));
            command.addAll(List.of(arguments));
            return launch(command);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Runs a piece of Python to its end.
    ///
    /// @param arguments its `sys.argv[1:]`
    /// @return what it printed, line by line
    /// @throws AssertionError with all that it printed, if it fails or takes more than a minute
    public List<String> run(String snippet, String... arguments) {
        var running = start(snippet, arguments);
        int code = running.ends();
        if (code != 0) {
            throw new AssertionError("Python ended with " + code + ": " + running.output());
        }
        return running.output();
    }

    private void check() {
        if (!Files.isExecutable(Path.of(Peers.root().orElse("/"), PYTHON))
                || start("import celery, kombu").ends() != 0) {
            close();
            throw new IllegalStateException("Python's Celery is missing. Install Debian's packages python3-celery and"
                    + " python3-redis, as ./check does, or leave these tests out with ./check --fast.");
        }
    }

    private Running launch(List<String> command) {
        try {
            var builder = new ProcessBuilder(Peers.command(command))
                    .directory(folder.toFile())
                    .redirectErrorStream(true);
            var environment = builder.environment();
            environment.put("BROKER_URL", brokerUrl);
            environment.put("RESULT_URL", resultUrl);
            environment.put("PYTHONPATH", folder.toString());
            environment.put("PYTHONUNBUFFERED", "1");
            environment.put("PYTHONIOENCODING", "utf-8");
            environment.put("PYTHONDONTWRITEBYTECODE", "1");
            environment.put("C_FORCE_ROOT", "1");
            var running = new Running(builder.start());
            all.add(running);
            return running;
        } catch (IOException e) {
            throw new IllegalStateException("Python can't be started: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        all.forEach(Running::close);
        try (var files = Files.walk(folder)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// A process that was started here, with its children.
    public static final class Running implements AutoCloseable {
        private final Process process;
        private final List<String> lines = new CopyOnWriteArrayList<>();
        private final Thread reader;

        private Running(Process process) {
            this.process = process;
            this.reader = Thread.ofVirtual().start(() -> {
                try (var said = process.inputReader(StandardCharsets.UTF_8)) {
                    said.lines().forEach(lines::add);
                } catch (IOException | UncheckedIOException e) {
                    lines.add("(its output ended with " + e + ")");
                }
            });
        }

        /// Waits for a line that holds `text`, from the beginning of its output.
        ///
        /// @throws AssertionError with its output, if it ends without it
        public String says(String text) {
            Eventually.until(
                    "Python says '" + text + "'",
                    () -> find(text).isPresent() || !reader.isAlive(),
                    () -> String.join("\n", lines));
            return find(text)
                    .orElseThrow(() -> new AssertionError(
                            "Python ended without saying '" + text + "': " + String.join("\n", lines)));
        }

        private Optional<String> find(String text) {
            return lines.stream().filter(line -> line.contains(text)).findFirst();
        }

        /// What it has printed so far, errors included.
        public List<String> output() {
            return List.copyOf(lines);
        }

        public boolean alive() {
            return process.isAlive();
        }

        /// Waits until it has ended.
        ///
        /// @return its exit code
        public int ends() {
            try {
                if (!process.waitFor(60, TimeUnit.SECONDS)) {
                    throw new AssertionError("Python has not ended within 60 s: " + String.join("\n", lines));
                }
                reader.join();
                return process.exitValue();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }

        /// SIGKILL to it and its children: nothing is given back.
        public void kill() {
            var children = process.descendants().toList();
            process.destroyForcibly();
            children.forEach(ProcessHandle::destroyForcibly);
            ends();
        }

        /// SIGTERM, on which a worker finishes what it runs; SIGKILL to what is still there after ten seconds.
        @Override
        public void close() {
            var children = process.descendants().toList();
            process.toHandle().destroy(); // Process.destroy would close its output, and Python die of its last words
            try {
                if (!process.waitFor(10, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                process.destroyForcibly();
            }
            children.forEach(ProcessHandle::destroyForcibly);
            ends();
        }
    }
}
