package dev.lovage.cli;

import dev.lovage.cli.terminal.CommandFailed;
import dev.lovage.cli.terminal.ExitCode;
import dev.lovage.cli.terminal.Setup;
import dev.lovage.custody.ledger.LedgerBroken;
import dev.lovage.engine.broker.Busy;
import dev.lovage.engine.broker.SendUnknown;
import dev.lovage.engine.canvas.MessageTooLarge;
import dev.lovage.engine.payload.PayloadsAway;
import dev.lovage.engine.result.TaskFailed;
import dev.lovage.engine.settings.BadSetting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.sql.database.DatabaseFailed;
import dev.lovage.sql.database.SchemaChanged;
import dev.lovage.sql.database.SchemaTooNew;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ServiceConfigurationError;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/// Says in a sentence or two why a command did not do what was asked, and with which exit code it ends.
final class Errors {
    private Errors() {}

    static int usage(Setup setup, ParameterException wrong) {
        setup.note("lovage: " + Settings.masked(String.valueOf(wrong.getMessage())));
        if (!UnmatchedArgumentException.printSuggestions(wrong, setup.err())) {
            setup.note("Try: " + wrong.getCommandLine().getCommandSpec().qualifiedName() + " --help");
        }
        setup.err().flush();
        return ExitCode.USAGE.number();
    }

    static int report(Setup setup, Throwable failure) {
        var code = code(failure);
        var message = failure.getMessage();
        setup.note("lovage: "
                + Settings.masked(
                        code == ExitCode.INTERNAL || message == null || message.isBlank()
                                ? "This is a mistake of the program: " + failure
                                        + ". Run it again with --verbose and report what it prints."
                                : message));
        if (setup.verbose()) {
            failure.printStackTrace(setup.err());
            setup.err().flush();
        }
        return code.number();
    }

    private static ExitCode code(Throwable failure) {
        return switch (failure) {
            case CommandFailed ended -> ended.code();
            case BadSetting setting -> ExitCode.USAGE;
            case IllegalArgumentException argument -> ExitCode.USAGE;
            case Busy busy -> ExitCode.UNAVAILABLE;
            case DatabaseFailed failed -> ExitCode.UNAVAILABLE;
            case SchemaTooNew schema -> ExitCode.UNAVAILABLE;
            case SchemaChanged schema -> ExitCode.UNAVAILABLE;
            case PayloadsAway away -> ExitCode.UNAVAILABLE;
            case SendUnknown unknown -> ExitCode.UNAVAILABLE;
            case MessageTooLarge large -> ExitCode.USAGE;
            case TaskFailed failed -> ExitCode.FAILED;
            case LedgerBroken broken -> ExitCode.FAILED;
            case IllegalStateException state -> ExitCode.FAILED;
            case UnsupportedOperationException unsupported -> ExitCode.FAILED;
            case UncheckedIOException io -> ExitCode.FAILED;
            case IOException io -> ExitCode.FAILED;
            case ServiceConfigurationError provider -> ExitCode.FAILED;
            default -> ExitCode.INTERNAL;
        };
    }
}
