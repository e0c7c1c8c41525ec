package dev.lovage.cli.remote;

import dev.lovage.cli.terminal.CommandFailed;
import dev.lovage.cli.terminal.ExitCode;
import dev.lovage.cli.terminal.Setup;
import dev.lovage.engine.Lovage;
import dev.lovage.engine.control.Control;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.settings.Settings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/// Which workers are meant, how long they are waited for, and how their answers are shown.
public final class Remote {
    @Option(
            names = {"-d", "--destination"},
            paramLabel = "NAME",
            split = ",",
            description = "only these workers, by name; over RabbitMQ and Redis")
    private List<String> destination = new ArrayList<>();

    @Option(
            names = {"-t", "--timeout"},
            paramLabel = "SECONDS",
            defaultValue = "1",
            description = "how long answers are waited for; ${DEFAULT-VALUE} unless given")
    private double timeout = 1;

    /// Asks the workers, and prints what each answered.
    ///
    /// @throws CommandFailed if none answered in time
    public void ask(Setup setup, Lovage lovage, Control.Command command) {
        print(setup, replies(lovage, command));
    }

    /// Commands, and waits for nobody, because those that obey have ended by then.
    void tell(Lovage lovage, Control.Command command) {
        try (var control = client(lovage)) {
            control.tell(addressed(command));
        }
    }

    static Control client(Lovage lovage) {
        requireWay(lovage);
        return lovage.control();
    }

    /// Before anything is changed.
    ///
    /// @throws CommandFailed if the broker has no way to the workers
    static void requireWay(Lovage lovage) {
        if (!lovage.broadcasts()) {
            throw new CommandFailed(
                    ExitCode.FAILED,
                    "Workers hear commands over RabbitMQ and Redis, and the broker is "
                            + Settings.masked(lovage.settings().brokerUrl()) + ". Nothing was sent or changed. Here"
                            + " ./lovage revoke revokes, and ./lovage status, inspect active and queues show the rest.");
        }
    }

    private List<Control.Reply> replies(Lovage lovage, Control.Command command) {
        try (var control = client(lovage)) {
            var replies = control.ask(addressed(command));
            if (replies.isEmpty()) {
                throw new CommandFailed(
                        ExitCode.UNAVAILABLE,
                        "No worker answered within " + timeout + " s"
                                + (destination.isEmpty() ? "" : ", of " + String.join(", ", destination))
                                + ". They may be busy, or away: try --timeout 5, and ./lovage status.");
            }
            return replies;
        }
    }

    private Control.Command addressed(Control.Command command) {
        if (!(timeout > 0 && timeout <= 3600)) {
            throw CommandFailed.usage(
                    "--timeout is a number of seconds above 0, 3600 at most, but is " + timeout + ".");
        }
        var addressed = command.within(Duration.ofMillis(Math.round(timeout * 1000)));
        for (var node : destination) {
            addressed = addressed.to(node);
        }
        return addressed;
    }

    private static void print(Setup setup, List<Control.Reply> replies) {
        var nodes = new TreeMap<String, JsonNode>();
        var twice = new ArrayList<String>();
        for (var reply : replies) {
            if (nodes.put(reply.node(), reply.value()) != null) {
                twice.add(reply.node());
            }
        }
        twice.forEach(node -> setup.note("Two workers have the name " + node
                + ", and only one answer is shown. Give each a name of its own, with -n."));
        if (setup.json()) {
            setup.printJson(nodes);
            return;
        }
        nodes.forEach((node, value) -> {
            setup.print("-> " + node + ": " + (value.has("error") ? "ERROR" : "OK"));
            lines(value, "     ").forEach(setup::print);
        });
    }

    /// A value as people read it: one entry a line, what is within it indented.
    private static List<String> lines(JsonNode value, String indent) {
        var lines = new ArrayList<String>();
        switch (value.getNodeType()) {
            case OBJECT ->
                value.properties().forEach(field -> {
                    if (field.getValue().isContainer() && !field.getValue().isEmpty()) {
                        lines.add(indent + field.getKey() + ":");
                        lines.addAll(lines(field.getValue(), indent + "  "));
                    } else {
                        lines.add(indent + field.getKey() + ": " + word(field.getValue()));
                    }
                });
            case ARRAY -> {
                if (value.isEmpty()) {
                    lines.add(indent + "- none -");
                }
                value.forEach(one -> {
                    if (one.isContainer() && !one.isEmpty()) {
                        var inner = lines(one, indent + "  ");
                        lines.add(indent + "* " + inner.getFirst().strip());
                        lines.addAll(inner.subList(1, inner.size()));
                    } else {
                        lines.add(indent + "* " + word(one));
                    }
                });
            }
            default -> word(value).lines().forEach(line -> lines.add(indent + line));
        }
        return lines;
    }

    private static String word(JsonNode value) {
        return value.isString() ? value.stringValue() : Json.text(value);
    }
}
