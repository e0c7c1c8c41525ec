package dev.lovage.server;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;

/// Where the program that serves starts.
///
/// Exit codes: 0 all is well; 1 something is unaccounted for, or the ledger does not verify; 2 the command line or a
/// setting can't be used; 70 it failed.
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        Logging.prepare(args);
        System.exit(commands().execute(args));
    }

    static CommandLine commands() {
        var commands = new CommandLine(new Root());
        commands.setErr(new PrintWriter(System.err, true, StandardCharsets.UTF_8));
        commands.setExecutionExceptionHandler((failure, command, _) -> {
            var usage = failure instanceof IllegalArgumentException
                    || failure instanceof dev.lovage.engine.settings.BadSetting;
            command.getErr()
                    .println(command.getColorScheme()
                            .errorText(failure.getMessage() == null ? failure.toString() : failure.getMessage()));
            if (!usage) {
                failure.printStackTrace(command.getErr());
            }
            return usage ? CommandLine.ExitCode.USAGE : 70;
        });
        return commands;
    }

    @CommandLine.Command(
            name = "lovage",
            description = "Serves Lovage on this machine.",
            mixinStandardHelpOptions = true,
            subcommands = {DemoCommand.class, UpCommand.class})
    private static final class Root {}
}
