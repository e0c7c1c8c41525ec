package dev.lovage.proof.bench;

import dev.lovage.archive.ingest.Archival;
import dev.lovage.archive.ingest.ComputeTasks;
import dev.lovage.engine.process.ProcessPool;
import dev.lovage.engine.settings.Settings;
import dev.lovage.testkit.Eventually;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;

/// How long a child process of the archive takes from its start until it says that it is ready, with the cache of
/// loaded
/// classes and without.
final class SpawnTimes {
    private static final int TIMES = 25;
    private static final Duration TRAINED_WITHIN = Duration.ofMinutes(3);

    private SpawnTimes() {}

    static void measure(Place place) throws Exception {
        var folder = place.fresh("spawn");
        var settings = Settings.embedded(Files.createDirectory(folder.resolve("data")));
        try (var _ = open(settings)) {
            Eventually.until(
                    "the cache is made (the class path must be of jars alone)",
                    TRAINED_WITHIN,
                    () -> trained(settings.data()),
                    () -> System.getProperty("java.class.path"));
        }
        var with = new Latencies();
        var without = new Latencies();
        for (int i = 0; i < TIMES; i++) { // they take turns, so that what else the machine does meets both
            time(settings, with);
            // Where there is no data folder yet, there is no cache.
            time(Settings.embedded(folder.resolve("none" + i)), without);
        }
        Bench.line("a child until it is ready, without the cache", without.toString());
        Bench.line("a child until it is ready, with the cache", with.toString());
    }

    private static ProcessPool open(Settings settings) {
        return ProcessPool.open(
                settings,
                Set.of(ComputeTasks.class),
                Set.of(Archival.RUN_OCR_PIPELINE.name().value()),
                1,
                true);
    }

    private static void time(Settings settings, Latencies latencies) throws Exception {
        var start = System.nanoTime();
        try (var _ = open(settings)) { // returns when the first child is ready
            latencies.add(Duration.ofNanos(System.nanoTime() - start));
        }
    }

    private static boolean trained(Path data) {
        var folder = data.resolve("children");
        if (!Files.isDirectory(folder)) {
            return false;
        }
        try (var files = Files.list(folder)) {
            return files.anyMatch(file -> file.toString().endsWith(".aot"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
