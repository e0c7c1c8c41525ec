package dev.lovage.cli.task;

import dev.lovage.cli.terminal.CommandFailed;
import dev.lovage.cli.terminal.ExitCode;
import dev.lovage.cli.terminal.Setup;
import dev.lovage.cli.terminal.Words;
import dev.lovage.engine.Lovage;
import dev.lovage.engine.broker.Custody;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.result.Failures;
import dev.lovage.engine.result.ResultMeta;
import dev.lovage.engine.result.TaskState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/// Shows how a task ended, or where it is.
@Command(name = "result", description = "show a task's state and result; exit code 1 if it failed or has not ended")
public final class ResultCommand implements Callable<Integer> {
    private static final Set<Custody> WITH_A_PERSON = Set.of(Custody.PARKED, Custody.QUARANTINED, Custody.DEAD);

    private final Setup setup;

    @Parameters(paramLabel = "ID", description = "the task's id")
    private String id = "";

    @Option(names = "--wait", paramLabel = "SECONDS", description = "wait for it to end")
    private Optional<Double> wait = Optional.empty();

    public ResultCommand(Setup setup) {
        this.setup = setup;
    }

    @Override
    public Integer call() throws InterruptedException {
        try (var lovage = setup.existing()) {
            return await(setup, lovage, id, CallCommand.seconds("--wait", wait.orElse(0.0)));
        }
    }

    /// @param held where its entry lies, for what has not ended
    private record Answer(
            String taskId,
            Optional<String> task,
            TaskState state,
            Optional<JsonNode> result,
            Optional<String> traceback,
            Optional<Instant> dateDone,
            int retries,
            Optional<String> worker,
            List<Where> held) {}

    private record Where(String queue, String custody, Optional<String> reason, Instant since) {}

    static int await(Setup setup, Lovage lovage, String id, Duration wait) throws InterruptedException {
        var backbone = lovage.backbone();
        var awaited = wait.isZero()
                ? Optional.<ResultMeta>empty()
                : backbone.results().await(id, wait);
        var meta = awaited.or(() -> backbone.results().result(id));
        // What Python has done is still known here as sent to another broker.
        var ended = meta.filter(one -> one.state().ready()).isPresent();
        var held = backbone.store().findTask(id).stream()
                .filter(one -> !ended || WITH_A_PERSON.contains(one.custody()))
                .map(one -> new Where(
                        one.message().queue(),
                        one.custody().name().toLowerCase(java.util.Locale.ROOT),
                        one.reason(),
                        one.since()))
                .toList();
        if (meta.isEmpty() && held.isEmpty()) {
            throw CommandFailed.notFound("Nothing is known of a task " + id
                    + (backbone.store().remembers()
                            ? ". It was never sent here, or its result has expired (setting result_expires)."
                            : ". Without a store (store_url is none) a task is known once its result is in a"
                                    + " result_backend that everybody can read, such as redis://."));
        }
        var answer = new Answer(
                id,
                meta.map(ResultMeta::task),
                meta.map(ResultMeta::state).orElse(TaskState.PENDING),
                meta.map(ResultMeta::result),
                meta.flatMap(ResultMeta::traceback),
                meta.flatMap(ResultMeta::dateDone),
                meta.map(ResultMeta::retries).orElse(0),
                meta.flatMap(ResultMeta::worker),
                held);
        if (setup.json()) {
            setup.printJson(answer);
        } else {
            print(setup, answer);
        }
        return (answer.state() == TaskState.SUCCESS ? ExitCode.OK : ExitCode.FAILED).number();
    }

    private static void print(Setup setup, Answer answer) {
        var result = answer.result().orElseGet(Json::nothing);
        setup.print(
                switch (answer.state()) {
                    case SUCCESS -> result.isString() ? result.stringValue() : Json.text(result);
                    case FAILURE, REVOKED -> answer.state() + " " + Failures.line(result);
                    case PENDING, STARTED, RETRY, PARKED -> answer.state().name();
                });
        for (var where : answer.held()) {
            setup.print("  " + where.custody() + " on " + where.queue() + " since " + Words.at(where.since())
                    + where.reason().map(why -> ": " + why).orElse(""));
        }
        if (setup.verbose()) {
            answer.traceback().ifPresent(setup::print);
        }
    }
}
