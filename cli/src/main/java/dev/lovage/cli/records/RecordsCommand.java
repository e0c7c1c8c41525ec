package dev.lovage.cli.records;

import dev.lovage.cli.data.Installed;
import dev.lovage.cli.terminal.CommandFailed;
import dev.lovage.cli.terminal.ExitCode;
import dev.lovage.cli.terminal.Setup;
import dev.lovage.cli.terminal.Table;
import dev.lovage.cli.terminal.Words;
import dev.lovage.engine.Lovage;
import dev.lovage.engine.json.Json;
import dev.lovage.records.Records;
import dev.lovage.records.intake.Agency;
import dev.lovage.records.intake.Answer;
import dev.lovage.records.intake.Intake;
import dev.lovage.records.intake.Item;
import dev.lovage.records.intake.Reader;
import dev.lovage.records.intake.State;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/// Public-records requests.
@Command(name = "records", description = "public-records requests", synopsisSubcommandLabel = "COMMAND")
public final class RecordsCommand {
    private final Setup setup;

    public RecordsCommand(Setup setup) {
        this.setup = setup;
    }

    /// @param answer `accepted`, `replayed` (the same came before), `conflict`, `running`, or `rejected`
    private record Submitted(
            String name, String answer, Optional<String> trackingId, Optional<String> duplicateOf, String detail) {}

    /// A submission without its original and without personal data.
    private record Shown(
            String trackingId,
            String state,
            Optional<String> reason,
            String channel,
            Instant receivedAt,
            String rawSha256,
            long rawSize,
            Optional<String> suspectedDuplicateOf,
            Optional<Integer> level,
            Optional<String> queue,
            Optional<String> department,
            Optional<String> dueOn,
            Optional<JsonNode> obligations,
            Optional<JsonNode> score,
            Optional<JsonNode> route,
            List<Intake.Event> timeline) {}

    @Command(name = "submit", description = "accept mails (.eml), JSON and CSV files, and folders of them")
    int submit(
            @Parameters(paramLabel = "FILE", arity = "1..*", description = "files or folders") List<Path> files,
            @Option(
                            names = "--source",
                            paramLabel = "NAME",
                            defaultValue = "upload",
                            description = "who delivers; the same delivery from the same source is accepted once")
                    String source)
            throws IOException {
        for (var file : files) {
            if (!Files.exists(file)) {
                throw CommandFailed.notFound("There is no file " + file + ". Nothing was accepted.");
            }
        }
        try (var lovage = setup.openForApplications()) {
            var records = Records.open(lovage, Agency.sample(), setup.clock());
            var answers = new ArrayList<Submitted>();
            for (var file : files) {
                for (var one : inside(file)) {
                    submit(records, records.reader().file(one.toString(), Files.readAllBytes(one), source), answers);
                }
            }
            if (setup.json()) {
                setup.printJson(answers);
            } else {
                var table = new Table("NAME", "ANSWER", "TRACKING ID", "DETAIL");
                answers.forEach(one ->
                        table.row(one.name(), one.answer(), one.trackingId().orElse("-"), one.detail()));
                table.print(setup.out());
            }
            var all = answers.stream()
                    .allMatch(one ->
                            one.answer().equals("accepted") || one.answer().equals("replayed"));
            return (all ? ExitCode.OK : ExitCode.FAILED).number();
        }
    }

    private static void submit(Records records, Reader.Found found, List<Submitted> answers) {
        found.rejected()
                .forEach(one -> answers.add(new Submitted(
                        one.name(),
                        "rejected",
                        Optional.empty(),
                        Optional.empty(),
                        one.violations().stream()
                                .map(violation -> violation.field().isEmpty()
                                        ? violation.message()
                                        : violation.field() + ": " + violation.message())
                                .collect(Collectors.joining("; ")))));
        for (var arrival : found.arrivals()) {
            answers.add(
                    switch (records.accept(arrival)) {
                        case Answer.Accepted(var id, var _, var duplicateOf) ->
                            new Submitted(
                                    arrival.name(),
                                    "accepted",
                                    Optional.of(id),
                                    duplicateOf,
                                    duplicateOf
                                            .map(other -> "perhaps the same as " + other)
                                            .orElse(""));
                        case Answer.Replayed(var id, var _) ->
                            new Submitted(
                                    arrival.name(),
                                    "replayed",
                                    Optional.of(id),
                                    Optional.empty(),
                                    "the same was accepted before");
                        case Answer.Conflict(var id) ->
                            new Submitted(
                                    arrival.name(),
                                    "conflict",
                                    id,
                                    Optional.empty(),
                                    "other content came under this name before; nothing was accepted");
                        case Answer.Running() ->
                            new Submitted(
                                    arrival.name(),
                                    "running",
                                    Optional.empty(),
                                    Optional.empty(),
                                    "the same is being accepted at this moment; submit it again to learn its id");
                    });
        }
    }

