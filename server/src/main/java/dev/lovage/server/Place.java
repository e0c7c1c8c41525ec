package dev.lovage.server;

import dev.lovage.engine.settings.Origin;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/// The options that `up` and `demo` share: which data, and where to serve.
final class Place {
    private static final Path CONFIG = Path.of("lovage.yaml");

    @CommandLine.Option(
            names = "--data",
            paramLabel = "DIR",
            description = "the data folder (default: lovage-data, or what the settings say)")
    private @Nullable Path data;

    @CommandLine.Option(
            names = "--config",
            paramLabel = "FILE",
            description = "the settings; lovage.yaml if there is one. The environment overrides it")
    private @Nullable Path config;

    @CommandLine.Option(
            names = "--port",
            paramLabel = "N",
            defaultValue = "8765",
            description = "the port to serve on; 0 takes a free one (default: ${DEFAULT-VALUE})")
    private int port;

    @CommandLine.Option(
            names = "--host",
            paramLabel = "NAME",
            defaultValue = "127.0.0.1",
            description = "127.0.0.1, ::1 or localhost; others are refused until there is authentication")
    private String host = "127.0.0.1";

    @CommandLine.Option(names = "--verbose", description = "log everything")
    private boolean verbose;

    /// The command line beats the environment, which beats the file, which beats the presets.
    Settings settings(Map<String, String> environment) {
        var read = Optional.ofNullable(config)
                .or(() -> Files.exists(CONFIG) ? Optional.of(CONFIG) : Optional.empty())
                .map(Settings::read)
                .orElseGet(() -> Settings.of(Map.of()))
                .overriddenBy(environment);
        return Optional.ofNullable(data)
                .map(folder -> read.with(Setting.DATA, folder.toString(), Origin.option("--data")))
                .orElse(read);
    }

    int port() {
        return port;
    }

    /// @throws IllegalArgumentException for an address that others could reach
    String host() {
        return switch (host) {
            case "127.0.0.1", "localhost" -> "127.0.0.1";
            case "::1", "[::1]" -> "::1";
            default ->
                throw new IllegalArgumentException("This version has no authentication, so it serves on loopback"
                        + " only: 127.0.0.1, ::1 or localhost, but --host is " + host
                        + ". Nothing was started. Leave --host"
                        + " out, and reach it from elsewhere through ssh -L " + port + ":127.0.0.1:" + port
                        + " SERVER.");
        };
    }

    boolean verbose() {
        return verbose;
    }
}
