package dev.lovage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.cli.sample.SampleTasks;
import dev.lovage.cli.terminal.ExitCode;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// A process with `lovage worker`, or another command that runs until it is told to stop.
///
/// @param banner what it said until it was ready
record WorkerProcess(Process process, String banner) implements AutoCloseable {
    /// @param log gets its standard error
    static WorkerProcess start(Path data, Path log, Map<String, String> environment, List<String> words)
            throws IOException {
        return start("worker", data, log, environment, words);
    }

    static WorkerProcess start(String name, Path data, Path log, Map<String, String> environment, List<String> words)
            throws IOException {
        var command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                name,
                "--data",
                data.toString()));
        command.addAll(words);
        var builder = new ProcessBuilder(command).redirectError(log.toFile());
        builder.environment().putAll(environment);
        var process = builder.start();
        return new WorkerProcess(process, banner(process));
    }

    /// A class path with providers listed, as somebody's jar has it.
    static String app(Path folder, List<Class<?>> providers) throws IOException, URISyntaxException {
        var services = folder.resolve("app/META-INF/services");
        Files.createDirectories(services);
        Files.write(
                services.resolve("dev.lovage.engine.task.TaskProvider"),
                providers.stream().map(Class::getName).toList());
        var classes = Path.of(SampleTasks.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        return folder.resolve("app") + File.pathSeparator + classes;
    }

    private static String banner(Process process) throws IOException {
        var banner = new StringBuilder();
        var reader = process.inputReader();
        for (var line = reader.readLine(); line != null; line = reader.readLine()) {
            banner.append(line).append('\n');
            if (line.startsWith("Ready.")) {
                break;
            }
        }
        return banner.toString();
    }

    /// Ends it as the system does, and expects that it ends well.
    void stop() throws InterruptedException {
        process.destroy();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(ExitCode.OK.number());
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
