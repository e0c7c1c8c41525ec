package dev.lovage.cli.terminal;

/// A command that ends otherwise than asked. The message is for the person at the terminal: what was found, what was
/// expected, what to do.
public final class CommandFailed extends RuntimeException {
    private final ExitCode code;

    public CommandFailed(ExitCode code, String message) {
        super(message);
        this.code = code;
    }

    public static CommandFailed usage(String message) {
        return new CommandFailed(ExitCode.USAGE, message);
    }

    public static CommandFailed notFound(String message) {
        return new CommandFailed(ExitCode.NOT_FOUND, message);
    }

    public static CommandFailed refused(String message) {
        return new CommandFailed(ExitCode.REFUSED, message);
    }

    public ExitCode code() {
        return code;
    }
}
