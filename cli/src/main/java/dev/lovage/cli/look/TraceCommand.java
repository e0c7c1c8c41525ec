package dev.lovage.cli.look;

import dev.lovage.archive.Archive;
import dev.lovage.archive.batch.Batch;
import dev.lovage.archive.batch.Item;
import dev.lovage.archive.event.Recorded;
import dev.lovage.cli.data.Installed;
import dev.lovage.cli.terminal.CommandFailed;
import dev.lovage.cli.terminal.Setup;
import dev.lovage.cli.terminal.Table;
import dev.lovage.cli.terminal.Words;
import dev.lovage.engine.Lovage;
import dev.lovage.engine.store.Store;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Shows all that is known of one thing in the order of time.
@Command(
        name = "trace",
        description = {
            "show what happened to a batch, a file of one, a request or a task, in the order of time",
            "Attempts (how each ended that did not simply succeed, how the task ended, where it is) and what tasks logged"
                    + " are in the store until results expire (setting result_expires), from all nodes on it, and have"
                    + " the store's time. Ledger events and events of the archive stay."
        })
public final class TraceCommand implements Runnable {
    /// Items of one path that are named when the path alone does not say which one is meant.
    private static final int CANDIDATES = 10;

    private final Setup setup;

    @Parameters(
            paramLabel = "ID",
            description = "a batch's id, the key or path of a file in one, a request's tracking id, or a task's id")
    private String id = "";

    @Option(names = "--max", paramLabel = "N", defaultValue = "1000", description = "the last N lines at most")
    private int max;

    public TraceCommand(Setup setup) {
        this.setup = setup;
    }

    /// What is asked for.
    ///
    /// @param kind `batch`, `item`, `request` or `task`
    /// @param subjects its keys in the ledger and in messages, and what a person calls them
    /// @param tasks the ids that are known beside those of its messages
    /// @param roots the workflows of which every task belongs to it
    /// @param onlyTask of the subjects, only what this task did
    private record Asked(
            String kind,
            Map<String, String> subjects,
            List<Recorded> events,
            Set<String> tasks,
            Set<String> roots,
            Optional<String> onlyTask) {}

    /// @param omitted how many older lines are not shown
    private record Traced(String id, String kind, long omitted, List<Trail.Line> lines) {}

    @Override
    public void run() {
        if (max < 1) {
            throw CommandFailed.usage("--max is 1 or more, but is " + max + ".");
        }
        try (var lovage = setup.existing()) {
            var asked = archive(lovage)
                    .or(() -> request(lovage))
                    .or(() -> task(lovage))
                    .orElseThrow(
                            () -> CommandFailed.notFound("Nothing is known of " + id + " here: no batch, no file of"
                                    + " one, no request and no task has this name, or its result has expired (setting"
                                    + " result_expires)."
                                    + (lovage.backbone().store().remembers()
                                            ? ""
                                            : " Without a store (store_url is none) neither attempts nor what they"
                                                    + " logged are kept: look into the logs of the workers.")));
            var traced = traced(lovage, asked);
            if (setup.json()) {
                setup.printJson(traced);
            } else {
                print(traced);
            }
        }
    }

    private Optional<Asked> archive(Lovage lovage) {
        var archive = Installed.archive(lovage, setup.clock());
        if (archive.isEmpty()) {
            return Optional.empty();
        }
        var key = uuid(id);
        var batch = archive.get().find(id).or(() -> key.flatMap(archive.get()::find));
        if (batch.isPresent()) {
            var subjects = new HashMap<String, String>();
            archive.get()
                    .items(batch.get().key())
                    .forEach(item -> subjects.put(item.key().toString(), item.path()));
            subjects.put(batch.get().key().toString(), batch.get().id());
            var events = archive.get().events(batch.get().key());
            return Optional.of(
                    new Asked("batch", subjects, events, tasks(events), roots(batch.get(), events), Optional.empty()));
        }
        return key.flatMap(archive.get()::item).or(() -> named(archive.get())).map(item -> item(archive.get(), item));
    }

    private Optional<Item> named(Archive archive) {
        var items = archive.items(id, CANDIDATES);
        if (items.size() > 1) {
            throw CommandFailed.usage("The path " + id + " is in several batches. Name one file by its key: "
                    + items.stream()
                            .map(item -> item.key() + " of "
                                    + archive.find(item.batch())
                                            .map(batch -> batch.id() + ", generation " + batch.generation())
                                            .orElse("-"))
                            .collect(Collectors.joining("; "))
                    + ".");
        }
        return items.stream().findFirst();
    }

    private static Asked item(Archive archive, Item item) {
        var events = archive.events(item.batch()).stream()
                .filter(event -> event.subject().equals(item.key()))
                .toList();
        return new Asked(
                "item", Map.of(item.key().toString(), item.path()), events, tasks(events), Set.of(), Optional.empty());
    }

