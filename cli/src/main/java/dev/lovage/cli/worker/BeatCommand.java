package dev.lovage.cli.worker;

import dev.lovage.cli.terminal.CommandFailed;
import dev.lovage.cli.terminal.LogSetup;
import dev.lovage.cli.terminal.Setup;
import dev.lovage.cli.terminal.Table;
import dev.lovage.cli.terminal.Words;
import dev.lovage.engine.beat.BadSchedule;
import dev.lovage.engine.beat.Timetable;
import dev.lovage.engine.json.Json;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// Sends periodic tasks until it is told to stop, and looks after those that are kept in the store.
@Command(
        name = "beat",
        description = "send periodic tasks when they are due, until stopped; several may run, one of them leads")
public final class BeatCommand implements Callable<Integer> {
    private final Setup setup;

    public BeatCommand(Setup setup) {
        this.setup = setup;
    }

    /// @param timezone whose wall clock crontabs go by
    /// @param doubles whether another beat would send the same again, because no store keeps what was sent
    record Started(
            String name, long pid, String store, boolean doubles, String timezone, List<Timetable.Listed> schedules) {}

    @Override
    public Integer call() throws Exception {
        System.setProperty(LogSetup.WORKER, "true");
        try (var shutdown = new Shutdown();
                var lovage = setup.open()) {
            try (var beat = lovage.beat()) {
                shutdown.listen();
                var settings = lovage.settings();
                banner(new Started(
                        beat.name(),
                        ProcessHandle.current().pid(),
                        Settings.masked(settings.storeUrl()),
                        !lovage.backbone().store().remembers(),
                        settings.text(Setting.TIMEZONE),
                        lovage.timetable().list()));
                shutdown.await();
            }
            return shutdown.well();
        }
    }

    private void banner(Started started) {
        if (setup.json()) {
            setup.printJson(started);
            return;
        }
        setup.print("lovage beat " + started.name() + ", process " + started.pid());
        setup.print("  store        " + started.store());
        if (started.doubles()) {
            setup.print(
                    "    off        what was sent is remembered until this process ends, and two beats send everything"
                            + " twice");
        }
        setup.print("  timezone     " + started.timezone());
        setup.print("  tasks        "
                + (started.schedules().isEmpty()
                        ? "none yet: write them to beat_schedule, or make them with ./lovage beat add"
                        : String.join(
                                ", ",
                                started.schedules().stream()
                                        .map(Timetable.Listed::name)
                                        .toList())));
        setup.print("Ready. Ctrl-C stops it.");
    }

    @Command(name = "list", description = "list the periodic tasks with their last and next times")
    void list() {
        try (var lovage = setup.existing()) {
            var timetable = lovage.timetable();
            var listed = timetable.list();
            if (setup.json()) {
                setup.printJson(listed);
                return;
            }
            if (listed.isEmpty()) {
                setup.print("There are no periodic tasks.");
                return;
            }
            var table = new Table("NAME", "TASK", "SCHEDULE", "LAST", "NEXT", "SENT", "FROM");
            for (var one : listed) {
                table.row(
                        one.name(),
                        one.task(),
                        one.schedule(),
                        at(one.last(), "-"),
                        one.problem().isPresent() ? "unusable" : at(one.next(), one.enabled() ? "never" : "disabled"),
                        one.count(),
                        one.origin());
            }
            table.print(setup.out());
            listed.forEach(one -> one.problem().ifPresent(setup::print));
            setup.print(timetable
                    .leader()
                    .map(name -> "Led by " + name + ".")
                    .or(() -> lovage.backbone().store().remembers()
                            ? Optional.empty()
                            : Optional.of("Without a store nobody knows whether a beat runs, and when it last sent."))
                    .orElse("No beat runs: start one with ./lovage beat, or a worker with -B."));
        }
    }

    private static String at(Optional<Instant> time, String none) {
        return time.map(Words::at).orElse(none);
    }

    @Command(name = "add", description = "make a periodic task in the store, or change it")
    void add(
            @Parameters(paramLabel = "NAME", description = "its name") String name,
            @Parameters(
                            paramLabel = "JSON",
                            description =
                                    "as in beat_schedule: {\"task\": \"a.b\", \"schedule\": {\"crontab\": \"0 4 * *"
                                            + " *\"}}")
                    String definition) {
        try (var lovage = setup.open()) {
            lovage.timetable().put(name, json(definition));
            done("written", name);
        } catch (BadSchedule e) {
            throw nothingWritten(e);
        }
    }

    private static JsonNode json(String text) {
        try {
            return Json.read(text.getBytes(StandardCharsets.UTF_8));
        } catch (JacksonException e) {
            throw CommandFailed.usage("The definition is a JSON object, but '" + text
                    + "' is not JSON. Nothing was written. Put it between single quotes, or the shell takes its quotes"
                    + " away.");
        }
    }

    @Command(name = "remove", description = "remove a periodic task from the store")
    void remove(@Parameters(paramLabel = "NAME", description = "its name") String name) {
        try (var lovage = setup.existing()) {
            found(lovage.timetable().remove(name), name);
            done("removed", name);
        } catch (BadSchedule e) {
            throw nothingWritten(e);
        }
    }

    @Command(name = "disable", description = "do not send a periodic task until it is enabled")
    void disable(@Parameters(paramLabel = "NAME", description = "its name") String name) {
        try (var lovage = setup.existing()) {
            found(lovage.timetable().enable(name, false), name);
            done("disabled", name);
        }
    }

    @Command(name = "enable", description = "send a periodic task again, its times counted from now")
    void enable(@Parameters(paramLabel = "NAME", description = "its name") String name) {
        try (var lovage = setup.existing()) {
            found(lovage.timetable().enable(name, true), name);
            done("enabled", name);
        }
    }

    private static void found(boolean found, String name) {
        if (!found) {
            throw CommandFailed.notFound("There is no periodic task '" + name + "' in the store. Nothing was changed."
                    + " ./lovage beat list shows them; those of beat_schedule are there once a beat has run.");
        }
    }

    private static CommandFailed nothingWritten(BadSchedule e) {
        return CommandFailed.usage(e.getMessage() + " Nothing was written.");
    }

    private void done(String what, String name) {
        if (setup.json()) {
            setup.printJson(Map.of(what, name));
        } else {
            setup.print("The periodic task '" + name + "' was " + what + ".");
        }
    }
}