    @Command(name = "status", description = "show where a request stands, and why")
    void status(@Parameters(paramLabel = "ID", description = "its tracking id") String id) {
        try (var lovage = setup.existing()) {
            var records = records(lovage);
            var item =
                    records.find(id).orElseThrow(() -> CommandFailed.notFound("There is no request " + id + " here."));
            var shown = shown(item, records.timeline(id));
            if (setup.json()) {
                setup.printJson(shown);
            } else {
                print(shown);
            }
        }
    }

    @Command(name = "list", description = "list the requests received last")
    void list(
            @Option(names = "--max", paramLabel = "N", defaultValue = "20", description = "as many at most") int max,
            @Option(
                            names = "--state",
                            paramLabel = "STATE",
                            description =
                                    "only those in this state: ${COMPLETION-CANDIDATES}; HOLDING waits for a person")
                    Optional<State> state) {
        if (max < 1) {
            throw CommandFailed.usage("--max is 1 or more, but is " + max + ".");
        }
        try (var lovage = setup.existing()) {
            var records = records(lovage);
            var items = state.map(wanted -> records.latest(max, wanted)).orElseGet(() -> records.latest(max));
            if (setup.json()) {
                setup.printJson(
                        items.stream().map(item -> shown(item, List.of())).toList());
            } else {
                var table = new Table(
                        "TRACKING ID", "STATE", "CHANNEL", "RECEIVED", "LEVEL", "DEPARTMENT", "DUE", "REASON");
                items.forEach(item -> table.row(
                        item.trackingId(),
                        item.state(),
                        item.channel(),
                        Words.at(item.receivedAt()),
                        item.level().map(String::valueOf).orElse("-"),
                        item.department().orElse("-"),
                        item.dueOn().orElse("-"),
                        item.reason().orElse("")));
                table.print(setup.out());
            }
        }
    }

    @Command(name = "tasks", description = "list what staff has to look at beside HOLDING")
    void tasks() {
        try (var lovage = setup.existing()) {
            var tasks = records(lovage).staffTasks();
            if (setup.json()) {
                setup.printJson(tasks);
            } else if (tasks.isEmpty()) {
                setup.print("Nothing waits for staff.");
            } else {
                var table = new Table("KIND", "TRACKING ID", "OPENED", "DETAIL");
                tasks.forEach(
                        task -> table.row(task.kind(), task.trackingId(), Words.at(task.openedAt()), task.detail()));
                table.print(setup.out());
            }
        }
    }

    private Records records(Lovage lovage) {
        return Installed.records(lovage, setup.clock())
                .orElseThrow(() -> CommandFailed.notFound("There are no records in this data yet."
                        + " Begin with ./lovage records submit, ./lovage up or ./lovage demo."));
    }

    private static List<Path> inside(Path file) throws IOException {
        if (!Files.isDirectory(file)) {
            return List.of(file);
        }
        try (var files = Files.walk(file)) {
            return files.filter(one -> one.toString().matches(".*\\.(eml|json|csv)"))
                    .filter(Files::isRegularFile)
                    .sorted()
                    .toList();
        }
    }

    private static Shown shown(Item item, List<Intake.Event> timeline) {
        return new Shown(
                item.trackingId(),
                item.state().name(),
                item.reason(),
                item.channel(),
                item.receivedAt(),
                item.rawSha256(),
                item.rawSize(),
                item.suspectedDuplicateOf(),
                item.level(),
                item.queue(),
                item.department(),
                item.dueOn(),
                item.obligations().map(RecordsCommand::tree),
                item.score().map(RecordsCommand::tree),
                item.route().map(RecordsCommand::tree),
                timeline);
    }

    private static JsonNode tree(String json) {
        return Json.read(json.getBytes(StandardCharsets.UTF_8));
    }

    private void print(Shown item) {
        setup.print(item.trackingId() + "  " + item.state()
                + item.reason().map(why -> " (" + why + ")").orElse(""));
        setup.print("  received    " + Words.at(item.receivedAt()) + " by " + item.channel() + ", " + item.rawSize()
                + " bytes, SHA-256 " + item.rawSha256());
        item.suspectedDuplicateOf().ifPresent(other -> setup.print("  perhaps the same as " + other));
        item.dueOn().ifPresent(due -> setup.print("  due         " + due));
        item.level()
                .ifPresent(level -> setup.print(
                        "  level       " + level + ", queue " + item.queue().orElse("-")));
        item.score().ifPresent(why -> setup.print("              " + Json.text(why)));
        item.department().ifPresent(department -> setup.print("  department  " + department));
        item.route().ifPresent(why -> setup.print("              " + Json.text(why)));
        if (!item.timeline().isEmpty()) {
            var table = new Table("  AT", "WHAT", "DATA");
            item.timeline()
                    .forEach(one ->
                            table.row("  " + Words.at(one.at()), one.type(), Words.brief(Json.text(one.data()), 120)));
            table.print(setup.out());
        }
    }
}
