package dev.lovage.cli.terminal;

/// How a command ends. Scripts may rely on these numbers.
public enum ExitCode {
    OK(0),
    /// What was asked for did not succeed: a task failed, something is unaccounted for, the ledger does not verify.
    FAILED(1),
    /// The command line or a setting can't be used. Nothing was done.
    USAGE(2),
    /// What was named is not there.
    NOT_FOUND(3),
    /// It could be done and must not be: frozen, or a reason is missing.
    REFUSED(4),
    /// The database does not answer, or too much waits there.
    UNAVAILABLE(69),
    /// A mistake of this program.
    INTERNAL(70);

    private final int number;

    ExitCode(int number) {
        this.number = number;
    }

    public int number() {
        return number;
    }
}
