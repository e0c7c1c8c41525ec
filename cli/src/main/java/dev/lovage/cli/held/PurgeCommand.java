package dev.lovage.cli.held;

import dev.lovage.cli.data.Installed;
import dev.lovage.cli.terminal.CommandFailed;
import dev.lovage.cli.terminal.Setup;
import dev.lovage.custody.review.Reviewer;
import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.store.Held;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Empties a queue of what waits in it. What is accepted is not simply deleted: there is a reason, everything
/// is exported first, and nothing is purged during a freeze, when work waits because it must.
@Command(name = "purge", description = "empty a queue: exports what waits in it, then ends it; needs --reason")
public final class PurgeCommand implements Runnable {
    private static final Set<Custody> WAITING = Set.of(Custody.READY, Custody.TIMER);
    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmssSSS'Z'").withZone(ZoneOffset.UTC);

    private final Setup setup;

    @Parameters(paramLabel = "QUEUE", description = "the queue")
    private String queue = "";

    @Option(names = "--reason", paramLabel = "TEXT", description = "required")
    private Optional<String> reason = Optional.empty();

    @Option(
            names = {"-f", "--force"},
            description = "do not ask")
    private boolean force;

    @Option(names = "--reviewer", paramLabel = "ID", description = "who decided; recorded as claimed")
    private Optional<String> reviewer = Optional.empty();

    public PurgeCommand(Setup setup) {
        this.setup = setup;
    }

    @Override
    public void run() {
        var why = reason.filter(text -> !text.isBlank())
                .orElseThrow(() -> CommandFailed.refused(
                        "Purging ends accepted work, so it needs a reason: give --reason. Nothing was purged."));
        try (var lovage = setup.existing()) {
            Installed.records(lovage, setup.clock())
                    .map(records -> records.freeze().status())
                    .filter(status -> status.frozen())
                    .ifPresent(status -> {
                        throw CommandFailed.refused("Intake is frozen (" + status.reason() + ", by " + status.by()
                                + "), and nothing is purged during a freeze. Nothing was purged.");
                    });
            var waiting = lovage.backbone().store().held(WAITING, Integer.MAX_VALUE).stream()
                    .filter(one -> one.message().queue().equals(queue))
                    .toList();
            if (waiting.isEmpty()) {
                answer(0, Optional.empty());
                return;
            }
            confirm(waiting.size());
            var file = export(lovage.settings().data().resolve("exports"), waiting);
            var by = new Reviewer(reviewer, System.getProperty("user.name", "unknown")).reference();
            answer(lovage.backbone().broker().purge(queue, why, by), Optional.of(file));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(
                    "The export could not be written: " + e.getMessage() + ". Nothing was purged.", e);
        }
    }

    private void answer(int purged, Optional<Path> file) {
        if (setup.json()) {
            setup.printJson(Map.of("queue", queue, "purged", purged, "export", file.map(Path::toString)));
        } else if (file.isEmpty()) {
            setup.print("Nothing waits in " + queue + ".");
        } else {
            setup.print("Purged " + purged + " from " + queue + ". Exported to " + file.get() + ".");
        }
    }

    private void confirm(int count) {
        if (force) {
            return;
        }
        var console = System.console();
        if (console == null || !console.isTerminal()) {
            throw CommandFailed.refused(count + " entries wait in " + queue
                    + ", and there is no terminal to ask at. Give --force to purge them. Nothing was purged.");
        }
        var answer = console.readLine("Export and end %d entries of the queue %s? [yes/no] ", count, queue);
        if (answer == null || !answer.equalsIgnoreCase("yes")) {
            throw CommandFailed.refused("Nothing was purged.");
        }
    }

    /// One JSON object a line, durable before this returns.
    private Path export(Path folder, List<Held> entries) throws IOException {
        Files.createDirectories(
                folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        var file = folder.resolve("purge-" + queue.replaceAll("[^A-Za-z0-9_.-]", "_") + "-"
                + STAMP.format(setup.clock().instant()) + ".jsonl");
        try (var channel = FileChannel.open(
                        file,
                        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
                var writer = Channels.newWriter(channel, StandardCharsets.UTF_8)) {
            for (var entry : entries) {
                writer.write(Waiting.export(entry));
                writer.write('\n');
            }
            writer.flush();
            channel.force(true);
        }
        return file;
    }
}
