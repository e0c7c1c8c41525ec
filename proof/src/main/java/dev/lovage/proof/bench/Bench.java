package dev.lovage.proof.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/// Measures what was named, or everything, and prints the lines of a Markdown table. Judges nothing.
///
/// Arguments: a folder on the disk to measure, the launcher `lovage`, then any of `queue`, `chord`, `accept`, `beside`,
/// `start`, `archive`, `children`.
public final class Bench {
    private static final List<String> ALL =
            List.of("queue", "chord", "accept", "beside", "start", "archive", "children");

    private Bench() {}

    public static void main(String[] args) throws Exception {
        var names = args.length > 2 ? List.of(args).subList(2, args.length) : ALL;
        if (!ALL.containsAll(names)) {
            throw new IllegalArgumentException(
                    "Known measurements are " + ALL + ", but asked for were " + names + ". Nothing was measured.");
        }
        try (var place = new Place(Files.createDirectories(Path.of(args[0])), Path.of(args[1]))) {
            var machine = java.lang.management.ManagementFactory.getOperatingSystemMXBean();
            line(
                    "machine",
                    String.format(
                            Locale.ROOT,
                            "%d cores, load average %.1f, JDK %s",
                            machine.getAvailableProcessors(),
                            machine.getSystemLoadAverage(),
                            Runtime.version()));
            line("fdatasync of 4 KiB", place.syncsPerSecond() + "/s");
            for (var name : names) {
                switch (name) {
                    case "queue" -> QueueRates.measure(place);
                    case "chord" -> ChordCosts.measure(place);
                    case "accept" -> AcceptLatency.measure(place);
                    case "beside" -> WriteBeside.measure(place);
                    case "start" -> StartUp.measure(place);
                    case "archive" -> ArchiveRates.measure(place);
                    case "children" -> HarmInChildren.measure(place);
                    default -> throw new IllegalStateException(name);
                }
            }
            line("fdatasync of 4 KiB, at the end", place.syncsPerSecond() + "/s");
            line("load average at the end", String.format(Locale.ROOT, "%.1f", machine.getSystemLoadAverage()));
        }
    }

    static void line(String what, String figure) {
        System.out.println("| " + what + " | " + figure + " |");
    }
}
