package dev.lovage.cli.remote;

import dev.lovage.cli.terminal.CommandFailed;
import dev.lovage.cli.terminal.ExitCode;
import dev.lovage.cli.terminal.Setup;
import dev.lovage.engine.json.Json;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ObjectNode;

/// Celery's `events --dump`: what workers tell, as it comes.
@Command(
        name = "events",
        description = {
            "show what workers tell as it comes, Python's and ours, over RabbitMQ and Redis, until Ctrl-C",
            "Workers tell of tasks when they are started with -E, or told to by ./lovage control enable_events."
        })
public final class EventsCommand implements Callable<Integer> {
    private static final Set<String> SHOWN_ELSEWHERE =
            Set.of("type", "hostname", "timestamp", "utcoffset", "pid", "clock");
    private static final Duration LISTENING = Duration.ofSeconds(10);

    private final Setup setup;

    @Option(names = "--max", paramLabel = "N", description = "end after N events")
    private long max = Long.MAX_VALUE;

    public EventsCommand(Setup setup) {
        this.setup = setup;
    }

    @Override
    public Integer call() throws InterruptedException {
        var enough = new CountDownLatch((int) Math.min(max, Integer.MAX_VALUE));
        try (var lovage = setup.existing();
                var control = Remote.client(lovage);
                var listening = control.events(event -> {
                    if (enough.getCount() > 0) {
                        print(event);
                        enough.countDown();
                    }
                })) {
            if (!listening.begun(LISTENING)) {
                throw new CommandFailed(
                        ExitCode.UNAVAILABLE,
                        "The broker does not answer, so that no event can be heard. Look with ./lovage doctor.");
            }
            setup.note("Listening; Ctrl-C ends it.");
            while (!enough.await(1, TimeUnit.HOURS)) {
                // until there are enough, or the process ends
            }
            return ExitCode.OK.number();
        }
    }

    private void print(ObjectNode event) {
        if (setup.json()) {
            setup.printJson(event);
            return;
        }
        var at = Instant.ofEpochMilli(Math.round(event.path("timestamp").asDouble(0) * 1000));
        setup.print(at.truncatedTo(ChronoUnit.MILLIS) + "  "
                + event.path("hostname").asString("-") + "  "
                + event.path("type").asString("-")
                + event.properties().stream()
                        .filter(field -> !SHOWN_ELSEWHERE.contains(field.getKey()))
                        .filter(field -> !field.getValue().isNull())
                        .map(field -> "  " + field.getKey() + "="
                                + (field.getValue().isString()
                                        ? field.getValue().stringValue()
                                        : Json.text(field.getValue())))
                        .collect(Collectors.joining()));
    }
}
