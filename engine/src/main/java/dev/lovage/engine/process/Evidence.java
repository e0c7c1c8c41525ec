package dev.lovage.engine.process;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What is known of a child's end.
///
/// @param exitValue as a shell tells it: 128 and the number of the signal that ended it
/// @param reason why the watchdog killed it, or what else is known
/// @param memory the most bytes that the child and its subprocesses were seen to use; 0 if they were not
///     counted
/// @param lines the last that it wrote to its standard error stream
record Evidence(long pid, int exitValue, Optional<String> reason, long memory, int processes, List<String> lines) {
    private static final Map<Integer, String> SIGNALS = Map.of(
            129, "SIGHUP", 130, "SIGINT", 131, "SIGQUIT", 132, "SIGILL", 134, "SIGABRT", 135, "SIGBUS", 136, "SIGFPE",
            137, "SIGKILL", 139, "SIGSEGV", 143, "SIGTERM");
    private static final int LINES_IN_SUMMARY = 5;
    private static final int SUMMARY_CHARACTERS_MAX = 2_000;
    private static final String NATIVE_CRASH = "#  SIG";
    private static final String OUT_OF_MEMORY = "Terminating due to java.lang.OutOfMemoryError";

    /// In one line, for lists and results.
    String summary() {
        var text = new StringBuilder("The child process ")
                .append(pid)
                .append(" ended with ")
                .append(exit());
        reason.or(this::told).ifPresent(why -> text.append(" (").append(why).append(")"));
        text.append(". ").append(counted());
        if (!lines.isEmpty()) {
            var last = lines.subList(Math.max(0, lines.size() - LINES_IN_SUMMARY), lines.size());
            text.append(" It wrote last: ").append(String.join(" | ", last));
        }
        return text.length() <= SUMMARY_CHARACTERS_MAX
                ? text.toString()
                : text.substring(0, SUMMARY_CHARACTERS_MAX) + "…";
    }

    /// All that was kept of its log.
    String log() {
        return String.join("\n", lines);
    }

    private String exit() {
        var signal = SIGNALS.get(exitValue);
        return signal == null ? exitValue + ": exit " + exitValue : exitValue + ": " + signal + " or exit " + exitValue;
    }

    private Optional<String> told() {
        return lines.stream()
                .filter(line -> line.startsWith(OUT_OF_MEMORY) || line.startsWith(NATIVE_CRASH))
                .findFirst();
    }

    private String counted() {
        return memory == 0
                ? "Its memory had not been counted yet."
                : "It was seen to use " + mebibytes(memory) + " in " + processes
                        + (processes == 1 ? " process." : " processes.");
    }

    static String mebibytes(long bytes) {
        return (bytes + (1 << 19)) / (1 << 20) + " MiB";
    }
}
