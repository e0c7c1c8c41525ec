package dev.lovage.server;

import dev.lovage.engine.broker.Busy;
import dev.lovage.engine.settings.BadSetting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.sql.database.DatabaseFailed;
import dev.lovage.sql.database.SchemaChanged;
import dev.lovage.sql.database.SchemaTooNew;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/// Says in a sentence or two why nothing is served, and with which exit code the program ends.
final class Errors {
    private static final int FAILED = 1;
    private static final int UNAVAILABLE = 69;
    private static final int INTERNAL = 70;

    private Errors() {}

    static int usage(ParameterException wrong) {
        var command = wrong.getCommandLine();
        var err = command.getErr();
        err.println("lovage: " + Settings.masked(String.valueOf(wrong.getMessage())));
        if (!UnmatchedArgumentException.printSuggestions(wrong, err)) {
            err.println("Try: " + command.getCommandSpec().qualifiedName() + " --help");
        }
        return CommandLine.ExitCode.USAGE;
    }

    static int report(Throwable failure, PrintWriter err, boolean verbose) {
        var code = code(failure);
        var message = failure.getMessage();
        err.println("lovage: "
                + Settings.masked(
                        code == INTERNAL || message == null || message.isBlank()
                                ? "This is a mistake of the program: " + failure
                                        + ". Run it again with --verbose and report what it prints."
                                : message));
        if (verbose) {
            failure.printStackTrace(err);
        }
        return code;
    }

    private static int code(Throwable failure) {
        return switch (failure) {
            case BadSetting setting -> CommandLine.ExitCode.USAGE;
            case IllegalArgumentException argument -> CommandLine.ExitCode.USAGE;
            case Busy busy -> UNAVAILABLE;
            case DatabaseFailed failed -> UNAVAILABLE;
            case SchemaTooNew schema -> UNAVAILABLE;
            case SchemaChanged schema -> UNAVAILABLE;
            case IllegalStateException state -> FAILED;
            case UncheckedIOException io -> FAILED;
            case IOException io -> FAILED;
            default -> INTERNAL;
        };
    }
}
