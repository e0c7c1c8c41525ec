package dev.lovage.records.rulefile;

/// A rule file cannot be used as it stands. Nothing of it was loaded.
public final class RuleFileException extends IllegalArgumentException {
    private final String file;
    private final int line;

    RuleFileException(String file, int line, String problem) {
        super(file + ", line " + line + ": " + problem + " Nothing of this file was loaded.");
        this.file = file;
        this.line = line;
    }

    /// The name under which the file was read.
    public String file() {
        return file;
    }

    /// Where the problem is, counted from 1.
    public int line() {
        return line;
    }
}
