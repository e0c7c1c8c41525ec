package dev.lovage.cli;

import dev.lovage.cli.archive.ArchiveCommand;
import dev.lovage.cli.care.BackupCommand;
import dev.lovage.cli.care.DoctorCommand;
import dev.lovage.cli.care.LedgerCommand;
import dev.lovage.cli.held.DlqCommand;
import dev.lovage.cli.held.ParkedCommand;
import dev.lovage.cli.held.PurgeCommand;
import dev.lovage.cli.look.InspectCommand;
import dev.lovage.cli.look.QueuesCommand;
import dev.lovage.cli.look.StatusCommand;
import dev.lovage.cli.look.TraceCommand;
import dev.lovage.cli.records.FreezeCommand;
import dev.lovage.cli.records.RecordsCommand;
import dev.lovage.cli.remote.ControlCommand;
import dev.lovage.cli.remote.EventsCommand;
import dev.lovage.cli.task.CallCommand;
import dev.lovage.cli.task.ResultCommand;
import dev.lovage.cli.task.RevokeCommand;
import dev.lovage.cli.terminal.CommandFailed;
import dev.lovage.cli.terminal.ExitCode;
import dev.lovage.cli.terminal.Setup;
import dev.lovage.cli.worker.BeatCommand;
import dev.lovage.cli.worker.WorkerCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// The command `lovage` with all that follows it.
@Command(
        name = "lovage",
        mixinStandardHelpOptions = true,
        version = "lovage 0.1.0",
        description = "A task queue for the JVM that speaks Celery's protocol, with records intake and a digitization"
                + " archive on it.",
        synopsisSubcommandLabel = "COMMAND",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done",
            "1:failed: a task failed, something is unaccounted for, the ledger does not verify",
            "2:the command line or a setting can't be used; nothing was done",
            "3:not found",
            "4:refused: frozen, or a reason is missing",
            "69:unavailable: the database or the workers do not answer, or JDK 25 is missing",
            "70:a mistake of the program, or its build failed"
        })
final class LovageCommand implements Runnable {
    @Mixin
    private final Setup setup;

    @Spec
    @SuppressWarnings("NullAway.Init") // by picocli
    private CommandSpec spec;

    private LovageCommand(Setup setup) {
        this.setup = setup;
    }

    static CommandLine with(Setup setup) {
        var root = new CommandLine(new LovageCommand(setup))
                .addSubcommand(new Served.Up())
                .addSubcommand(new Served.Demo())
                .addSubcommand(new WorkerCommand(setup))
                .addSubcommand(new BeatCommand(setup))
                .addSubcommand(new CallCommand(setup))
                .addSubcommand(new ResultCommand(setup))
                .addSubcommand(new RevokeCommand(setup))
                .addSubcommand(new StatusCommand(setup))
                .addSubcommand(new QueuesCommand(setup))
                .addSubcommand(new InspectCommand(setup))
                .addSubcommand(new ControlCommand(setup))
                .addSubcommand(new EventsCommand(setup))
                .addSubcommand(new ParkedCommand(setup))
                .addSubcommand(new DlqCommand(setup))
                .addSubcommand(new PurgeCommand(setup))
                .addSubcommand(new RecordsCommand(setup))
                .addSubcommand(new ArchiveCommand(setup))
                .addSubcommand(new TraceCommand(setup))
                .addSubcommand(new FreezeCommand(setup))
                .addSubcommand(new LedgerCommand(setup))
                .addSubcommand(new BackupCommand(setup))
                .addSubcommand(new DoctorCommand(setup));
        offerHelp(root);
        root.setOut(setup.out())
                .setErr(setup.err())
                .setUsageHelpAutoWidth(true)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler((wrong, args) -> Errors.usage(setup, wrong))
                .setExecutionExceptionHandler((failure, line, parsed) -> Errors.report(setup, failure));
        return root;
    }

    /// `--help` at every command below this one.
    private static void offerHelp(CommandLine line) {
        for (var command : line.getSubcommands().values()) {
            command.getCommandSpec()
                    .addOption(OptionSpec.builder("-h", "--help")
                            .usageHelp(true)
                            .description("show this help")
                            .build());
            offerHelp(command);
        }
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "A command is missing.");
    }

    /// Commands of the server program, which `./lovage` starts by itself. They stand here to be listed.
    private static final class Served {
        private Served() {}

        private static CommandFailed elsewhere(String command) {
            return new CommandFailed(
                    ExitCode.UNAVAILABLE,
                    "The command " + command + " belongs to the server program, which is not on this class path."
                            + " Start it through ./lovage " + command + ". Nothing was started.");
        }

        @Command(name = "up", description = "serve the HTTP API and the status page, with workers")
        static final class Up implements Runnable {
            @Override
            public void run() {
                throw elsewhere("up");
            }
        }

        @Command(name = "demo", description = "run records intake on sample input, then serve")
        static final class Demo implements Runnable {
            @Override
            public void run() {
                throw elsewhere("demo");
            }
        }
    }
}
