package dev.lovage.cli.task;

import dev.lovage.cli.terminal.CommandFailed;
import dev.lovage.cli.terminal.ExitCode;
import dev.lovage.cli.terminal.Setup;
import dev.lovage.engine.argument.Arguments;
import dev.lovage.engine.canvas.Signature;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.task.TaskName;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Sends one task by its name.
@Command(name = "call", description = "send a task; prints its id when it is durable")
public final class CallCommand implements Callable<Integer> {
    private final Setup setup;

    @Parameters(paramLabel = "TASK", description = "its registered name")
    private String task = "";

    @Option(
            names = {"-a", "--args"},
            paramLabel = "JSON",
            description = "positional arguments, an array")
    private String args = "[]";

    @Option(
            names = {"-k", "--kwargs"},
            paramLabel = "JSON",
            description = "arguments by name, an object")
    private String kwargs = "{}";

    @Option(names = "--queue", paramLabel = "NAME", description = "instead of the one that routes decide")
    private Optional<String> queue = Optional.empty();

    @Option(names = "--countdown", paramLabel = "SECONDS", description = "start no earlier than this from now")
    private Optional<Double> countdown = Optional.empty();

    @Option(names = "--eta", paramLabel = "TIME", description = "start no earlier: 2026-11-20T14:00:00Z")
    private Optional<String> eta = Optional.empty();

    @Option(
            names = "--expires",
            paramLabel = "TIME",
            description = "seconds from now, or a time; after it the task is revoked instead of started")
    private Optional<String> expires = Optional.empty();

    @Option(names = "--priority", paramLabel = "N", description = "0 to 10, higher is claimed first")
    private Optional<Integer> priority = Optional.empty();

    @Option(names = "--task-id", paramLabel = "ID", description = "sending the same id again changes nothing")
    private Optional<String> taskId = Optional.empty();

    @Option(names = "--wait", paramLabel = "SECONDS", description = "wait for the result and print it")
    private Optional<Double> wait = Optional.empty();

    public CallCommand(Setup setup) {
        this.setup = setup;
    }

    @Override
    public Integer call() throws InterruptedException {
        var signature = signature();
        try (var lovage = setup.open()) {
            var sent = lovage.send(signature);
            if (wait.isEmpty()) {
                if (setup.json()) {
                    setup.printJson(Map.of("task_id", sent.id()));
                } else {
                    setup.print(sent.id());
                }
                return ExitCode.OK.number();
            }
            if (!setup.json()) {
                setup.note("Sent " + sent.id() + ".");
            }
            return ResultCommand.await(setup, lovage, sent.id(), seconds("--wait", wait.get()));
        }
    }

    private Signature<JsonNode> signature() {
        var name = new TaskName(task).value();
        var given = new Arguments(
                json("--args", args, ArrayNode.class, "array such as [1, \"two\"]"),
                json("--kwargs", kwargs, ObjectNode.class, "object such as {\"path\": \"a.tif\"}"));
        if (countdown.isPresent() && eta.isPresent()) {
            throw CommandFailed.usage("--countdown and --eta were both given. Give one of them. Nothing was sent.");
        }
        var signature = Signature.<JsonNode>of(name, given, JsonNode.class, Optional.empty());
        if (queue.isPresent()) {
            signature = signature.queue(queue.get());
        }
        if (countdown.isPresent()) {
            signature = signature.countdown(seconds("--countdown", countdown.get()));
        }
        if (eta.isPresent()) {
            signature = signature.eta(time("--eta", eta.get()));
        }
        if (expires.isPresent()) {
            signature = signature.expires(moment(expires.get()));
        }
        if (priority.isPresent()) {
            if (priority.get() < 0 || priority.get() > 10) {
                throw CommandFailed.usage("Priority is 0 to 10, but is " + priority.get() + ". Nothing was sent.");
            }
            signature = signature.priority(priority.get());
        }
        return taskId.isPresent() ? signature.taskId(taskId.get()) : signature;
    }

    private static <T extends JsonNode> T json(String option, String text, Class<T> shape, String expected) {
        try {
            var tree = Json.read(text.getBytes(StandardCharsets.UTF_8));
            if (shape.isInstance(tree)) {
                return shape.cast(tree);
            }
            throw CommandFailed.usage(option + " is a JSON " + expected + ", but is " + text + ". Nothing was sent.");
        } catch (JacksonException e) {
            throw CommandFailed.usage(option + " is a JSON " + expected + ", but '" + text
                    + "' is not JSON: it is broken at character "
                    + e.getLocation().getColumnNr()
                    + ". Nothing was sent. Put it between single quotes, or the shell takes its quotes away.");
        }
    }

    private Instant moment(String text) {
        try {
            return setup.clock().instant().plus(seconds("--expires", Double.parseDouble(text)));
        } catch (NumberFormatException e) {
            return time("--expires", text);
        }
    }

    private static Instant time(String option, String text) {
        try {
            return OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeParseException e) {
            throw CommandFailed.usage(option + " is a time with its offset, such as 2026-11-20T14:00:00Z, but is '"
                    + text + "'. Nothing was sent.");
        }
    }

    static Duration seconds(String option, double seconds) {
        if (!(seconds >= 0) || seconds > 1e9) {
            throw CommandFailed.usage(option + " is a number of seconds, 0 or more, but is " + seconds + ".");
        }
        return Duration.ofNanos((long) (seconds * 1e9));
    }
}