    private Optional<Asked> request(Lovage lovage) {
        return Installed.records(lovage, setup.clock())
                .flatMap(records -> records.find(id))
                .map(item -> new Asked(
                        "request",
                        Map.of(item.trackingId(), item.trackingId()),
                        List.of(),
                        Set.of(),
                        Set.of(),
                        Optional.empty()));
    }

    private Optional<Asked> task(Lovage lovage) {
        var archive = Installed.archive(lovage, setup.clock());
        var events = archive.map(one -> one.eventsOfTask(id)).orElse(List.of());
        var subjects = new HashMap<String, String>();
        for (var event : events) {
            subjects.put(
                    event.subject().toString(),
                    archive.flatMap(one -> one.item(event.subject()))
                            .map(Item::path)
                            .orElse(event.subject().toString()));
        }
        var store = lovage.backbone().store();
        store.inventory().stream()
                .filter(entry -> entry.execution().taskId().equals(id))
                .flatMap(entry -> entry.subject().stream())
                .forEach(subject -> subjects.putIfAbsent(subject, subject));
        var known = !events.isEmpty()
                || lovage.backbone().results().result(id).isPresent()
                || !store.findTask(id).isEmpty()
                || !store.history(id).isEmpty()
                || !Trail.log(lovage, Set.of(id), 1).lines().isEmpty();
        return known
                ? Optional.of(new Asked("task", subjects, events, Set.of(id), Set.of(), Optional.of(id)))
                : Optional.empty();
    }

    private Traced traced(Lovage lovage, Asked asked) {
        var lines = new ArrayList<Trail.Line>();
        asked.events().forEach(event -> lines.add(Trail.line(event, asked.subjects())));
        var tasks = new HashSet<>(asked.tasks());
        for (var line : Trail.ledger(lovage, asked.subjects())) {
            if (asked.onlyTask().isEmpty() || line.taskId().equals(asked.onlyTask())) {
                lines.add(line);
                line.taskId().ifPresent(tasks::add);
            }
        }
        if (asked.onlyTask().isEmpty()) {
            lovage.backbone().store().inventory().stream()
                    .filter(entry -> entry.subject()
                            .filter(asked.subjects()::containsKey)
                            .isPresent())
                    .map(Store.Entry::execution)
                    .forEach(execution -> tasks.add(execution.taskId()));
        }
        if (!asked.roots().isEmpty()) {
            tasks.addAll(asked.roots());
            tasks.addAll(lovage.backbone().store().tasksOf(asked.roots()));
            addChildren(lovage, tasks);
        }
        tasks.forEach(task -> lines.addAll(Trail.attempts(lovage, task)));
        var log = Trail.log(lovage, tasks, max);
        log.lines().forEach(line -> lines.add(Trail.line(line)));
        // What has the same instant, source and task stays in its own order.
        lines.sort(Comparator.comparing(Trail.Line::at)
                .thenComparing(Trail.Line::source)
                .thenComparing(line -> line.taskId().orElse("")));
        var shown = Trail.withRoots(lines).subList(Math.max(0, lines.size() - max), lines.size());
        return new Traced(id, asked.kind(), log.earlier() + lines.size() - shown.size(), shown);
    }

    /// What ended tasks sent or were followed by, and so on: also what left neither an event nor a line.
    private static void addChildren(Lovage lovage, Set<String> tasks) {
        var waiting = new ArrayDeque<>(tasks);
        while (!waiting.isEmpty()) {
            var result = lovage.backbone().results().result(waiting.remove());
            result.map(Trail::children).orElse(List.of()).stream()
                    .filter(tasks::add)
                    .forEach(waiting::add);
        }
    }

    private static Set<String> roots(Batch batch, List<Recorded> events) {
        var roots = new HashSet<>(batch.roots());
        events.forEach(event -> roots.add(event.rootId()));
        return roots;
    }

    private static Set<String> tasks(List<Recorded> events) {
        return events.stream().map(Recorded::taskId).collect(Collectors.toSet());
    }

    private static Optional<UUID> uuid(String id) {
        try {
            return id.length() == 36 ? Optional.of(UUID.fromString(id)) : Optional.empty();
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    private void print(Traced traced) {
        setup.print("The " + traced.kind() + " " + traced.id() + "; times are UTC"
                + (traced.omitted() == 0 ? "" : "; " + traced.omitted() + " earlier lines are left out, see --max"));
        var table = new Table("AT", "FROM", "ABOUT", "WHAT", "DETAIL", "NODE", "TASK ID", "ATTEMPT");
        traced.lines()
                .forEach(line -> table.row(
                        Words.millis(line.at()),
                        line.source().word(),
                        line.subject(),
                        line.what(),
                        Words.brief(line.detail(), 100),
                        line.node().orElse("-"),
                        line.taskId().orElse("-"),
                        line.attempt().map(String::valueOf).orElse("-")));
        table.print(setup.out());
    }
}
