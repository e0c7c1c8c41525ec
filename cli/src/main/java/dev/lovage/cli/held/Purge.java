package dev.lovage.cli.held;

import dev.lovage.cli.data.Installed;
import dev.lovage.cli.terminal.CommandFailed;
import dev.lovage.cli.terminal.Setup;
import dev.lovage.custody.review.Reviewer;
import dev.lovage.engine.Lovage;
import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.broker.Export;
import dev.lovage.engine.broker.QueueState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// Empties queues of what waits in them, also of what Python sent and no worker of ours has seen. What is accepted is
/// not
/// simply deleted: there is a reason and somebody who gives it, everything is exported before it ends, and nothing is
/// purged during a freeze, when work waits because it must.
public final class Purge {
    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmssSSS'Z'").withZone(ZoneOffset.UTC);

    private final Setup setup;
    private final Lovage lovage;
    private final String reason;
    private final String by;

    private Purge(Setup setup, Lovage lovage, String reason, String by) {
        this.setup = setup;
        this.lovage = lovage;
        this.reason = reason;
        this.by = by;
    }

    /// @param export one JSON object a line; empty where nothing waited
    public record Purged(String queue, int purged, Optional<Path> export) {
        public String words() {
            return export.map(file -> "Purged " + purged + " from " + queue + ". Exported to " + file + ".")
                    .orElse("Nothing waits in " + queue + ".");
        }
    }

    /// @param reviewer who decided, as claimed
    /// @throws CommandFailed without a reason, without a store, and while intake is frozen
    public static Purge allowed(Setup setup, Lovage lovage, Optional<String> reason, Optional<String> reviewer) {
        var why = reason(reason);
        if (!lovage.backbone().store().remembers()) {
            throw CommandFailed.refused("What is purged is first recorded with its bytes in a store, and store_url is"
                    + " none. Nothing was purged. `rabbitmqctl purge_queue` ends what lies in a queue, without a"
                    + " record.");
        }
        Installed.records(lovage, setup.clock())
                .map(records -> records.freeze().status())
                .filter(status -> status.frozen())
                .ifPresent(status -> {
                    throw CommandFailed.refused("Intake is frozen (" + status.reason() + ", by " + status.by()
                            + "), and nothing is purged during a freeze. Nothing was purged.");
                });
        var by = new Reviewer(reviewer, System.getProperty("user.name", "unknown")).reference();
        return new Purge(setup, lovage, why, by);
    }

    /// @throws CommandFailed if none is given
    static String reason(Optional<String> reason) {
        return reason.filter(text -> !text.isBlank())
                .orElseThrow(() -> CommandFailed.refused(
                        "Purging ends accepted work, so it needs a reason: give --reason. Nothing was purged."));
    }

    /// How many entries wait in a queue, here and at the broker.
    long waiting(String queue) {
        var state = Optional.ofNullable(
                lovage.backbone().broker().queues(Set.of(queue)).get(queue));
        return state.map(Purge::waiting).orElse(0L);
    }

    private static long waiting(QueueState state) {
        return state.count(Custody.READY) + state.count(Custody.TIMER);
    }

    public List<Purged> all(Set<String> queues) {
        return queues.stream().sorted().map(this::queue).toList();
    }

    Purged queue(String queue) {
        if (waiting(queue) == 0) {
            return new Purged(queue, 0, Optional.empty());
        }
        var file = lovage.settings()
                .data()
                .resolve("exports")
                .resolve("purge-" + queue.replaceAll("[^A-Za-z0-9_.-]", "_") + "-"
                        + STAMP.format(setup.clock().instant()) + ".jsonl");
        try (var channel = open(file)) {
            var purged = lovage.backbone().broker().purge(queue, reason, by, exportTo(channel, file));
            return new Purged(queue, purged, Optional.of(file));
        } catch (IOException e) {
            throw new UncheckedIOException(notWritten(file, e), e);
        }
    }

    private static FileChannel open(Path file) throws IOException {
        Files.createDirectories(
                Optional.ofNullable(file.getParent()).orElseThrow(),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        return FileChannel.open(
                file,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }

    /// One JSON object a line, durable before it returns.
    private Export exportTo(FileChannel channel, Path file) {
        return tags -> {
            var lines = tags.stream()
                    .flatMap(tag -> lovage.backbone().store().find(tag).stream())
                    .map(Waiting::export)
                    .collect(Collectors.joining("\n", "", "\n"));
            try {
                for (var bytes = ByteBuffer.wrap(lines.getBytes(StandardCharsets.UTF_8)); bytes.hasRemaining(); ) {
                    channel.write(bytes);
                }
                channel.force(true);
            } catch (IOException e) {
                throw new UncheckedIOException(notWritten(file, e), e);
            }
        };
    }

    private static String notWritten(Path file, IOException e) {
        return "The export " + file + " could not be written: " + e.getMessage()
                + ". What it does not hold was not purged.";
    }
}
