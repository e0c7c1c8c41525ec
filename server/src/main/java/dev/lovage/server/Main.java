package dev.lovage.server;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;

/// Where the program that serves starts.
///
/// Exit codes: 0 all is well; 1 something is unaccounted for, or the ledger does not verify; 2 the command line or a
/// setting can't be used, or the port is taken; 69 the database does not answer; 70 a mistake of the program.
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        Logging.prepare(args);
        System.exit(commands().execute(args));
    }

    static CommandLine commands() {
        var commands = new CommandLine(new Root());
        commands.setErr(new PrintWriter(System.err, true, StandardCharsets.UTF_8));
        commands.setParameterExceptionHandler((wrong, _) -> Errors.usage(wrong));
        commands.setExecutionExceptionHandler((failure, command, parsed) ->
                Errors.report(failure, command.getErr(), parsed.expandedArgs().contains("--verbose")));
        return commands;
    }

    @CommandLine.Command(
            name = "lovage",
            description = "Serves Lovage on this machine.",
            mixinStandardHelpOptions = true,
            subcommands = {DemoCommand.class, UpCommand.class})
    private static final class Root {}
}
