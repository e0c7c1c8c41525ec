package dev.lovage.proof.bench;

import dev.lovage.cli.Main;
import dev.lovage.engine.Lovage;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.task.Task;
import dev.lovage.proof.load.Sender;
import dev.lovage.proof.load.ServerProcess;
import dev.lovage.records.Records;
import dev.lovage.records.intake.Agency;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/// How long a write of another process takes beside a server that takes in and works off as much as it can: the write
/// alone, the command with opening and closing the data, and the whole program.
final class WriteBeside {
    private static final int CLIENTS = 32;
    private static final int WRITES = 500;
    private static final int COMMANDS = 60;
    private static final int PROGRAMS = 15;
    private static final Task<String, String> CALLED = Task.named("bench.called", String.class, String.class);

    private WriteBeside() {}

    static void measure(Place place) throws Exception {
        var broker = place.sqlite();
        try (var server =
                ServerProcess.start(place.launcher(), broker.settings().data(), broker.config())) {
            server.awaitReady();
            var sender = new Sender(server);
            var done = new AtomicBoolean();
            var seeds = new AtomicInteger(100);
            var accepted = new AtomicInteger();
            try (var load = Executors.newVirtualThreadPerTaskExecutor()) {
                for (int i = 0; i < CLIENTS; i++) {
                    load.submit(() -> {
                        while (!done.get()) {
                            var waiting = AcceptLatency.requests(seeds.incrementAndGet(), 50);
                            for (var next = waiting.poll(); next != null && !done.get(); next = waiting.poll()) {
                                sender.send(next);
                                accepted.incrementAndGet();
                            }
                        }
                        return null;
                    });
                }
                var start = System.nanoTime();
                try {
                    writes(broker.settings());
                    commands(broker.settings().data());
                    programs(place.launcher(), broker.settings().data());
                } finally {
                    done.set(true);
                }
                Bench.line(
                        "the load meanwhile, " + CLIENTS + " clients",
                        accepted.get() * 1_000_000_000L / (System.nanoTime() - start) + " accepted/s");
            }
        }
    }

    private static void writes(Settings settings) throws Exception {
        try (var lovage = Lovage.open(settings, InstantSource.system())) {
            var freeze = Records.open(lovage, Agency.sample(), InstantSource.system())
                    .freeze();
            var freezing = new Latencies();
            var calling = new Latencies();
            for (int i = 0; i < WRITES; i++) {
                freezing.time(() -> freeze.on("measured", "bench"));
                freeze.off("measured", "bench");
                calling.time(() -> lovage.send(CALLED.with("x").queue("bench")));
            }
            Bench.line("beside full load, the write of `freeze on`", freezing.toString());
            Bench.line("beside full load, the write of `call`", calling.toString());
        }
    }

    private static void commands(Path data) throws Exception {
        var freezing = new Latencies();
        var calling = new Latencies();
        for (int i = 0; i < COMMANDS; i++) {
            freezing.time(() -> command(data, "freeze", "on", "--reason", "measured"));
            command(data, "freeze", "off", "--reason", "measured");
            calling.time(() -> command(data, "call", "bench.called", "-a", "[\"x\"]", "--queue", "bench"));
        }
        Bench.line("beside full load, the command `freeze on` in a running JVM", freezing.toString());
        Bench.line("beside full load, the command `call` in a running JVM", calling.toString());
    }

    private static void command(Path data, String... words) {
        var nowhere = new PrintWriter(Writer.nullWriter());
        var args = new java.util.ArrayList<>(List.of(words));
        args.addAll(List.of("--data", data.toString()));
        var code = Main.run(Map.of(), nowhere, nowhere, args.toArray(String[]::new));
        if (code != 0) {
            throw new IllegalStateException(args + " ended with " + code + ".");
        }
    }

    private static void programs(Path launcher, Path data) throws Exception {
        var calling = new Latencies();
        for (int i = 0; i < PROGRAMS; i++) {
            calling.time(() -> StartUp.program(
                    launcher, "call", "bench.called", "-a", "[\"x\"]", "--queue", "bench", "--data", data.toString()));
        }
        Bench.line("beside full load, the program `./lovage call`, JVM start included", calling.toString());
    }
}
