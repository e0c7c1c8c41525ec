package dev.lovage.proof.bench;

import dev.lovage.proof.load.ServerProcess;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// How long the programs take to start.
final class StartUp {
    private static final int TIMES = 15;
    private static final int SERVERS = 5;

    private StartUp() {}

    static void measure(Place place) throws Exception {
        var data = place.fresh("start");
        var up = new Latencies();
        for (int i = 0; i < SERVERS; i++) {
            up.time(() -> {
                try (var server = ServerProcess.start(place.launcher(), data, Optional.empty())) {
                    server.awaitReady();
                }
            });
        }
        Bench.line("`./lovage up` to the first 200 of /health/ready", up.toString());
        var status = new Latencies();
        for (int i = 0; i < TIMES; i++) {
            status.time(() -> program(place.launcher(), "status", "--data", data.toString()));
        }
        Bench.line("`./lovage status`, the whole program", status.toString());
    }

    static void program(Path launcher, String... words) throws Exception {
        var command = new java.util.ArrayList<>(List.of(launcher.toString()));
        command.addAll(List.of(words));
        var code = new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start()
                .waitFor();
        if (code != 0) {
            throw new IllegalStateException(command + " ended with " + code + ".");
        }
    }
}
