package dev.lovage.cli.archive;

import dev.lovage.archive.batch.Batch;
import dev.lovage.archive.batch.Item;
import dev.lovage.archive.event.Recorded;
import dev.lovage.cli.terminal.Setup;
import dev.lovage.cli.terminal.Table;
import dev.lovage.cli.terminal.Words;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;

/// A batch with its files, as `archive status` and `archive ingest --wait` tell of it.
///
/// @param steps what was done for the batch as a whole
record Shown(
        String id,
        int generation,
        UUID key,
        Batch.State state,
        Optional<String> reason,
        Instant receivedAt,
        Instant updatedAt,
        String folder,
        int runs,
        Optional<String> packaged,
        Optional<String> packageSha256,
        List<Step> steps,
        List<File> items) {
    /// A step that was done.
    record Step(String step, String outcome, Instant at) {}

    /// A file of the batch.
    record File(
            UUID key,
            String path,
            Item.State state,
            Optional<String> reason,
            Optional<String> sha256,
            Optional<Long> size,
            List<Step> steps) {}

    static Shown of(Batch batch, List<Item> items, List<Recorded> events) {
        Map<UUID, List<Step>> steps = events.stream()
                .collect(Collectors.groupingBy(
                        Recorded::subject,
                        Collectors.mapping(
                                event -> new Step(
                                        event.happened().step(),
                                        event.happened().outcome().name(),
                                        event.at()),
                                Collectors.toList())));
        return new Shown(
                batch.id(),
                batch.generation(),
                batch.key(),
                batch.state(),
                batch.reason(),
                batch.receivedAt(),
                batch.updatedAt(),
                batch.folder().toString(),
                batch.runs(),
                batch.packaged(),
                batch.packageSha256(),
                steps.getOrDefault(batch.key(), List.of()),
                items.stream()
                        .map(item -> new File(
                                item.key(),
                                item.path(),
                                item.state(),
                                item.reason(),
                                item.sha256(),
                                item.size(),
                                steps.getOrDefault(item.key(), List.of())))
                        .toList());
    }

    void print(Setup setup) {
        setup.print(id + ", generation " + generation + "  " + state);
        reason.ifPresent(why -> why.lines().forEach(line -> setup.print("  " + line)));
        setup.print("  received  " + Words.at(receivedAt) + " from " + folder);
        setup.print("  changed   " + Words.at(updatedAt) + (runs == 0 ? "" : ", taken up again " + runs + " times"));
        packaged.ifPresent(where -> setup.print("  package   " + where));
        setup.print("  steps     " + words(steps));
        if (!items.isEmpty()) {
            var table = new Table("  FILE", "STATE", "STEPS", "REASON");
            items.forEach(item -> table.row(
                    "  " + item.path(),
                    item.state(),
                    words(item.steps()),
                    item.reason().orElse("")));
            table.print(setup.out());
        }
    }

    /// Those that did not succeed say so.
    private static String words(List<Step> steps) {
        return steps.isEmpty()
                ? "none done"
                : steps.stream()
                        .map(one -> one.outcome().equals("SUCCESS") ? one.step() : one.step() + " " + one.outcome())
                        .collect(Collectors.joining(", "));
    }
}
