package dev.lovage.engine.settings;

import java.util.Optional;

/// Where the value of a setting stands.
///
/// @param where a file, `variable NAME`, `option --name`, or `program`
/// @param line of the file, from 1
public record Origin(String where, Optional<Integer> line) {
    /// Given by code.
    static final Origin PROGRAM = new Origin("program", Optional.empty());

    static Origin line(String file, int line) {
        return new Origin(file, Optional.of(line));
    }

    static Origin variable(String name) {
        return new Origin("variable " + name, Optional.empty());
    }

    /// @param name as it is written, such as `--pool`
    public static Origin option(String name) {
        return new Origin("option " + name, Optional.empty());
    }

    @Override
    public String toString() {
        return where + line.map(number -> " line " + number).orElse("");
    }
}
