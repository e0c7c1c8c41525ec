package dev.lovage.engine.control;

import dev.lovage.engine.json.Json;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.TimeZone;
import tools.jackson.databind.node.ArrayNode;

/// What Celery's events and inspections say about the machine and the process.
final class Host {
    private Host() {}

    /// Whole hours west of UTC, rounded down, as Python's. Whoever receives an event moves its time by the
    /// difference to its own: a machine among Python's has to say the same as they do.
    static int hoursWest(Instant now) {
        return Math.floorDiv(-TimeZone.getDefault().getOffset(now.toEpochMilli()), 3_600_000);
    }

    /// Of the last 1, 5 and 15 minutes; where only the first is known, that one three times.
    static ArrayNode load() {
        var loads = Json.array();
        try {
            var words = Files.readString(Path.of("/proc/loadavg")).split(" ");
            for (int i = 0; i < 3; i++) {
                loads.add(Math.ceil(Double.parseDouble(words[i]) * 100) / 100);
            }
        } catch (IOException | RuntimeException e) {
            var load = Math.max(0, ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
            loads.removeAll().add(load).add(load).add(load);
        }
        return loads;
    }

    /// Such as `Linux`.
    static String system() {
        return System.getProperty("os.name", "");
    }

    /// Of Lovage; `0` where it runs from classes.
    static String version() {
        return Optional.ofNullable(Host.class.getPackage().getImplementationVersion())
                .orElse("0");
    }

    /// Memory of this process in Celery's form, such as `53.12MB`.
    static Optional<String> memory() {
        try (var lines = Files.lines(Path.of("/proc/self/status"))) {
            return lines.filter(line -> line.startsWith("VmRSS:"))
                    .map(line -> Long.parseLong(line.replaceAll("\\D", "")))
                    .map(kibibytes -> String.format(Locale.ROOT, "%.2fMB", kibibytes / 1024.0))
                    .findFirst();
        } catch (IOException | RuntimeException e) {
            return Optional.empty();
        }
    }

    static long pid() {
        return ProcessHandle.current().pid();
    }
}
